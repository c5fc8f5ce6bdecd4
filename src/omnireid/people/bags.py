"""Bags on the back, at the side and in the hand, with their straps."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.body import BONE
from omnireid.people.carrying import bag_hand, palm
from omnireid.people.clothing import (
    BAG,
    CLOTH,
    STRAP,
    Outfit,
    layers_over_back,
    material,
    surface_radius,
    thing_material,
    trunk_weights,
)  # fmt: skip
from omnireid.people.mesh import rounded_box, tube
from omnireid.people.palette import garment_colours


def add_bag(outfit: Outfit, person: Person) -> None:
    """Add the bag of a person, if there is one."""
    bag = person.bag
    if bag is None or bag.kind == "none":
        return
    first, second = garment_colours(bag)
    outfit.materials[BAG] = thing_material(bag, outfit.rng, 0.12, 0.35, 0.1, CLOTH)
    strap = second if bag.pattern != "plain" else first * np.float32(0.6)
    outfit.materials[STRAP] = material(
        strap, kind=CLOTH, nir=bag.near_infrared * 0.8, warm=0.2, grain=0.2
    )
    side = bag_hand(person)
    if side is not None:
        _add_in_hand(outfit, bag, side)
    elif bag.kind == "backpack":
        _add_backpack(outfit)
    else:
        _add_shoulder_bag(outfit)


def _add_backpack(outfit: Outfit) -> None:
    figure, rng, s = outfit.figure, outfit.rng, outfit.figure.stature
    thick = layers_over_back(outfit)
    size = np.array([rng.uniform(0.075, 0.105), rng.uniform(0.035, 0.075), rng.uniform(0.10, 0.15)])
    size = size * s
    z = figure.level("spine02") + rng.uniform(-0.01, 0.05) * s
    back = figure.axis_y + surface_radius(figure, z, np.pi / 2, thick) + size[1] * 0.8
    outfit.add(rounded_box((0, back, z), size, rng.uniform(3, 6)), "spine02", BAG)
    at = (0, back + size[1] * 0.9, z - size[2] * 0.35)
    outfit.add(rounded_box(at, size * np.array([0.75, 0.4, 0.5])), "spine02", STRAP)
    for sign in (-1, 1):
        _add_brace(outfit, sign, z, back - size[1] * 0.6, z + size[2] * 0.7, thick)


def _add_brace(
    outfit: Outfit, sign: int, middle: float, back: float, high: float, thick: float
) -> None:
    """A backpack's strap: over the shoulder, down the chest, back under the arm."""
    figure, s = outfit.figure, outfit.figure.stature
    x = sign * 0.052 * s
    over = figure.level("neck01") - 0.012 * s + thick * 0.4
    shoulder = figure.level(f"upperarm01.{'L' if sign > 0 else 'R'}")
    front = [
        (
            x,
            figure.axis_y - surface_radius(figure, h, -np.pi / 2 + sign * 0.35, thick) * 0.93,
            h,
        )
        for h in np.linspace(shoulder, middle - 0.05 * s, 5)
    ]
    last = front[-1]
    reach = surface_radius(figure, middle, 0.0, thick) * 0.98
    side = (sign * reach, figure.axis_y - 0.01 * s, middle - 0.07 * s)
    under = (
        (last[0] + side[0]) / 2,
        (last[1] + side[1]) / 2 - 0.01 * s,
        last[2] - 0.015 * s,
    )
    path = [
        (sign * 0.05 * s, back, high), (x, figure.axis_y + 0.03 * s, over),
        (x, figure.axis_y - 0.035 * s, over - 0.012 * s), *front, under, side,
    ]  # fmt: skip
    _add_ribbon(outfit, path, 0.013 * s, 0.006 * s)


def _add_shoulder_bag(outfit: Outfit) -> None:
    figure, rng, s = outfit.figure, outfit.rng, outfit.figure.stature
    thick = layers_over_back(outfit)
    sign = int(rng.choice([-1, 1]))
    z = figure.level("spine04") - rng.uniform(0.0, 0.07) * s
    size = np.array([0.03, rng.uniform(0.075, 0.11), rng.uniform(0.05, 0.085)]) * s
    x = surface_radius(figure, z, 0.0, thick + 0.03 * s)
    outfit.add(rounded_box((sign * x, figure.axis_y + 0.02 * s, z), size), "root", BAG)
    crossed = rng.random() < 0.7
    start = -sign * 0.06 * s if crossed else sign * 0.075 * s
    over, low = figure.level("neck01") - 0.02 * s + thick * 0.4, z + size[2] * 0.8
    halves = []
    for half, angle in ((-1, -np.pi / 2), (1, np.pi / 2)):
        line = []
        for t in np.linspace(0.06, 1, 7):
            h = over + (low - over) * t
            across = start + (sign * x - start) * t
            wide = max(surface_radius(figure, h, 0.0 if across > 0 else np.pi, thick), 0.01)
            deep = surface_radius(figure, h, angle, thick)
            y = figure.axis_y + half * deep * np.sqrt(max(1 - (across / wide) ** 2, 0.02))
            line.append((across, y, h))
        halves.append(line)
    path = [*halves[0][::-1], (start, figure.axis_y, over), *halves[1]]
    _add_ribbon(outfit, path, 0.009 * s, 0.005 * s)


def _add_ribbon(
    outfit: Outfit, path: list[tuple[float, float, float]], wide: float, thick: float
) -> None:
    points, faces = tube(path, np.tile([wide, thick], (len(path), 1)), 6)
    outfit.add((points, faces), trunk_weights(outfit.figure, points), STRAP)


def _add_in_hand(outfit: Outfit, bag: Garment, side: str) -> None:
    figure, rng, s = outfit.figure, outfit.rng, outfit.figure.stature
    hand, wrist = palm(figure, side), f"wrist.{side}"
    out = figure.joints[BONE[wrist]] - figure.joints[BONE[f"lowerarm01.{side}"]]
    out = out / np.linalg.norm(out)
    forward = np.array([0.0, 1.0, 0.0])
    frame = np.stack([np.cross(out, forward), forward, -out], 1)  # z up along the lowered arm
    if bag.kind == "handbag":
        size, drop, power = (
            (0.025, rng.uniform(0.06, 0.1), rng.uniform(0.045, 0.07)),
            0.10,
            5.0,
        )
    elif bag.kind == "plastic bag":
        size, drop, power = (
            (0.04, rng.uniform(0.06, 0.08), rng.uniform(0.075, 0.1)),
            0.115,
            2.4,
        )
        outfit.materials[BAG][19] = 0.4  # row 4: plastic shines
    else:  # a suitcase nearly reaches the floor from a lowered hand
        size, drop, power = (
            (0.055, rng.uniform(0.085, 0.12), rng.uniform(0.13, 0.16)),
            0.20,
            6.0,
        )
    half, drop = np.array(size) * s, drop * s
    box, faces = rounded_box((0, 0, -drop), half, power)
    if bag.kind == "plastic bag":  # drawn together at the top
        box[:, :2] *= 1 - 0.55 * np.clip((box[:, 2:3] + drop) / half[2], 0, 1)
    outfit.add(((hand + box @ frame.T).astype(np.float32), faces), wrist, BAG)
    t = np.linspace(0, np.pi, 9)
    rise = np.sin(t) * (drop - half[2]) - (drop - half[2])
    loop = np.stack([0 * t, np.cos(t) * half[1] * 0.5, rise], 1)
    outfit.add(tube(hand + loop @ frame.T, np.full(9, 0.004 * s), 5), wrist, STRAP)
