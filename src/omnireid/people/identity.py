"""One rendered identity: everything that stays the same over its views, ready to upload."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.people.attributes import Person
from omnireid.people.bags import add_bag
from omnireid.people.body import Floats, Ints
from omnireid.people.cloth import Hanging, hanging_mesh
from omnireid.people.clothing import SKIN, UNCUT, Outfit, body_part
from omnireid.people.figure import Figure, make_figure
from omnireid.people.hair import add_hair, skull
from omnireid.people.headwear import add_headwear
from omnireid.people.held import add_held
from omnireid.people.mesh import Mesh, normals
from omnireid.people.pose import Gait, make_gait
from omnireid.people.shader_person import MATERIALS, ROWS
from omnireid.people.wardrobe import dress

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
    outfit = dress(person, figure, rng)
    add_hair(outfit, person)
    add_headwear(outfit, person)
    add_bag(outfit, person)
    add_held(outfit, person)
    meshes = [_skin(outfit), *outfit.meshes]
    fixed = sum(len(mesh.vertices) for mesh in meshes)
    places: list[tuple[Hanging, int]] = []
    for item in outfit.hangings:
        places.append((item, fixed))
        meshes.append(hanging_mesh(figure, item))
        fixed += item.count
    vertices, faces = _packed(meshes)
    materials = np.zeros((MATERIALS, ROWS * 4), np.float32)
    for slot, row in outfit.materials.items():
        materials[slot] = row
    centre, radii = skull(figure)
    head = (
        float(centre[0]),
        float(centre[1]),
        float(centre[2] - 0.35 * radii[2]),
        float(radii[1]),
    )
    step = max(len(vertices) // 400, 1)
    all_weights = np.concatenate([mesh.weights for mesh in meshes])[::step]
    return Identity(
        person, figure, make_gait(person, rng), vertices, faces,
        materials.reshape(-1, 4), tuple(places), head,
        (vertices["position"][::step].copy(), all_weights),
    )  # fmt: skip


def _skin(outfit: Outfit) -> Mesh:
    """The body where no garment covers it, so that nothing pokes through cloth."""
    figure, cut, s = outfit.figure, outfit.covered, outfit.figure.stature
    z, on_arm = figure.vertices[:, 2], figure.arm > 0.04
    under = (z < cut.high - 0.06 * s - cut.v_depth) & (z > outfit.legs_covered + 0.03 * s)
    under |= z < figure.level("foot.L") * 0.35
    under = np.where(on_arm, figure.arm < cut.sleeve - 0.12, under)
    uncut = np.full(len(z), UNCUT, np.float32)
    faces = figure.faces[~under[figure.faces].all(1)]
    return body_part(figure, figure.vertices, faces, uncut, SKIN)


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
