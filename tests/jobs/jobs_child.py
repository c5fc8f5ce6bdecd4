"""A worker to be killed: does the jobs of a gallery in small batches. `python jobs_child.py GALLERY`"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery
from omnireid.jobs import Limits, running, work_off

BATCH = 3


def main(folder: Path) -> None:
    running.BATCH = BATCH
    with Gallery.open(folder, ColourEncoder()) as gallery:
        work_off(gallery, Limits(memory=1_000_000_000, seconds=30), threading.Event())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
