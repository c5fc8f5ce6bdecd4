"""Hair, hats, glasses and masks, bags and things held: what changes a person's outline."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.body import BONE, Floats, Ints
from omnireid.people.figure import Figure
from omnireid.people.mesh import (
    Mesh,
    bone_weights,
    ellipsoid,
    grid_faces,
    normals,
    rounded_box,
    tube,
)
from omnireid.people.palette import garment_colours, hair_colour
from omnireid.people.wardrobe import (
    BAG,
    DARK,
    HAIR,
    HAT,
    HELD,
    MASK,
    STRAP,
    UNCUT,
    Clothing,
    material,
    surface_radius,
)

Part = tuple[Floats, Ints]


def accessorise(
    person: Person, figure: Figure, clothing: Clothing, rng: np.random.Generator
) -> None:
    """Add hair, head wear, bag and held thing to a person's clothing."""
    _hair(person, figure, clothing, rng)
    if person.hat is not None and person.hat.kind != "none":
        _hat(person.hat, figure, clothing, rng)
    _face(person, figure, clothing)
    thickness = 0.03 + (0.03 if person.outer is not None else 0.0)
    if person.bag is not None and person.bag.kind != "none":
        _bag(person.bag, figure, clothing, thickness, rng)
    if person.held is not None and person.held.kind != "none":
        _held(person.held, figure, clothing, rng)


def skull(figure: Figure) -> tuple[Floats, Floats]:
    """Centre and radii of the head above the ears."""
    s = figure.stature
    head = figure.vertices[
        (figure.vertices[:, 2] > figure.level("head") + 0.012 * s) & (figure.arm_share < 0.1)
    ]
    low, high = head.min(0), head.max(0)
    radii = np.array([(high[0] - low[0]) / 2, (high[1] - low[1]) / 2, 0.0])
    radii[0] *= 0.93
    radii[2] = min(0.068 * s, (high[2] - figure.level("head")) * 0.75)
    centre = np.array([0.0, (high[1] + low[1]) / 2 + 0.004 * s, high[2] - radii[2]])
    return centre.astype(np.float32), radii.astype(np.float32)


def _add(clothing: Clothing, part: Part, bone: str | Floats, slot: int) -> None:
    points, faces = part
    weights = bone_weights(BONE[bone], len(points)) if isinstance(bone, str) else bone
    full = np.full(len(points), UNCUT, np.float32)
    clothing.meshes.append(Mesh(points, faces, weights, points, full, slot))


def _nearest(figure: Figure, points: Floats, arms: bool = False) -> Floats:
    keep = np.flatnonzero((figure.arm_share < 0.2) | arms)
    distance = ((points[:, None] - figure.vertices[keep][None]) ** 2).sum(2)
    return figure.weights[keep[distance.argmin(1)]]


def _hair(person: Person, figure: Figure, clothing: Clothing, rng: np.random.Generator) -> None:
    style = person.hair_style
    layers = 0.032 + (0.04 if person.outer is not None else 0.0)
    if style == "bald":
        return
    centre, radii = skull(figure)
    s = figure.stature
    if style == "covered":
        _scarf(person, figure, clothing, centre, radii, layers, rng)
        return
    hatted = person.hat is not None and person.hat.kind not in ("none", "wide hat")
    thick = {"short": rng.uniform(0.004, 0.010), "medium": rng.uniform(0.008, 0.014), "long": 0.010,
             "ponytail": 0.006, "bun": 0.006, "curly": rng.uniform(0.016, 0.034)}[style] * s  # fmt: skip
    if hatted:
        thick = min(thick, 0.007 * s)
    points, faces = ellipsoid(centre, radii + thick, 16, 26, low=-0.95)
    unit = (points - centre) / (radii + thick)
    # Hairline: high over the face, down to the nape at the back.
    line = np.where(
        unit[:, 1] < 0, 0.42 - 0.85 * np.clip(unit[:, 1] + 0.75, 0, 1), -0.25 - 0.55 * unit[:, 1]
    )
    line = line + {"short": 0.06}.get(style, -0.05)
    keep = unit[:, 2] > line
    keep_faces = faces[keep[faces].any(1)]
    sunk = np.where(keep, 1.0, 0.93)[:, None]
    points = (centre + (points - centre) * sunk).astype(np.float32)
    if style == "curly":
        bumps = np.sin(unit @ np.array([[17.0, 9, 13], [7, 19, -11], [-15, 5, 17]])).sum(
            1, keepdims=True
        )
        points = (points + unit * bumps * 0.003 * s).astype(np.float32)
    _add(clothing, (points, keep_faces), "head", HAIR)
    back = centre + np.array([0, radii[1], 0])
    if style in ("medium", "long"):
        length = rng.uniform(0.065, 0.10) * s if style == "medium" else rng.uniform(0.15, 0.27) * s
        _curtain(figure, clothing, centre, radii + thick, length, HAIR, layers)
    elif style == "ponytail":
        drop = rng.uniform(0.10, 0.2) * s
        start = back + np.array([0, 0.0, rng.uniform(-0.1, 0.6) * radii[2]])
        t = np.linspace(0, 1, 8)
        path = start + np.stack(
            [0 * t, 0.035 * s * np.sin(t * 2.2), 0.015 * s * np.sin(t * 3) - drop * t**1.3], 1
        )
        _add(
            clothing,
            tube(path, 0.016 * s * np.sin(np.pi * np.clip(t * 0.8 + 0.15, 0, 1)) + 0.003 * s),
            "head",
            HAIR,
        )
    elif style == "bun":
        up = rng.uniform(-0.2, 0.9)
        _add(
            clothing,
            ellipsoid(
                back + np.array([0, 0.008 * s, up * radii[2]]),
                np.full(3, rng.uniform(0.021, 0.03) * s),
            ),
            "head",
            HAIR,
        )


