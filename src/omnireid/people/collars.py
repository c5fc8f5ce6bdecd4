"""Collars and hoods: strips and rolls around the neck."""

from __future__ import annotations

import numpy as np

from omnireid.people.body import BONE
from omnireid.people.cloth import Fit
from omnireid.people.clothing import Outfit
from omnireid.people.mesh import grid_faces, tube

# Height of the collar as a share of the stature.
_HEIGHT = {
    "shirt": 0.02, "polo shirt": 0.016, "jacket": 0.026, "open jacket": 0.028, "coat": 0.034,
    "open coat": 0.036, "suit jacket": 0.02, "overalls": 0.018, "sweater": 0.008, "t-shirt": 0.004,
}  # fmt: skip


def add_collar(outfit: Outfit, kind: str, fit: Fit, slot: int) -> None:
    """Add the collar or the lowered hood of a garment of this kind, if it has one."""
    radius = 0.036 * outfit.figure.stature + fit.offset * 0.6
    if kind in ("hoodie", "raincoat"):
        _add_hood(outfit, radius, slot)
    elif kind in _HEIGHT:
        _add_strip(outfit, kind, radius, slot)


def _add_hood(outfit: Outfit, radius: float, slot: int) -> None:
    s, y = outfit.figure.stature, outfit.figure.joints[BONE["neck01"], 1]
    angle = np.linspace(-0.15 * np.pi, 1.15 * np.pi, 13)
    path = np.stack(
        [
            np.cos(angle) * radius * 1.45,
            y + np.sin(angle) * radius * 1.5,
            outfit.neck + 0.008 * s + 0.016 * s * np.sin(angle),
        ],
        1,
    )
    size = (0.014 + 0.026 * np.clip(np.sin(angle), 0, 1)) * s
    outfit.add(tube(path, np.stack([size, size * 1.15], 1)), "spine02", slot)


def _add_strip(outfit: Outfit, kind: str, radius: float, slot: int) -> None:
    s, y = outfit.figure.stature, outfit.figure.joints[BONE["neck01"], 1]
    opening = 0.06 if kind in ("sweater", "t-shirt") else 0.22
    angle = np.linspace(-0.5 * np.pi + opening, 1.5 * np.pi - opening, 21)
    front = 0.5 * (1 - np.sin(angle)) * 0.024 * s
    rows = []
    # Up from the neckline, over the edge and folded down outside.
    for height, grow in ((-0.6, 1.12), (0.5, 1.0), (1.0, 1.04), (0.1, 1.3)):
        wide = radius * grow * 1.05
        z = outfit.neck + 0.012 * s + height * _HEIGHT[kind] * s - front
        rows.append(np.stack([np.cos(angle) * wide, y + np.sin(angle) * wide - 0.004 * s, z], 1))
    points = np.concatenate(rows).astype(np.float32)
    outfit.add((points, grid_faces(4, 21, closed=False)), "spine02", slot)
