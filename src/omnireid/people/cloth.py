"""Cloth over a figure: surfaces that bridge the body's hollows, and hems that hang and swing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omnireid.people.body import BONE, Floats, Ints
from omnireid.people.figure import (
    ANGLES,
    ARM_BONES,
    LEG_BONES,
    LEVELS,
    Figure,
    body_edges,
    skin,
)
from omnireid.people.mesh import Mesh, bone_weights, grid_faces, normals, smooth

_DIRECTIONS = np.arange(ANGLES) * 2 * np.pi / ANGLES
_COSINES = np.cos(_DIRECTIONS[:, None] - _DIRECTIONS[None])
_UNIT = np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)])


@dataclass(frozen=True)
class Fit:
    """How cloth sits: metres off the skin, 0..1 wideness of trunk, sleeves and legs.

    `leg_shape` widens (positive: flared) or narrows (negative: tapered) the leg at its end.
    """

    offset: float
    trunk: float
    sleeve: float = 0.3
    leg: float = 0.3
    leg_shape: float = 0.0


def drape(figure: Figure, fit: Fit) -> Floats:
    """The whole body's surface (V, 3) moved out to where cloth of this fit would lie."""
    scale = figure.stature / 1.7
    offset = fit.offset * scale
    cloth = figure.vertices + figure.normals * offset
    cloth = _over_trunk(figure, cloth, fit, offset)
    cloth = _over_limbs(figure, cloth, fit, offset)
    return smooth(cloth, body_edges(), 3, 0.5)


def _over_trunk(figure: Figure, cloth: Floats, fit: Fit, skin_offset: float) -> Floats:
    radius = fallen(figure.torso_radius, fit.trunk)
    x, y, z = figure.vertices.T
    y = y - figure.axis_y
    level = np.clip(z / figure.top_level * (LEVELS - 1), 0, LEVELS - 1.001)
    angle = (np.arctan2(y, x) / (2 * np.pi) * ANGLES) % ANGLES
    row, column = level.astype(int), angle.astype(int) % ANGLES
    u, v = level - row, angle - angle.astype(int)
    after = (column + 1) % ANGLES
    target = (radius[row, column] * (1 - v) + radius[row, after] * v) * (1 - u) + (
        radius[row + 1, column] * (1 - v) + radius[row + 1, after] * v
    ) * u
    own = np.maximum(np.hypot(x, y), 1e-4)
    armpit = figure.level("upperarm01.L") - 0.06 * figure.stature
    hip = figure.level("upperleg01.L") - 0.03 * figure.stature
    offset = skin_offset + 0.018 * fit.trunk * figure.stature / 1.7
    share = (1 - figure.arm_share) * _step(z, armpit + 0.05, armpit) * _step(z, hip - 0.06, hip)
    grow = np.maximum(target + offset - own, 0) * share / own
    moved = cloth.copy()
    moved[:, 0] += x * grow - figure.normals[:, 0] * skin_offset * share
    moved[:, 1] += y * grow - figure.normals[:, 1] * skin_offset * share
    return moved


def _over_limbs(figure: Figure, cloth: Floats, fit: Fit, offset: float) -> Floats:
    moved = cloth.copy()
    for side in "LR":
        share = figure.weights[:, ARM_BONES[side]].sum(1) * _step(figure.arm, 0.0, 0.2)
        start, end = f"upperarm01.{side}", f"wrist.{side}"
        _tube(figure, moved, start, end, share, fit.sleeve, 0.0, offset)
        share = figure.weights[:, LEG_BONES[side]].sum(1)
        crotch = figure.level("upperleg01.L") - 0.07 * figure.stature
        share = share * _step(figure.vertices[:, 2], crotch + 0.02, crotch - 0.12)
        start, end = f"upperleg01.{side}", f"foot.{side}"
        _tube(figure, moved, start, end, share, fit.leg, fit.leg_shape, offset)
    return moved


