"""Rendering a data set: seeded, parallel, resumable; whole shards only."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omnireid.errors import InputError, RenderError
from omnireid.people.body import body_space
from omnireid.people.shards import read_shard, write_shard
from omnireid.people.worlds import Job, draw_world

Progress = Callable[[int, int], None]
"""Called with the number of views done and the number in all."""

FORMAT = 1
SETTINGS = "dataset.json"
_BYTES_PER_ROW = 4_000


def render(
    out: str | os.PathLike[str], *, identities: int, views: int, seed: int = 0,
    size: tuple[int, int] = (128, 256), workers: int = 2, shifted: bool = False,
    first_identity: int = 0, frames: int = 0, progress: Progress | None = None,
) -> None:  # fmt: skip
    """Render `identities` people, `views` times each, in colour, infrared and sketch, into `out`.

    The same arguments give the same bytes on one machine. Shards that are already there and whole
    are kept, so an interrupted render goes on where it stopped. `shifted` draws garments,
    sketch styles, cameras and scenes from other ranges and words from the held-out writer, for
    validation under a shift.
    `first_identity` moves on to people that no other part of the same seed holds. `frames` adds so
    many colour pictures to each view, of the same walk a fifth of a second apart, for tracks.

    Raises:
        InputError: impossible numbers, a folder that holds another data set, or too little disk.
        MissingExtraError: anny or moderngl is not installed.
        RenderError: this machine cannot make an off-screen OpenGL context, or a worker died.
    """  # fmt: skip
    job = Job(identities, views, seed, size[0], size[1], shifted, first_identity, frames)
    validate(job, workers)
    folder = Path(out)
    _claim(folder, job)
    total = job.identities * job.views
    missing = [shard for shard in range(job.shards) if not _whole(folder, job, shard)]
    done = total - sum(len(job.members(shard)) for shard in missing) * job.views
    if progress is not None:
        progress(done, total)
    if not missing:
        return
    _check_disk(folder, job, sum(len(job.members(s)) for s in missing) * job.views)
    body_space()  # fills the cache once, before workers ask for it together
    if workers == 1 or len(missing) == 1:
        for shard in missing:
            for _ in _render_shard(folder, job, shard):
                done += job.views
                if progress is not None:
                    progress(done, total)
        return
    _in_parallel(folder, job, missing, workers, done, total, progress)


def shard_path(folder: Path, shard: int) -> Path:
    """The file of one shard."""
    return folder / f"shard-{shard:05d}.zip"


def validate(job: Job, workers: int) -> None:
    """Refuse impossible numbers."""
    limits = {"identities": job.identities, "views": job.views, "workers": workers}
    for name, value in limits.items():
        if value < 1:
            raise InputError(f"{name} is {value}", "it must be at least 1", f"give a larger {name}")
    if not (16 <= job.width <= 1024 and 16 <= job.height <= 2048):
        raise InputError(
            f"a picture size of {job.width} x {job.height}",
            "width must lie in 16..1024 and height in 16..2048",
            "use 128 x 256",
        )
    if not 0 <= job.frames <= 99:
        raise InputError(
            f"{job.frames} frames a view", "a track has up to 99", "give a number in 0..99"
        )
    if job.seed < 0 or job.first_identity < 0:
        raise InputError("a negative seed or first identity", "both count from 0", "use 0 or more")


def _claim(folder: Path, job: Job) -> None:
    settings = {"format": FORMAT, **asdict(job)}
    if not job.frames:
        del settings["frames"]  # as sets without tracks have always been described
    path = folder / SETTINGS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found != settings:
                raise _another(folder, f"it was rendered with {found}")
            return
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    except ValueError as error:
        raise damaged_settings(path, str(error)) from error
    except OSError as error:
        raise InputError(
            f"{folder} cannot hold a data set",
            str(error),
            "give a folder that can be written",
        ) from error


def damaged_settings(path: Path, why: str) -> InputError:
    """The error for a `dataset.json` that cannot be read."""
    return InputError(
        f"{path} is damaged", why,
        "delete this file and run the command that rendered the folder again: whole shards are "
        "kept",
    )  # fmt: skip


def _another(folder: Path, why: str) -> InputError:
    return InputError(
        f"{folder} holds another data set", why,
        "give an empty folder, or the same numbers and seed to resume",
    )  # fmt: skip


def _whole(folder: Path, job: Job, shard: int) -> bool:
    path = shard_path(folder, shard)
    if not path.exists():
        return False
    try:
        rows, entries = read_shard(path)
        seeds = [row["seed"] for row in rows]
    except (InputError, KeyError, TypeError):
        return False  # damaged: rendered again
    expected = [job.entropy(n, view) for n in job.members(shard) for view in range(job.views)]
    if seeds != expected:
        raise _another(folder, f"{path.name} was rendered with other numbers or another seed")
    return len(entries) == (3 + job.frames) * len(expected) + 1


def _check_disk(folder: Path, job: Job, views: int) -> None:
    free = shutil.disk_usage(folder).free
    # A fifth above the mean picture that was measured at 48 x 96, 128 x 256 and 512 x 1024.
    picture = 11 * (job.width * job.height) ** 0.64
    needed = views * (_BYTES_PER_ROW + (3 + job.frames) * picture)
    if free < needed * 1.05:
        raise InputError(
            f"too little disk at {folder}",
            f"{views:,} views need about {needed / 1e9:.2f} GB and {free / 1e9:.2f} GB are free",
            "free some space, render fewer views or choose another folder",
        )


def _render_shard(folder: Path, job: Job, shard: int) -> Iterator[int]:
    """Yield after each identity; the shard appears when the last is done."""
    pictures: dict[str, bytes] = {}
    rows: list[dict[str, Any]] = []
    for row, drawn in draw_world(job, shard):
        rows.append(row)
        stem = f"{row['identity']:07d}-{row['view']:03d}-"
        pictures |= {stem + name: data for name, data in drawn.items()}
        if len(rows) == len(job.members(shard)) * job.views:
            write_shard(shard_path(folder, shard), pictures, rows)
        if len(rows) % job.views == 0:
            yield row["identity"]


_shared: Any = None


def _join(reports: Any, stopped: Any) -> None:
    global _shared
    _shared = reports, stopped
    # Ctrl-C reaches the whole group: the parent alone answers it, by `stopped`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent tells nobody: without this its workers would render on for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(folder: Path, job: Job, shard: int) -> None:
    reports, stopped = _shared
    for _ in _render_shard(folder, job, shard):
        reports.put(job.views)
        if stopped.is_set():
            return


def _in_parallel(
    folder: Path, job: Job, missing: list[int], workers: int, done: int, total: int,
    progress: Progress | None,
) -> None:  # fmt: skip
    # Spawned, not forked: an OpenGL context does not survive a fork.
    context = multiprocessing.get_context("spawn")
    reports, stopped = context.Queue(), context.Event()
    shared = (reports, stopped)
    with ProcessPoolExecutor(min(workers, len(missing)), context, _join, shared) as pool:
        pending = {pool.submit(_work, folder, job, shard) for shard in missing}
        try:
            while pending:
                finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                while True:
                    try:
                        done += reports.get_nowait()
                    except queue.Empty:
                        break
                    if progress is not None:
                        progress(done, total)
                for future in finished:
                    future.result()
        except BrokenProcessPool as error:
            raise RenderError(
                "a render worker died",
                "the system ended it, most often for lack of memory",
                "run the same command again with fewer workers: it goes on where it stopped",
            ) from error
        except BaseException:
            stopped.set()  # workers end after the person that they are drawing
            for future in pending:
                future.cancel()
            raise
    if progress is not None:
        progress(total, total)
