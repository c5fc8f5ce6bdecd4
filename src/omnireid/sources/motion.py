"""The embedded default detector: people who walk through a fixed camera's picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from omnireid.sources import silhouettes
from omnireid.sources.background import Background, Mask
from omnireid.sources.boxes import Box, intersection
from omnireid.sources.detector import Frame
from omnireid.sources.opencv import cv2
from omnireid.sources.perspective import Perspective, fit_perspective

WORKING_WIDTH = 768
"""Frames are scaled down to this width: it shows people of SMALLEST_PERSON well enough."""
SMALLEST_PERSON = 0.045
"""Of the picture's height: below, nobody can be told from another by their picture."""
SMALLEST_PIECE = 20
"""Pixels of the mask: less is a speck."""
MOST_TO_LEARN = 400
"""Boxes to learn the perspective from: a scene that shows none by then has none."""


class MotionDetector:
    """Finds walking people by what differs from the empty scene; needs no weights.

    Learns from a sample of the video the empty scene (a median) and how tall people are at each
    height of the picture, then takes what differs, without shadows, splits it into upright
    figures of that size and returns their boxes. For a camera that does not move.
    """

    def __init__(self) -> None:
        self._background: Background | None = None
        self._perspective: Perspective | None = None
        self._alone: list[Box] = []

    @property
    def still_people(self) -> bool:
        """False: what differs from the empty scene and never moves is a ghost of it."""
        return False

    def prepare(self, sample: Iterable[Frame], interval: float) -> None:
        """Learn the empty scene and the perspective from frames spread over the video."""
        frames = [_shrink(frame) for frame in sample]
        self._alone, self._perspective = [], None
        self._background = Background(frames, interval)
        for frame in frames:
            self._alone += _alone(self._background.foreground(frame))
        self._learn_perspective()

    def detect(self, frame: Frame) -> list[Box]:
        """The walking people in `frame` (H, W, 3), best first; the score says how well they fit."""
        if self._background is None:
            self.prepare([frame], interval=0.1)
        assert self._background is not None
        small = _shrink(frame)
        found = self._people(self._background.foreground(small))
        height, width = frame.shape[:2]
        return [box.scaled(width / small.shape[1]).clipped(width, height) for box in found]

    def _people(self, mask: Mask) -> list[Box]:
        if self._perspective is None:
            # Few walkers so far: take those who are alone, and learn from them.
            alone = _alone(mask)
            if alone and len(self._alone) < MOST_TO_LEARN:
                self._alone += alone
                self._learn_perspective()
            return alone
        # Cleaning suits the middle of the picture; far people keep enough of themselves.
        typical = self._perspective.height(mask.shape[0] / 2)
        pieces = silhouettes.blobs(silhouettes.clean(mask, typical), SMALLEST_PIECE)
        found: list[Box] = []
        for box, piece in silhouettes.without_posts(pieces, self._perspective):
            found += silhouettes.people_in(box, piece, self._perspective)
        return _without_doubles(found)

    def _learn_perspective(self) -> None:
        self._perspective = fit_perspective(
            [box.y1 for box in self._alone], [box.height for box in self._alone]
        )


def _alone(mask: Mask) -> list[Box]:
    """The boxes of people who walk alone and wholly inside the picture, of any size."""
    height, width = mask.shape
    pieces = silhouettes.blobs(silhouettes.clean(mask, 0.12 * height), SMALLEST_PIECE)
    return [
        box
        for box, piece in pieces
        if box.x0 > 1 and box.y0 > 1 and box.x1 < width - 1 and box.y1 < height - 1
        if box.height > SMALLEST_PERSON * height and silhouettes.looks_alone(box, piece)
    ]


def _without_doubles(found: list[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in sorted(found, key=lambda box: -box.score):
        if all(intersection(box, other) < 0.7 * min(box.area, other.area) for other in kept):
            kept.append(box)
    return kept


def _shrink(frame: Frame) -> Frame:
    scale = WORKING_WIDTH / frame.shape[1]
    if scale >= 1.0:
        return frame
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
