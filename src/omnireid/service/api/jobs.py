"""Jobs: starting, watching, pausing and cancelling what fills the gallery."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, File, Form, Query, UploadFile
from pydantic import BaseModel, Field

from omnireid.accounts import Permission
from omnireid.jobs import (
    FolderOptions,
    Job,
    NearDuplicatesOptions,
    NotesOptions,
    ReindexOptions,
    Result,
    Staging,
    State,
    VideoOptions,
    read_options,
)
from omnireid.observation import Modality
from omnireid.service.api.values import Number
from omnireid.service.jobs.scope import (
    check_camera,
    own,
    placed,
    queue_of,
    seen,
    upload_limit,
)
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["jobs"], dependencies=[needs(Permission.INGEST)])

JobIn = Annotated[
    FolderOptions | NotesOptions | VideoOptions | ReindexOptions | NearDuplicatesOptions,
    Body(
        discriminator="kind",
        openapi_examples={
            "folder": {
                "summary": "A folder of pictures on the server",
                "value": {
                    "kind": "folder",
                    "path": "/srv/cameras/gate",
                    "pattern": "{camera}_{time:%Y%m%d_%H%M%S}",
                },
            },
            "notes": {
                "summary": "A file of notes on the server",
                "value": {"kind": "notes", "path": "/srv/notes.csv", "text_column": "特徴"},
            },
            "reindex": {"summary": "Write the indexes anew", "value": {"kind": "reindex"}},
        },
    ),
]


class JobOut(BaseModel):
    """One job. `total` is null until it is known; `seconds` is the time worked so far."""

    id: int = Field(examples=[5])
    kind: str = Field(examples=["folder"])
    subject: str = Field(description="a path, or `upload`", examples=["/srv/cameras/gate"])
    state: State = Field(examples=["running"])
    actor: str = Field(examples=["sato"])
    created: datetime
    started: datetime | None
    finished: datetime | None
    total: int | None = Field(examples=[1000])
    handled: int = Field(examples=[480])
    added: int = Field(examples=[470])
    duplicates: int = Field(examples=[8])
    skipped: int = Field(examples=[2])
    seconds: float = Field(examples=[12.5])
    trouble: str | None = Field(description="why it failed")

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """The job as the API shows it."""
        trouble = job.trouble
        return cls(
            id=job.id,
            kind=job.kind,
            subject=job.subject,
            state=job.state,
            actor=job.actor,
            created=job.created,
            started=job.started,
            finished=job.finished,
            total=job.total,
            handled=job.handled,
            added=job.added,
            duplicates=job.duplicates,
            skipped=job.skipped,
            seconds=round(job.seconds, 3),
            trouble=None if trouble is None else f"{trouble.what}: {trouble.why}",
        )


class JobsOut(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobOut]
    total: int


class ListedOut(BaseModel):
    """A file, row or walk that gave no new item, and why."""

    id: int
    name: str = Field(examples=["gate/0001.jpg"])
    reason: str | None = Field(examples=["the file is empty"])
    item: int | None = Field(description="for a duplicate, the item it is", examples=[57])


class FilesOut(BaseModel):
    """A page of them. `next` is the `after` of the next page, null at the end."""

    files: list[ListedOut]
    next: int | None


@router.get("/jobs")
def jobs(
    site: SiteOf,
    actor: ActorOf,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> JobsOut:
    """Every job; one's own alone for a caller of some cameras."""
    queue, whose = queue_of(site), own(actor)
    return JobsOut(
        jobs=[JobOut.of(job) for job in queue.jobs(limit=limit, offset=offset, actor=whose)],
        total=queue.count(actor=whose),
    )


@router.post("/jobs", status_code=201)
def start_job(site: SiteOf, actor: ActorOf, asked: JobIn) -> JobOut:
    """Queue a job. Its path must lie below one of the server's `ingest_roots`."""
    return JobOut.of(queue_of(site).add(placed(site, actor, asked), actor.name))


@router.post("/jobs/upload", status_code=201)
def upload(
    site: SiteOf,
    actor: ActorOf,
    files: Annotated[list[UploadFile], File(description="pictures, or ZIP archives of them")],
    camera: Annotated[str, Form(max_length=200)] = "",
    modality: Annotated[Modality, Form()] = Modality.RGB,
    pattern: Annotated[str, Form(max_length=500)] = "",
) -> JobOut:
    """Upload pictures, or ZIP archives of pictures, and queue a job that takes them in.

    Of an archive, what is no plain picture file is listed as skipped, with the reason.
    """
    check_camera(actor, camera or None, from_files=bool(pattern))
    staging = Staging.new(site.gallery, upload_limit(site))
    try:
        given = {"camera": camera, "pattern": pattern, "modality": modality.value}
        options = read_options(
            {"kind": "folder", "path": "upload"}
            | {name: value for name, value in given.items() if value}
        )
        for file in files:
            name = file.filename or "file"
            if name.lower().endswith(".zip"):
                staging.unpack(name, file.file)
            else:
                staging.take(name, file.file)
        taken = queue_of(site).add(
            options,
            actor.name,
            files=staging.names,
            refused=[(one.name, one.reason) for one in staging.refused],
            staged=staging.name,
        )
    except BaseException:
        staging.discard()
        raise
    return JobOut.of(taken)


@router.get("/jobs/{job_id}")
def job(site: SiteOf, actor: ActorOf, job_id: Number) -> JobOut:
    """One job."""
    return JobOut.of(seen(site, actor, job_id))


@router.get("/jobs/{job_id}/files")
def job_files(
    site: SiteOf,
    actor: ActorOf,
    job_id: Number,
    result: Annotated[Literal["skipped", "duplicate"], Query()] = "skipped",
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> FilesOut:
    """What a job skipped, with the reasons; or what was there already."""
    seen(site, actor, job_id)
    found = queue_of(site).listed(job_id, Result(result), limit=limit, after=after)
    return FilesOut(
        files=[
            ListedOut(id=one.id, name=one.name, reason=one.reason, item=one.item_id)
            for one in found
        ],
        next=found[-1].id if len(found) == limit else None,
    )


@router.post("/jobs/{job_id}/pause")
def pause(site: SiteOf, actor: ActorOf, job_id: Number) -> JobOut:
    """Stop after the batch under way."""
    seen(site, actor, job_id)
    return JobOut.of(queue_of(site).pause(job_id, actor.name))


@router.post("/jobs/{job_id}/resume")
def resume(site: SiteOf, actor: ActorOf, job_id: Number) -> JobOut:
    """Let a paused or failed job go on where it stopped."""
    seen(site, actor, job_id)
    return JobOut.of(queue_of(site).resume(job_id, actor.name))


@router.post("/jobs/{job_id}/cancel")
def cancel(site: SiteOf, actor: ActorOf, job_id: Number) -> JobOut:
    """End a job for good; what it stored stays."""
    seen(site, actor, job_id)
    return JobOut.of(queue_of(site).cancel(job_id, actor.name))
