"""What people ride, push or sit on: a bicycle and a stool, the world's and no one's attribute."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from omnireid.people.body import Floats, Ints
from omnireid.people.clothing import material
from omnireid.people.mesh import rounded_box, tube

PAINT, METAL, RUBBER, LEATHER = range(4)
WHEEL, SADDLE, BAR, CRANK = 0.33, 0.92, 1.02, 0.17
BRACKET = (0.0, 0.27)  # y and z of the pedals' axle; the front looks to -y
SADDLE_Y, BAR_Y = 0.16, -0.48


@dataclass(frozen=True, eq=False)
class Prop:
    """A thing of rigid parts: vertices in metres with the material of each, on the ground."""

    vertices: Floats
    faces: Ints
    parts: Ints  # (V,) one of PAINT, METAL, RUBBER, LEATHER


_TYRE = 0.02


@cache
def prop(kind: str) -> Prop:
    """The thing that goes with an activity of `pose`: a bicycle, or a stool one metre high.

    >>> bool(abs(prop("bicycle").vertices[:, 2].min()) < 1e-6)  # on the ground
    True
    """
    if kind == "stool":
        seat = rounded_box((0, 0, 0.93), (0.2, 0.2, 0.07), 7)
        foot = rounded_box((0, 0, 0.45), (0.15, 0.15, 0.45), 12)
        return _joined([(seat, LEATHER), (foot, METAL)])
    pieces: list[tuple[tuple[Floats, Ints], int]] = []
    turn = np.linspace(0, 2 * np.pi, 29)
    for y in (0.56, -0.54):
        rim = WHEEL - _TYRE
        ring = np.stack([0 * turn, y + rim * np.cos(turn), WHEEL + rim * np.sin(turn)], 1)
        pieces.append((tube(ring, np.full(len(ring), _TYRE), 6), RUBBER))
        for spoke in np.linspace(0, np.pi, 5)[:-1]:
            way = np.array([0, np.cos(spoke), np.sin(spoke)]) * WHEEL
            hub = np.array([0, y, WHEEL])
            pieces.append((tube([hub - way, hub + way], [0.003] * 2, 3), METAL))
    saddle, bar = (0, SADDLE_Y, SADDLE - 0.05), (0, BAR_Y + 0.06, BAR - 0.08)
    axle, rear, front = (0, *BRACKET), (0, 0.56, WHEEL), (0, -0.54, WHEEL)
    head = (0, BAR_Y + 0.03, 0.75)
    for start, end in ((axle, saddle), (axle, head), (saddle, head), (axle, rear), (saddle, rear),
                       (front, bar)):  # fmt: skip
        pieces.append((tube([start, end], [0.016] * 2, 6), PAINT))
    pieces.append((tube([(-0.27, BAR_Y + 0.08, BAR), (0, BAR_Y, BAR - 0.04),
                         (0.27, BAR_Y + 0.08, BAR)], [0.013] * 3, 6), METAL))  # fmt: skip
    pieces.append((rounded_box((0, SADDLE_Y, SADDLE - 0.03), (0.07, 0.13, 0.03), 3), LEATHER))
    pieces.append((rounded_box((0, -0.62, 0.85), (0.15, 0.12, 0.1), 8), METAL))
    return _joined(pieces)


def prop_materials(rng: np.random.Generator) -> Floats:
    """Materials (4 x 5 rows) of a thing's paint, metal, rubber and leather."""
    paint = rng.uniform(0.01, 0.25, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0.01, 0.6))
    near = rng.uniform(0.1, 0.8)
    return np.concatenate([
        material(paint.astype(np.float32), nir=near, warm=0.12, shine=0.4),
        material(np.full(3, 0.3, np.float32), nir=0.5, warm=0.1, shine=0.5),
        material(np.full(3, 0.015, np.float32), nir=0.06, warm=0.2),
        material(np.full(3, 0.03, np.float32), nir=rng.uniform(0.05, 0.5), warm=0.25),
    ])  # fmt: skip


def _joined(pieces: list[tuple[tuple[Floats, Ints], int]]) -> Prop:
    vertices, faces, parts = [], [], []
    start = 0
    for (points, triangles), part in pieces:
        vertices.append(points)
        faces.append(triangles + start)
        parts.append(np.full(len(points), part, np.int32))
        start += len(points)
    return Prop(np.concatenate(vertices), np.concatenate(faces), np.concatenate(parts))
