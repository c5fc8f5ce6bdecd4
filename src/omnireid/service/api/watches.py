"""Watched folders: what comes to rest in them is taken in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from omnireid.accounts import Permission
from omnireid.jobs import FolderOptions, VideoOptions, Watch, Watches
from omnireid.observation import Modality
from omnireid.service.api.values import Number
from omnireid.service.jobs.scope import placed, unwatch, watched
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["jobs"], dependencies=[needs(Permission.INGEST)])

WatchIn = Annotated[
    FolderOptions | VideoOptions,
    Body(
        discriminator="kind",
        openapi_examples={
            "folder": {
                "summary": "Pictures of one camera",
                "value": {"kind": "folder", "path": "/srv/cameras/gate", "camera": "gate"},
            },
            "video": {
                "summary": "Videos whose names tell camera and start",
                "value": {
                    "kind": "video",
                    "path": "/srv/videos",
                    "pattern": "{camera}_{time:%Y%m%d_%H%M%S}",
                },
            },
        },
    ),
]


class WatchOut(BaseModel):
    """A watched folder. `trouble` is why the last look at it failed."""

    id: int = Field(examples=[2])
    kind: str = Field(description="`folder` for pictures, or `video`", examples=["folder"])
    path: str = Field(examples=["/srv/cameras/gate"])
    camera: str | None = Field(examples=["gate"])
    pattern: str | None
    modality: Modality = Field(examples=["rgb"])
    actor: str = Field(examples=["sato"])
    created: datetime
    checked: datetime | None = Field(description="the last look at it")
    trouble: str | None

    @classmethod
    def of(cls, watch: Watch) -> WatchOut:
        """The watch as the API shows it."""
        return cls(
            id=watch.id,
            kind=watch.options.kind,
            path=str(watch.path),
            camera=watch.options.camera,
            pattern=watch.options.pattern,
            modality=watch.options.modality,
            actor=watch.actor,
            created=watch.created,
            checked=watch.checked,
            trouble=watch.trouble,
        )


class WatchesOut(BaseModel):
    """Watched folders, in the order they were added."""

    watches: list[WatchOut]


@router.get("/watches")
def watches(site: SiteOf, actor: ActorOf) -> WatchesOut:
    """Every watched folder; one's own alone for a caller of some cameras."""
    return WatchesOut(watches=[WatchOut.of(one) for one in watched(site, actor)])


@router.post("/watches", status_code=201)
def add_watch(site: SiteOf, actor: ActorOf, asked: WatchIn) -> WatchOut:
    """Watch a folder below one of the server's `ingest_roots`; what lies in it is taken too."""
    return WatchOut.of(Watches(site.gallery).add(placed(site, actor, asked), actor.name))


@router.delete("/watches/{watch_id}")
def remove_watch(site: SiteOf, actor: ActorOf, watch_id: Number) -> WatchOut:
    """Watch a folder no more; what was taken from it stays."""
    return WatchOut.of(unwatch(site, actor, watch_id))
