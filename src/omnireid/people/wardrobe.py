"""From a person's attributes to clothed meshes: cut, fit, hems, collars, hoods."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.body import BONE, Floats
from omnireid.people.cloth import Fit, Hanging, drape, hanging
from omnireid.people.figure import ANGLES, LEVELS, Figure
from omnireid.people.mesh import Mesh, bone_weights, grid_faces, tube
from omnireid.people.palette import garment_colours, hair_colour, skin_colour

SKIN, HAIR, TOP, BOTTOM, OUTER, HAIR_TINT, SHOES, SOLE, HAT, BAG, STRAP, HELD, DARK, MASK, SOCK = (
    range(15)
)
UNCUT = -9.0
PLAIN, CLOTH, VISIBILITY, FACE_OPEN, DENIM, BUTTONS = 0, 1, 3, 4, 5, 6


@dataclass(frozen=True)
class Cut:
    """Where a garment ends, in the figure's rest metres; `sleeve` as a share of the arm."""

    low: float
    high: float
    sleeve: float
    gap_low: float = 0.0
    gap_high: float = 0.0
    v_depth: float = 0.0


@dataclass(frozen=True, eq=False)
class Clothing:
    """Meshes, hanging hems and material rows (index -> 20 numbers)."""

    meshes: list[Mesh]
    hangings: list[Hanging]
    materials: dict[int, Floats]
    covered: Cut
    legs_covered: float


def dress(person: Person, figure: Figure, rng: np.random.Generator) -> Clothing:
    """Clothe a figure as its person says."""
    s = figure.stature
    neck = figure.level("neck01") - 0.012 * s
    crotch = figure.level("upperleg01.L") - 0.065 * s
    waist = crotch + 0.13 * s
    meshes: list[Mesh] = []
    hangings: list[Hanging] = []
    materials: dict[int, Floats] = {
        SKIN: material(skin_colour(person.skin), nir=0.75, warm=0.95, grain=0.0, shine=0.06),
        HAIR: material(hair_colour(person.hair_colour), nir=rng.uniform(0.35, 0.65), warm=0.62, shine=0.15),
        HAIR_TINT: material(hair_colour(person.hair_colour), nir=0.5, warm=0.6),
        DARK: material(np.full(3, 0.01, np.float32), nir=0.05, warm=0.55, shine=0.5),
        MASK: material(np.full(3, 0.75, np.float32), nir=0.9, warm=0.7),
    }  # fmt: skip
    top = person.top
    bottom = person.bottom
    legs_covered, beneath = 0.0, None
    if bottom is not None:
        legs_covered, beneath = _bottom(
            bottom, figure, crotch, waist, meshes, hangings, materials, rng
        )
    cut, fit, hem = _top_cut(person, figure, neck, crotch, waist, rng)
    whole = top.kind == "overalls"
    surface = _shell(figure, fit, cut, TOP, meshes)
    if whole:
        legs_covered, beneath = cut.low, surface
    kind = BUTTONS if top.kind in ("shirt", "polo shirt", "blouse", "overalls") else CLOTH
    materials[TOP] = _garment(top, cut, kind, rng, warm=0.52 - 0.2 * top.looseness)
    if not whole:
        flare = (
            (0.015 + 0.11 * top.looseness) * s if top.kind == "dress" else 0.012 * s * top.looseness
        )
        hangings.append(
            hanging(
                figure, waist, hem, fit, flare, TOP, top.looseness * (top.kind == "dress"), beneath
            )
        )
        if top.kind == "dress":
            legs_covered = hem
    _collar(top, figure, fit, TOP, neck, meshes)
    covered = cut
    if person.outer is not None:
        outer_cut = _outer(
            person.outer,
            fit,
            figure,
            neck,
            crotch,
            waist,
            meshes,
            hangings,
            materials,
            rng,
            beneath,
        )
        if outer_cut.sleeve > covered.sleeve:
            covered = replace(covered, sleeve=outer_cut.sleeve)
    _feet(person.shoes, figure, meshes, materials, legs_covered, rng)
    return Clothing(meshes, hangings, materials, covered, legs_covered)


def material(
    colour: Floats,
    second: Floats | None = None,
    pattern: int = 0,
    scale: float = 20.0,
    cut: Cut | None = None,
    kind: int = PLAIN,
    phase: float = 0.0,
    nir: float = 0.5,
    warm: float = 0.4,
    grain: float = 0.0,
    shine: float = 0.03,
) -> Floats:
    """Five rows of four: see shaders.PERSON_FRAGMENT."""  # fmt: skip
    c = cut or Cut(-9, 9, 9)
    second = colour if second is None else second
    return np.array(
        [*colour, pattern, *second, scale, c.low, c.high, c.sleeve, kind,
         c.gap_low, c.gap_high, c.v_depth, phase, nir, warm, grain, shine], np.float32
    )  # fmt: skip


