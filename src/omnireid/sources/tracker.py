"""Joins the boxes of successive frames to tracks: one walk past the camera, one track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from omnireid.sources.boxes import Box, intersection, iou
from omnireid.sources.detector import Frame
from omnireid.sources.opencv import cv2
from omnireid.sources.quality import cut_out, measure
from omnireid.sources.views import View, Views

Look: TypeAlias = npt.NDArray[np.float32]
"""Colours of the upper and the lower body: (2, 256), square roots of shares."""

PATIENCE_SECONDS = 2.5
"""How long a walker may be hidden behind a post or another walker."""
HIDDEN_SECONDS = 1.0
"""For this long a lost walker counts as standing behind whoever is there now."""
UNLIKE = 0.6
"""Looks of one walker within two seconds are above this 98 times in 100 (measured)."""
LEAVING_SECONDS = 0.4
SHORTEST_SECONDS = 1.0
SHORTEST_TRAVEL = 0.75
"""In body heights, about two steps: less is a ghost or a branch, unless the detector knows."""


@dataclass(eq=False)
class Track:
    """One walker: boxes with their times in seconds, the newest last, and the views kept."""

    number: int
    boxes: list[Box] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    views: Views = field(default_factory=Views)
    look: Look | None = None
    looks: int = 0
    speed: tuple[float, float] = (0.0, 0.0)
    body: Box = field(default_factory=lambda: Box(0, 0, 0, 0))
    whole: bool = True

    @property
    def seconds(self) -> float:
        """From the first to the last sight."""
        return self.times[-1] - self.times[0]

    @property
    def travel(self) -> float:
        """The farthest distance of the feet from where they were first, in body heights."""
        feet = np.array([((box.x0 + box.x1) / 2, box.y1) for box in self.boxes])
        tall = float(np.median([box.height for box in self.boxes]))
        return float(np.linalg.norm(feet - feet[0], axis=1).max()) / max(tall, 1.0)

    def expected(self, time: float) -> Box:
        """Where the whole body should be at `time`, going on at the same speed."""
        ahead = min(time - self.times[-1], PATIENCE_SECONDS)
        return self.body.moved(self.speed[0] * ahead, self.speed[1] * ahead)

    def add(self, box: Box, time: float) -> None:
        """Continue the track with a sight of the walker."""
        if self.boxes:
            lapse = max(time - self.times[-1], 1e-3)
            body = whole_body(box, self.expected(time))
            moved = (body.centre[0] - self.body.centre[0], body.centre[1] - self.body.centre[1])
            # Boxes breathe with the gait: the speed is an average over about half a second.
            share = min(lapse / 0.5, 0.5)
            self.speed = (
                (1 - share) * self.speed[0] + share * moved[0] / lapse,
                (1 - share) * self.speed[1] + share * moved[1] / lapse,
            )
            self.body = _drawn_to(body, box)
        else:
            self.body = box
        self.boxes.append(box)
        self.times.append(time)

    def remember(self, look: Look) -> None:
        """Take how the walker looks from a sight in which nobody else stands before them."""
        self.look = look if self.look is None else 0.9 * self.look + 0.1 * look
        self.looks += 1


def whole_body(box: Box, expected: Box) -> Box:
    """The body of which `box` may show a part, the rest hidden behind a post or a sign.

    As large as `expected` at least, around `box`, and as near to `expected` as that allows.

    >>> whole_body(Box(10, 0, 20, 30), Box(12, 2, 22, 42))
    Box(x0=10, y0=0, x1=20, y1=40, score=1.0)
    """
    x0, x1 = _stretched(box.x0, box.x1, expected.x0, expected.x1)
    y0, y1 = _stretched(box.y0, box.y1, expected.y0, expected.y1)
    return Box(x0, y0, x1, y1, box.score)


def _stretched(low: float, high: float, wanted: float, end: float) -> tuple[float, float]:
    size = max(high - low, end - wanted)
    start = min(max(wanted, high - size), low)
    return start, start + size


def _drawn_to(body: Box, box: Box) -> Box:
    """`body` a little nearer to `box`: a walker who goes away gets smaller."""
    share = 0.2 if box.height > 0.8 * body.height else 0.03
    edges = zip((body.x0, body.y0, body.x1, body.y1), (box.x0, box.y0, box.x1, box.y1), strict=True)
    return Box(*(a + share * (b - a) for a, b in edges))


class Tracker:
    """Follows people from frame to frame by place, constant speed and colours.

    Greedy best-first assignment over overlap with the expected box, distance in body heights and
    colour histograms of the upper and the lower body (in the manner of SORT, Bewley et al., ICIP
    2016, with DeepSORT's idea of appearance in place of its network).

    Args:
        still_people: whether what never moves can be a person (see `Detector`).
    """

    def __init__(self, *, still_people: bool) -> None:
        self._still_people = still_people
        self._open: list[Track] = []
        self._count = 0

    def update(self, frame: Frame, boxes: Sequence[Box], time: float) -> list[Track]:
        """Take the boxes found in `frame` at `time` seconds; the tracks that ended before it."""
        looks = [appearance(frame, box) for box in boxes]
        crowded = [_covered(box, _without(boxes, index)) > 0.1 for index, box in enumerate(boxes)]
        pairs = sorted(
            (cost, t, b)
            for t, track in enumerate(self._open)
            for b, box in enumerate(boxes)
            if (cost := _cost(track, box, looks[b], time, crowded[b])) is not None
        )
        taken: dict[int, Track] = {}
        lost = dict(enumerate(self._open))
        for _, t, b in pairs:
            if t in lost and b not in taken:
                taken[b] = lost.pop(t)
        hidden = [
            track.expected(time)
            for track in lost.values()
            if time - track.times[-1] < HIDDEN_SECONDS
        ]
        for b, box in enumerate(boxes):
            if b not in taken:
                self._count += 1
                taken[b] = Track(self._count)
                self._open.append(taken[b])
            track, others = taken[b], [*_without(boxes, b), *hidden]
            track.add(box, time)
            if _covered(box, others) < 0.15:
                track.remember(looks[b])
            quality = measure(frame, box, others)
            track.whole = quality.whole > 0
            track.views.offer(View(time, quality, box, looks[b]), frame)
        return self._close(time)

    def finish(self) -> list[Track]:
        """The tracks still open at the end of the video."""
        return self._close(float("inf"))

    def _close(self, time: float) -> list[Track]:
        ended = [track for track in self._open if time - track.times[-1] > _patience(track)]
        self._open = [track for track in self._open if track not in ended]
        return [track for track in ended if self._is_walk(track)]

    def _is_walk(self, track: Track) -> bool:
        if track.seconds < SHORTEST_SECONDS or len(track.boxes) < 4:
            return False
        return self._still_people or track.travel >= SHORTEST_TRAVEL


def _patience(track: Track) -> float:
    """Who was last seen at the border has left; who comes in there next is somebody else."""
    return PATIENCE_SECONDS if track.whole else LEAVING_SECONDS


def appearance(frame: Frame, box: Box) -> Look:
    """The look of the person in `box` of `frame` (H, W, 3): a Lab histogram of each half."""
    parts = []
    for top, bottom in ((0.15, 0.5), (0.5, 0.95)):
        part = Box(
            box.x0 + 0.2 * box.width,
            box.y0 + top * box.height,
            box.x1 - 0.2 * box.width,
            box.y0 + bottom * box.height,
        )
        pixels = cut_out(frame, part)
        if 0 in pixels.shape:
            parts.append(np.zeros(256, np.float32))
            continue
        colour = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
        # Clothes are rarely stronger in colour; what is counts as the strongest.
        colour[..., 1:] = np.clip(colour[..., 1:], 64, 191)
        histogram = cv2.calcHist([colour], [0, 1, 2], None, [8, 8, 4], [0, 256, 64, 192, 64, 192])
        parts.append(np.sqrt(histogram.ravel() / max(histogram.sum(), 1.0)))
    return np.stack(parts).astype(np.float32)


def alike(a: Look, b: Look) -> float:
    """How similar two looks are (Bhattacharyya), 0 to 1."""
    return float((a * b).sum()) / 2


def _cost(track: Track, box: Box, look: Look, time: float, crowded: bool) -> float | None:
    """How badly `box` continues `track`, lower is better; None if it cannot."""
    expected = track.expected(time)
    if not 0.4 < box.height / max(expected.height, 1.0) < 1.5:
        return None
    partial = box.height < 0.75 * expected.height
    missed = time - track.times[-1]
    body = whole_body(box, expected)
    across, down = (a - b for a, b in zip(body.centre, expected.centre, strict=True))
    distance = float(np.hypot(across, down)) / max(body.height, 1.0)
    # A walker does about 0.9 body heights a second, and may have turned while hidden.
    if distance > min(0.25 + 0.7 * missed, 1.3):
        return None
    known = 0.8 if track.look is None else alike(track.look, look)
    if known < (0.45 if crowded or partial or track.looks < 3 else UNLIKE):
        return None
    return (
        distance
        + 0.5 * (1 - iou(expected, body))
        + 1.2 * (1 - known)
        + 0.2 * missed
        + 0.2 * partial
    )


def _without(boxes: Sequence[Box], index: int) -> list[Box]:
    return [box for other, box in enumerate(boxes) if other != index]


def _covered(box: Box, others: Sequence[Box]) -> float:
    """The share of `box` that `others` overlap."""
    return sum(intersection(box, other) for other in others) / max(box.area, 1.0)
