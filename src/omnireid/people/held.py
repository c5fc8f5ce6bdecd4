"""Things held: phone, tool, box, umbrella."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.carrying import held_hand, palm
from omnireid.people.clothing import CLOTH, DARK, HELD, Outfit, thing_material
from omnireid.people.mesh import ellipsoid, rounded_box, tube


def add_held(outfit: Outfit, person: Person) -> None:
    """Add what a person holds, if anything."""
    held = person.held
    if held is None or held.kind == "none":
        return
    figure, rng, s = outfit.figure, outfit.rng, outfit.figure.stature
    outfit.materials[HELD] = thing_material(held, rng, 0.1, 0.2, 0.1, CLOTH)
    side = held_hand(person)
    hand, wrist = palm(figure, side), f"wrist.{side}"
    chest = figure.level("spine02")
    if held.kind == "phone":
        size = np.array([0.012, 0.022, 0.042]) * s
        outfit.add(rounded_box(hand + np.array([0, -0.02 * s, 0]), size, 8), wrist, HELD)
    elif held.kind == "tool":
        path = hand + np.array([0, -1.0, 0]) * np.linspace(-0.05, 0.17, 4)[:, None] * s
        outfit.add(tube(path, np.array([0.007, 0.007, 0.007, 0.008]) * s, 6), wrist, HELD)
        outfit.add(rounded_box(path[-1], np.array([0.03, 0.012, 0.014]) * s), wrist, HELD)
    elif held.kind == "box":
        size = np.array([rng.uniform(0.09, 0.13), 0.075, rng.uniform(0.05, 0.09)]) * s
        at = (0.0, figure.axis_y - 0.20 * s, chest - 0.03 * s)
        outfit.add(rounded_box(at, size, 12), "spine04", HELD)
    else:  # an umbrella, open above the head
        x = 0.06 * s * (1 if side == "L" else -1)
        radius, top = rng.uniform(0.26, 0.33) * s, 1.16 * s
        at = (x, figure.axis_y - 0.05 * s, top - 0.1 * s)
        outfit.add(ellipsoid(at, (radius, radius, 0.14 * s), 10, 24, low=0.25), "spine02", HELD)
        pole = [
            (x, figure.axis_y - 0.05 * s, top + 0.06 * s),
            (x, figure.axis_y - 0.15 * s, chest),
        ]
        outfit.add(tube(pole, [0.005 * s] * 2, 5), "spine02", DARK)
