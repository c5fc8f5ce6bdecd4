"""A worker to be killed, which stores small batches."""

from __future__ import annotations

import threading
from pathlib import Path

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery
from omnireid.jobs import Limits, running, work_off

BATCH, BATCH_SECONDS = 3, 0.2


def main(folder: Path) -> None:
    running.BATCH, running.BATCH_SECONDS = BATCH, BATCH_SECONDS
    with Gallery.open(folder, ColourEncoder()) as gallery:
        work_off(gallery, Limits(memory=1_000_000_000, seconds=30), threading.Event())
