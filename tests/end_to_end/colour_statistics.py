"""How much of a colour a crop of a person shows, told by its pixels alone; and rank statistics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.float64]


def upper_body(path: str | Path | BinaryIO) -> Pixels:
    """(n, 3) pixels between shoulders and hips, background at the sides left out; 0 to 1."""
    picture = np.asarray(Image.open(path).convert("RGB"), dtype=np.float64) / 255
    height, width = picture.shape[:2]
    rows = slice(int(0.18 * height), int(0.48 * height))
    middle = picture[rows, int(0.3 * width) : int(0.7 * width)]
    return middle.reshape(-1, 3)


def red_share(pixels: Pixels) -> float:
    """The share of pixels that anyone would call red."""
    red, green, blue = pixels.T
    return float(((red > 0.35) & (red > 1.7 * green) & (red > 1.7 * blue)).mean())


def blue_share(pixels: Pixels) -> float:
    """The share of pixels that anyone would call blue or light blue."""
    red, green, blue = pixels.T
    return float(((blue > 0.35) & (blue > 1.25 * red) & (blue > 1.02 * green)).mean())


def dark_share(pixels: Pixels) -> float:
    """The share of pixels that anyone would call black or nearly so."""
    return float((pixels.max(axis=1) < 0.25).mean())


def area_under_curve(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """The chance that a positive scores above a negative; 0.5 is a random order.

    >>> area_under_curve([0.9, 0.8, 0.1], [True, False, False])
    1.0
    """
    wins = [
        (a > b) + 0.5 * (a == b)
        for a, is_positive in zip(scores, positive, strict=True)
        for b, other in zip(scores, positive, strict=True)
        if is_positive and not other
    ]
    return float(np.mean(wins))
