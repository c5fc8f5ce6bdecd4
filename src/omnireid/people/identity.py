"""One rendered identity: everything that stays the same over its views, ready to upload."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.people.accessories import accessorise, skull
from omnireid.people.attributes import Person
from omnireid.people.body import BONE, Floats, Ints
from omnireid.people.cloth import Hanging, hanging_mesh
from omnireid.people.figure import Figure, make_figure
from omnireid.people.mesh import Mesh, normals
from omnireid.people.pose import Gait, make_gait
from omnireid.people.shaders import MATERIALS, ROWS
from omnireid.people.wardrobe import SKIN, Clothing, dress

VERTEX = np.dtype(
    [("position", "f4", 3), ("normal", "f4", 3), ("bone", "f4", 4), ("weight", "f4", 4),
     ("rest", "f4", 3), ("extra", "f4", 2)]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Identity:
    """Vertex and index buffers, materials, and the hems that are laid anew in each pose."""

    person: Person
    figure: Figure
    gait: Gait
    vertices: npt.NDArray[np.void]
    faces: Ints
    materials: Floats  # (MATERIALS * ROWS, 4)
    hangings: tuple[tuple[Hanging, int], ...]  # with the first vertex of each
    head: tuple[float, float, float, float]
    outline: tuple[Floats, Floats]  # sparse vertices and weights, for the box of a view


def make_identity(person: Person) -> Identity:
    """Build the meshes of a person from its attributes and its own seed."""
    rng = np.random.default_rng([person.seed, 7])
    figure = make_figure(person, rng)
    clothing = dress(person, figure, rng)
    accessorise(person, figure, clothing, rng)
    meshes = [_skin(figure, clothing), *clothing.meshes]
    fixed = sum(len(mesh.vertices) for mesh in meshes)
    places: list[tuple[Hanging, int]] = []
    for item in clothing.hangings:
        places.append((item, fixed))
        meshes.append(hanging_mesh(figure, item))
        fixed += item.count
    vertices, faces = _packed(meshes)
    materials = np.zeros((MATERIALS, ROWS * 4), np.float32)
    for slot, row in clothing.materials.items():
        materials[slot] = row
    centre, radii = skull(figure)
    front = figure.vertices[figure.vertices[:, 2] > figure.level("head")][:, 1].min()
    del front
    head = (float(centre[0]), float(centre[1]), float(centre[2] - 0.35 * radii[2]), float(radii[1]))
    step = max(len(vertices) // 400, 1)
    all_weights = np.concatenate([mesh.weights for mesh in meshes])[::step]
    return Identity(
        person, figure, make_gait(person, rng), vertices, faces,
        materials.reshape(-1, 4), tuple(places), head,
        (vertices["position"][::step].copy(), all_weights),
    )  # fmt: skip


def _skin(figure: Figure, clothing: Clothing) -> Mesh:
    """The body where no garment covers it, so that nothing pokes through cloth."""
    cut, s = clothing.covered, figure.stature
    z, arm = figure.vertices[:, 2], figure.arm
    on_arm = arm > 0.04
    under = ~on_arm & (z < cut.high - 0.06 * s - cut.v_depth)
    under &= z > max(clothing.legs_covered + 0.03 * s, 0)
    under |= on_arm & (arm < cut.sleeve - 0.12)
    under |= ~on_arm & (z < figure.level("foot.L") * 0.35)
    hidden = under[figure.faces].all(1)
    faces = figure.faces[~hidden]
    used = np.unique(faces)
    lookup = np.zeros(len(z), np.int32)
    lookup[used] = np.arange(len(used))
    flat = np.full(len(used), -9.0, np.float32)
    return Mesh(figure.vertices[used], lookup[faces], figure.weights[used], figure.vertices[used],
                flat, SKIN)  # fmt: skip


def _packed(meshes: list[Mesh]) -> tuple[npt.NDArray[np.void], Ints]:
    count = sum(len(mesh.vertices) for mesh in meshes)
    vertices = np.zeros(count, VERTEX)
    faces: list[Ints] = []
    start = 0
    for mesh in meshes:
        part = vertices[start : start + len(mesh.vertices)]
        part["position"], part["rest"] = mesh.vertices, mesh.rest
        part["normal"] = normals(mesh.vertices, mesh.faces)
        top = np.argsort(-mesh.weights, axis=1)[:, :4]
        chosen = np.take_along_axis(mesh.weights, top, 1)
        part["bone"] = top
        part["weight"] = chosen / np.maximum(chosen.sum(1, keepdims=True), 1e-6)
        part["extra"][:, 0] = mesh.arm
        part["extra"][:, 1] = mesh.material
        faces.append(mesh.faces + start)
        start += len(mesh.vertices)
    return vertices, np.concatenate(faces).astype(np.int32)


def head_bone() -> int:
    """Index of the head bone."""
    return BONE["head"]
