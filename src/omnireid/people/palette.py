"""Named colours as linear-light RGB, and the tints of skin and hair."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment
from omnireid.people.body import Floats

_SRGB = {
    "black": (28, 28, 30), "white": (232, 232, 230), "grey": (128, 130, 132),
    "red": (186, 30, 36), "orange": (226, 112, 28), "yellow": (228, 196, 46),
    "green": (44, 122, 62), "light blue": (134, 184, 226), "blue": (40, 88, 190),
    "navy": (28, 36, 78), "purple": (110, 52, 140), "pink": (230, 142, 170),
    "brown": (98, 62, 38), "beige": (208, 188, 154), "khaki": (122, 114, 76),
    "turquoise": (40, 168, 168),
}  # fmt: skip
# Share of grey in what is woven of duller yarn than its colour's name says.
_FADED = {
    "jeans": 0.5, "trousers": 0.25, "suit trousers": 0.35, "suit jacket": 0.35, "coat": 0.2,
    "open coat": 0.2, "sweater": 0.15, "boots": 0.2, "shoes": 0.2, "leggings": 0.15,
}  # fmt: skip
_HAIR = {
    "black": (24, 21, 20), "dark brown": (48, 34, 26), "brown": (88, 60, 40),
    "blond": (190, 154, 98), "red": (140, 66, 34), "grey": (140, 138, 136),
    "white": (214, 212, 208),
}  # fmt: skip
_SKIN = np.array([(238, 205, 184), (222, 178, 146), (186, 138, 104), (122, 80, 56), (72, 46, 34)])


def linear(srgb: object) -> Floats:
    """sRGB 0..255 to linear 0..1."""
    values = np.asarray(srgb, np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def garment_colours(garment: Garment) -> tuple[Floats, Floats]:
    """The first and second colour of a garment, moved by its tint, linear."""
    faded = _FADED.get(garment.kind, 0.0)
    first, second = garment.colour, garment.second_colour
    return _tinted(first, garment.tint, faded), _tinted(second, garment.tint, faded)


def _tinted(name: str, tint: tuple[float, float, float], faded: float) -> Floats:
    colour = np.asarray(_SRGB[name], np.float64)
    colour = colour + (colour @ np.array([0.3, 0.59, 0.11]) - colour) * faded
    # White stays white: a strong tint would make it another colour.
    share = 0.4 if colour.min() >= 200 else 1.0
    return linear(np.clip(colour + np.asarray(tint) * 255 * share, 4, 250))


def hair_colour(name: str) -> Floats:
    """Linear colour of hair."""
    return linear(_HAIR[name])


def skin_colour(skin: float) -> Floats:
    """Linear colour of skin, 0 fair to 1 dark."""
    at = np.clip(skin, 0, 1) * (len(_SKIN) - 1)
    return linear([np.interp(at, np.arange(len(_SKIN)), _SKIN[:, c]) for c in range(3)])
