"""What the killed children do. Each step is told to the parent once the gallery has reported it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from gallery_fakes import FakeEncoder

from omnireid import Observation
from omnireid.gallery import Gallery, faults

BATCH = 3


def walk(number: int) -> Observation:
    """The number-th item of a child's job; every fifth has the picture of the one before."""
    picture = number - 1 if number % 5 == 4 else number
    pixels = np.random.default_rng(picture).integers(0, 255, (24, 12, 3), dtype=np.uint8)
    return Observation(
        rgb=pixels,
        text=f"walk {number}",
        camera=f"c{number % 3}",
        time=datetime.now(UTC).replace(
            year=2026, month=1, day=1, hour=0, minute=0, second=0, microsecond=number
        ),
    )


def add(gallery: Gallery, tell: Callable[[int], None]) -> None:
    """Add walks 0 to 59; tells how many are safe."""
    gallery.add((walk(n) for n in range(60)), batch_size=BATCH, progress=tell)


def delete(gallery: Gallery, tell: Callable[[int], None]) -> None:
    """Delete items 1 to 20; tells each."""
    for item in range(1, 21):
        gallery.delete([item])
        tell(item)


def rebuild(gallery: Gallery, tell: Callable[[int], None]) -> None:
    """Rebuild, over and over."""
    for number in range(20):
        gallery.rebuild_index()
        tell(number)


JOBS = {"add": add, "delete": delete, "rebuild": rebuild}


def run(folder: Path, job: str, point: str | None, times: int, parent: Connection) -> None:
    """Do a job; die at the `times`-th arrival at a fault point, if one is named."""
    arrivals = 0

    def trap(reached: str) -> None:
        nonlocal arrivals
        arrivals += reached == point
        if arrivals == times:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.trap = trap if point is not None else None
    with Gallery.open(folder, FakeEncoder()) as gallery:
        JOBS[job](gallery, parent.send)
    parent.send("finished")
