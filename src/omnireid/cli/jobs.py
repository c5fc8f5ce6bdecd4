"""`omnireid jobs`: the queue of ingest jobs, beside a running server or without one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli import jobs_add, jobs_watch
from omnireid.cli.acting import command_line_actor
from omnireid.cli.opening import GalleryOption, ModelOption, gallery_folder, open_gallery
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.gallery import Gallery
from omnireid.jobs import (
    ENDED,
    Job,
    JobQueue,
    Limits,
    Result,
    follow,
    keep_watching,
    report_lines,
    stop_when_input_ends,
    work_off,
)
from omnireid.settings import load_settings

jobs = typer.Typer(
    no_args_is_help=True,
    help="Ingest in the background: a queue that survives a crash. It may be used while the server "
    "runs, whose worker does the jobs; without a server, `omnireid jobs work` does them.",
)

JobNumber = Annotated[int, typer.Argument(help="Number of the job, see `omnireid jobs list`.")]

_MEGABYTE = 1_000_000
_ROWS = 1000


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    jobs_add.register(jobs)
    jobs_watch.register(jobs)
    app.add_typer(jobs, name="jobs")


@jobs.command("list")
def list_jobs(
    gallery: GalleryOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 20,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first.

    Example: omnireid jobs list --gallery site
    """
    with Gallery.open(gallery_folder(gallery)) as opened:
        listed = JobQueue(opened).jobs(limit=limit)
    if as_json:
        print_json([describe(job) for job in listed])
        return
    table = Table("job", "kind", "what", "state", "done", "added", "there", "skipped", box=None)
    for job in listed:
        table.add_row(
            str(job.id),
            job.kind,
            escape(job.subject),
            job.state.value,
            _done(job),
            f"{job.added:,}",
            f"{job.duplicates:,}",
            f"{job.skipped:,}",
        )
    results.print(table if listed else "There is no job.")


@jobs.command("show")
def show(
    number: JobNumber,
    gallery: GalleryOption = None,
    export: Annotated[
        typer.FileTextWrite | None,
        typer.Option(
            "--export",
            encoding="utf-8",
            help="Write what was skipped or there already into a CSV file.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one job: progress, and what was skipped, with the reasons.

    Example: omnireid jobs show 3 --gallery site --export skipped.csv
    """
    with Gallery.open(gallery_folder(gallery)) as opened:
        queue = JobQueue(opened)
        job = queue.get(number)
        listed = queue.listed(number, Result.SKIPPED, limit=_ROWS)
        doubles = queue.listed(number, Result.DUPLICATE, limit=_ROWS)
        if export is not None:
            export.writelines(report_lines(queue, number))
    if as_json:
        document = describe(job)
        document["skipped_files"] = [{"source": o.name, "reason": o.reason} for o in listed]
        document["duplicate_files"] = [{"source": o.name, "item": o.item_id} for o in doubles]
        print_json(document)
        return
    results.print(f"Job {job.id}: {job.kind} {escape(job.subject)}", soft_wrap=True)
    results.print(f"  {job.state.value}, {_done(job)}; asked for by {escape(job.actor)}")
    results.print(
        f"  {job.added:,} added, {job.duplicates:,} already there, {job.skipped:,} skipped"
    )
    if job.trouble is not None:
        for line in (job.trouble.what, job.trouble.why, job.trouble.to_do):
            results.print(f"  {escape(line)}", soft_wrap=True)
    for one in listed[:20]:
        results.print(f"  skipped {escape(one.name)}: {escape(one.reason or '')}", soft_wrap=True)
    if job.skipped > 20:
        messages.print("More were skipped: --export writes all of them into a file.")


@jobs.command("pause")
def pause(number: JobNumber, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Stop a job after the batch under way; `resume` goes on where it stopped.

    Example: omnireid jobs pause 3 --gallery site
    """
    _turn(gallery, lambda queue: queue.pause(number, command_line_actor()), as_json=as_json)


@jobs.command("resume")
def resume(number: JobNumber, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Let a paused or failed job go on where it stopped.

    Example: omnireid jobs resume 3 --gallery site
    """
    _turn(gallery, lambda queue: queue.resume(number, command_line_actor()), as_json=as_json)


@jobs.command("cancel")
def cancel(number: JobNumber, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """End a job for good. What it has added stays.

    Example: omnireid jobs cancel 3 --gallery site
    """
    _turn(gallery, lambda queue: queue.cancel(number, command_line_actor()), as_json=as_json)


@jobs.command("work")
def work(
    gallery: GalleryOption = None,
    model: ModelOption = None,
    go_on: Annotated[
        bool, typer.Option("--follow", help="Wait for jobs and watch folders until Ctrl-C.")
    ] = False,
    beside_page: Annotated[
        bool,
        typer.Option("--beside-page", hidden=True, help="End with the process that started it."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Do the jobs that wait. `omnireid serve` does it by itself; several workers may run at once.

    Example: omnireid jobs work --gallery site --follow
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if beside_page:
        stop_when_input_ends(stop)
        # The page answers first.
        if hasattr(os, "nice"):
            os.nice(5)
    settings = load_settings()
    limits = Limits(settings.job_memory_mb * _MEGABYTE, settings.job_file_seconds)
    opened, _ = open_gallery(gallery_folder(gallery), model)
    with opened:
        if go_on:
            watching = threading.Thread(target=keep_watching, args=(opened, stop), daemon=True)
            watching.start()
            follow(opened, limits, stop)
            watching.join(timeout=5)
            return
        done = work_off(opened, limits, stop)
    if as_json:
        print_json({"jobs": done})
    else:
        results.print(f"{done:,} jobs were worked on." if done else "No job was waiting.")


def describe(job: Job) -> dict[str, object]:
    """A job as JSON."""
    return {
        "id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "state": job.state.value,
        "actor": job.actor,
        "created": job.created.isoformat(),
        "started": _text(job.started),
        "finished": _text(job.finished),
        "handled": job.handled,
        "total": job.total,
        "added": job.added,
        "already_there": job.duplicates,
        "skipped": job.skipped,
        "per_second": job.rate,
        "seconds_left": job.seconds_left,
        "error": None
        if job.trouble is None
        else {"what": job.trouble.what, "why": job.trouble.why, "to_do": job.trouble.to_do},
    }


def _turn(gallery: Path | None, turn: Callable[[JobQueue], Job], *, as_json: bool) -> None:
    with Gallery.open(gallery_folder(gallery)) as opened:
        job = turn(JobQueue(opened))
    if as_json:
        print_json(describe(job))
    else:
        results.print(f"Job {job.id} is {job.state.value}.")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _done(job: Job) -> str:
    if job.share is None:
        return f"{job.handled:,}"
    left = job.seconds_left
    if left is None or job.state in ENDED:
        return f"{job.share:.0%}"
    return f"{job.share:.0%}, about {left:.0f} s of work left"
