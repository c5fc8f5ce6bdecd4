"""Hair by style, and scarves that cover it."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.body import BONE, Floats
from omnireid.people.clothing import (
    CLOTH,
    HAIR,
    SCARF,
    Outfit,
    layers_over_back,
    material,
    surface_radius,
)  # fmt: skip
from omnireid.people.figure import Figure
from omnireid.people.mesh import bone_weights, ellipsoid, grid_faces, tube

_BUMPS = np.array([[17.0, 9, 13], [7, 19, -11], [-15, 5, 17]])


def skull(figure: Figure) -> tuple[Floats, Floats]:
    """Centre and radii of the head above the ears."""
    s, base = figure.stature, figure.level("head")
    z = figure.vertices[:, 2]
    head = figure.vertices[(z > base + 0.012 * s) & (figure.arm_share < 0.1)]
    low, high = head.min(0), head.max(0)
    up = min(0.068 * s, (high[2] - base) * 0.75)
    radii = np.array([(high[0] - low[0]) / 2 * 0.93, (high[1] - low[1]) / 2, up], np.float32)
    centre = np.array([0.0, (high[1] + low[1]) / 2 + 0.004 * s, high[2] - up], np.float32)
    return centre, radii


def add_hair(outfit: Outfit, person: Person) -> None:
    """Add the hair of a person, kept flat under a hat, or the scarf that covers it."""
    style, rng, s = person.hair_style, outfit.rng, outfit.figure.stature
    if style == "bald":
        return
    if style == "covered":
        _add_scarf(outfit)
        return
    centre, radii = skull(outfit.figure)
    thick = {
        "short": rng.uniform(0.004, 0.010), "medium": rng.uniform(0.008, 0.014), "long": 0.010,
        "ponytail": 0.006, "bun": 0.006, "curly": rng.uniform(0.016, 0.034),
    }[style] * s  # fmt: skip
    if person.hat is not None and person.hat.kind not in ("none", "wide hat"):
        thick = min(thick, 0.007 * s)
    _add_cap(outfit, style, centre, radii + np.float32(thick))
    back = centre + np.array([0, radii[1], 0])
    if style in ("medium", "long"):
        length = rng.uniform(0.065, 0.10) * s if style == "medium" else rng.uniform(0.15, 0.27) * s
        _add_curtain(outfit, centre, radii + np.float32(thick), length, HAIR)
    elif style == "ponytail":
        drop = rng.uniform(0.10, 0.2) * s
        start = back + np.array([0, 0.0, rng.uniform(-0.1, 0.6) * radii[2]])
        t = np.linspace(0, 1, 8)
        fall = 0.015 * s * np.sin(t * 3) - drop * t**1.3
        path = start + np.stack([0 * t, 0.035 * s * np.sin(t * 2.2), fall], 1)
        wide = 0.016 * s * np.sin(np.pi * np.clip(t * 0.8 + 0.15, 0, 1)) + 0.003 * s
        outfit.add(tube(path, wide), "head", HAIR)
    elif style == "bun":
        at = back + np.array([0, 0.008 * s, rng.uniform(-0.2, 0.9) * radii[2]])
        outfit.add(ellipsoid(at, np.full(3, rng.uniform(0.021, 0.03) * s)), "head", HAIR)


def _add_cap(outfit: Outfit, style: str, centre: Floats, radii: Floats) -> None:
    """Hair on the scalp: high over the face, down to the nape at the back."""
    points, faces = ellipsoid(centre, radii, 16, 26, low=-0.95)
    unit = (points - centre) / radii
    face = 0.42 - 0.85 * np.clip(unit[:, 1] + 0.75, 0, 1)
    line = np.where(unit[:, 1] < 0, face, -0.25 - 0.55 * unit[:, 1])
    keep = unit[:, 2] > line + (0.06 if style == "short" else -0.05)
    points = centre + (points - centre) * np.where(keep, 1.0, 0.93)[:, None]
    if style == "curly":
        bumps = np.sin(unit @ _BUMPS).sum(1, keepdims=True)
        points = points + unit * bumps * 0.003 * outfit.figure.stature
    outfit.add((points.astype(np.float32), faces[keep[faces].any(1)]), "head", HAIR)


def _add_curtain(
    outfit: Outfit,
    centre: Floats,
    radii: Floats,
    length: float,
    slot: int,
    front: float = 0.22,
) -> None:
    """Hair or cloth that falls from ear over the back of the head to the other ear."""
    figure, s = outfit.figure, outfit.figure.stature
    thick = layers_over_back(outfit)
    rows, columns = 9, 19
    angle = np.linspace(-front * np.pi, (1 + front) * np.pi, columns)
    t = np.linspace(0, 1, rows)[:, None]
    z = centre[2] + 0.25 * radii[2] - t * (length + 0.5 * radii[2])
    wide = 1.0 + 0.18 * np.sin(t * np.pi * 0.6)
    x = np.cos(angle) * radii[0] * wide * 1.02
    y = centre[1] + np.sin(angle) * radii[1] * wide * 0.98
    # Below the chin the hair lies over the collar, then on the back, and falls straight on.
    neck = figure.level("neck01")
    low = np.clip((neck + 0.02 * s - z) / (0.05 * s), 0, 1)
    y = y + low * np.clip(np.sin(angle), 0.15, 1) * 0.022 * s
    lying = np.array([[surface_radius(figure, h, a, thick) for a in angle] for h in z[:, 0]])
    lying = figure.axis_y + lying * np.sin(angle)
    near_neck = np.clip((neck + 0.05 * s - z) / (0.03 * s), 0, 1)
    collar = figure.joints[BONE["neck01"], 1] + (0.048 * s + thick * 0.7) * np.sin(angle)
    back = np.sin(angle) > 0.25
    y = np.where(back, np.maximum(y, y * (1 - near_neck) + collar * near_neck), y)
    y = np.where(back, np.maximum(y, y * (1 - low) + lying * low), y)
    y = np.where(back, np.maximum.accumulate(y, axis=0), y)
    points = np.stack([x, y, np.broadcast_to(z, x.shape)], -1).reshape(-1, 3).astype(np.float32)
    weights = bone_weights(BONE["head"], len(points))
    share = np.broadcast_to(0.6 * low, x.shape).reshape(-1)
    weights[:, BONE["head"]] -= share
    weights[:, BONE["spine02"]] += share
    outfit.add((points, grid_faces(rows, columns, closed=False)), weights, slot)


def _add_scarf(outfit: Outfit) -> None:
    figure, rng, s = outfit.figure, outfit.rng, outfit.figure.stature
    centre, radii = skull(figure)
    tone = rng.uniform(0.02, 0.6, 3).astype(np.float32)
    nir = float(rng.uniform(0.3, 0.8))
    outfit.materials[SCARF] = material(tone, kind=CLOTH, nir=nir, warm=0.45, grain=0.6)
    points, faces = ellipsoid(centre, radii + np.float32(0.009 * s), 16, 26, low=-0.9)
    unit = (points - centre) / radii
    keep = (unit[:, 1] > -0.55) | (unit[:, 2] > 0.45)
    outfit.add((points, faces[keep[faces].any(1)]), "head", SCARF)
    _add_curtain(outfit, centre, radii + np.float32(0.008 * s), 0.09 * s, SCARF, front=0.38)
    at = figure.joints[BONE["neck01"]] + np.array([0, -0.005 * s, 0.01 * s])
    outfit.add(ellipsoid(at, np.array([0.055, 0.05, 0.035]) * s), "neck01", SCARF)
