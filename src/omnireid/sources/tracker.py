"""Joins the boxes of successive frames to tracks: one walk past the camera, one track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from omnireid.sources.boxes import Box, iou
from omnireid.sources.detector import Frame
from omnireid.sources.quality import cut_out, measure
from omnireid.sources.views import View, Views

PATIENCE_SECONDS = 2.5
"""How long a walker may be hidden behind a post or another walker."""
SHORTEST_SECONDS = 1.0
SHORTEST_TRAVEL = 0.5
"""In body heights: what moves less is a ghost or a branch, unless the detector knows better."""


@dataclass(eq=False)
class Track:
    """One walker: boxes with their times in seconds, the newest last, and the views kept."""

    number: int
    boxes: list[Box] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    views: Views = field(default_factory=Views)
    look: npt.NDArray[np.float32] | None = None
    speed: tuple[float, float] = (0.0, 0.0)

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
        """Where the walker should be at `time`, going on at the same speed."""
        ahead = min(time - self.times[-1], PATIENCE_SECONDS)
        return self.boxes[-1].moved(self.speed[0] * ahead, self.speed[1] * ahead)

    def add(self, box: Box, time: float, look: npt.NDArray[np.float32]) -> None:
        if self.boxes:
            lapse = max(time - self.times[-1], 1e-3)
            last = self.boxes[-1]
            moved = (box.centre[0] - last.centre[0], box.centre[1] - last.centre[1])
            # Boxes breathe with the gait: the speed is an average over about half a second.
            share = min(lapse / 0.5, 0.5)
            self.speed = (
                (1 - share) * self.speed[0] + share * moved[0] / lapse,
                (1 - share) * self.speed[1] + share * moved[1] / lapse,
            )
        self.look = look if self.look is None else 0.9 * self.look + 0.1 * look
        self.boxes.append(box)
        self.times.append(time)


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
        pairs = sorted(
            (cost, t, b)
            for t, track in enumerate(self._open)
            for b, box in enumerate(boxes)
            if (cost := _cost(track, box, looks[b], time)) is not None
        )
        tracks_left, boxes_left = set(range(len(self._open))), set(range(len(boxes)))
        for _, t, b in pairs:
            if t in tracks_left and b in boxes_left:
                tracks_left.discard(t)
                boxes_left.discard(b)
                self._extend(self._open[t], frame, boxes, b, time, looks[b])
        for b in sorted(boxes_left):
            self._count += 1
            track = Track(self._count)
            self._extend(track, frame, boxes, b, time, looks[b])
            self._open.append(track)
        return self._close(time)

    def finish(self) -> list[Track]:
        """The tracks still open at the end of the video."""
        return self._close(float("inf"))

    def _extend(
        self,
        track: Track,
        frame: Frame,
        boxes: Sequence[Box],
        chosen: int,
        time: float,
        look: npt.NDArray[np.float32],
    ) -> None:
        box = boxes[chosen]
        track.add(box, time, look)
        others = [other for index, other in enumerate(boxes) if index != chosen]
        track.views.offer(View(time, measure(frame, box, others), box), frame)

    def _close(self, time: float) -> list[Track]:
        ended = [track for track in self._open if time - track.times[-1] > PATIENCE_SECONDS]
        self._open = [track for track in self._open if track not in ended]
        return [track for track in ended if self._is_walk(track)]

    def _is_walk(self, track: Track) -> bool:
        if track.seconds < SHORTEST_SECONDS or len(track.boxes) < 4:
            return False
        return self._still_people or track.travel >= SHORTEST_TRAVEL


def appearance(frame: Frame, box: Box) -> npt.NDArray[np.float32]:
    """Colours of the upper and the lower body in `box`: (2, 8 * 8 * 4), square roots of shares."""
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
        histogram = cv2.calcHist([colour], [0, 1, 2], None, [8, 8, 4], [0, 256, 64, 192, 64, 192])
        parts.append(np.sqrt(histogram.ravel() / max(histogram.sum(), 1.0)))
    return np.stack(parts).astype(np.float32)


def _cost(
    track: Track, box: Box, look: npt.NDArray[np.float32], time: float
) -> float | None:
    """How badly `box` continues `track`, lower is better; None if it cannot."""
    expected = track.expected(time)
    tall = (expected.height + box.height) / 2
    if not 0.6 < box.height / max(expected.height, 1.0) < 1.65:
        return None
    missed = time - track.times[-1]
    # The foot tells the place on the floor; where it is hidden the head does.
    sideways = abs(box.centre[0] - expected.centre[0])
    upright = min(abs(box.y1 - expected.y1), abs(box.y0 - expected.y0))
    distance = float(np.hypot(sideways, upright)) / max(tall, 1.0)
    if distance > min(0.25 + 0.5 * missed, 0.9):
        return None
    alike = 0.0 if track.look is None else float((track.look * look).sum()) / 2
    if missed > 0.5 and alike < 0.45:
        return None
    return distance + 0.5 * (1 - iou(expected, box)) + 0.8 * (1 - alike) + 0.2 * missed
