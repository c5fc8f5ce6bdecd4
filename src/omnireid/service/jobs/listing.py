"""The list of jobs, one job, and what may be done with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from omnireid.accounts import Actor, Permission
from omnireid.jobs import FolderOptions, Listed, Result, VideoOptions, report_lines
from omnireid.service.account import when
from omnireid.service.faults import told
from omnireid.service.jobs.scope import own, queue_of, seen, watched
from omnireid.service.jobs.words import view
from omnireid.service.language import choose_language, strings
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.said import spoken_reason
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/jobs", include_in_schema=False, dependencies=[needs(Permission.INGEST)])

_PAGE = 20
_SHOWN = 50

_REPORT = {
    "source": "jobs_source",
    "result": "jobs_result",
    "reason": "jobs_reason",
    "item": "jobs_item_number",
    Result.SKIPPED.value: "jobs_skipped",
    Result.DUPLICATE.value: "jobs_there",
}
"""The words of the report that are no reasons."""

PageNumber = Annotated[int, Query(ge=1, le=100_000)]


@router.get("")
def show_all(request: Request, site: SiteOf, actor: ActorOf, page: PageNumber = 1) -> Response:
    """The newest jobs, and the watched folders."""
    return render(
        request, site, "jobs/list.html", _listed(request, site, actor, page), back="/jobs"
    )


@router.get("/part")
def show_part(request: Request, site: SiteOf, actor: ActorOf, page: PageNumber = 1) -> Response:
    """The list alone, as the page asks for it again and again."""
    return render(
        request, site, "jobs/list_part.html", _listed(request, site, actor, page), back="/jobs"
    )


@router.get("/{job_id:int}")
def show(request: Request, site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """One job: how far it is, what was left out and why."""
    return _one(request, site, actor, job_id, "jobs/job.html")


@router.get("/{job_id:int}/part")
def show_one_part(request: Request, site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """The job alone, as the page asks for it again and again."""
    return _one(request, site, actor, job_id, "jobs/job_part.html")


@router.get("/{job_id:int}/report.csv")
def report(request: Request, site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """Everything that was skipped or was there already, for a spreadsheet."""
    job = seen(site, actor, job_id)
    language = choose_language(request, site.settings.language)
    sentences = strings(language)

    def say(text: str) -> str:
        # In English the table is the one of the command line, which programs read too.
        if language != "en" and text in _REPORT:
            return sentences[_REPORT[text]]
        return spoken_reason(text, language)

    return StreamingResponse(
        report_lines(queue_of(site), job.id, say),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="job-{job.id}.csv"'},
    )


@router.post("/{job_id:int}/pause")
def pause(site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """Stop after the batch under way."""
    queue_of(site).pause(seen(site, actor, job_id).id, actor.name)
    return _back(job_id)


@router.post("/{job_id:int}/resume")
def resume(site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """Go on where it stopped."""
    queue_of(site).resume(seen(site, actor, job_id).id, actor.name)
    return _back(job_id)


@router.post("/{job_id:int}/cancel")
def cancel(site: SiteOf, actor: ActorOf, job_id: int) -> Response:
    """End it for good."""
    queue_of(site).cancel(seen(site, actor, job_id).id, actor.name)
    return _back(job_id)


def _listed(request: Request, site: Site, actor: Actor, page: int) -> dict[str, object]:
    sentences = strings(choose_language(request, site.settings.language))
    queue = queue_of(site)
    total = queue.count(actor=own(actor))
    found = queue.jobs(limit=_PAGE, offset=(page - 1) * _PAGE, actor=own(actor))
    views = [view(job, sentences) for job in found]
    return {
        "views": views,
        "moving": any(one.moving for one in views),
        "page": page,
        "newer": page - 1 if page > 1 else None,
        "older": page + 1 if page * _PAGE < total else None,
        "watches": [
            {
                "watch": watch,
                "videos": isinstance(watch.options, VideoOptions),
                "checked": when(watch.checked),
            }
            for watch in watched(site, actor)
        ],
        "may_delete": actor.may(Permission.ERASE),
        "may_watch": bool(site.settings.ingest_roots),
        "when": when,
    }


def _one(request: Request, site: Site, actor: Actor, job_id: int, template: str) -> Response:
    language = choose_language(request, site.settings.language)
    sentences = strings(language)
    job = seen(site, actor, job_id)
    queue = queue_of(site)
    refused: tuple[Listed, ...] = queue.listed(job_id, Result.SKIPPED, limit=_SHOWN)
    doubles = queue.listed(job_id, Result.DUPLICATE, limit=_SHOWN)
    options = job.options
    values = {
        "one": view(job, sentences),
        "trouble": None if job.trouble is None else told(job.trouble, language),
        "refused": refused,
        "doubles": doubles,
        "folder": options if isinstance(options, FolderOptions | VideoOptions) else None,
        "when": when,
    }
    return render(request, site, template, values, back=f"/jobs/{job_id}")


def _back(job_id: int) -> Response:
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)
