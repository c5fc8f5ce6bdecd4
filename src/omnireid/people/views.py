"""One identity in one moment: its colour, infrared and sketch pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnireid.people.activity import Placed, choose_activity, placed
from omnireid.people.body import Floats
from omnireid.people.identity import Identity
from omnireid.people.photograph import INFRARED_KINDS, colour_picture, infrared_picture
from omnireid.people.pose import pose, turn
from omnireid.people.renderer import (
    COLOUR,
    FORM,
    NEAR_INFRARED,
    THERMAL,
    Renderer,
    posed_outline,
)
from omnireid.people.scene import Camera, aim, scene_uniforms
from omnireid.people.sketch import SKETCH_STYLES, sketch_picture

SUPERSAMPLING = 1.25
"""Rendered pixels per stored pixel; cameras resample to their own resolution in between."""


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures of one view."""

    rgb: bytes
    infrared: bytes
    sketch: bytes
    infrared_kind: str
    sketch_style: str
    yaw: float
    box: tuple[float, float, float, float]
    frames: tuple[bytes, ...] = ()


def canvas(size: tuple[int, int]) -> tuple[int, int]:
    """Size that the renderer draws at for stored pictures of `size`."""
    return round(size[0] * SUPERSAMPLING), round(size[1] * SUPERSAMPLING)


# In the order of SKETCH_STYLES. Training never sees the marker.
_SKETCHES = (0.22, 0.19, 0.22, 0.13, 0.0, 0.11, 0.13)
_SKETCHES_SHIFTED = (0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.4)


def draw_view(
    renderer: Renderer, identity: Identity, camera: Camera, size: tuple[int, int],
    rng: np.random.Generator, shifted: bool, frames: int = 0,
) -> Pictures:  # fmt: skip
    """Draw the loaded identity once for each picture, each with its own pose and viewpoint.

    `frames` more colour pictures follow the first in time: one walk under one light.
    """
    yaw = _yaw(rng)
    seed = int(rng.integers(2**63))
    light = scene_uniforms(camera, yaw, rng, shifted)
    other = _passer_by(renderer, yaw, rng)
    phase, pace = rng.uniform(0, 2 * np.pi), rng.uniform(0.8, 1.4)
    taken = []
    for frame in range(frames + 1):
        # The same seed: only the phase of the walk moves on.
        moment = _moment(identity, np.random.default_rng(seed), phase=phase + pace * frame)
        seen = aim(posed_outline(identity, moment.transforms), camera, yaw, rng)
        drawn = renderer.draw(
            moment.transforms, seen, light, COLOUR, (0, 0, seen.distance, 1), passer_by=other,
            thing=moment.thing,
        )  # fmt: skip
        sensor = np.random.default_rng([seed, 1])  # one exposure for the walk
        taken.append((colour_picture(drawn.colour[..., :3], camera, size, sensor), seen))
    (rgb, shot), track = taken[0], tuple(picture for picture, _ in taken[1:])
    kind = str(rng.choice(INFRARED_KINDS, p=[0.6, 0.4]))
    infrared = _infrared(renderer, identity, camera, kind, size, rng, shifted)
    style = str(rng.choice(SKETCH_STYLES, p=_SKETCHES_SHIFTED if shifted else _SKETCHES))
    sketch = _sketch(renderer, identity, camera, style, size, rng)
    return Pictures(rgb, infrared, sketch, kind, style, yaw, shot.box, track)


def _yaw(rng: np.random.Generator) -> float:
    # People walk towards or away from cameras more often than across.
    centre = rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2], p=[0.34, 0.26, 0.2, 0.2])
    return float(centre + rng.normal(0, 0.45))


@dataclass(frozen=True, eq=False)
class _Moment:
    """A posed person, and the thing that it rides, pushes or sits on."""

    transforms: Floats
    thing: Placed | None


