"""Purposes: what a search may be for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Actor, Permission
from omnireid.governance import Purpose
from omnireid.service.api.values import Name
from omnireid.service.permission import ActorOf, needs, signed_in
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["purposes and retention"])


class PurposeOut(BaseModel):
    """A purpose, named in both languages."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(examples=["lost_property"])
    name_en: str = Field(examples=["Finding the owner of lost property"])
    name_ja: str = Field(examples=["遺失物の持ち主の確認"])
    cameras: list[str] | None = Field(description="null: every camera; empty: none")
    active: bool = Field(description="false: retired, and cannot be chosen")


class PurposesOut(BaseModel):
    """The list."""

    purposes: list[PurposeOut]


class PurposeIn(BaseModel):
    """A purpose as it shall be."""

    model_config = ConfigDict(extra="forbid")

    name_en: Name = Field(examples=["Finding the owner of lost property"])
    name_ja: Name = Field(examples=["遺失物の持ち主の確認"])
    cameras: list[Name] | None = Field(
        default=None, max_length=500, description="null: every camera; empty: none"
    )
    active: bool = Field(default=True, description="false: retired")


@router.get("/purposes", dependencies=[signed_in()])
def purposes(
    site: SiteOf,
    actor: ActorOf,
    retired: Annotated[bool, Query(description="list retired ones too")] = False,
) -> PurposesOut:
    """The purposes that the caller may search for."""
    found = site.governance.purposes.all(active_only=not retired)
    return PurposesOut(
        purposes=[PurposeOut.model_validate(one) for one in found if _within(actor, one)]
    )


@router.put("/purposes/{key}", dependencies=[needs(Permission.RETENTION)])
def put_purpose(
    site: SiteOf,
    actor: ActorOf,
    key: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", examples=["lost_property"])],
    asked: PurposeIn,
) -> PurposeOut:
    """Add a purpose, change one, or retire one."""
    cameras = None if asked.cameras is None else tuple(asked.cameras)
    purpose = Purpose(key, asked.name_en, asked.name_ja, cameras, asked.active)
    site.governance.purposes.put(purpose, actor=actor.name)
    return PurposeOut.model_validate(purpose)


def _within(actor: Actor, purpose: Purpose) -> bool:
    return not actor.purposes or purpose.key in actor.purposes
