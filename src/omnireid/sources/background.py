"""The empty scene of a fixed camera, and what differs from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from omnireid.sources.detector import Frame
from omnireid.sources.opencv import cv2

Mask = npt.NDArray[np.uint8]

SHADOW_DARKEST = 0.6
"""A cast shadow keeps at least this share of the light; darker is clothing."""
MEMORY_SECONDS = 20.0
"""How long a change of the scene (a parked bicycle, the sun) takes to become background."""


class Background:
    """The median of a sample of frames, kept up to date where nothing moves.

    A median, not a running average from the first frame on: people who are in the picture when
    the video starts are found too (Cucchiara et al., Detecting Moving Objects, PAMI 2003).

    Args:
        sample: frames (H, W, 3) uint8 of one size, spread over the video; at least one.
        interval: seconds between two frames given to `foreground`.
    """

    def __init__(self, sample: Sequence[Frame], interval: float) -> None:
        stack = np.stack(sample)
        middle = len(stack) // 2
        median = np.partition(stack, middle, axis=0)[middle]
        deviation = np.abs(stack.astype(np.int16) - median.astype(np.int16)).max(axis=3)
        # 1.4826 times the median deviation estimates the standard deviation of sensor noise.
        noise = 1.4826 * np.partition(deviation, middle, axis=0)[middle].astype(np.float32)
        self._noise = cv2.GaussianBlur(np.clip(noise, 2.0, 15.0), (0, 0), 2)
        self._scene = median.astype(np.float32)
        self._rate = min(interval / MEMORY_SECONDS, 0.2)

    def foreground(self, frame: Frame) -> Mask:
        """Where `frame` (H, W, 3) shows something that the empty scene does not: (H, W), 0 or 1."""
        picture = cv2.GaussianBlur(frame, (3, 3), 0)
        # The camera's automatic exposure moves the whole picture: undo it before comparing.
        gain = float(np.median(picture[::8, ::8]) / max(np.median(self._scene[::8, ::8]), 1.0))
        scene = cv2.convertScaleAbs(
            cv2.GaussianBlur(self._scene, (3, 3), 0), alpha=min(max(gain, 0.7), 1.4)
        )
        red, green, blue = cv2.split(cv2.absdiff(picture, scene))
        difference = cv2.max(cv2.max(red, green), blue)
        moved = difference > np.maximum(4.0 * self._noise, 18.0)
        moved &= ~_shadow(picture, scene)
        mask: Mask = moved.astype(np.uint8)
        self._follow(frame, mask)
        return mask

    def _follow(self, frame: Frame, mask: Mask) -> None:
        still = (cv2.dilate(mask, np.ones((9, 9), np.uint8)) == 0).astype(np.uint8)
        current = frame.astype(np.float32)
        cv2.accumulateWeighted(current, self._scene, self._rate, still)
        # Slowly under moving things too, or a chair that was moved stays a ghost for ever.
        cv2.accumulateWeighted(current, self._scene, self._rate / 15, 1 - still)


def _shadow(picture: Frame, scene: Frame) -> npt.NDArray[np.bool_]:
    """Where the scene is only darkened evenly: same colour, same texture, less light."""
    light, empty = _light(picture), _light(scene)
    ratio = light / empty
    # The spread of the ratio around a pixel: small where the ground's texture shines through.
    mean = cv2.blur(ratio, (7, 7))
    spread = cv2.blur(ratio * ratio, (7, 7)) - mean * mean
    even = (ratio > SHADOW_DARKEST) & (ratio < 0.97) & (spread < 0.003)
    # The colour is costly and asked only where the rest fits.
    rows, columns = np.nonzero(even)
    at = (rows, columns)
    tint = picture[at] / light[at][:, None] - scene[at] / empty[at][:, None]
    even[at] = np.abs(tint).sum(1) < 0.03
    return np.asarray(even, dtype=np.bool_)


def _light(picture: Frame) -> npt.NDArray[np.float32]:
    total = cv2.transform(picture.astype(np.float32), np.ones((1, 3), np.float32))
    return np.asarray(total + 1.0, dtype=np.float32)