def _tube(
    figure: Figure, moved: Floats, start: str, end: str, share: Floats, loose: float,
    shape: float, offset: float,
) -> None:  # fmt: skip
    first, last = figure.joints[BONE[start]], figure.joints[BONE[end]]
    line = last - first
    along = np.clip((figure.vertices - first) @ line / (line @ line), 0, 1.15)
    centre = first + along[:, None] * line
    out = figure.vertices - centre
    own = np.maximum(np.linalg.norm(out, axis=1), 1e-4)
    on = share > 0.5
    bins = np.clip((along * 12).astype(int), 0, 13)
    profile = np.zeros(14)
    np.maximum.at(profile, bins[on & (along < 0.97)], own[on & (along < 0.97)])
    profile[11:] = profile[10]
    smoothed = np.convolve(np.pad(profile, 2, "edge"), np.ones(5) / 5, "valid")
    wide = smoothed[3]
    goal = np.maximum(smoothed, (0.35 + 0.55 * loose) * wide)
    goal = goal * (1 + shape * np.linspace(0, 1, 14) ** 2)
    goal = np.maximum(goal, smoothed * 0.97)
    target = np.interp(along * 12, np.arange(14) + 0.5, goal) + offset
    mix = share * (0.45 + 0.5 * loose)
    # Past the end of the limb (a heel, the back of a hand) the tube goes on instead of the body.
    mix = np.where(along > 0.93, np.maximum(mix, 0.95 * share), mix)
    new = (own + offset) * (1 - mix) + target * mix
    shift = out / own[:, None] * (new - own)[:, None]
    blended = figure.vertices + shift
    moved[:] = moved * (1 - share[:, None]) + blended * share[:, None]


def fallen(radius: Floats, loose: float) -> Floats:
    """Cloth falls from chest and shoulder blades: each row at least the row above, less a taper."""
    result = radius.copy()
    taper = 0.011 * (1 - loose) + 0.0015
    for row in range(int(LEVELS * 0.8), -1, -1):
        result[row] = np.maximum(result[row], result[row + 1] - taper)
    return result


def _step(values: Floats, zero: float, one: float) -> Floats:
    t = np.clip((values - zero) / (one - zero), 0, 1)
    return t * t * (3 - 2 * t)  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class Hanging:
    """A hem that hangs from the trunk around both legs: skirt, dress, coat tail, shirt tail.

    It is laid again around the legs of every pose; heights are those of the neutral figure.
    """

    top: float
    hem: float
    rows: int
    offset: float
    loose: float
    flare: float  # metres of radius gained from top to hem
    pleats: float  # 0..1
    material: int
    points: Floats  # (N, 3) of the layer beneath, sorted by row
    weights: Floats  # (N, J)
    point_rows: Ints  # (N,)

    @property
    def count(self) -> int:
        """Number of vertices of the laid grid."""
        return self.rows * (ANGLES + 1)


def hanging(
    figure: Figure, top: float, hem: float, fit: Fit, flare: float, material: int,
    pleats: float = 0.0, beneath: Floats | None = None,
) -> Hanging:  # fmt: skip
    """Prepare a hanging hem from height `top` down to `hem` (metres), over the layer `beneath`."""
    under = figure.vertices if beneath is None else beneath
    rows = int(np.clip((top - hem) / (0.035 * figure.stature), 4, 22))
    inside = (figure.arm_share < 0.3) & (under[:, 2] < top + 0.05)
    inside &= under[:, 2] > min(hem - 0.06, top - 0.1)
    indices = np.flatnonzero(inside)
    level = (top - under[indices, 2]) / (top - hem) * (rows - 1)
    row = np.clip(np.rint(level), 0, rows - 1).astype(int)
    order = np.argsort(row, kind="stable")
    offset = (fit.offset + 0.018 * fit.trunk + 0.009 * (beneath is not None)) * figure.stature / 1.7
    return Hanging(
        top, hem, rows, offset, fit.trunk, flare, pleats, material,
        under[indices[order]], figure.weights[indices[order]], row[order].astype(np.int32),
    )  # fmt: skip


