"""kill -9 of a real worker at random moments: nothing lost, nothing doubled, exact counts."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from jobs_child import main
from jobs_pictures import write_pictures

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery
from omnireid.jobs import (
    FolderOptions,
    Job,
    JobQueue,
    Limits,
    NotesOptions,
    Options,
    State,
    VideoOptions,
    work_off,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")

ROUNDS = 5
PICTURES, DOUBLES, TORN = 60, 5, 4


# Workers are forked off a server that has imported everything: they start at once.
context = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    context.set_forkserver_preload(["jobs_child"])


def start(folder: Path) -> ForkServerProcess:
    child = context.Process(target=main, args=(folder,))
    child.start()
    return child


def kill_at(queue: JobQueue, job: Job, handled: int, delay: float) -> bool:
    """Start a worker and kill it shortly after it has recorded so much; False if it was done."""
    child = start(queue.folder)
    until = time.monotonic() + 60
    while child.is_alive() and time.monotonic() < until:
        if queue.get(job.id).handled >= handled:
            time.sleep(delay)
            break
        time.sleep(0.005)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    return queue.get(job.id).state is not State.DONE


def finish(queue: JobQueue, job: Job) -> Job:
    child = start(queue.folder)
    child.join(timeout=120)
    assert child.exitcode == 0
    return queue.get(job.id)


def descendants(process: int | None) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(c) for c in children] + [d for c in children for d in descendants(int(c))]


def notes(gallery: Gallery) -> list[str]:
    return sorted(item.note or "" for item in gallery.items(k=1000))


def sources(gallery: Gallery) -> list[str]:
    return sorted(Path(item.source or "").name for item in gallery.items(k=1000))


def test_a_folder_job_killed_five_times_ends_as_if_never_killed(
    gallery: Gallery, queue: JobQueue, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "pictures", PICTURES)
    for number in range(DOUBLES):
        original = folder / f"gate_{7 * number:04d}.png"
        (folder / f"gate_{7 * number:04d}x.png").write_bytes(original.read_bytes())
    for number in range(TORN):
        (folder / f"gate_{13 * number:04d}y.png").write_bytes(b"\x89PNG torn")
    job = queue.add(FolderOptions(path=folder), "Ito")
    dice = random.Random(6)
    targets = sorted(dice.sample(range(1, PICTURES), ROUNDS))
    for target in targets:
        assert kill_at(queue, job, target, dice.uniform(0, 0.05))
        left = queue.get(job.id)
        # Acknowledged is a subset of stored: what was recorded as added is in the gallery.
        assert left.handled >= target
        assert left.handled == left.added + left.duplicates + left.skipped
        assert left.added <= gallery.count()
        assert left.state is State.RUNNING
        assert len(sources(gallery)) == len(set(sources(gallery)))
    done = finish(queue, job)
    assert done.state is State.DONE
    assert (done.added, done.duplicates, done.skipped) == (PICTURES, DOUBLES, TORN)
    assert done.handled == done.total == PICTURES + DOUBLES + TORN
    assert sources(gallery) == [f"gate_{number:04d}.png" for number in range(PICTURES)]
    assert gallery.verify().problems == ()


def test_a_killed_workers_readers_end_with_it(queue: JobQueue, tmp_path: Path) -> None:
    job = queue.add(FolderOptions(path=write_pictures(tmp_path / "pictures", 30)), "Ito")
    child = start(queue.folder)
    while queue.get(job.id).handled < 3:
        time.sleep(0.01)
    group = descendants(child.pid)
    assert len(group) >= 2, "the server of readers, and a reader"
    child.kill()
    child.join()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{reader}").exists() for reader in group):
        assert time.monotonic() < until, "a reader outlived its worker"
        time.sleep(0.05)


def note_file(folder: Path) -> NotesOptions:
    file = folder / "notes.csv"
    rows = [f"walker {number} in red" for number in range(40)]
    file.write_text("text\n" + "\n".join([*rows, rows[3]]), encoding="utf-8")
    return NotesOptions(path=file)


@pytest.mark.parametrize("kind", ["notes", "video"])
def test_notes_and_videos_go_on_where_they_were_killed(
    gallery: Gallery, queue: JobQueue, tmp_path: Path, film: Path, kind: str
) -> None:
    options: Options = note_file(tmp_path) if kind == "notes" else VideoOptions(path=film)
    expected: Callable[[Gallery], list[str]] = notes if kind == "notes" else sources
    with Gallery.create(tmp_path / "undisturbed", ColourEncoder()) as other:
        undisturbed = JobQueue(other)
        calm_id = undisturbed.add(options, "Ito").id
        work_off(other, Limits(), threading.Event())
        calm = undisturbed.get(calm_id)
        wanted = expected(other)
    job = queue.add(options, "Ito")
    # The film is half seen, or half of the notes are read.
    assert kill_at(queue, job, calm.handled // 2, random.Random(7).uniform(0, 0.05))
    done = finish(queue, job)
    assert expected(gallery) == wanted
    assert len(wanted) >= 3
    assert (done.state, done.added, done.duplicates, done.skipped, done.handled) == (
        State.DONE, calm.added, calm.duplicates, calm.skipped, calm.handled,
    )  # fmt: skip
