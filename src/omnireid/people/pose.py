"""Poses: walking by phase, standing, carrying, bending; as rotations about joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnireid.people.activity import pedalling
from omnireid.people.attributes import Person
from omnireid.people.body import BONE, Floats
from omnireid.people.carrying import bag_hand, held_hand
from omnireid.people.figure import Figure, chain


@dataclass(frozen=True)
class Gait:
    """How one person walks: kept over all views of an identity."""

    stride: float
    swing: float
    stoop: float
    splay: float  # how far the arms stand off
    bounce: float


def make_gait(person: Person, rng: np.random.Generator) -> Gait:
    """A gait from age, build and chance."""
    old = person.age == "elder"
    return Gait(
        stride=rng.uniform(0.22, 0.36) if old else rng.uniform(0.32, 0.52),
        swing=rng.uniform(0.15, 0.55) * (0.6 if old else 1.0),
        stoop=rng.uniform(0.08, 0.3) if old else rng.uniform(-0.03, 0.09),
        splay=rng.uniform(0.08, 0.2) + (0.08 if person.build == "heavy" else 0.0)
        + (0.05 if person.outer is not None else 0.0),
        bounce=rng.uniform(0.0, 0.05),
    )  # fmt: skip


_LEAN = {"bend": 0.7, "ride": 0.42, "sit": 0.1, "push": 0.1}


def turn(axis: str, angle: float) -> Floats:
    """Rotation about x, y or z by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    if axis == "x":
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == "y":
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def pose(
    figure: Figure, person: Person, gait: Gait, rng: np.random.Generator, activity: str = "walk",
    phase: float | None = None,
) -> Floats:  # fmt: skip
    """Bone transforms (J, 4, 4) of one moment of an activity, feet on the ground or the pedals."""
    phase = rng.uniform(0, 2 * np.pi) if phase is None else phase
    walking = activity in ("walk", "push")
    stride = gait.stride * rng.uniform(0.7, 1.15) if walking else rng.uniform(0.0, 0.06)
    long_skirt = person.bottom is not None and person.bottom.kind == "long skirt"
    if long_skirt or person.top.kind == "dress":
        stride *= 0.7
    rotations: dict[str, Floats] = {}
    riding, lifted = pedalling(figure, phase) if activity == "ride" else ({}, 0.0)
    for side, offset, sign in (("L", 0.0, 1), ("R", np.pi, -1)):
        p = phase + offset
        thigh = stride * np.sin(p) + 0.05 * walking
        bend = (0.12 + 1.05 * max(0.0, np.cos(p + 0.35)) ** 1.5) * min(stride * 2.4, 1.0)
        spread = 0.0 if walking else rng.uniform(-0.01, 0.07)
        if activity == "ride":
            thigh, bend = riding[side]
        elif activity == "sit":
            thigh = rng.uniform(1.3, 1.55)
            bend = thigh + rng.uniform(-0.25, 0.2)
        # Positive thigh swings the leg to the front (-y); the knee folds the shin to the back.
        rotations[f"upperleg01.{side}"] = turn("y", -sign * spread) @ turn("x", -thigh)
        rotations[f"lowerleg01.{side}"] = turn("x", bend)
        level = thigh - bend  # of the sole, as far as ankles turn
        sole = thigh * 0.55 - bend * 0.6 if activity not in ("ride", "sit") else 0.9 * level
        rotations[f"foot.{side}"] = turn("x", sole)
        rotations |= _arm(figure, person, gait, side, sign, p, activity, rng)
    lean = gait.stoop + rng.normal(0, 0.03) + _LEAN.get(activity, 0.0)
    twist = 0.12 * np.sin(phase) * walking
    rotations["spine04"] = turn("z", twist) @ turn("x", lean * 0.6)
    rotations["spine02"] = turn("z", -2 * twist) @ turn("x", lean * 0.4)
    nod = rng.normal(0.02, 0.1) - lean * 0.5
    rotations["neck01"] = turn("z", rng.normal(0, 0.12)) @ turn("x", nod * 0.5)
    rotations["head"] = turn("z", rng.normal(0, 0.22)) @ turn("x", nod * 0.5)
    if activity == "ride":
        return chain(figure.joints, rotations, np.array([0.0, 0.0, lifted]))
    return _grounded(figure, chain(figure.joints, rotations))


def _arm(
    figure: Figure, person: Person, gait: Gait, side: str, sign: int, phase: float, activity: str,
    rng: np.random.Generator,
) -> dict[str, Floats]:  # fmt: skip
    shoulder, wrist = (
        figure.joints[BONE[f"upperarm01.{side}"]],
        figure.joints[BONE[f"wrist.{side}"]],
    )
    line = wrist - shoulder
    # The rest pose holds the arms out; lower them to `splay` off the vertical.
    down = np.arctan2(abs(line[0]), -line[2]) - gait.splay
    lower = turn("y", sign * down)
    walking = activity in ("walk", "push")
    held = person.held.kind if person.held is not None else "none"
    swing = -gait.swing * np.sin(phase) if walking else rng.normal(0, 0.06)
    elbow = rng.uniform(0.1, 0.35) + max(swing, 0) * 0.5
    inward = 0.0
    holds = held_hand(person) == side
    if held == "box":
        swing, elbow, inward = 0.35, 1.15, 0.25
    elif held == "umbrella" and holds:
        swing, elbow, inward = 0.5, 1.9, 0.35
    elif held == "phone" and holds:
        swing, elbow = (0.45, 2.1) if rng.random() < 0.5 else (0.3, 1.5)
        inward = 0.2
    elif activity == "ride":
        swing, elbow = 1.1 + gait.splay, 0.25
    elif activity == "push" and bag_hand(person) != side:
        swing, elbow, inward = 0.3, 0.9, -0.15 if held_hand(person) == side else 0.5
    elif activity == "sit":
        swing, elbow, inward = rng.uniform(0.2, 0.6), rng.uniform(0.5, 1.3), 0.2
    elif bag_hand(person) == side:
        swing, elbow = swing * 0.35, 0.08
    elif not walking and rng.random() < 0.2:  # hands in front or in pockets
        swing, elbow, inward = 0.1, rng.uniform(0.6, 1.3), 0.3
    result: dict[str, Floats] = {f"upperarm01.{side}": turn("x", -swing) @ lower}
    # The elbow folds about the axis that lowering turned into the person's x axis.
    fold = lower.T @ (turn("z", -sign * inward) @ turn("x", -elbow)) @ lower
    result[f"lowerarm01.{side}"] = fold
    return result


def _grounded(figure: Figure, transforms: Floats) -> Floats:
    feet = figure.vertices[:, 2] < figure.level("foot.L")
    some = np.flatnonzero(feet)[::3]
    blended = (figure.weights[some] @ transforms.reshape(len(transforms), 16)).reshape(-1, 4, 4)
    z = np.einsum("vb,vb->v", blended[:, 2, :3], figure.vertices[some]) + blended[:, 2, 3]
    moved = transforms.copy()
    moved[:, 2, 3] -= z.min()
    return moved
