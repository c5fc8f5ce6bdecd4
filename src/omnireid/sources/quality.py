"""How good a picture of a person is: for choosing the best of a walk and for monitoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.sources.boxes import Box, intersection
from omnireid.sources.opencv import cv2

USEFUL_HEIGHT = 160.0
"""A person this many pixels tall shows what there is to compare; more adds little."""


@dataclass(frozen=True)
class Quality:
    """Four measures of one crop, each 0 (bad) to 1 (good), and their product `score`.

    `size`: height against USEFUL_HEIGHT. `sharpness`: detail. `whole`: 0 if the box touches the
    picture's border, where bodies are cut off. `alone`: the share of the box that no other box
    covers.
    """

    size: float
    sharpness: float
    whole: float
    alone: float

    @property
    def score(self) -> float:
        return (
            (0.3 + 0.7 * self.size)
            * (0.5 + 0.5 * self.sharpness)
            * (0.1 + 0.9 * self.whole)
            * self.alone**2
        )


def measure(frame: npt.NDArray[np.uint8], box: Box, others: Sequence[Box] = ()) -> Quality:
    """The quality of the person in `box` of `frame` (H, W, 3) RGB, among the `others` in it."""
    height, width = frame.shape[:2]
    margin = 0.02 * box.height
    cut = box.x0 < margin or box.y0 < margin or box.x1 > width - margin or box.y1 > height - margin
    covered = sum(intersection(box, other) for other in others)
    return Quality(
        size=min(box.height / USEFUL_HEIGHT, 1.0),
        sharpness=sharpness(cut_out(frame, box)),
        whole=0.0 if cut else 1.0,
        alone=max(1.0 - covered / box.area, 0.0) if box.area > 0 else 0.0,
    )


def sharpness(crop: npt.NDArray[np.uint8]) -> float:
    """Detail of a picture (H, W, 3) RGB, 0 (flat or blurred) to 1.

    The variance of the Laplacian at a fixed height against the picture's own contrast
    (Pech-Pacheco et al., Diatom Autofocusing, ICPR 2000).

    >>> sharpness(np.full((64, 32, 3), 90, dtype=np.uint8))
    0.0
    """
    if 0 in crop.shape:
        return 0.0
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, (64, 128), interpolation=cv2.INTER_AREA)
    detail = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    contrast = float(grey.astype(np.float32).var())
    return detail / (detail + contrast) if detail > 0 else 0.0


def cut_out(frame: npt.NDArray[np.uint8], box: Box) -> npt.NDArray[np.uint8]:
    """The pixels of `frame` (H, W, 3) inside `box`."""
    height, width = frame.shape[:2]
    inside = box.clipped(width, height)
    return frame[round(inside.y0) : round(inside.y1), round(inside.x0) : round(inside.x1)]