_PATTERN = {
    name: code
    for code, name in enumerate(
        ("plain", "striped", "checked", "dotted", "two-colour", "printed", "logo")
    )
}


def _garment(
    garment: Garment, cut: Cut | None, kind: int, rng: np.random.Generator, warm: float,
    shine: float = 0.03,
) -> Floats:  # fmt: skip
    first, second = garment_colours(garment)
    scale = {"striped": rng.uniform(7, 22), "checked": rng.uniform(9, 24),
             "dotted": rng.uniform(12, 26), "printed": rng.uniform(7, 20)}.get(garment.pattern, 10.0)  # fmt: skip
    return material(
        first, second, _PATTERN[garment.pattern], scale, cut, kind, float(rng.uniform()),
        garment.near_infrared, warm + rng.uniform(-0.06, 0.06), 0.55 + 0.45 * garment.looseness,
        shine,
    )  # fmt: skip


def _shell(figure: Figure, fit: Fit, cut: Cut, slot: int, meshes: list[Mesh]) -> Floats:
    """Copy the part of the body that the cut may show, moved out to the cloth's surface."""
    surface = drape(figure, fit)
    z, arm = figure.vertices[:, 2], figure.arm
    margin = 0.05 * figure.stature
    on_arm = arm > 0.04
    keep = np.where(
        on_arm, arm < cut.sleeve + 0.15, (z > cut.low - margin) & (z < cut.high + margin)
    )
    faces = figure.faces[keep[figure.faces].all(1)]
    used = np.unique(faces)
    lookup = np.zeros(len(z), np.int32)
    lookup[used] = np.arange(len(used))
    rest = figure.vertices[used].copy()
    meshes.append(
        Mesh(surface[used], lookup[faces], figure.weights[used], rest, arm[used], slot)
    )  # fmt: skip
    return surface


def _bottom(
    garment: Garment, figure: Figure, crotch: float, waist: float, meshes: list[Mesh],
    hangings: list[Hanging], materials: dict[int, Floats], rng: np.random.Generator,
) -> tuple[float, Floats | None]:  # fmt: skip
    """Add the lower garment; returns its hem and, for trousers, its surface."""
    s, ankle, knee = figure.stature, figure.level("foot.L"), figure.level("lowerleg01.L")
    kind = garment.kind
    loose = garment.looseness
    if kind in ("short skirt", "long skirt"):
        hem = rng.uniform(knee * 0.95, knee * 1.35) if kind == "short skirt" else rng.uniform(
            ankle * 1.4, knee * 0.72)  # fmt: skip
        fit = Fit(0.012, 0.3 + 0.7 * loose)
        flare = (0.01 + 0.2 * loose) * s * (waist - hem) / (0.4 * s)
        hangings.append(hanging(figure, waist + 0.03 * s, hem, fit, flare, BOTTOM, loose))
        materials[BOTTOM] = _garment(garment, None, CLOTH, rng, 0.5)
        return hem, None
    low = {
        "shorts": rng.uniform(knee * 0.9, knee * 1.3),
        "leggings": ankle * rng.uniform(1.05, 1.9),
    }.get(kind, ankle * rng.uniform(0.15, 1.05))
    shape = {"leggings": 0.0, "shorts": 0.25 * loose}.get(kind, rng.uniform(-0.25, 0.4))
    fit = Fit(
        0.004 if kind == "leggings" else 0.010 + 0.008 * loose,
        0.0, 0.3, 0.0 if kind == "leggings" else 0.15 + 0.85 * loose, shape,
    )  # fmt: skip
    cut = Cut(low, waist + 0.035 * s, -1.0)
    surface = _shell(figure, fit, cut, BOTTOM, meshes)
    code = DENIM if kind == "jeans" else CLOTH
    materials[BOTTOM] = _garment(garment, cut, code, rng, 0.5)
    return low, surface


