"""kill -9 of a real worker at random moments: nothing lost, nothing doubled, exact counts."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from jobs_child import Death, main
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

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX"),
    # Eleven workers are started here, which takes long where they get hardly any of the machine.
    pytest.mark.timeout(900),
]

ROUNDS = 5
PICTURES, DOUBLES, TORN = 60, 5, 4


# Workers are forked off a server that has imported everything: they start at once.
context = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    context.set_forkserver_preload(["jobs_child"])


@contextmanager
def working(queue: JobQueue, batch: int, death: Death | None) -> Iterator[ForkServerProcess]:
    """A worker in a process of its own; it does not outlive the test."""
    child = context.Process(target=main, args=(queue.folder, batch, death))
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


def work_and_die(queue: JobQueue, job: Job, death: Death, batch: int = 3) -> Job:
    """The job as a worker leaves it that is killed in the middle of it."""
    with working(queue, batch, death) as child:
        child.join()
        assert child.exitcode == -signal.SIGKILL
    left = queue.get(job.id)
    assert left.state is State.RUNNING
    assert units(left) >= death.units
    return left


def finish(queue: JobQueue, job: Job, batch: int = 3) -> Job:
    with working(queue, batch, None) as child:
        child.join()
        assert child.exitcode == 0
    return queue.get(job.id)


def units(job: Job) -> int:
    """How many files, rows or walks are recorded."""
    return job.added + job.duplicates + job.skipped


def descendants(process: int | None) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(c) for c in children] + [d for c in children for d in descendants(int(c))]


def lives(process: int) -> bool:
    """Whether a process has not ended; one that nobody has asked about since has."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what has to come, on however slow a machine."""
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


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
    # From the last kill on there is still something left to do.
    for target in sorted(dice.sample(range(1, PICTURES - 4 * ROUNDS), ROUNDS)):
        left = work_and_die(queue, job, Death(target, dice.randrange(2), dice.uniform(0, 0.05)))
        # Acknowledged is a subset of stored: what was recorded as added is in the gallery.
        assert left.handled == units(left) < PICTURES + DOUBLES + TORN
        assert left.added <= gallery.count()
        assert len(sources(gallery)) == len(set(sources(gallery)))
    done = finish(queue, job)
    assert done.state is State.DONE
    assert (done.added, done.duplicates, done.skipped) == (PICTURES, DOUBLES, TORN)
    assert done.handled == done.total == PICTURES + DOUBLES + TORN
    assert sources(gallery) == [f"gate_{number:04d}.png" for number in range(PICTURES)]
    assert gallery.verify().problems == ()


def test_a_killed_workers_readers_end_with_it(queue: JobQueue, tmp_path: Path) -> None:
    job = queue.add(FolderOptions(path=write_pictures(tmp_path / "pictures", 30)), "Ito")
    with working(queue, 3, Death(units=3, records=0, seconds=None)) as child:
        wait_until(lambda: queue.get(job.id).handled >= 3)
        group = descendants(child.pid)
        assert len(group) >= 2, "the server of readers, and a reader"
    assert child.exitcode == -signal.SIGKILL
    wait_until(lambda: not any(lives(reader) for reader in group))


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
        work_off(other, Limits(seconds=120), threading.Event())
        calm = undisturbed.get(calm_id)
        wanted = expected(other)
    job = queue.add(options, "Ito")
    # The film is half seen, or half of the notes are read.
    dice = random.Random(7)
    batch = 3 if kind == "notes" else 1
    death = Death(units(calm) // 2, dice.randrange(2), dice.uniform(0, 0.05))
    assert units(work_and_die(queue, job, death, batch)) < units(calm)
    done = finish(queue, job, batch)
    assert expected(gallery) == wanted
    assert len(wanted) >= 3
    assert (done.state, done.added, done.duplicates, done.skipped, done.handled) == (
        State.DONE, calm.added, calm.duplicates, calm.skipped, calm.handled,
    )  # fmt: skip
