"""Decoding a video file, frame by frame, with the time of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omnireid.errors import InputError
from omnireid.images import MAX_PIXELS
from omnireid.sources.detector import Frame
from omnireid.sources.opencv import cv2

_USUAL_RATE = 25.0
_SAME_MOMENT = 0.005


@dataclass(frozen=True)
class VideoFile:
    """A video that was opened once and gave a first frame.

    `promised` is the number of frames its header claims, None if it claims none: never trusted,
    used for progress and to notice a file that was cut off.
    """

    path: Path
    rate: float
    promised: int | None

    def frames(self, interval: float) -> Iterator[tuple[int, float, Frame]]:
        """A frame every `interval` seconds: its number, its time in seconds, its picture."""
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        try:
            number, stamp, due = 0, -1.0, 0.0
            while capture.grab():
                stamp = self._later(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, stamp)
                # By time and not by count: phones and web cameras change their rate as they go.
                if stamp >= due - _SAME_MOMENT:
                    ok, picture = capture.retrieve()
                    if ok:
                        yield number, stamp, np.ascontiguousarray(picture[:, :, ::-1])
                    due = max(due + interval, stamp)
                number += 1
        finally:
            capture.release()

    def _later(self, stamp: float, last: float) -> float:
        """`stamp` if it is a time after `last`; broken files repeat or lose time stamps."""
        if math.isfinite(stamp) and stamp > last:
            return stamp
        return last + 1 / self.rate if last >= 0 else 0.0


def open_video(path: Path) -> VideoFile:
    """Check that `path` is a video this machine can decode.

    Raises:
        InputError: the file is missing, empty, no video, without pictures, or its frames too large.
    """
    name = path.name
    if not path.is_file():
        raise InputError(f"{name} could not be opened", "there is no such file", "check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{name} could not be read", "the file is empty", "export it again")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        rate = capture.get(cv2.CAP_PROP_FPS)
        promised = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        width, height = (
            capture.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if width * height > MAX_PIXELS:
            raise InputError(
                f"{name} was refused",
                f"its frames claim {width:.0f} x {height:.0f} pixels, above {MAX_PIXELS:,}",
                "export it at a smaller size",
            )
        if not capture.isOpened() or not capture.read()[0]:
            raise InputError(
                f"{name} could not be read as a video",
                "it is damaged, of an unknown format, or holds sound alone",
                "play it in a video player and export it again as MP4 (H.264)",
            )
    finally:
        capture.release()
    return VideoFile(
        path,
        rate if math.isfinite(rate) and 0.5 <= rate <= 1000 else _USUAL_RATE,
        int(promised) if math.isfinite(promised) and 0 < promised < 1e9 else None,
    )
