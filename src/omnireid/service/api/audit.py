"""The audit log: reading and verifying."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Permission
from omnireid.governance import Asked, Event
from omnireid.service.idempotency import answers_a_question
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["audit"])

Word = Annotated[str, Query(max_length=200)]


class EntryOut(BaseModel):
    """One entry. `personal` holds what was typed; null when there was nothing or it is redacted."""

    model_config = ConfigDict(from_attributes=True)

    seq: int = Field(examples=[4711])
    at: datetime
    actor: str = Field(examples=["sato"])
    action: str = Field(examples=["search"])
    purpose: str | None = Field(examples=["lost_property"])
    case: str | None
    details: dict[str, Any] = Field(examples=[{"shown": [12, 57]}])
    personal: dict[str, Any] | None = Field(examples=[{"query": "a red coat"}])
    redacted: bool
    digest: str = Field(description="sha-256 over the entry and the one before it")


class EntriesOut(BaseModel):
    """Entries, the newest first. `next` is the `before` of the next page, null at the end."""

    entries: list[EntryOut]
    next: int | None


class FindingOut(BaseModel):
    """Something wrong with the log."""

    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(examples=["changed"])
    seq: int = Field(description="the first entry concerned; 0: the log as a whole")
    detail: str


class VerificationOut(BaseModel):
    """What was checked and what is wrong."""

    ok: bool
    entries: int = Field(examples=[4711])
    redacted: int = Field(examples=[3])
    head: str = Field(description="sha-256 at the end of the chain")
    findings: list[FindingOut]


@router.get("/audit", dependencies=[needs(Permission.AUDIT)])
def entries(
    site: SiteOf,
    actor: Word = "",
    action: Word = "",
    purpose: Word = "",
    case: Word = "",
    since: Annotated[datetime | None, Query(description="inclusive")] = None,
    until: Annotated[datetime | None, Query(description="exclusive")] = None,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> EntriesOut:
    """Who did what, when, for which purpose."""
    asked = Asked(
        actor=actor or None,
        action=action or None,
        purpose=purpose or None,
        case=case or None,
        start=since,
        end=until,
    )
    found = site.audit.entries(asked, before=before, limit=limit)
    return EntriesOut(
        entries=[EntryOut.model_validate(one) for one in found],
        next=found[-1].seq if len(found) == limit else None,
    )


@router.post("/audit/verify", dependencies=[needs(Permission.AUDIT), answers_a_question()])
def verify(site: SiteOf, actor: ActorOf) -> VerificationOut:
    """Check every entry and every link of the chain."""
    report = site.audit.verify()
    site.audit.record(
        Event(
            actor.name,
            "audit.verify",
            details={"entries": report.entries, "findings": len(report.findings)},
        )
    )
    return VerificationOut(
        ok=report.ok,
        entries=report.entries,
        redacted=report.redacted,
        head=report.head.digest,
        findings=[FindingOut.model_validate(one) for one in report.findings],
    )