def _curtain(
    figure: Figure, clothing: Clothing, centre: Floats, radii: Floats, length: float, slot: int,
    thick: float, front: float = 0.22,
) -> None:  # fmt: skip
    """Hair or cloth that falls from ear over the back of the head to the other ear."""
    s = figure.stature
    angle = np.linspace(-front * np.pi, (1 + front) * np.pi, 19)
    rows = 9
    t = np.linspace(0, 1, rows)[:, None]
    z = centre[2] + 0.25 * radii[2] - t * (length + 0.5 * radii[2])
    wide = 1.0 + 0.18 * np.sin(t * np.pi * 0.6)
    x = np.cos(angle) * radii[0] * wide * 1.02
    y = centre[1] + np.sin(angle) * radii[1] * wide * 0.98
    # Below the chin the hair lies on shoulders and back.
    low = np.clip((figure.level("neck01") + 0.02 * s - z) / (0.05 * s), 0, 1)
    y = y + low * np.clip(np.sin(angle), 0.15, 1) * 0.022 * s
    lying = np.array([[surface_radius(figure, h, a, thick) for a in angle] for h in z[:, 0]])
    lying = figure.axis_y + lying * np.sin(angle)
    near_neck = np.clip((figure.level("neck01") + 0.05 * s - z) / (0.03 * s), 0, 1)
    collar = figure.joints[BONE["neck01"], 1] + (0.048 * s + thick * 0.7) * np.sin(angle)
    back = np.sin(angle) > 0.25
    y = np.where(back, np.maximum(y, y * (1 - near_neck) + collar * near_neck), y)
    y = np.where(back, np.maximum(y, y * (1 - low) + lying * low), y)
    y = np.where(back, np.maximum.accumulate(y, axis=0), y)  # hair falls straight
    points = np.stack([x, y, np.broadcast_to(z, x.shape)], -1).reshape(-1, 3).astype(np.float32)
    weights = bone_weights(BONE["head"], len(points))
    share = np.broadcast_to(0.6 * low, x.shape).reshape(-1)
    weights[:, BONE["head"]] -= share
    weights[:, BONE["spine02"]] += share
    _add(clothing, (points, grid_faces(rows, 19, closed=False)), weights, slot)


def _scarf(
    person: Person, figure: Figure, clothing: Clothing, centre: Floats, radii: Floats,
    layers: float, rng: np.random.Generator,
) -> None:  # fmt: skip
    s = figure.stature
    clothing.materials[HAIR][:4] = [*hair_colour(person.hair_colour), 0]
    tone = rng.uniform(0.02, 0.6, 3).astype(np.float32)
    clothing.materials[STRAP + 5] = material(
        tone, kind=1, nir=float(rng.uniform(0.3, 0.8)), warm=0.45, grain=0.6
    )
    points, faces = ellipsoid(centre, radii + 0.009 * s, 16, 26, low=-0.9)
    unit = (points - centre) / radii
    keep = (unit[:, 1] > -0.55) | (unit[:, 2] > 0.45)
    _add(clothing, (points, faces[keep[faces].any(1)]), "head", STRAP + 5)
    _curtain(figure, clothing, centre, radii + 0.008 * s, 0.09 * s, STRAP + 5, layers, front=0.38)
    neck = figure.joints[BONE["neck01"]]
    _add(
        clothing,
        ellipsoid(neck + np.array([0, -0.005 * s, 0.01 * s]), np.array([0.055, 0.05, 0.035]) * s),
        "neck01",
        STRAP + 5,
    )