Laid = tuple[Hanging, Floats]
"""A hem with its radii (rows, ANGLES) as laid around one pose."""


def lay(
    figure: Figure,
    item: Hanging,
    transforms: Floats | None,
    beneath: Sequence[Laid] = (),
) -> tuple[Floats, Laid]:
    """Vertices (rows x (ANGLES + 1), 3) of a hanging hem around the posed legs.

    The result is in the rest frame of the root bone: it moves with the trunk and is laid
    around the legs by the support function of their points in each row, and over the hems
    `beneath` it.
    """
    points = item.points
    if transforms is not None:
        relative = np.linalg.inv(transforms[0].astype(np.float64)) @ transforms
        points = skin(points, item.weights, relative.astype(np.float32))
    flat = points[:, :2] - np.array([0.0, figure.axis_y], np.float32)
    support = flat @ _UNIT
    radius = np.full((item.rows, ANGLES), 0.02)
    np.maximum.at(radius, item.point_rows, support)
    # Support planes to the radius of their convex outline.
    padded = np.pad(radius, ((1, 1), (0, 0)), "edge")
    radius = np.maximum(np.maximum(padded[:-2], padded[2:]) * 0.98, radius)
    reach = np.where(
        _COSINES[None] > 0.25,
        radius[:, None, :] / np.maximum(_COSINES, 0.25)[None],
        9.0,
    ).min(2)
    falls = 0.016 * (1 - item.loose) + 0.001
    gain = item.flare / max(item.rows - 1, 1)
    for row in range(1, item.rows):
        reach[row] = np.maximum(reach[row], reach[row - 1] - falls * (gain <= 0) + gain)
    reach = 0.5 * reach + 0.25 * (np.roll(reach, 1, 1) + np.roll(reach, -1, 1))
    if item.pleats:
        depth = np.linspace(0, 1, item.rows)[:, None] * item.pleats * 0.02
        reach = reach + depth * np.sin(_DIRECTIONS * 12)[None] * np.sign(reach)
    # The top ring starts under the shell of the same garment, so that no ridge shows at the waist.
    ramp = np.clip(np.arange(item.rows) / 3, 0, 1)[:, None]
    reach = reach + item.offset * (0.6 + 0.4 * ramp)
    z = np.linspace(item.top, item.hem, item.rows)
    for under, radii in beneath:
        at = (under.top - z) / (under.top - under.hem) * (under.rows - 1)
        near = np.clip(np.rint(at), 0, under.rows - 1).astype(int)
        over = (at > -1) & (at < under.rows)
        reach = np.where(over[:, None], np.maximum(reach, radii[near] + 0.012), reach)
    grid = np.empty((item.rows, ANGLES, 3), np.float32)
    grid[..., 0] = reach * np.cos(_DIRECTIONS)
    grid[..., 1] = reach * np.sin(_DIRECTIONS) + figure.axis_y
    grid[..., 2] = z[:, None]
    return np.concatenate([grid, grid[:, :1]], 1).reshape(-1, 3), (
        item,
        reach.astype(np.float32),
    )


def hanging_mesh(figure: Figure, item: Hanging) -> Mesh:
    """The neutral mesh of a hanging hem; its vertices are replaced for each pose."""
    vertices, _ = lay(figure, item, None)
    return Mesh(
        vertices, grid_faces(item.rows, ANGLES + 1, closed=False),
        bone_weights(0, len(vertices)), vertices, np.full(len(vertices), -5.0, np.float32),
        item.material,
    )  # fmt: skip


def hanging_normals(vertices: Floats, rows: int) -> Floats:
    """Unit normals of a laid grid."""
    return normals(vertices, grid_faces(rows, ANGLES + 1, closed=False))
