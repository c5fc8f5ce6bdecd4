"""Which hand holds what: meshes and poses must agree on it."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.body import BONE, Floats
from omnireid.people.figure import Figure

IN_HAND = ("handbag", "suitcase", "plastic bag")


def bag_hand(person: Person) -> str | None:
    """The hand, "L" or "R", that holds the bag; None for no bag or one on the shoulder."""
    if person.bag is None or person.bag.kind not in IN_HAND:
        return None
    return "LR"[person.seed % 2]


def held_hand(person: Person) -> str:
    """The hand for what is held: the free one."""
    return "L" if bag_hand(person) == "R" else "R"


def palm(figure: Figure, side: str) -> Floats:
    """A point inside the closed hand."""
    wrist, elbow = (
        figure.joints[BONE[f"wrist.{side}"]],
        figure.joints[BONE[f"lowerarm01.{side}"]],
    )
    line = wrist - elbow
    result: Floats = wrist + line * np.float32(0.045 * figure.stature / np.linalg.norm(line))
    return result
