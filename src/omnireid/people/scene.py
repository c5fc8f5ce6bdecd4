"""Worlds, cameras and light: what differs between two views of one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnireid.people.body import Floats
from omnireid.people.palette import linear


@dataclass(frozen=True, eq=False)
class Camera:
    """One fixed camera of a world: place, optics, sensor and the scene that it looks at."""

    name: str
    height: float
    distance: float
    lens: float  # half of the angle of view across, radians
    day: float  # 1 bright day, 0 night
    backlight: float  # 0 none, 1 the sky behind drives the exposure
    indoor: bool
    gains: Floats  # white balance
    noise: float
    blur: float
    quality: int  # JPEG
    pixels: float  # height of a person in the sensor's pixels
    contrast: float
    saturation: float
    seed: int


def make_camera(name: str, rng: np.random.Generator, shifted: bool) -> Camera:
    """Draw a camera; `shifted` draws from other ranges (for a shifted validation)."""
    indoor = bool(rng.random() < (0.7 if shifted else 0.45))
    # White balance errs between amber and blue, seldom between green and magenta.
    spread = 0.2 if shifted else 0.13
    amber, green = rng.normal(0, spread), rng.normal(0, 0.035)
    low = float(rng.random())
    return Camera(
        name=name,
        height=rng.uniform(2.2, 5.5) if shifted else rng.uniform(1.3, 4.2),
        distance=rng.uniform(4.5, 14.0),
        lens=float(rng.uniform(0.15, 0.75)),
        day=float(rng.uniform(0.02, 0.3) if low < 0.1 else rng.uniform(0.35, 1.0)),
        backlight=float(rng.uniform(0.4, 1.0) if 0.1 <= low < 0.22 else 0.0),
        indoor=indoor,
        gains=np.exp([amber, green, -amber]).astype(np.float32),
        noise=float(rng.uniform(0.002, 0.016)),
        blur=float(rng.uniform(0.0, 0.9)),
        quality=int(rng.integers(45, 92)),
        pixels=float(np.exp(rng.uniform(np.log(68), np.log(230)))),
        contrast=float(rng.uniform(0.85, 1.4)),
        saturation=float(rng.uniform(0.5, 1.15)),
        seed=int(rng.integers(2**31)),
    )


@dataclass(frozen=True, eq=False)
class Shot:
    """Matrices and light of one picture."""

    eye: Floats
    view: Floats
    projection: Floats
    view_projection: Floats
    distance: float
    box: tuple[float, float, float, float]  # of the person, in shares of the frame


def aim(
    points: Floats,
    camera: Camera,
    yaw: float,
    rng: np.random.Generator,
    jitter: float = 1.0,
) -> Shot:
    """Look at posed `points` (N, 3) from `yaw` and cut the frame like a detector's box."""
    centre = (points.min(0) + points.max(0)) / 2
    distance = camera.distance * rng.uniform(0.75, 1.3)
    height = camera.height + rng.normal(0, 0.05)
    # Keep tilts moderate: cameras high above look from farther off.
    distance = max(distance, height * 1.35)
    eye = np.array([np.sin(yaw) * distance, -np.cos(yaw) * distance, height])
    forward = centre - eye
    forward /= np.linalg.norm(forward)
    # People stand anywhere in the picture: away from its middle a wide lens stretches and leans.
    forward = _turned(forward, camera.lens * jitter * rng.uniform(-0.8, 0.8))
    roll = rng.normal(0, 0.02)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    right, up = (
        right * np.cos(roll) + up * np.sin(roll),
        up * np.cos(roll) - right * np.sin(roll),
    )
    view = np.eye(4)
    view[0, :3], view[1, :3], view[2, :3] = right, up, -forward
    view[:3, 3] = -view[:3, :3] @ eye
    seen = points @ view[:3, :3].T + view[:3, 3]
    plane = seen[:, :2] / -seen[:, 2:3]
    low, high = plane.min(0), plane.max(0)
    tall = high[1] - low[1]
    middle = (low + high) / 2
    margin = 1.0 + rng.uniform(-0.03, 0.16) * jitter
    half_height = tall / 2 * margin
    wide = max((high[0] - low[0]) * rng.uniform(1.02, 1.2), tall * rng.uniform(0.36, 0.52))
    half_width = min(wide, tall * 0.75) / 2
    middle = middle + rng.normal(0, 0.022, 2) * tall * jitter
    if rng.random() < 0.1 * jitter:  # truncated by the frame or by a poor detection
        cut = rng.uniform(0.12, 0.35) * tall
        half_height -= cut / 2
        middle[1] += cut / 2 * rng.choice([1.0, 1.0, -0.6])
    near, far = 0.1, 120.0
    left, right_, bottom, top = (middle[0] - half_width, middle[0] + half_width,
                                 middle[1] - half_height, middle[1] + half_height)  # fmt: skip
    projection = np.zeros((4, 4))
    projection[0, 0], projection[0, 2] = (
        2 / (right_ - left),
        (right_ + left) / (right_ - left),
    )
    projection[1, 1], projection[1, 2] = (
        2 / (top - bottom),
        (top + bottom) / (top - bottom),
    )
    projection[2, 2], projection[2, 3] = (
        -(far + near) / (far - near),
        -2 * far * near / (far - near),
    )
    projection[3, 2] = -1
    return Shot(
        eye.astype(np.float32), view.astype(np.float32), projection.astype(np.float32),
        (projection @ view).astype(np.float32), float(np.linalg.norm(centre - eye)),
        (float((low[0] - left) / (right_ - left)), float((top - high[1]) / (top - bottom)),
         float((high[0] - left) / (right_ - left)), float((top - low[1]) / (top - bottom))),
    )  # fmt: skip


