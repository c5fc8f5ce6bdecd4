"""The neutral figure: a body with straight hanging legs, and what garments need to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.body import (
    BONE,
    BONES,
    PARENTS,
    Floats,
    Ints,
    body_space,
    shape_body,
)
from omnireid.people.mesh import neighbours, normals, smooth

ARM_BONES = {s: [BONE[f"{b}.{s}"] for b in ("upperarm01", "lowerarm01", "wrist")] for s in "LR"}
LEG_BONES = {s: [BONE[f"{b}.{s}"] for b in ("upperleg01", "lowerleg01", "foot")] for s in "LR"}
ANGLES = 32
LEVELS = 40

_STATURE = {
    "child": {"short": 1.05, "average": 1.22, "tall": 1.4},
    "man": {"short": 1.63, "average": 1.74, "tall": 1.87},
    "woman": {"short": 1.52, "average": 1.62, "tall": 1.74},
}
_AGE = {"child": 0.36, "young": 0.62, "adult": 0.72, "elder": 0.95}
# Anny's own range of weight is narrow for grown bodies: go on a little beyond it.
_WEIGHT = {"slim": 0.0, "average": 0.5, "heavy": 1.45}


@dataclass(frozen=True, eq=False)
class Figure:
    """A shaped body, arms out to the sides, legs vertical, feet at z = 0.

    `torso_radius[level, angle]` is the radius of trunk and legs around the vertical axis through
    (0, axis_y); level 0 is the floor, the last level the neck; angle 0 looks to +x, 3/4 to the
    front (-y).
    """

    vertices: Floats
    normals: Floats
    joints: Floats
    weights: Floats
    faces: Ints
    arm: Floats  # (V,) along the arm, negative off it
    arm_share: Floats  # (V,) 0..1 how much arm
    leg_share: Floats
    torso_radius: Floats  # (LEVELS, ANGLES)
    axis_y: float
    stature: float

    def level(self, bone: str) -> float:
        """Height of a joint in metres."""
        return float(self.joints[BONE[bone], 2])

    @property
    def top_level(self) -> float:
        """The height that the last row of `torso_radius` stands for."""
        return self.level("neck01")


def make_figure(person: Person, rng: np.random.Generator) -> Figure:
    """Shape the body of a person and straighten its limbs."""
    group = "child" if person.age == "child" else person.gender
    stature = _STATURE[group][person.height] * rng.uniform(0.975, 1.025)
    body = shape_body(
        {
            "gender": 0.05 if person.gender == "man" else 0.95,
            "age": _AGE[person.age] + rng.uniform(-0.04, 0.04),
            "muscle": rng.uniform(0.35, 0.75) - 0.15 * (person.gender == "woman"),
            "weight": _WEIGHT[person.build] + rng.uniform(-0.12, 0.12),
            "height": {"short": 0.3, "average": 0.5, "tall": 0.7}[person.height],
            "proportions": rng.uniform(0.2, 0.8),
        },
        stature,
    )
    edges = body_edges()
    vertices = smooth(body.vertices, edges, 1, 0.3)
    joints = body.joints
    transforms = _straightening(joints)
    vertices = skin(vertices, body.weights, transforms)
    joints = (np.einsum("jab,jb->ja", transforms[:, :3, :3], joints) + transforms[:, :3, 3]).astype(
        np.float32
    )
    vertices[:, 2] -= vertices[:, 2].min()
    arm_share = body.weights[:, ARM_BONES["L"] + ARM_BONES["R"]].sum(1)
    leg_share = body.weights[:, LEG_BONES["L"] + LEG_BONES["R"]].sum(1)
    arm = np.full(len(vertices), -1.0, np.float32)
    for s, sign in (("L", 1), ("R", -1)):
        shoulder, wrist = joints[BONE[f"upperarm01.{s}"]], joints[BONE[f"wrist.{s}"]]
        along = (vertices - shoulder) @ (wrist - shoulder) / ((wrist - shoulder) ** 2).sum()
        here = (body.weights[:, ARM_BONES[s]].sum(1) > 0.05) & (vertices[:, 0] * sign > 0)
        arm[here] = np.where(arm_share[here] > 0.05, along[here], -1)
    axis_y = float(vertices[np.abs(vertices[:, 2] - joints[1, 2]) < 0.1 * stature][:, 1].mean())
    return Figure(
        vertices=vertices, normals=normals(vertices, body.faces), joints=joints,
        weights=body.weights, faces=body.faces, arm=arm,
        arm_share=arm_share, leg_share=leg_share,
        torso_radius=_trunk(vertices, arm_share, axis_y, float(joints[BONE["neck01"], 2])),
        axis_y=axis_y, stature=stature,
    )  # fmt: skip


def skin(vertices: Floats, weights: Floats, transforms: Floats) -> Floats:
    """Linear blend skinning: (V, 3), (V, J), (J, 4, 4) -> (V, 3)."""
    blended = (weights @ transforms.reshape(len(transforms), 16)).reshape(-1, 4, 4)
    moved: Floats = np.einsum("vab,vb->va", blended[:, :3, :3], vertices) + blended[:, :3, 3]
    return moved.astype(np.float32)


def chain(joints: Floats, rotations: dict[str, Floats], shift: Floats | None = None) -> Floats:
    """Bone transforms (J, 4, 4) from world-axis rotations about each joint, parents first."""
    result = np.zeros((len(BONES), 4, 4), np.float64)
    identity = np.eye(3)
    for bone, parent in enumerate(PARENTS):
        local = np.eye(4)
        turn = rotations.get(BONES[bone], identity)
        local[:3, :3] = turn
        local[:3, 3] = joints[bone] - turn @ joints[bone]
        if parent < 0:
            if shift is not None:
                local[:3, 3] += shift
            result[bone] = local
        else:
            result[bone] = result[parent] @ local
    return result.astype(np.float32)


def between(source: Floats, target: Floats) -> Floats:
    """The smallest rotation that turns the direction `source` to `target` (Rodrigues)."""
    a = source / np.linalg.norm(source)
    b = target / np.linalg.norm(target)
    v, c = np.cross(a, b), float(a @ b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)  # type: ignore[no-any-return]


def _straightening(joints: Floats) -> Floats:
    rotations: dict[str, Floats] = {}
    for s, sign in (("L", 1), ("R", -1)):
        hip, knee, ankle = (joints[BONE[f"{b}.{s}"]] for b in ("upperleg01", "lowerleg01", "foot"))
        down = np.array([0.015 * sign, 0.0, -1.0])
        first = between(knee - hip, down)
        rotations[f"upperleg01.{s}"] = first
        rotations[f"lowerleg01.{s}"] = first.T @ between(first @ (ankle - knee), down) @ first
        # Parents' rotations apply afterwards, so each is written in the parent's rest axes.
        total = first @ rotations[f"lowerleg01.{s}"]
        rotations[f"foot.{s}"] = total.T @ _about_z(-0.1 * sign)
        elbow, wrist = joints[BONE[f"lowerarm01.{s}"]], joints[BONE[f"wrist.{s}"]]
        shoulder = joints[BONE[f"upperarm01.{s}"]]
        rotations[f"lowerarm01.{s}"] = between(wrist - elbow, elbow - shoulder)
    return chain(joints, rotations)


def _about_z(angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _trunk(vertices: Floats, arm_share: Floats, axis_y: float, top: float) -> Floats:
    trunk = vertices[(arm_share < 0.35) & (vertices[:, 2] < top)]
    x, y, z = trunk[:, 0], trunk[:, 1] - axis_y, trunk[:, 2]
    level = z / top * (LEVELS - 1)
    directions = np.arange(ANGLES) * 2 * np.pi / ANGLES
    unit = np.stack([np.cos(directions), np.sin(directions)])
    support = np.stack([x, y], 1) @ unit  # (N, ANGLES)
    radius = np.zeros((LEVELS, ANGLES), np.float32)
    for row in range(LEVELS):
        near = np.abs(level - row) < 1.2
        if near.any():
            # The radius to the convex outline along u is min over support planes.
            reach = np.maximum(support[near].max(0), 0.01)
            cosine = np.cos(directions[:, None] - directions[None])
            radius[row] = np.where(cosine > 0.2, reach / np.maximum(cosine, 0.2), 9.0).min(1)
    return radius


@cache
def body_edges() -> tuple[Ints, Ints]:
    """Directed edges of the body's mesh, the same for every figure."""
    space = body_space()
    return neighbours(space.faces, len(space.template))


