"""Pictures to index, each with bytes and colours of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_pictures(folder: Path, count: int, *, first: int = 0) -> Path:
    """Fill a folder with `count` pictures named gate_NNNN.png."""
    folder.mkdir(exist_ok=True, parents=True)
    for number in range(first, first + count):
        pixels = np.random.default_rng(number).integers(0, 255, (16, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"gate_{number:04d}.png")
    return folder