def _turned(direction: Floats, angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * direction[0] - s * direction[1], s * direction[0] + c * direction[1],
                     direction[2]])  # fmt: skip


# Shares of surfaces on floor, wall and things, by the numbers of shader_scene.
_LEAVES, _CAR = 8, 20
_OUTDOORS = (
    {0: 0.3, 1: 0.2, 2: 0.14, 5: 0.16, _LEAVES: 0.08, 10: 0.12},
    {0: 0.2, 2: 0.17, 5: 0.1, 7: 0.22, _LEAVES: 0.2, 9: 0.05, 11: 0.06},
    {0: 0.25, 2: 0.08, 3: 0.05, 5: 0.1, _LEAVES: 0.27, 9: 0.06, 11: 0.04, _CAR: 0.15},
)
_INDOORS = (
    {0: 0.35, 1: 0.35, 3: 0.05, 4: 0.04, 5: 0.21},
    {0: 0.35, 1: 0.12, 2: 0.08, 5: 0.07, 6: 0.13, 7: 0.1, 9: 0.1, 11: 0.05},
    {0: 0.35, 1: 0.1, 3: 0.07, 5: 0.1, 6: 0.22, _LEAVES: 0.05, 9: 0.06, 11: 0.05},
)


def _kind(rng: np.random.Generator, shares: dict[int, float]) -> int:
    values = list(shares)
    weights = np.fromiter(shares.values(), float)
    return values[int(rng.choice(len(values), p=weights / weights.sum()))]


