"""From a person's attributes to clothed meshes: cut, fit and hems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.body import Floats
from omnireid.people.cloth import Fit, drape, hanging
from omnireid.people.clothing import (
    BOTTOM,
    BUTTONS,
    CLOTH,
    DARK,
    DENIM,
    HAIR,
    HAIR_COLOUR,
    MASK,
    OUTER,
    SKIN,
    TOP,
    VISIBILITY,
    Cut,
    Outfit,
    garment_material,
    material,
)  # fmt: skip
from omnireid.people.collars import add_collar
from omnireid.people.figure import Figure
from omnireid.people.palette import hair_colour, skin_colour
from omnireid.people.shoes import add_shoes

_BUTTONED = ("shirt", "polo shirt", "blouse", "overalls")


def dress(person: Person, figure: Figure, rng: np.random.Generator) -> Outfit:
    """Clothe a figure as its person says."""
    outfit = Outfit(figure, rng)
    tone = hair_colour(person.hair_colour)
    outfit.materials |= {
        SKIN: material(skin_colour(person.skin), nir=0.75, warm=0.95, shine=0.06),
        HAIR: material(tone, nir=rng.uniform(0.35, 0.65), warm=0.62, shine=0.15),
        HAIR_COLOUR: material(tone, nir=0.5, warm=0.6),
        DARK: material(np.full(3, 0.01, np.float32), nir=0.05, warm=0.55, shine=0.5),
        MASK: material(np.full(3, 0.75, np.float32), nir=0.9, warm=0.7),
    }
    beneath = _add_bottom(outfit, person.bottom) if person.bottom is not None else None
    fit, beneath = _add_top(outfit, person.top, beneath)
    if person.outer is not None:
        _add_outer(outfit, person.outer, fit, beneath)
    add_shoes(outfit, person.shoes)
    return outfit


def _shell(outfit: Outfit, fit: Fit, cut: Cut, slot: int) -> Floats:
    """Add the part of the body that the cut may show, moved out to the cloth's surface."""
    figure = outfit.figure
    surface = drape(figure, fit)
    z, margin = figure.vertices[:, 2], 0.05 * figure.stature
    trunk = (z > cut.low - margin) & (z < cut.high + margin)
    outfit.add_surface(
        surface,
        np.where(figure.arm > 0.04, figure.arm < cut.sleeve + 0.15, trunk),
        slot,
    )
    return surface


def _add_bottom(outfit: Outfit, garment: Garment) -> Floats | None:
    """Add the lower garment; returns its surface, or None for a skirt."""
    figure, rng, waist = outfit.figure, outfit.rng, outfit.waist
    s, ankle, knee = (
        figure.stature,
        figure.level("foot.L"),
        figure.level("lowerleg01.L"),
    )
    kind, loose = garment.kind, garment.looseness
    if kind in ("short skirt", "long skirt"):
        low, high = (
            (knee * 0.95, knee * 1.35) if kind == "short skirt" else (ankle * 1.4, knee * 0.72)
        )
        hem = rng.uniform(low, high)
        flare = (0.01 + 0.2 * loose) * s * (waist - hem) / (0.4 * s)
        fit = Fit(0.012, 0.3 + 0.7 * loose)
        outfit.hangings.append(hanging(figure, waist + 0.03 * s, hem, fit, flare, BOTTOM, loose))
        outfit.materials[BOTTOM] = garment_material(garment, None, CLOTH, rng, 0.5)
        outfit.legs_covered = hem
        return None
    tight = kind == "leggings"
    hem = {
        "shorts": rng.uniform(knee * 0.9, knee * 1.3),
        "leggings": ankle * rng.uniform(1.05, 1.9),
    }.get(kind, ankle * rng.uniform(0.15, 1.05))
    shape = {"leggings": 0.0, "shorts": 0.25 * loose}.get(kind, rng.uniform(-0.25, 0.4))
    fit = Fit(
        offset=0.004 if tight else 0.010 + 0.008 * loose, trunk=0.0,
        leg=0.0 if tight else 0.15 + 0.85 * loose, leg_shape=shape,
    )  # fmt: skip
    cut = Cut(hem, waist + 0.035 * s, -1.0)
    surface = _shell(outfit, fit, cut, BOTTOM)
    code = DENIM if kind == "jeans" else CLOTH
    outfit.materials[BOTTOM] = garment_material(garment, cut, code, rng, 0.5)
    outfit.legs_covered = hem
    return surface


def _add_top(outfit: Outfit, top: Garment, beneath: Floats | None) -> tuple[Fit, Floats | None]:
    """Add the inner upper garment; returns its fit, and the surface that outer hems lie over."""
    s, loose = outfit.figure.stature, top.looseness
    cut, fit, hem = _top_cut(outfit, top)
    surface = _shell(outfit, fit, cut, TOP)
    outfit.covered = cut
    kind = BUTTONS if top.kind in _BUTTONED else CLOTH
    outfit.materials[TOP] = garment_material(top, cut, kind, outfit.rng, 0.52 - 0.2 * loose)
    if top.kind == "overalls":
        outfit.legs_covered, beneath = cut.low, surface
    else:
        long = top.kind == "dress"
        flare = (0.015 + 0.11 * loose) * s if long else 0.012 * s * loose
        outfit.hangings.append(
            hanging(outfit.figure, outfit.waist, hem, fit, flare, TOP, loose * long, beneath)
        )
        if long:
            outfit.legs_covered = hem
    add_collar(outfit, top.kind, fit, TOP)
    return fit, beneath