def _hat(hat: Garment, figure: Figure, clothing: Clothing, rng: np.random.Generator) -> None:
    centre, radii = skull(figure)
    s = figure.stature
    first, second = garment_colours(hat)
    hard = hat.kind == "helmet"
    clothing.materials[HAT] = material(
        first, second, kind=0 if hard else 1, nir=hat.near_infrared, warm=0.35 if hard else 0.5,
        grain=0.0 if hard else 0.7, shine=0.5 if hard else 0.02,
    )  # fmt: skip
    grow = {
        "cap": 0.012,
        "beanie": 0.014 + 0.01 * hat.looseness,
        "helmet": 0.024,
        "wide hat": 0.012,
    }[hat.kind] * s
    tall = {
        "cap": 0.0,
        "beanie": 0.022 * hat.looseness * s,
        "helmet": 0.004 * s,
        "wide hat": 0.012 * s,
    }[hat.kind]
    size = radii + grow + np.array([0, 0, tall])
    low = {"cap": 0.30, "beanie": 0.12, "helmet": 0.22, "wide hat": 0.32}[hat.kind]
    points, faces = ellipsoid(centre, size, 12, 26, low=low)
    _add(clothing, (points, faces), "head", HAT)
    ring = np.sqrt(1 - low**2)
    z = centre[2] + low * size[2]
    if hat.kind == "beanie":
        angle = np.linspace(0, 2 * np.pi, 25)
        path = np.stack(
            [
                np.cos(angle) * size[0] * ring,
                centre[1] + np.sin(angle) * size[1] * ring,
                0 * angle + z,
            ],
            1,
        )
        _add(clothing, tube(path, np.full(25, 0.009 * s), 6), "head", HAT)
        return
    # Brims: a visor in front of caps, all around helmets and wide hats.
    out = {"cap": 0.050, "helmet": 0.016, "wide hat": rng.uniform(0.045, 0.075)}[hat.kind] * s
    angle = np.linspace(-np.pi, 0, 15) if hat.kind == "cap" else np.linspace(0, 2 * np.pi, 31)
    rows = []
    for reach in (0.0, 1.0):
        push = out * reach * (np.sin(-angle) ** 0.7 if hat.kind == "cap" else 1.0)
        push = np.nan_to_num(push)
        rows.append(np.stack([np.cos(angle) * (size[0] * ring + push * (0.3 if hat.kind == "cap" else 1)),
                              centre[1] + np.sin(angle) * (size[1] * ring + push),
                              0 * angle + z - reach * out * 0.22], 1))  # fmt: skip
    _add(
        clothing,
        (np.concatenate(rows).astype(np.float32), grid_faces(2, len(angle), closed=False)),
        "head",
        HAT,
    )


def _face(person: Person, figure: Figure, clothing: Clothing) -> None:
    centre, radii = skull(figure)
    s = figure.stature
    front = figure.vertices[figure.vertices[:, 2] > figure.level("head")][:, 1].min()
    if person.glasses:
        for sign in (-1, 1):
            lens = ellipsoid(
                (sign * 0.019 * s, front + 0.016 * s, centre[2] - 0.1 * radii[2]),
                (0.0135 * s, 0.009 * s, 0.010 * s),
                6,
                10,
            )
            _add(clothing, lens, "head", DARK)
            side = tube(
                [
                    (sign * 0.03 * s, front + 0.018 * s, centre[2] - 0.08 * radii[2]),
                    (sign * (radii[0] + 0.003 * s), centre[1], centre[2] - 0.08 * radii[2]),
                ],
                [0.0025 * s] * 2,
                5,
            )
            _add(clothing, side, "head", DARK)
    if person.mask:
        _add(
            clothing,
            ellipsoid(
                (0, front + 0.034 * s, centre[2] - 0.1 * radii[2] - 0.036 * s),
                (0.036 * s, 0.038 * s, 0.026 * s),
                10,
                14,
            ),
            "head",
            MASK,
        )