def _top_cut(
    person: Person, figure: Figure, neck: float, crotch: float, waist: float,
    rng: np.random.Generator,
) -> tuple[Cut, Fit, float]:  # fmt: skip
    s, top = figure.stature, person.top
    loose = top.looseness
    knee, ankle = figure.level("lowerleg01.L"), figure.level("foot.L")
    sleeve = {"t-shirt": rng.uniform(0.3, 0.52), "polo shirt": rng.uniform(0.28, 0.45),
              "tank top": 0.02, "blouse": rng.uniform(0.4, 1.0),
              "dress": rng.choice([0.02, 0.35, 0.6, 0.98]),
              "shirt": rng.choice([0.45, 0.98], p=[0.2, 0.8])}.get(top.kind, 0.99)  # fmt: skip
    v_depth = {"tank top": 0.05, "blouse": 0.05, "dress": rng.choice([0.0, 0.07]),
               "shirt": 0.04, "polo shirt": 0.035}.get(top.kind, 0.0) * s  # fmt: skip
    high = neck - {"tank top": 0.025, "dress": 0.015, "blouse": 0.012}.get(top.kind, 0.0) * s
    hem = crotch + rng.uniform(-0.02, 0.07) * s - 0.05 * s * loose
    if top.kind == "dress":
        hem = rng.uniform(knee * 0.8, knee * 1.3) if rng.random() < 0.65 else rng.uniform(
            ankle * 1.5, knee * 0.7)  # fmt: skip
    thick = {"sweater": 0.018, "hoodie": 0.022, "overalls": 0.016}.get(top.kind, 0.010)
    fit = Fit(thick + 0.010 * loose, 0.1 + 0.7 * loose, 0.15 + 0.85 * loose,
              0.25 + 0.75 * loose, 0.1)  # fmt: skip
    low = waist - 0.025 * s
    if top.kind == "overalls":
        low = ankle * 0.6
    return Cut(low, high, float(sleeve), 0, 0, float(v_depth)), fit, hem


def _outer(
    garment: Garment, inner: Fit, figure: Figure, neck: float, crotch: float, waist: float,
    meshes: list[Mesh], hangings: list[Hanging], materials: dict[int, Floats],
    rng: np.random.Generator, beneath: Floats | None,
) -> Cut:  # fmt: skip
    s, kind, loose = figure.stature, garment.kind, garment.looseness
    knee = figure.level("lowerleg01.L")
    vest = "vest" in kind
    opened = kind.startswith("open") or (vest and rng.random() < 0.4)
    long = "coat" in kind
    hem = (
        rng.uniform(knee * 0.75, knee * 1.35) if long
        else crotch + rng.uniform(-0.05, 0.06) * s
    )  # fmt: skip
    if kind == "suit jacket":
        hem = crotch - rng.uniform(0.02, 0.06) * s
    offset = inner.offset + {"vest": 0.012, "high-visibility vest": 0.01}.get(
        kind, 0.013 + (0.012 if long else 0.006)) + 0.008 * loose  # fmt: skip
    fit = Fit(offset, max(inner.trunk, 0.2 + 0.6 * loose), max(inner.sleeve, 0.25 + 0.7 * loose))
    gap = rng.uniform(0.028, 0.075) * s if opened else 0.0
    v_depth = 0.13 * s if kind == "suit jacket" else (0.07 * s if vest else 0.0)
    if kind in ("jacket", "coat") and rng.random() < 0.35:
        v_depth = rng.uniform(0.04, 0.09) * s
    cut = Cut(waist - 0.02 * s, neck + (0.0 if vest else 0.008 * s), 0.03 if vest else 1.01,
              gap * rng.uniform(0.7, 1.5), gap, v_depth)  # fmt: skip
    _shell(figure, fit, cut, OUTER, meshes)
    code = VISIBILITY if kind == "high-visibility vest" else (
        BUTTONS if not opened and kind in ("coat", "suit jacket") else CLOTH)  # fmt: skip
    materials[OUTER] = _garment(garment, cut, code, rng, 0.3 - 0.12 * loose,
                                0.25 if kind == "raincoat" else 0.04)  # fmt: skip
    flare = (0.01 + 0.055 * loose) * s if long else 0.015 * s * loose
    hangings.append(
        hanging(figure, waist + 0.01 * s, hem, fit, flare, OUTER, 0.3 * loose * long, beneath)
    )
    if not vest:
        _collar(garment, figure, fit, OUTER, neck, meshes)
    return cut


def _collar(
    garment: Garment, figure: Figure, fit: Fit, slot: int, neck: float, meshes: list[Mesh]
) -> None:
    s = figure.stature
    at = figure.joints[BONE["neck01"]]
    radius = 0.036 * s + fit.offset * 0.6
    kind = garment.kind
    if kind in ("hoodie", "raincoat"):
        angle = np.linspace(-0.15 * np.pi, 1.15 * np.pi, 13)
        path = np.stack([np.cos(angle) * radius * 1.45, at[1] + np.sin(angle) * radius * 1.5,
                         neck + 0.008 * s + 0.016 * s * np.sin(angle)], 1)  # fmt: skip
        size = (0.014 + 0.026 * np.clip(np.sin(angle), 0, 1)) * s
        points, faces = tube(path, np.stack([size, size * 1.15], 1), 8)
        attach(meshes, points, faces, "spine02", slot)
        return
    tall = {"shirt": 0.02, "polo shirt": 0.016, "jacket": 0.026, "open jacket": 0.028,
            "coat": 0.034, "open coat": 0.036, "suit jacket": 0.02, "overalls": 0.018,
            "sweater": 0.008, "t-shirt": 0.004}.get(kind)  # fmt: skip
    if tall is None:
        return
    opening = 0.06 if kind in ("sweater", "t-shirt") else 0.22
    angle = np.linspace(-0.5 * np.pi + opening, 1.5 * np.pi - opening, 21)
    rows = []
    for height, grow in ((-0.6, 1.12), (0.5, 1.0), (1.0, 1.04), (0.1, 1.3)):
        front = 0.5 * (1 - np.sin(angle)) * 0.024 * s
        rows.append(np.stack([np.cos(angle) * radius * grow * 1.05,
                              at[1] + np.sin(angle) * radius * grow * 1.05 - 0.004 * s,
                              neck + 0.012 * s + height * tall * s - front], 1))  # fmt: skip
    points = np.concatenate(rows).astype(np.float32)
    attach(meshes, points, grid_faces(4, 21, closed=False), "spine02", slot)