def _top_cut(outfit: Outfit, top: Garment) -> tuple[Cut, Fit, float]:
    figure, rng = outfit.figure, outfit.rng
    s, loose, kind = figure.stature, top.looseness, top.kind
    knee, ankle = figure.level("lowerleg01.L"), figure.level("foot.L")
    sleeves = {
        "t-shirt": rng.uniform(0.3, 0.52), "polo shirt": rng.uniform(0.28, 0.45),
        "tank top": 0.02, "blouse": rng.uniform(0.4, 1.0),
        "dress": rng.choice([0.02, 0.35, 0.6, 0.98]),
        "shirt": rng.choice([0.45, 0.98], p=[0.2, 0.8]),
    }  # fmt: skip
    depths = {
        "tank top": 0.05, "blouse": 0.05, "dress": rng.choice([0.0, 0.07]), "shirt": 0.04,
        "polo shirt": 0.035,
    }  # fmt: skip
    drop = {"tank top": 0.025, "dress": 0.015, "blouse": 0.012}.get(kind, 0.0) * s
    hem = outfit.crotch + rng.uniform(-0.02, 0.07) * s - 0.05 * s * loose
    if kind == "dress":
        short = rng.random() < 0.65
        hem = rng.uniform(knee * 0.8, knee * 1.3) if short else rng.uniform(ankle * 1.5, knee * 0.7)
    thick = {"sweater": 0.018, "hoodie": 0.022, "overalls": 0.016}.get(kind, 0.010)
    wide = 0.15 + 0.85 * loose
    fit = Fit(thick + 0.010 * loose, 0.1 + 0.7 * loose, wide, 0.25 + 0.75 * loose, 0.1)
    low = ankle * 0.6 if kind == "overalls" else outfit.waist - 0.025 * s
    cut = Cut(
        low, outfit.neck - drop, float(sleeves.get(kind, 0.99)),
        v_depth=float(depths.get(kind, 0.0)) * s,
    )  # fmt: skip
    return cut, fit, hem


def _add_outer(outfit: Outfit, garment: Garment, inner: Fit, beneath: Floats | None) -> None:
    figure, rng = outfit.figure, outfit.rng
    s, kind, loose = figure.stature, garment.kind, garment.looseness
    vest, long = "vest" in kind, "coat" in kind
    opened = kind.startswith("open") or (vest and rng.random() < 0.4)
    knee = figure.level("lowerleg01.L")
    hem = rng.uniform(knee * 0.75, knee * 1.35) if long else (
        outfit.crotch + rng.uniform(-0.05, 0.06) * s)  # fmt: skip
    if kind == "suit jacket":
        hem = outfit.crotch - rng.uniform(0.02, 0.06) * s
    thick = 0.025 if long else 0.011 if vest else 0.019
    fit = Fit(
        inner.offset + thick + 0.008 * loose,
        max(inner.trunk, 0.2 + 0.6 * loose),
        max(inner.sleeve, 0.25 + 0.7 * loose),
    )
    gap = rng.uniform(0.028, 0.075) * s if opened else 0.0
    v_depth = 0.13 * s if kind == "suit jacket" else 0.07 * s if vest else 0.0
    if kind in ("jacket", "coat") and rng.random() < 0.35:
        v_depth = rng.uniform(0.04, 0.09) * s
    high = outfit.neck + (0.0 if vest else 0.008 * s)
    cut = Cut(
        outfit.waist - 0.02 * s,
        high,
        0.03 if vest else 1.01,
        gap * rng.uniform(0.7, 1.5),
        gap,
        v_depth,
    )
    _shell(outfit, fit, cut, OUTER)
    code = BUTTONS if not opened and kind in ("coat", "suit jacket") else CLOTH
    if kind == "high-visibility vest":
        code = VISIBILITY
    outfit.materials[OUTER] = garment_material(
        garment,
        cut,
        code,
        rng,
        0.3 - 0.12 * loose,
        0.25 if kind == "raincoat" else 0.04,
    )
    flare = (0.01 + 0.055 * loose) * s if long else 0.015 * s * loose
    top, pleats = outfit.waist + 0.01 * s, 0.3 * loose * long
    outfit.hangings.append(hanging(figure, top, hem, fit, flare, OUTER, pleats, beneath))
    if not vest:
        add_collar(outfit, kind, fit, OUTER)
    if cut.sleeve > outfit.covered.sleeve:
        outfit.covered = replace(outfit.covered, sleeve=cut.sleeve)