def _bag(
    bag: Garment, figure: Figure, clothing: Clothing, thickness: float, rng: np.random.Generator
) -> None:  # fmt: skip
    s = figure.stature
    first, second = garment_colours(bag)
    nir = bag.near_infrared
    patterned = {"plain": 0, "two-colour": 4}.get(bag.pattern, 0)
    del patterned
    clothing.materials[BAG] = material(
        first, second, kind=1, nir=nir, warm=0.12, grain=0.35, shine=0.1
    )
    strap_tone = second if bag.pattern != "plain" else first * 0.6
    clothing.materials[STRAP] = material(strap_tone, kind=1, nir=nir * 0.8, warm=0.2, grain=0.2)
    waist = figure.level("spine04")
    if bag.kind == "backpack":
        size = (
            np.array(
                [rng.uniform(0.075, 0.105), rng.uniform(0.035, 0.075), rng.uniform(0.10, 0.15)]
            )
            * s
        )
        z = figure.level("spine02") + rng.uniform(-0.01, 0.05) * s
        back = figure.axis_y + surface_radius(figure, z, np.pi / 2, thickness) + size[1] * 0.8
        _add(clothing, rounded_box((0, back, z), size, rng.uniform(3, 6)), "spine02", BAG)
        pocket = rounded_box(
            (0, back + size[1] * 0.9, z - size[2] * 0.35), size * np.array([0.75, 0.4, 0.5])
        )
        _add(clothing, pocket, "spine02", STRAP)
        for sign in (-1, 1):
            _strap(
                figure,
                clothing,
                [(sign * 0.5, back - size[1] * 0.6, z + size[2] * 0.7)],
                sign,
                z,
                thickness,
            )
    elif bag.kind == "shoulder bag":
        sign = rng.choice([-1, 1])
        z = waist - rng.uniform(0.0, 0.07) * s
        size = np.array([0.03, rng.uniform(0.075, 0.11), rng.uniform(0.05, 0.085)]) * s
        x = surface_radius(figure, z, 0.0, thickness + 0.03 * s)
        _add(clothing, rounded_box((sign * x, figure.axis_y + 0.02 * s, z), size), "root", BAG)
        _cross_strap(
            figure, clothing, sign, x, z + size[2] * 0.8, thickness, crossed=rng.random() < 0.7
        )
    else:
        sign = "L" if rng.random() < 0.5 else "R"
        hand = _hand(figure, sign)
        out = figure.joints[BONE[f"wrist.{sign}"]] - figure.joints[BONE[f"lowerarm01.{sign}"]]
        out = out / np.linalg.norm(out)
        side = np.array([0.0, 1.0, 0.0])
        across = np.cross(out, side)
        frame = np.stack([across, side, -out], 1)  # local z up along the arm towards the shoulder
        if bag.kind == "handbag":
            size, drop, power = (
                np.array([0.025, rng.uniform(0.06, 0.1), rng.uniform(0.045, 0.07)]) * s,
                0.10 * s,
                5.0,
            )
        elif bag.kind == "plastic bag":
            size, drop, power = (
                np.array([0.04, rng.uniform(0.06, 0.08), rng.uniform(0.075, 0.1)]) * s,
                0.115 * s,
                2.4,
            )
            clothing.materials[BAG][19] = 0.4
        else:  # suitcase: reaches the floor from a lowered hand
            size, drop, power = (
                np.array([0.055, rng.uniform(0.085, 0.12), rng.uniform(0.13, 0.16)]) * s,
                0.20 * s,
                6.0,
            )
        box, faces = rounded_box((0, 0, -drop), size, power)
        if bag.kind == "plastic bag":
            box[:, :2] *= 1 - 0.55 * np.clip((box[:, 2:3] + drop) / size[2], 0, 1)
        _add(clothing, ((hand + box @ frame.T).astype(np.float32), faces), f"wrist.{sign}", BAG)
        loop_t = np.linspace(0, np.pi, 9)
        loop = np.stack(
            [
                0 * loop_t,
                np.cos(loop_t) * size[1] * 0.5,
                np.sin(loop_t) * (drop - size[2]) - (drop - size[2]),
            ],
            1,
        )
        handle = tube(hand + loop @ frame.T, np.full(9, 0.004 * s), 5)
        _add(clothing, handle, f"wrist.{sign}", STRAP)


def _strap(
    figure: Figure,
    clothing: Clothing,
    start: list[tuple[float, float, float]],
    sign: int,
    z: float,
    thick: float,
) -> None:
    s = figure.stature
    shoulder = figure.joints[BONE[f"upperarm01.{'L' if sign > 0 else 'R'}"]]
    x = sign * 0.052 * s
    over = figure.level("neck01") - 0.012 * s + thick * 0.4
    front = [
        (x, figure.axis_y - surface_radius(figure, h, -np.pi / 2 + sign * 0.35, thick) * 0.93, h)
        for h in np.linspace(shoulder[2], z - 0.05 * s, 5)
    ]
    last = front[-1]
    side = (
        sign * surface_radius(figure, z, 0.0, thick) * 0.98,
        figure.axis_y - 0.01 * s,
        z - 0.07 * s,
    )
    path = np.array(
        [
            (sign * 0.05 * s, start[0][1], start[0][2]),
            (x, figure.axis_y + 0.03 * s, over),
            (x, figure.axis_y - 0.035 * s, over - 0.012 * s),
            *front,
            ((last[0] + side[0]) / 2, (last[1] + side[1]) / 2 - 0.01 * s, last[2] - 0.015 * s),
            side,
        ]
    )
    points, faces = tube(path, np.full((len(path), 2), 1.0) * np.array([0.013, 0.006]) * s, 6)
    _add(clothing, (points, faces), _nearest(figure, points), STRAP)