def attach(
    meshes: list[Mesh], points: Floats, faces: np.ndarray, bone: str, slot: int  # type: ignore[type-arg]
) -> None:  # fmt: skip
    meshes.append(
        Mesh(points, faces, bone_weights(BONE[bone], len(points)), points,
             np.full(len(points), UNCUT, np.float32), slot)
    )  # fmt: skip


def _feet(
    shoes: Garment, figure: Figure, meshes: list[Mesh], materials: dict[int, Floats],
    hem: float, rng: np.random.Generator,
) -> None:  # fmt: skip
    s, ankle = figure.stature, figure.level("foot.L")
    top = {"boots": ankle * 2.6, "high boots": figure.level("lowerleg01.L") * 0.85,
           "sneakers": ankle * 1.15, "sandals": ankle * 0.42}.get(shoes.kind, ankle * 0.95)  # fmt: skip
    thick = {"boots": 0.014, "high boots": 0.012, "sneakers": 0.012, "sandals": 0.005}.get(
        shoes.kind, 0.009)  # fmt: skip
    if BOTTOM in materials and materials[BOTTOM][8] > 0 and hem < top:
        if shoes.kind == "high boots":  # trousers tucked into the boots
            materials[BOTTOM][8] = top - 0.012 * s
        else:  # trousers fall over the boots
            top = min(top, hem + 0.02 * s)
    surface = figure.vertices + figure.normals * thick * s / 1.7
    z = figure.vertices[:, 2]
    keep = z < top + 0.02 * s
    keep &= figure.leg_share > 0.5
    faces = figure.faces[keep[figure.faces].all(1)]
    used = np.unique(faces)
    lookup = np.zeros(len(z), np.int32)
    lookup[used] = np.arange(len(used))
    points = surface[used].copy()
    points[:, 2] = np.maximum(points[:, 2], -0.004 * s)
    low = figure.vertices[used, 2] < ankle * 0.9
    points[low, 1] = np.where(points[low, 1] < -0.04, points[low, 1] * 1.06, points[low, 1])
    cut = Cut(-1.0, top, 9)
    full = np.full(len(used), -1.0, np.float32)
    meshes.append(
        Mesh(points, lookup[faces], figure.weights[used], figure.vertices[used], full, SHOES)
    )
    # The sole: the same shape pressed to the floor and a little wider.
    sole = points.copy()
    under = figure.vertices[used, 2] < ankle * 0.5
    for side, sign in (("L", 1), ("R", -1)):
        here = sole[:, 0] * sign > 0
        centre = np.array([figure.joints[BONE[f"foot.{side}"], 0], -0.04 * s])
        sole[here, :2] += (sole[here, :2] - centre) * 0.06
    sole[:, 2] = np.clip(sole[:, 2], -0.012 * s, 0.008 * s)
    keep_sole = under[lookup[faces]].all(1)
    meshes.append(
        Mesh(
            sole, lookup[faces][keep_sole], figure.weights[used], figure.vertices[used], full, SOLE
        )
    )
    materials[SHOES] = _garment(shoes, cut, CLOTH, rng, 0.4, 0.2)
    materials[SHOES][18] = 0.1
    pale = rng.random() < (0.7 if shoes.kind == "sneakers" else 0.2)
    materials[SOLE] = material(np.full(3, 0.65 if pale else 0.02, np.float32), nir=0.6, warm=0.3)


def surface_radius(figure: Figure, height: float, angle: float, fit_offset: float) -> float:
    """Radius of the trunk at a height (metres) and angle (radians), plus an offset."""
    row = int(np.clip(round(height / figure.top_level * (LEVELS - 1)), 0, LEVELS - 1))
    column = round(angle / (2 * np.pi) * ANGLES) % ANGLES
    return float(figure.torso_radius[row, column]) + fit_offset
