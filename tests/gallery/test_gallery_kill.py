"""kill -9 at named points and at random moments: what was reported is there, and nothing twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from gallery_child import run, walk
from gallery_fakes import FakeEncoder

from omnireid.gallery import AddReport, Gallery
from omnireid.gallery.faults import POINTS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")

ROUNDS = 5
TOTAL = 60


@dataclass(frozen=True)
class Outcome:
    """What a child told before it died. `told`: its last number; None: nothing."""

    told: int | None
    finished: bool
    exit_code: int | None


@pytest.fixture(scope="module")
def context():
    # Children are forked off a server that has imported everything: they start at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gallery_child"])
    return context


def start_and_kill(context, folder, job, point=None, times=1, after=None) -> Outcome:
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=run, args=(folder, job, point, times, theirs))
    child.start()
    theirs.close()
    told, finished = None, False
    timer = None
    try:
        while True:
            message = ours.recv()
            if message == "finished":
                finished = True
                break
            told = message
            if after is not None and timer is None:
                timer = threading.Timer(after, child.kill)
                timer.start()
    except (EOFError, OSError):
        pass  # the child is gone, maybe in the middle of a word
    child.join()
    if timer is not None:
        timer.cancel()
    return Outcome(told, finished, child.exitcode)


@pytest.fixture
def full(folder: Path) -> Path:
    """A gallery with the 60 walks of a child's job, closed."""
    with Gallery.create(folder, FakeEncoder(), timezone="UTC") as gallery:
        gallery.add((walk(n) for n in range(TOTAL)), batch_size=20)
    return folder


def assert_whole(gallery: Gallery, expected: set[int], unsure: set[int]) -> set[int]:
    """Every expected walk is there once and found first; of the unsure ones any may be."""
    notes = [item.note for item in gallery.items(k=1000)]
    walks = {int(note.split()[1]) for note in notes}
    assert len(walks) == len(notes)
    assert expected <= walks <= expected | unsure
    for number in walks:
        assert gallery.search(walk(number), k=1)[0].note == f"walk {number}"
    assert gallery.search(walk(0), k=1000, words="walk")[len(walks) :] == ()
    assert len(gallery.search(walk(0), k=1000)) == len(walks)
    assert gallery.verify().problems == ()
    return walks


def assert_added(folder: Path, outcome: Outcome) -> None:
    safe = outcome.told or 0
    with Gallery.open(folder, FakeEncoder()) as gallery:
        walks = assert_whole(gallery, set(range(safe)), set(range(TOTAL)))
        again = gallery.add(walk(n) for n in range(TOTAL))
        assert again == AddReport(added=TOTAL - len(walks), duplicates=len(walks))
        assert_whole(gallery, set(range(TOTAL)), set())


def assert_deleted(folder: Path, outcome: Outcome) -> None:
    gone = outcome.told or 0
    with Gallery.open(folder, FakeEncoder()) as gallery:
        walks = assert_whole(gallery, set(range(20, TOTAL)), set(range(gone, 20)))
        # Deleted one after the other: at most the one under way is gone and untold.
        assert len(walks) >= TOTAL - gone - 1
        used = {item.picture_path.name for item in gallery.items(k=1000)}
        stored = {path.name for path in (folder / "pictures").rglob("*.*")}
        assert stored == used


ADD_POINTS = [p for p in POINTS if p.startswith(("add.", "index.")) and "blanked" not in p]
DELETE_POINTS = [p for p in POINTS if p.startswith(("delete.", "sweep.", "index."))]
REBUILD_POINTS = [p for p in POINTS if p.startswith(("rebuild.", "index.")) and "blanked" not in p]


def test_every_point_is_tried() -> None:
    assert {*ADD_POINTS, *DELETE_POINTS, *REBUILD_POINTS} == {*POINTS}


@pytest.mark.parametrize("point", ADD_POINTS)
def test_killed_at_a_point_while_adding(context, folder: Path, point: str) -> None:
    Gallery.create(folder, FakeEncoder()).close()
    # The index is brought up to date once, at the end of the job.
    outcome = start_and_kill(context, folder, "add", point, 1 if "index" in point else 4)
    assert outcome.exit_code == -signal.SIGKILL
    assert not outcome.finished
    assert outcome.told is not None
    assert_added(folder, outcome)


@pytest.mark.parametrize("point", DELETE_POINTS)
def test_killed_at_a_point_while_deleting(context, full: Path, point: str) -> None:
    outcome = start_and_kill(context, full, "delete", point, 3)
    assert outcome.exit_code == -signal.SIGKILL
    assert outcome.told is not None
    assert_deleted(full, outcome)


@pytest.mark.parametrize("point", REBUILD_POINTS)
def test_killed_at_a_point_while_rebuilding(context, full: Path, point: str) -> None:
    outcome = start_and_kill(context, full, "rebuild", point, 2)
    assert outcome.exit_code == -signal.SIGKILL
    assert outcome.told == 0
    with Gallery.open(full, FakeEncoder()) as gallery:
        assert_whole(gallery, set(range(TOTAL)), set())
        gallery.delete([1])
        # What the killed rebuild wrote is gone with the next change.
        assert len(list((full / "index").iterdir())) == 3


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("job", ["add", "delete", "rebuild"])
def test_killed_at_a_random_moment(context, folder: Path, job: str, seed: int, request) -> None:
    if job == "add":
        Gallery.create(folder, FakeEncoder()).close()
    else:
        request.getfixturevalue("full")
    outcome = start_and_kill(context, folder, job, after=random.Random(seed).uniform(0, 0.25))
    # Whether the kill or the end of the job came first, all of this holds.
    assert outcome.finished or outcome.exit_code == -signal.SIGKILL
    if job == "add":
        assert_added(folder, outcome)
    elif job == "delete":
        assert_deleted(folder, outcome)
    else:
        with Gallery.open(folder, FakeEncoder()) as gallery:
            assert_whole(gallery, set(range(TOTAL)), set())


def test_killed_again_and_again_the_job_still_ends(context, folder: Path) -> None:
    Gallery.create(folder, FakeEncoder()).close()
    reached = 0
    for point in ("add.committed", "add.pictures_written", "add.items_inserted"):
        outcome = start_and_kill(context, folder, "add", point, 3)
        assert outcome.exit_code == -signal.SIGKILL
        with Gallery.open(folder) as gallery:
            assert gallery.count() >= reached
            reached = gallery.count()
    assert start_and_kill(context, folder, "add").finished
    with Gallery.open(folder, FakeEncoder()) as gallery:
        assert_whole(gallery, set(range(TOTAL)), set())


def test_two_processes_add_and_a_third_searches(context, folder: Path) -> None:
    with Gallery.create(folder, FakeEncoder()) as server:
        pipes = [context.Pipe(duplex=False) for _ in range(2)]
        children = [
            context.Process(target=run, args=(folder, "add", None, 1, theirs))
            for _, theirs in pipes
        ]
        for child in children:
            child.start()
        while any(child.is_alive() for child in children):
            safe = server.count()
            assert len(server.search(walk(0), k=1000)) >= safe
        for child in children:
            child.join()
            assert child.exitcode == 0
        assert_whole(server, set(range(TOTAL)), set())
