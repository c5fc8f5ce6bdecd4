"""Triangle meshes with skinning weights, and the primitives that props are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.people.body import BONES, Floats, Ints


@dataclass(frozen=True, eq=False)
class Mesh:
    """One piece of a person, of one material.

    `rest` holds the coordinates that textures and cuts are evaluated in; it moves with the cloth.
    `arm` runs along the arm: 0 at the shoulder, 1 at the wrist; negative off the arms.
    """

    vertices: Floats  # (V, 3)
    faces: Ints  # (F, 3)
    weights: Floats  # (V, J)
    rest: Floats  # (V, 3)
    arm: Floats  # (V,)
    material: int


def neighbours(faces: Ints, count: int) -> tuple[Ints, Ints]:
    """Directed edges (from, to) without repeats, sorted by `from`."""
    edges = faces[:, [0, 1, 1, 2, 2, 0, 1, 0, 2, 1, 0, 2]].reshape(-1, 2).astype(np.int64)
    keys = np.unique(edges[:, 0] * count + edges[:, 1])
    return (keys // count).astype(np.int32), (keys % count).astype(np.int32)


def smooth(values: Floats, edges: tuple[Ints, Ints], rounds: int, amount: float) -> Floats:
    """Laplacian smoothing of per-vertex rows: each row moves towards its neighbours' mean."""
    start, end = edges
    first = np.searchsorted(start, np.arange(len(values)))
    degree = np.maximum(np.bincount(start, minlength=len(values)), 1)[:, None]
    for _ in range(rounds):
        mean = np.add.reduceat(values[end], first, axis=0) / degree
        values = values + amount * (mean - values)
    return values.astype(np.float32)


def normals(vertices: Floats, faces: Ints) -> Floats:
    """Area-weighted unit normals per vertex."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    total = np.empty_like(vertices)
    flat = faces.reshape(-1)
    for axis in range(3):
        total[:, axis] = np.bincount(flat, np.repeat(cross[:, axis], 3), minlength=len(vertices))
    length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
    return np.asarray(total / length, np.float32)


def bone_weights(bone: int, count: int) -> Floats:
    """Weights of a part that hangs rigidly on one bone."""
    weights = np.zeros((count, len(BONES)), np.float32)
    weights[:, bone] = 1.0
    return weights


def grid_faces(rows: int, columns: int, closed: bool) -> Ints:
    """Triangles of a rows x columns grid; `closed` joins the last column to the first."""
    wide = columns if closed else columns - 1
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(wide), indexing="ij")
    a = i * columns + j
    b = i * columns + (j + 1) % columns
    quads = np.stack([a, a + columns, b, b, a + columns, b + columns], -1)
    return quads.reshape(-1, 3).astype(np.int32)


def ellipsoid(
    centre: npt.ArrayLike,
    radii: npt.ArrayLike,
    rows: int = 10,
    columns: int = 14,
    low: float = -1.0,
) -> tuple[Floats, Ints]:
    """The part of an ellipsoid above `low` (-1 bottom .. 1 top of its height)."""  # fmt: skip
    polar = np.linspace(0.02, np.arccos(low) if low > -1 else np.pi - 0.02, rows)
    around = np.arange(columns) * 2 * np.pi / columns
    unit = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.repeat(np.cos(polar)[:, None], columns, 1),
        ],
        -1,
    ).reshape(-1, 3)
    points = np.asarray(centre) + unit * np.asarray(radii)
    return points.astype(np.float32), grid_faces(rows, columns, closed=True)


def rounded_box(
    centre: npt.ArrayLike, half: npt.ArrayLike, power: float = 5.0
) -> tuple[Floats, Ints]:
    """A box with round edges: a superellipsoid with half-sizes `half`."""
    points, faces = ellipsoid((0, 0, 0), (1, 1, 1), 14, 20)
    length = (np.abs(points) ** power).sum(1, keepdims=True) ** (1 / power)
    return (points / length * np.asarray(half) + np.asarray(centre)).astype(np.float32), faces


def tube(path: npt.ArrayLike, radii: npt.ArrayLike, columns: int = 8) -> tuple[Floats, Ints]:
    """A round tube along `path` (N, 3) with one radius a point (N,) or two (N, 2)."""
    line = np.asarray(path, np.float64)
    size = np.asarray(radii, np.float64)
    size = np.broadcast_to(size[:, None] if size.ndim == 1 else size, (len(line), 2))
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    up = np.where(np.abs(along[:, 1:2]) > 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    side = np.cross(along, up)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    over = np.cross(side, along)
    angle = np.arange(columns) * 2 * np.pi / columns
    points = (
        line[:, None]
        + side[:, None] * (np.cos(angle)[None, :, None] * size[:, None, :1])
        + over[:, None] * (np.sin(angle)[None, :, None] * size[:, None, 1:])
    )
    return points.reshape(-1, 3).astype(np.float32), grid_faces(len(line), columns, closed=True)
