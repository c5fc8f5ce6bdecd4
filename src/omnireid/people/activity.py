"""What a person does in a moment: walk, stand, bend, sit, ride or push a bicycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.body import BONE, Floats
from omnireid.people.carrying import bag_hand
from omnireid.people.figure import Figure
from omnireid.people.props import BRACKET, CRANK, SADDLE, SADDLE_Y, prop_materials

ACTIVITIES = ("walk", "stand", "bend", "sit", "ride", "push")
_SHARES = {"walk": 0.7, "stand": 0.2, "bend": 0.025, "sit": 0.02, "ride": 0.035, "push": 0.02}
_SPREAD = ("long skirt", "short skirt")
_LONG = ("coat", "open coat", "raincoat")


@dataclass(frozen=True, eq=False)
class Placed:
    """A thing beside or under the person, where it stands, and of what it is made."""

    kind: str  # "bicycle" | "stool"
    place: Floats  # (4, 4)
    materials: Floats  # of `prop_materials`


def choose_activity(person: Person, rng: np.random.Generator, upright: bool = False) -> str:
    """What the person does; with both hands full or in a skirt or coat nobody rides or sits."""
    shares = dict(_SHARES)
    skirted = person.bottom is None or person.bottom.kind in _SPREAD
    coated = person.outer is not None and person.outer.kind in _LONG
    if skirted or coated or upright:
        shares["sit"] = shares["ride"] = 0.0
    cased = person.bag is not None and person.bag.kind == "suitcase"
    if person.held is not None or cased or person.age == "child" or upright:
        shares["ride"] = shares["push"] = 0.0
    if upright:
        shares["bend"] = 0.0
    weights = np.array([shares[name] for name in ACTIVITIES])
    return str(rng.choice(ACTIVITIES, p=weights / weights.sum()))


def leg(
    figure: Figure, ankle: tuple[float, float], hip: tuple[float, float]
) -> tuple[float, float]:
    """Thigh swing to the front and bend of the knee that bring the ankle to a point.

    Points are how far to the front and how high, in metres; what is out of reach is reached for.
    """
    joints = figure.joints
    thigh = np.linalg.norm(joints[BONE["lowerleg01.L"]] - joints[BONE["upperleg01.L"]])
    shin = np.linalg.norm(joints[BONE["foot.L"]] - joints[BONE["lowerleg01.L"]])
    ahead, down = ankle[0] - hip[0], hip[1] - ankle[1]
    far = float(np.clip(np.hypot(ahead, down), abs(thigh - shin) + 0.01, thigh + shin - 0.005))
    lift = np.arccos((thigh**2 + far**2 - shin**2) / (2 * thigh * far))
    knee = np.pi - np.arccos((thigh**2 + shin**2 - far**2) / (2 * thigh * shin))
    return float(np.arctan2(ahead, down) + lift), float(knee)


def pedalling(figure: Figure, phase: float) -> tuple[dict[str, tuple[float, float]], float]:
    """Swing and bend of each leg on the pedals, and how far the body is lifted."""
    scale = bicycle_scale(figure)
    hip_rest = figure.level("upperleg01.L")
    ankle_rest = figure.level("foot.L")
    hip_high = SADDLE * scale + 0.03 * figure.stature
    legs = {}
    for side, turned in (("L", phase), ("R", phase + np.pi)):
        ahead = (SADDLE_Y - BRACKET[0] + CRANK * np.cos(turned)) * scale
        high = (BRACKET[1] + CRANK * np.sin(turned)) * scale + ankle_rest
        legs[side] = leg(figure, (ahead - 0.03, high), (0.0, hip_high))
    return legs, hip_high - hip_rest


def bicycle_scale(figure: Figure) -> float:
    """Bicycles fit their riders, within limits."""
    return float(np.clip(figure.level("upperleg01.L") / 0.9, 0.78, 1.12))


def placed(
    activity: str, figure: Figure, person: Person, transforms: Floats, rng: np.random.Generator
) -> Placed | None:
    """The thing that goes with an activity, where the posed person needs it."""
    if activity not in ("sit", "ride", "push"):
        return None
    hips = (transforms[0] @ np.append(figure.joints[BONE["upperleg01.L"]], 1.0))[:3]
    place = np.eye(4)
    if activity == "sit":
        top = float(hips[2]) - 0.045 * figure.stature
        place[:3, :3] = np.diag([1.0, 1.0, max(top, 0.1)])
        place[1, 3] = float(hips[1]) + 0.06 * figure.stature
        return Placed("stool", place.astype(np.float32), prop_materials(rng))
    scale = bicycle_scale(figure)
    place[:3, :3] *= scale
    place[1, 3] = float(hips[1]) - SADDLE_Y * scale
    if activity == "push":
        free = "L" if bag_hand(person) == "R" else "R"
        place[0, 3] = (0.36 if free == "L" else -0.36) * figure.stature / 1.7
        place[1, 3] = figure.axis_y + rng.uniform(-0.1, 0.1)
    return Placed("bicycle", place.astype(np.float32), prop_materials(rng))