_LIMBS = (
    ("upperarm01.L", "lowerarm01.L", 0.024), ("upperarm01.R", "lowerarm01.R", 0.024),
    ("lowerarm01.L", "wrist.L", 0.02), ("lowerarm01.R", "wrist.R", 0.02),
    ("upperleg01.L", "lowerleg01.L", 0.038), ("upperleg01.R", "lowerleg01.R", 0.038),
    ("lowerleg01.L", "foot.L", 0.026), ("lowerleg01.R", "foot.R", 0.026),
    ("root", "spine02", 0.066), ("spine02", "neck01", 0.062),
)  # fmt: skip


def limbs(figure: Figure, transforms: Floats) -> Floats:
    """The posed person as ten capsules (20, 4), for shadows: end and radius, other end."""
    at = np.einsum("jab,jb->ja", transforms[:, :3, :3], figure.joints) + transforms[:, :3, 3]
    result = np.zeros((2 * len(_LIMBS), 4), np.float32)
    for index, (start, end, radius) in enumerate(_LIMBS):
        result[2 * index, :3], result[2 * index + 1, :3] = at[BONE[start]], at[BONE[end]]
        result[2 * index, 3] = radius * figure.stature
    top = 2 * len(_LIMBS) - 1  # the trunk's upper end stands for the head too
    result[top, :3] += (at[BONE["head"]] - at[BONE["neck01"]]) * 1.5
    return result