def scene_uniforms(
    camera: Camera, yaw: float, rng: np.random.Generator, shifted: bool
) -> dict[str, object]:
    """Floor, wall, boxes and light around the person, from the camera's own seed and the moment."""
    place = np.random.default_rng([camera.seed, 3])

    def tone(low: float = 40, high: float = 215, colourful: float = 3) -> list[float]:
        grey, warm = place.uniform(low, high), place.normal(0.02, 0.06)
        tinted = grey * np.array([1 + warm, 1.0, 1 - warm]) + place.normal(0, colourful, 3)
        return [float(v) for v in linear(np.clip(tinted, 8, 245))]

    around = _INDOORS if camera.indoor else _OUTDOORS
    floor_kind = _kind(place, around[0])
    wall_kind = _kind(place, around[1])
    back = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    turned = yaw + place.normal(0, 0.35)
    normal = np.array([np.sin(turned), -np.cos(turned), 0.0])
    wall = -place.uniform(1.0, 12.0)
    boxes = np.zeros((24, 4), np.float32)
    boxes[0] = [*normal, wall]
    boxes[1, 0] = place.uniform(2.2, 9.0)
    count = int(place.integers(2, 8)) if not shifted else int(place.integers(3, 8))
    count = min(count, 7)
    side = np.array([back[1], -back[0], 0.0])
    for index in range(count):
        front = index == 0 and rng.random() < 0.07
        depth = place.uniform(0.7, 9.0)
        off = place.normal(0, 1.6) + np.sign(place.normal()) * 0.5
        half = np.array(
            [place.uniform(0.1, 0.9), place.uniform(0.1, 0.9), place.uniform(0.15, 1.3)]
        )
        if place.random() < 0.3:  # posts and pillars
            half = np.array([0.08, 0.08, place.uniform(0.6, 2.2)])
        where = -back * depth + side * off
        if front:
            half = np.array([rng.uniform(0.15, 0.5), 0.1, rng.uniform(0.2, 0.45)])
            where = back * rng.uniform(0.6, 1.0) + side * rng.normal(0, 0.45)
        boxes[2 + index * 3] = [
            where[0],
            where[1],
            half[2],
            place.uniform(0, 3.1) if not front else yaw,
        ]
        boxes[3 + index * 3] = [*half, place.uniform(0.3, 1.0)]
        what = _kind(place, around[2])
        paint = tone(25, 210, 34 if place.random() < 0.3 else 8)
        if what == _CAR and not front:
            half = np.array([place.uniform(1.9, 2.3), 0.85, place.uniform(0.65, 0.8)])
            where = -back * max(depth, 3.0) + side * off * 1.5
            boxes[2 + index * 3] = [where[0], where[1], half[2], place.uniform(0, 3.1)]
            boxes[3 + index * 3, :3] = half
        elif what == _LEAVES:
            half = half * np.array([1.2, 1.2, 1.0])
            boxes[3 + index * 3, :3] = half
        boxes[4 + index * 3] = [*paint, what + 0.3]
    sun_yaw = place.uniform(0, 2 * np.pi) + rng.normal(0, 0.5)
    sun = np.array([np.cos(sun_yaw), np.sin(sun_yaw), rng.uniform(0.5, 1.6)])
    sun /= np.linalg.norm(sun)
    strength = (rng.uniform(0.1, 0.6) if camera.indoor else rng.uniform(0.2, 1.5)) * camera.day
    warm = np.array([1.0, rng.uniform(0.86, 1.0), rng.uniform(0.7, 1.0)])
    if camera.day < 0.32 and not camera.indoor:  # a street lamp, high above
        sun = sun * np.array([1.0, 1.0, 3.0])
        sun /= np.linalg.norm(sun)
        strength = rng.uniform(0.25, 0.8)
        warm = np.array([1.0, rng.uniform(0.7, 0.95), rng.uniform(0.35, 0.85)])
    sky = np.array([0.85, 0.92, 1.0]) * rng.uniform(0.55, 0.95) * (0.35 + 0.65 * camera.day)
    if camera.indoor:
        sky = np.array([1.0, rng.uniform(0.9, 1.0), rng.uniform(0.78, 1.0)]) * rng.uniform(0.5, 0.9)
    return {
        "floor_a": (*tone(), float(floor_kind) + 0.3),
        "floor_b": (*tone(), place.uniform(0.5, 2.5)),
        "wall_a": (*tone(), float(wall_kind) + 0.3), "wall_b": (*tone(), place.uniform(0.3, 1.8)),
        "boxes": boxes, "box_count": count, "sun": sun, "sun_colour": warm * strength,
        "sky": sky, "ground": sky * rng.uniform(0.3, 0.6) * np.array([1.0, 0.97, 0.92]),
    }  # fmt: skip
