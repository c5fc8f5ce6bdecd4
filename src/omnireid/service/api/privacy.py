"""Retention and legal holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Permission
from omnireid.governance.holds import HeldBy, Hold
from omnireid.governance.retention import MAX_DAYS, Rule
from omnireid.service.api.values import Name, Number, Words
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["purposes and retention"])


_RETENTION = [needs(Permission.RETENTION)]


class RuleModel(BaseModel):
    """Days that items of a camera are kept for a purpose; "*" stands for every one."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    camera: Name = Field(examples=["gate"])
    purpose: Annotated[str, Field(min_length=1, max_length=64)] = Field(examples=["*"])
    days: int = Field(ge=1, le=MAX_DAYS, examples=[30])


class RulesOut(BaseModel):
    """Every rule."""

    rules: list[RuleModel]


class CameraPlanOut(BaseModel):
    """What a run would do at one camera; "" stands for items without one."""

    camera: str = Field(examples=["gate"])
    days: int | None = Field(description="null: kept without limit", examples=[30])
    items: int = Field(examples=[1200])
    due: list[int] = Field(description="items that a run would delete", examples=[[3, 4]])
    held: dict[int, str] = Field(description="due items that a hold keeps, and which")
    oldest: datetime | None


class PlanOut(BaseModel):
    """A dry run: nothing was changed."""

    cameras: list[CameraPlanOut]


class RunOut(BaseModel):
    """What a run did."""

    model_config = ConfigDict(from_attributes=True)

    deleted: int = Field(description="items", examples=[12])
    held: int = Field(description="due items that a hold kept", examples=[1])
    words_redacted: int = Field(
        description="audit entries whose words became older than `audit_words_days`", examples=[40]
    )


class HoldOut(BaseModel):
    """A legal hold. It holds until it is released or its end has come."""

    id: int = Field(examples=[2])
    kind: HeldBy = Field(examples=["case"])
    subject: str = Field(examples=["2026-0012"])
    reason: str
    placed_by: str = Field(examples=["sato"])
    placed: datetime
    until: datetime | None
    released: datetime | None
    released_by: str | None

    @classmethod
    def of(cls, hold: Hold) -> HoldOut:
        """The hold as the API shows it."""
        return cls(
            id=hold.hold_id,
            kind=hold.kind,
            subject=hold.subject,
            reason=hold.reason,
            placed_by=hold.placed_by,
            placed=hold.placed,
            until=hold.until,
            released=hold.released,
            released_by=hold.released_by,
        )


class HoldsOut(BaseModel):
    """Every hold ever placed, the newest first."""

    holds: list[HoldOut]


class HoldIn(BaseModel):
    """A hold on an item, a case or a camera."""

    model_config = ConfigDict(extra="forbid")

    kind: HeldBy = Field(examples=["item"])
    subject: Name = Field(examples=["57"])
    reason: Words = Field(examples=["Court order 12/2026"])
    until: datetime | None = Field(default=None, description="null: until it is released")


@router.get("/retention/rules", dependencies=_RETENTION)
def rules(site: SiteOf) -> RulesOut:
    """How long items are kept."""
    found = site.governance.retention.rules()
    return RulesOut(rules=[RuleModel.model_validate(one) for one in found])


@router.put("/retention/rules", dependencies=_RETENTION)
def set_rule(site: SiteOf, actor: ActorOf, asked: RuleModel) -> RuleModel:
    """Add a rule or change one."""
    rule = Rule(asked.camera, asked.purpose, asked.days)
    site.governance.retention.set_rule(rule, actor=actor.name)
    return asked


@router.delete("/retention/rules", dependencies=_RETENTION)
def drop_rule(
    site: SiteOf,
    actor: ActorOf,
    camera: Annotated[str, Query(min_length=1, max_length=200)],
    purpose: Annotated[str, Query(min_length=1, max_length=64)],
) -> RulesOut:
    """Take a rule away; what it alone limited is then kept without limit."""
    site.governance.retention.drop_rule(camera, purpose, actor=actor.name)
    return rules(site)


@router.get("/retention/plan", dependencies=_RETENTION)
def plan(site: SiteOf, actor: ActorOf) -> PlanOut:
    """What a run by the rules would delete now. Changes nothing."""
    found = site.governance.retention.plan(scope=actor.cameras)
    return PlanOut(
        cameras=[
            CameraPlanOut(
                camera=one.camera,
                days=one.days,
                items=one.items,
                due=list(one.due),
                held=dict(one.held),
                oldest=one.oldest,
            )
            for one in found
        ]
    )


@router.post("/retention/run", dependencies=_RETENTION)
def run(site: SiteOf, actor: ActorOf) -> RunOut:
    """Delete what is due by the rules within the caller's cameras. Cannot be undone."""
    done = site.governance.retention.run(
        actor=actor.name, words_days=site.settings.audit_words_days, scope=actor.cameras
    )
    return RunOut.model_validate(done)


@router.get("/holds", dependencies=_RETENTION)
def holds(site: SiteOf) -> HoldsOut:
    """What is kept whatever the rules say."""
    return HoldsOut(holds=[HoldOut.of(one) for one in site.governance.holds.all()])


@router.post("/holds", status_code=201, dependencies=_RETENTION)
def place_hold(site: SiteOf, actor: ActorOf, asked: HoldIn) -> HoldOut:
    """Keep an item, a case or a camera from retention and erasure."""
    return HoldOut.of(
        site.governance.holds.place(
            asked.kind, asked.subject, reason=asked.reason, actor=actor.name, until=asked.until
        )
    )


@router.post("/holds/{hold_id}/release", dependencies=_RETENTION)
def release_hold(site: SiteOf, actor: ActorOf, hold_id: Number) -> HoldsOut:
    """End a hold."""
    site.governance.holds.release(hold_id, actor=actor.name)
    return holds(site)
