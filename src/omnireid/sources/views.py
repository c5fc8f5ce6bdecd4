"""The pictures kept of one walk: few, good, spread over its time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.sources.boxes import Box
from omnireid.sources.detector import Frame
from omnireid.sources.quality import Quality, cut_out

MOST = 6
"""Pictures a walk gives: enough for its views from the front, the side and the back."""
_CANDIDATES = 8 * MOST
_MARGIN = 0.04
_SHAPE = 0.5
_SHARE_OF_BEST = 0.45
_ALIKE = 0.8


@dataclass(frozen=True)
class View:
    """One sight of a walker: when (seconds), how good, where in the frame."""

    time: float
    quality: Quality
    box: Box
    look: npt.NDArray[np.float32]


class Views:
    """Collects the views of one walk within a bounded memory and chooses the best."""

    def __init__(self) -> None:
        self._kept: list[tuple[View, npt.NDArray[np.uint8]]] = []

    def offer(self, view: View, frame: Frame) -> None:
        """Consider a view of `frame`; of the two closest in time the worse makes room."""
        self._kept.append((view, crop(frame, view.box)))
        if len(self._kept) <= _CANDIDATES:
            return
        times = [kept.time for kept, _ in self._kept]
        gaps = np.diff(times)
        first = int(np.argmin(gaps))
        a, b = self._kept[first][0], self._kept[first + 1][0]
        del self._kept[first if a.quality.score < b.quality.score else first + 1]

    def best(self, most: int = MOST) -> list[tuple[View, npt.NDArray[np.uint8]]]:
        """Up to `most` views in the order of time: the best of each equal stretch of the walk.

        Views far worse than the walk's best (cut off, hidden behind someone) are left out, and
        those that look unlike the rest: somebody else who stood in the way.
        """
        if not self._kept:
            return []
        kept = self._alike()
        start, end = kept[0][0].time, kept[-1][0].time
        stretch = max((end - start) / most, 1e-6)
        chosen: dict[int, tuple[View, npt.NDArray[np.uint8]]] = {}
        for view, picture in kept:
            slot = min(int((view.time - start) / stretch), most - 1)
            if slot not in chosen or view.quality.score > chosen[slot][0].quality.score:
                chosen[slot] = (view, picture)
        top = max(view.quality.score for view, _ in chosen.values())
        return [
            (view, picture)
            for _, (view, picture) in sorted(chosen.items())
            if view.quality.score >= _SHARE_OF_BEST * top
        ]

    def _alike(self) -> list[tuple[View, npt.NDArray[np.uint8]]]:
        usual = np.mean([view.look for view, _ in self._kept], axis=0)
        usual /= np.maximum(np.linalg.norm(usual, axis=1, keepdims=True), 1e-9)
        alike = np.array([(view.look * usual).sum() / 2 for view, _ in self._kept])
        # At least half stay, also where the light changes along the walk.
        least = min(_ALIKE, float(np.median(alike)))
        return [kept for kept, value in zip(self._kept, alike, strict=True) if value >= least]


def crop(frame: Frame, box: Box) -> npt.NDArray[np.uint8]:
    """The person in `box` with a small margin, widened to the 1:2 that encoders expect.

    Narrow boxes get more of the scene at their sides, so that no body is stretched later.
    """
    margin = _MARGIN * box.height
    width = max(box.width + 2 * margin, _SHAPE * (box.height + 2 * margin))
    middle = box.centre[0]
    wide = Box(middle - width / 2, box.y0 - margin, middle + width / 2, box.y1 + margin)
    return cut_out(frame, wide).copy()