def _cross_strap(
    figure: Figure, clothing: Clothing, sign: int, x: float, z: float, thick: float, crossed: bool
) -> None:
    s = figure.stature
    shoulder_x = -sign * 0.06 * s if crossed else sign * 0.075 * s
    over = figure.level("neck01") - 0.02 * s + thick * 0.4
    path = []
    for half, angle in ((-1, -np.pi / 2), (1, np.pi / 2)):
        line = []
        for t in np.linspace(0.06, 1, 7):
            h = over + (z - over) * t
            px = shoulder_x + (sign * x - shoulder_x) * t
            wide = max(surface_radius(figure, h, 0.0 if px > 0 else np.pi, thick), 0.01)
            deep = surface_radius(figure, h, angle, thick)
            line.append(
                (px, figure.axis_y + half * deep * np.sqrt(max(1 - (px / wide) ** 2, 0.02)), h)
            )
        path += line[::-1] if half < 0 else [(shoulder_x, figure.axis_y, over), *line]
    points, faces = tube(
        np.array(path), np.full((len(path), 2), 1.0) * np.array([0.009, 0.005]) * s, 6
    )
    _add(clothing, (points, faces), _nearest(figure, points), STRAP)


def _hand(figure: Figure, side: str) -> Floats:
    wrist, elbow = figure.joints[BONE[f"wrist.{side}"]], figure.joints[BONE[f"lowerarm01.{side}"]]
    return wrist + (wrist - elbow) / np.linalg.norm(wrist - elbow) * 0.045 * figure.stature


def _held(held: Garment, figure: Figure, clothing: Clothing, rng: np.random.Generator) -> None:
    s = figure.stature
    first, second = garment_colours(held)
    clothing.materials[HELD] = material(
        first, second, kind=1, nir=held.near_infrared, warm=0.1, grain=0.2, shine=0.1
    )
    side = "R"
    if clothing.meshes and person_uses_right(clothing):
        side = "L"
    hand = _hand(figure, side)
    bone = f"wrist.{side}"
    along = hand - figure.joints[BONE[f"lowerarm01.{side}"]]
    along = along / np.linalg.norm(along)
    if held.kind == "phone":
        _add(
            clothing,
            rounded_box(hand + np.array([0, -0.02 * s, 0]), np.array([0.012, 0.022, 0.042]) * s, 8),
            bone,
            HELD,
        )
    elif held.kind == "tool":
        path = hand + np.array([0, -1.0, 0]) * np.linspace(-0.05, 0.17, 4)[:, None] * s
        _add(clothing, tube(path, np.array([0.007, 0.007, 0.007, 0.008]) * s, 6), bone, HELD)
        _add(clothing, rounded_box(path[-1], np.array([0.03, 0.012, 0.014]) * s), bone, HELD)
    elif held.kind == "box":
        at = np.array([0, figure.axis_y - 0.20 * s, figure.level("spine02") - 0.03 * s])
        size = np.array([rng.uniform(0.09, 0.13), 0.075, rng.uniform(0.05, 0.09)]) * s
        _add(clothing, rounded_box(at, size, 12), "spine04", HELD)
    else:  # umbrella: open above the head
        at = np.array([0.06 * s, figure.axis_y - 0.05 * s, figure.stature * 1.16])
        radius = rng.uniform(0.26, 0.33) * s
        _add(
            clothing,
            ellipsoid(at - np.array([0, 0, 0.1 * s]), (radius, radius, 0.14 * s), 10, 24, low=0.25),
            "spine02",
            HELD,
        )
        pole = np.array(
            [at + (0, 0, 0.06 * s), (0.06 * s, figure.axis_y - 0.15 * s, figure.level("spine02"))]
        )
        _add(clothing, tube(pole, [0.005 * s] * 2, 5), "spine02", DARK)


def person_uses_right(clothing: Clothing) -> bool:
    """Whether a bag already hangs from the right hand."""
    right = BONE["wrist.R"]
    return any(m.material == BAG and m.weights[0, right] > 0.5 for m in clothing.meshes)
