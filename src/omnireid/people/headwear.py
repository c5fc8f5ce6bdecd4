"""Hats, helmets, glasses and masks."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.body import Floats
from omnireid.people.clothing import (
    CLOTH,
    DARK,
    HAT,
    HAT_TRIM,
    MASK,
    SMOOTH,
    Outfit,
    material,
    thing_material,
)  # fmt: skip
from omnireid.people.hair import skull
from omnireid.people.mesh import ellipsoid, grid_faces, tube
from omnireid.people.palette import garment_colours

# Where the crown ends, as a share of its height above the centre of the skull.
_LOW = {"cap": 0.30, "beanie": 0.12, "helmet": 0.22, "wide hat": 0.32}


def add_headwear(outfit: Outfit, person: Person) -> None:
    """Add the hat, glasses and mask of a person."""
    if person.hat is not None and person.hat.kind != "none":
        _add_hat(outfit, person.hat)
    if person.glasses:
        _add_glasses(outfit)
    if person.mask:
        _add_mask(outfit)


def _add_hat(outfit: Outfit, hat: Garment) -> None:
    rng, s = outfit.rng, outfit.figure.stature
    centre, radii = skull(outfit.figure)
    hard = hat.kind == "helmet"
    warm, grain, shine, kind = (0.35, 0.0, 0.5, SMOOTH) if hard else (0.5, 0.7, 0.02, CLOTH)
    outfit.materials[HAT] = thing_material(hat, rng, warm, grain, shine, kind)
    first, second = garment_colours(hat)
    trim = second if hat.pattern in ("two-colour", "logo") else first
    outfit.materials[HAT_TRIM] = material(
        trim, kind=kind, nir=hat.near_infrared, warm=warm, shine=shine
    )
    grow = {"beanie": 0.014 + 0.01 * hat.looseness, "helmet": 0.024}.get(hat.kind, 0.012) * s
    tall = {"beanie": 0.022 * hat.looseness, "helmet": 0.004, "wide hat": 0.012}.get(
        hat.kind, 0
    ) * s
    size = radii + np.array([grow, grow, grow + tall], np.float32)
    low = _LOW[hat.kind]
    outfit.add(ellipsoid(centre, size, 12, 26, low=low), "head", HAT)
    if hat.pattern == "logo":
        badge = centre + size * np.array([0, -0.84, 0.5])
        outfit.add(
            ellipsoid(badge, np.array([0.018, 0.008, 0.012]) * s, 6, 10),
            "head",
            HAT_TRIM,
        )
    rim = size * np.sqrt(1 - low**2)
    z = float(centre[2] + low * size[2])
    edge = HAT_TRIM if hat.pattern == "two-colour" else HAT
    if hat.kind == "beanie":
        angle = np.linspace(0, 2 * np.pi, 25)
        path = np.stack(
            [np.cos(angle) * rim[0], centre[1] + np.sin(angle) * rim[1], 0 * angle + z],
            1,
        )
        outfit.add(tube(path, np.full(25, 0.009 * s), 6), "head", edge)
        return
    out = {"cap": 0.050, "helmet": 0.016}.get(hat.kind, rng.uniform(0.045, 0.075)) * s
    _add_brim(outfit, hat.kind == "cap", centre, rim, z, out, edge)


def _add_brim(
    outfit: Outfit,
    visor: bool,
    centre: Floats,
    rim: Floats,
    z: float,
    out: float,
    slot: int,
) -> None:
    """A visor in front of caps, a brim all around helmets and wide hats."""
    angle = np.linspace(-np.pi, 0, 15) if visor else np.linspace(0, 2 * np.pi, 31)
    shape = np.clip(np.sin(-angle), 0, 1) ** 0.7 if visor else np.ones_like(angle)
    rows = []
    for reach in (0.0, out):
        push = reach * shape
        x = np.cos(angle) * (rim[0] + push * (0.3 if visor else 1.0))
        y = centre[1] + np.sin(angle) * (rim[1] + push)
        rows.append(np.stack([x, y, 0 * angle + z - reach * 0.22], 1))
    points = np.concatenate(rows).astype(np.float32)
    outfit.add((points, grid_faces(2, len(angle), closed=False)), "head", slot)


def _eyes(outfit: Outfit) -> tuple[float, float]:
    """Foremost y of the head and height of the eyes."""
    figure = outfit.figure
    centre, radii = skull(figure)
    front = figure.vertices[figure.vertices[:, 2] > figure.level("head")][:, 1].min()
    return float(front), float(centre[2] - 0.1 * radii[2])


def _add_glasses(outfit: Outfit) -> None:
    s = outfit.figure.stature
    centre, radii = skull(outfit.figure)
    front, z = _eyes(outfit)
    for sign in (-1, 1):
        at, size = (
            (sign * 0.019 * s, front + 0.016 * s, z),
            np.array([0.0135, 0.009, 0.010]) * s,
        )
        outfit.add(ellipsoid(at, size, 6, 10), "head", DARK)
        hinge = (sign * 0.03 * s, front + 0.018 * s, z)
        ear = (sign * (radii[0] + 0.003 * s), centre[1], z)
        outfit.add(tube([hinge, ear], [0.0025 * s] * 2, 5), "head", DARK)


def _add_mask(outfit: Outfit) -> None:
    s = outfit.figure.stature
    front, z = _eyes(outfit)
    size = np.array([0.036, 0.038, 0.026]) * s
    outfit.add(ellipsoid((0, front + 0.034 * s, z - 0.036 * s), size, 10, 14), "head", MASK)
