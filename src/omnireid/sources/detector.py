"""What finds people in a frame: the one interface behind which detectors are exchanged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from omnireid.sources.boxes import Box

Frame: TypeAlias = npt.NDArray[np.uint8]
"""One picture of a video, (H, W, 3), RGB."""


class Detector(Protocol):
    """Finds people in the frames of one video, given in the order of time."""

    @property
    def still_people(self) -> bool:
        """Whether a box that never moves can be a person."""

    def prepare(self, sample: Iterable[Frame], interval: float) -> None:
        """Learn from frames spread over the video, before the first `detect`.

        `interval` is the time in seconds between two frames that `detect` will be given.
        """

    def detect(self, frame: Frame) -> list[Box]:
        """The people in `frame`, in pixels of `frame`."""
