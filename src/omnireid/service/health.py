"""Whether the service lives, whether it can answer a search, whether the gallery is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from omnireid.accounts.permissions import Permission
from omnireid.governance import Event
from omnireid.service.operations import OperationsOf
from omnireid.service.permission import ActorOf, needs, public
from omnireid.service.site import SiteOf

router = APIRouter(tags=["health"])


class StatusOut(BaseModel):
    """One word."""

    status: str = Field(examples=["ready"])


class IntegrityOut(BaseModel):
    """The last check of the whole gallery and its audit log since the service started."""

    status: str = Field(
        description="whole, damaged, failed (the check could not be done), or unchecked",
        examples=["whole"],
    )
    running: bool = Field(description="a check is under way")
    checked: datetime | None = Field(description="when the last check began")
    seconds: float | None = Field(description="how long it took", examples=[12.5])
    items: int | None = Field(examples=[100000])
    pictures: int | None = Field(examples=[100000])
    problems: Mapping[str, int] = Field(
        description="problems by kind; `omnireid verify` names each", examples=[{}]
    )
    audit_entries: int | None = Field(examples=[4711])
    audit_whole: bool | None = Field(description="the audit chain is as it was written")
    audit_head: str | None = Field(description="sha-256 at the end of the audit chain")
    fault: str | None = Field(description="why the check could not be done", examples=[None])


@router.get("/health/live", dependencies=[public()])
def live() -> StatusOut:
    """The process answers. Says nothing about the gallery."""
    return StatusOut(status="live")


@router.get("/health/ready", dependencies=[public()])
def ready(site: SiteOf) -> StatusOut:
    """The gallery can be read, so that a search can be answered; 503 when it cannot."""
    site.gallery.count()
    return StatusOut(status="ready")


@router.get("/health/integrity", dependencies=[needs(Permission.OPERATE)])
def integrity(operations: OperationsOf) -> IntegrityOut:
    """What the last background check found. Answers at once, also while a check is under way."""
    watch = operations.integrity
    last = watch.last
    if last is None:
        return IntegrityOut(
            status="unchecked",
            running=watch.running,
            checked=None,
            seconds=None,
            items=None,
            pictures=None,
            problems={},
            audit_entries=None,
            audit_whole=None,
            audit_head=None,
            fault=None,
        )
    return IntegrityOut(
        status="failed" if last.fault else "whole" if last.whole else "damaged",
        running=watch.running,
        checked=last.began,
        seconds=round(last.seconds, 3),
        items=last.items,
        pictures=last.pictures,
        problems=last.problems,
        audit_entries=last.audit_entries,
        audit_whole=last.audit_whole,
        audit_head=last.audit_head,
        fault=last.fault,
    )


@router.post("/health/integrity", status_code=202, dependencies=[needs(Permission.OPERATE)])
def check_now(site: SiteOf, operations: OperationsOf, actor: ActorOf) -> StatusOut:
    """Have the whole gallery and the audit log checked now, in the background."""
    site.audit.record(Event(actor.name, "integrity.check"))
    operations.integrity.check_soon()
    return StatusOut(status="begun")


@router.get("/metrics", dependencies=[needs(Permission.OPERATE)], response_class=Response)
def metrics(operations: OperationsOf) -> Response:
    """Figures for Prometheus, in its text format. No label says anything about a person."""
    return Response(operations.metrics.text(), media_type=CONTENT_TYPE_LATEST)
