"""What a dressed person is made of: meshes, hanging hems and materials, gathered piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from omnireid.people import attributes
from omnireid.people.attributes import PATTERNS, Garment
from omnireid.people.body import BONE, Floats, Ints
from omnireid.people.cloth import Hanging
from omnireid.people.figure import ANGLES, LEVELS, Figure
from omnireid.people.mesh import Mesh, bone_weights
from omnireid.people.palette import garment_colours

# Materials by place; shader_person knows 0 (skin), 1 and 5 (hair and its colour).
(SKIN, HAIR, TOP, BOTTOM, OUTER, HAIR_COLOUR, SHOES, SOLE, HAT, BAG, STRAP, HELD, DARK, MASK,
 HAT_TRIM, SCARF) = range(16)  # fmt: skip
# How the shader treats a surface.
SMOOTH, CLOTH, VISIBILITY, DENIM, BUTTONS = 0, 1, 3, 5, 6

UNCUT = -9.0
"""The `arm` code of parts that no cut of a garment touches."""

_PATTERN_CODE = {name: code for code, name in enumerate(PATTERNS)}
_ALL_OVER = ("striped", "checked", "dotted", "printed")
# The second colour of two lies elsewhere on legs and feet than on a trunk with arms.
_TWO_COLOUR_LEGS, _TWO_COLOUR_SHOES = 7, 8

Part = tuple[Floats, Ints]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cut:
    """Where a garment ends, in the figure's rest metres; `sleeve` as a share of the arm."""

    low: float
    high: float
    sleeve: float
    gap_low: float = 0.0
    gap_high: float = 0.0
    v_depth: float = 0.0


@dataclass(eq=False)
class Outfit:
    """A figure being dressed. `covered` and `legs_covered` say where skin is hidden for certain."""

    figure: Figure
    rng: np.random.Generator
    meshes: list[Mesh] = field(default_factory=list)
    hangings: list[Hanging] = field(default_factory=list)
    materials: dict[int, Floats] = field(default_factory=dict)
    covered: Cut = Cut(9, -9, -1)
    legs_covered: float = 0.0

    @property
    def neck(self) -> float:
        """Height of a plain round neckline."""
        return self.figure.level("neck01") - 0.012 * self.figure.stature

    @property
    def crotch(self) -> float:
        """Height where the legs part."""
        return self.figure.level("upperleg01.L") - 0.065 * self.figure.stature

    @property
    def waist(self) -> float:
        """Height of a waistband."""
        return self.crotch + 0.13 * self.figure.stature

    def add(self, part: Part, bone: str | Floats, slot: int) -> None:
        """Add a part that hangs on one bone, or with its own weights (V, J)."""
        points, faces = part
        weights = bone_weights(BONE[bone], len(points)) if isinstance(bone, str) else bone
        uncut = np.full(len(points), UNCUT, np.float32)
        self.meshes.append(Mesh(points, faces, weights, points, uncut, slot))

    def add_surface(self, surface: Floats, keep: Booleans, slot: int) -> None:
        """Add the faces of a moved body surface (V, 3) whose vertices are all kept (V,)."""
        faces = self.figure.faces[keep[self.figure.faces].all(1)]
        self.meshes.append(body_part(self.figure, surface, faces, self.figure.arm, slot))


def body_part(figure: Figure, surface: Floats, faces: Ints, arm: Floats, slot: int) -> Mesh:
    """Some faces (F, 3) of a body-shaped surface (V, 3), without the vertices they do not use."""
    used = np.unique(faces)
    lookup = np.zeros(len(surface), np.int32)
    lookup[used] = np.arange(len(used))
    return Mesh(
        surface[used],
        lookup[faces],
        figure.weights[used],
        figure.vertices[used],
        arm[used],
        slot,
    )


def material(
    colour: Floats, second: Floats | None = None, pattern: int = 0, scale: float = 20.0,
    cut: Cut | None = None, kind: int = SMOOTH, phase: float = 0.0, nir: float = 0.5,
    warm: float = 0.4, grain: float = 0.0, shine: float = 0.03,
) -> Floats:  # fmt: skip
    """The twenty numbers of a material: see shader_person."""
    c = cut or Cut(-9, 9, 9)
    second = colour if second is None else second
    return np.array(
        [*colour, pattern, *second, scale, c.low, c.high, c.sleeve, kind,
         c.gap_low, c.gap_high, c.v_depth, phase, nir, warm, grain, shine], np.float32
    )  # fmt: skip


def garment_material(
    garment: Garment, cut: Cut | None, kind: int, rng: np.random.Generator, warm: float,
    shine: float = 0.03,
) -> Floats:  # fmt: skip
    """The material of a garment worn on the body, with its pattern at a scale of its own."""
    first, second = garment_colours(garment)
    scales = {
        "striped": rng.uniform(7, 22),
        "checked": rng.uniform(9, 24),
        "dotted": rng.uniform(12, 26),
        "printed": rng.uniform(7, 20),
    }
    return material(
        first, second, _pattern_code(garment), scales.get(garment.pattern, 10.0), cut, kind,
        float(rng.uniform()), garment.near_infrared, warm + rng.uniform(-0.06, 0.06),
        0.55 + 0.45 * garment.looseness, shine,
    )  # fmt: skip


def _pattern_code(garment: Garment) -> int:
    if garment.pattern == "two-colour" and garment.kind in attributes.BOTTOMS:
        return _TWO_COLOUR_LEGS
    if garment.pattern == "two-colour" and garment.kind in attributes.SHOES:
        return _TWO_COLOUR_SHOES
    return _PATTERN_CODE[garment.pattern]


def thing_material(
    thing: Garment,
    rng: np.random.Generator,
    warm: float,
    grain: float,
    shine: float,
    kind: int,
) -> Floats:
    """The material of a hat, bag or held thing; patterns that need a second part are left to it."""
    first, second = garment_colours(thing)
    code = _PATTERN_CODE[thing.pattern] if thing.pattern in _ALL_OVER else 0
    return material(
        first, second, code, rng.uniform(14, 30), None, kind, float(rng.uniform()),
        thing.near_infrared, warm, grain, shine,
    )  # fmt: skip


def surface_radius(figure: Figure, height: float, angle: float, offset: float) -> float:
    """Radius of the trunk at a height (metres) and angle (radians), plus an offset."""
    row = int(np.clip(round(height / figure.top_level * (LEVELS - 1)), 0, LEVELS - 1))
    column = round(angle / (2 * np.pi) * ANGLES) % ANGLES
    return float(figure.torso_radius[row, column]) + offset


def trunk_weights(figure: Figure, points: Floats) -> Floats:
    """Skinning weights (N, J) of straps and the like: those of the nearest point of the trunk."""
    keep = np.flatnonzero(figure.arm_share < 0.2)
    distance = ((points[:, None] - figure.vertices[keep][None]) ** 2).sum(2)
    weights: Floats = figure.weights[keep[distance.argmin(1)]]
    return weights


def layers_over_back(outfit: Outfit) -> float:
    """Metres of cloth between the skin of the trunk and what lies on it."""
    return 0.032 + (0.04 if OUTER in outfit.materials else 0.0)
