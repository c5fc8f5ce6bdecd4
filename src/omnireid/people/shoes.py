"""Shoes and boots: inflated feet on soles."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment
from omnireid.people.body import BONE, Ints
from omnireid.people.clothing import (
    BOTTOM,
    CLOTH,
    SHOES,
    SOLE,
    Booleans,
    Cut,
    Outfit,
    body_part,
    garment_material,
    material,
)  # fmt: skip
from omnireid.people.figure import Figure

_THICK = {"boots": 0.014, "high boots": 0.012, "sneakers": 0.012, "sandals": 0.005}


def add_shoes(outfit: Outfit, shoes: Garment) -> None:
    """Add a pair of shoes; trousers fall over low boots and are tucked into high ones."""
    figure, rng = outfit.figure, outfit.rng
    s, ankle = figure.stature, figure.level("foot.L")
    top = {
        "boots": ankle * 2.6, "high boots": figure.level("lowerleg01.L") * 0.85,
        "sneakers": ankle * 1.15, "sandals": ankle * 0.42,
    }.get(shoes.kind, ankle * 0.95)  # fmt: skip
    trousers = outfit.materials.get(BOTTOM)
    if trousers is not None and trousers[8] > 0 and outfit.legs_covered < top:
        if shoes.kind == "high boots":
            trousers[8] = top - 0.012 * s  # row 2, first number: where the cut ends below
        else:
            top = min(top, outfit.legs_covered + 0.02 * s)
    surface = figure.vertices + figure.normals * _THICK.get(shoes.kind, 0.009) * s / 1.7
    rest_z = figure.vertices[:, 2]
    keep = (rest_z < top + 0.02 * s) & (figure.leg_share > 0.5)
    surface[:, 2] = np.maximum(surface[:, 2], -0.004 * s)
    toes = keep & (rest_z < ankle * 0.9) & (surface[:, 1] < -0.04)
    surface[toes, 1] *= 1.06
    plain = np.full(len(surface), -1.0, np.float32)
    outfit.meshes.append(body_part(figure, surface, _inside(figure, keep), plain, SHOES))
    # The sole: the same shape pressed to the floor and a little wider.
    sole = surface.copy()
    for side, sign in (("L", 1), ("R", -1)):
        here = sole[:, 0] * sign > 0
        centre = np.array([figure.joints[BONE[f"foot.{side}"], 0], -0.04 * s], np.float32)
        sole[here, :2] += (sole[here, :2] - centre) * 0.06
    sole[:, 2] = np.clip(sole[:, 2], -0.012 * s, 0.008 * s)
    under = keep & (rest_z < ankle * 0.5)
    outfit.meshes.append(body_part(figure, sole, _inside(figure, under), plain, SOLE))
    leather = garment_material(shoes, Cut(-1.0, top, 9), CLOTH, rng, 0.4, 0.2)
    leather[18] = 0.1  # row 4: next to no folds
    outfit.materials[SHOES] = leather
    pale = rng.random() < (0.7 if shoes.kind == "sneakers" else 0.2)
    tone = np.full(3, 0.65 if pale else 0.02, np.float32)
    outfit.materials[SOLE] = material(tone, nir=0.6, warm=0.3)


def _inside(figure: Figure, keep: Booleans) -> Ints:
    faces: Ints = figure.faces[keep[figure.faces].all(1)]
    return faces