def _moment(
    identity: Identity, rng: np.random.Generator, upright: bool = False, phase: float | None = None
) -> _Moment:
    figure, person = identity.figure, identity.person
    activity = choose_activity(person, rng, upright)
    transforms = pose(figure, person, identity.gait, rng, activity, phase)
    thing = placed(activity, figure, person, transforms, rng)
    return _Moment(transforms, thing)


def _passer_by(renderer: Renderer, yaw: float, rng: np.random.Generator) -> Floats | None:
    """Another person in the picture now and then: mostly behind, seldom half in front."""
    other = renderer.passer_by
    if other is None or rng.random() > 0.3:
        return None
    activity = str(rng.choice(["walk", "stand"], p=[0.75, 0.25]))
    transforms = pose(other.figure, other.person, other.gait, rng, activity).astype(np.float64)
    back = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
    side = np.array([back[1], -back[0], 0.0])
    if rng.random() < 0.15:
        where = -back * rng.uniform(0.4, 0.9) + side * rng.choice([-1, 1]) * rng.uniform(0.4, 0.6)
    else:
        where = back * rng.uniform(0.5, 7.0) + side * rng.choice([-1, 1]) * rng.uniform(0.35, 1.3)
    placed = np.eye(4)
    placed[:3, :3] = turn("z", rng.uniform(0, 2 * np.pi))
    placed[:3, 3] = where
    result: Floats = (placed @ transforms).astype(np.float32)
    return result


def _infrared(
    renderer: Renderer, identity: Identity, camera: Camera, kind: str, size: tuple[int, int],
    rng: np.random.Generator, shifted: bool,
) -> bytes:  # fmt: skip
    yaw = _yaw(rng)
    moment = _moment(identity, rng)
    transforms, thing = moment.transforms, moment.thing
    shot = aim(posed_outline(identity, transforms), camera, yaw, rng)
    scene = scene_uniforms(camera, yaw, rng, shifted)
    other = _passer_by(renderer, yaw, rng)
    if kind == "near":
        lamp = shot.distance**2 * rng.uniform(0.5, 0.9)
        falloff = (rng.uniform(0.0, 0.12), 0.0, shot.distance, lamp)
        drawn = renderer.draw(
            transforms, shot, scene, NEAR_INFRARED, falloff, passer_by=other, thing=thing,
        )  # fmt: skip
    else:
        around = rng.uniform(0.08, 0.42)
        falloff = (0.05, 0.95, shot.distance, 1.0)
        warmth = (around + rng.normal(0, 0.04), around + rng.normal(0, 0.05),
                  around + rng.normal(0, 0.07), max(around - 0.1, 0.0))  # fmt: skip
        drawn = renderer.draw(
            transforms, shot, scene, THERMAL, falloff, warmth=warmth, passer_by=other, thing=thing,
        )  # fmt: skip
    return infrared_picture(drawn.colour[..., 0], camera, size, kind, rng)


def _sketch(
    renderer: Renderer, identity: Identity, camera: Camera, style: str, size: tuple[int, int],
    rng: np.random.Generator,
) -> bytes:  # fmt: skip
    # Witnesses draw people from the front or half-front, upright, at eye level.
    yaw = float(rng.choice([0.0, np.pi], p=[0.8, 0.2]) + rng.normal(0, 0.5))
    transforms = _moment(identity, rng, upright=True).transforms
    eye_level = _eye_level(camera, rng)
    shot = aim(posed_outline(identity, transforms), eye_level, yaw, rng, jitter=0.5)
    drawn = renderer.draw(transforms, shot, None, FORM, (0, 0, shot.distance, 1), form=True)
    assert drawn.form is not None
    return sketch_picture(drawn.colour, drawn.form, size, style, rng)


def _eye_level(camera: Camera, rng: np.random.Generator) -> Camera:
    return replace(camera, height=rng.uniform(1.0, 1.9), distance=rng.uniform(5, 12))
