"""Drawing with OpenGL without a window (EGL): one context a process, three kinds of picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from omnireid.errors import MissingExtraError, RenderError
from omnireid.people import shader_person, shader_scene
from omnireid.people.activity import Placed
from omnireid.people.body import BONES, Floats, Ints
from omnireid.people.cloth import Laid, hanging_normals, lay
from omnireid.people.clothing import UNCUT
from omnireid.people.figure import limbs, skin
from omnireid.people.identity import VERTEX, Identity
from omnireid.people.mesh import normals
from omnireid.people.props import prop
from omnireid.people.scene import Shot
from omnireid.people.shader_person import MATERIALS, ROWS

Bytes = npt.NDArray[np.uint8]
Four = tuple[float, float, float, float]
COLOUR, NEAR_INFRARED, THERMAL, FORM = 0, 1, 2, 3
_DEPTH = -1
_THING = 6  # first material of a thing: places that are neither skin nor hair
_PLAIN_LIGHT = {
    "sun": (0.3, -0.5, 0.8), "sun_colour": (0.5,) * 3, "sky": (0.6,) * 3, "ground": (0.4,) * 3,
}  # fmt: skip


@dataclass(frozen=True)
class Buffers:
    """One drawn picture: colour with the material in alpha, and form (normal, depth, tone)."""

    colour: Bytes  # (H, W, 4)
    form: Bytes | None  # (H, W, 4)


@dataclass(frozen=True, eq=False)
class _Slot:
    """An identity with its buffers on the device."""

    identity: Identity
    vertices: Any
    faces: Any
    arrays: dict[int, Any]  # by mode; _DEPTH for the pass before

    def release(self) -> None:
        for item in (*self.arrays.values(), self.vertices, self.faces):
            item.release()


class Renderer:
    """An off-screen OpenGL context with its programs and buffers; belongs to one process.

    Raises:
        MissingExtraError: moderngl is not installed.
        RenderError: no EGL context can be made, or this process was forked from one that has drawn.
    """

    _drawn_by: ClassVar[int | None] = None  # the process that made the first context

    def __init__(self, width: int, height: int) -> None:
        try:
            import moderngl
        except ImportError:
            raise MissingExtraError.for_package("moderngl", "people") from None
        if Renderer._drawn_by not in (None, os.getpid()):  # would wait for ever
            raise RenderError(
                "this process cannot draw",
                "it was forked from one that has drawn, and OpenGL does not survive a fork",
                "spawn the worker processes (in a torch DataLoader: "
                "multiprocessing_context='spawn'), or start them before the first picture is drawn",
            )
        # Each worker owns one core; Mesa would start a thread a core in every worker.
        os.environ.setdefault("LP_NUM_THREADS", "1")
        try:
            settings: Any = {"backend": "egl"}
            self._gl: Any = moderngl.create_standalone_context(**settings)
        except Exception as error:
            raise RenderError(
                "no off-screen OpenGL context could be made",
                f"EGL said: {error}",
                "install Mesa's EGL (Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri)",
            ) from error
        Renderer._drawn_by = os.getpid()
        gl = self._gl
        self.size = (width, height)
        vertex = shader_person.VERTEX
        self._people = {_DEPTH: gl.program(vertex, shader_person.DEPTH_FRAGMENT)}
        for mode in (COLOUR, NEAR_INFRARED, THERMAL, FORM):
            self._people[mode] = gl.program(vertex, shader_person.fragment(mode))
        corners = gl.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32))
        self._scenes: dict[int, Any] = {}
        for mode in (COLOUR, NEAR_INFRARED, THERMAL):
            program = gl.program(shader_scene.VERTEX, shader_scene.fragment(mode))
            self._scenes[mode] = gl.vertex_array(program, [(corners, "2f", "corner")])
        self._targets = [gl.texture(self.size, 4) for _ in range(2)]
        self._frame = gl.framebuffer(self._targets, gl.depth_renderbuffer(self.size))
        self._things: dict[str, tuple[dict[int, Any], int]] = {}
        self._shown: _Slot | None = None
        self._before: _Slot | None = None

    def _array(
        self, data: npt.NDArray[np.void], triangles: Ints
    ) -> tuple[Any, Any, dict[int, Any]]:
        vertices = self._gl.buffer(data.tobytes())
        faces = self._gl.buffer(triangles.astype(np.int32).tobytes())
        names = ("position", "normal", "bone", "weight", "rest", "extra")
        return vertices, faces, {
            step: self._gl.vertex_array(
                program, [(vertices, "3f 3f 4f 4f 3f 2f", *names)], faces, skip_errors=True
            )
            for step, program in self._people.items()
        }  # fmt: skip

    def load(self, identity: Identity) -> None:
        """Upload an identity; later calls of `draw` show it. The one before can pass by."""
        with self._gl:
            if self._before is not None:
                self._before.release()
            buffers = self._array(identity.vertices, identity.faces)
        self._before, self._shown = self._shown, _Slot(identity, *buffers)

    def forget(self) -> None:
        """Drop what was loaded, so that the next pictures do not depend on earlier ones."""
        with self._gl:
            for slot in (self._before, self._shown):
                if slot is not None:
                    slot.release()
        self._before = self._shown = None

    @property
    def passer_by(self) -> Identity | None:
        """The identity that was loaded before the present one."""
        return self._before.identity if self._before is not None else None

    def draw(
        self, transforms: Floats, shot: Shot, scene: dict[str, object] | None, mode: int,
        falloff: Four, form: bool = False,
        warmth: Four = (0.3, 0.3, 0.3, 0.2),
        passer_by: Floats | None = None, thing: Placed | None = None,
    ) -> Buffers:  # fmt: skip
        """Draw the loaded identity in a pose; without a scene the ground is white.

        `passer_by` holds the bone transforms of the identity loaded before, placed in the world;
        `thing` is what the person rides, pushes or sits on.
        """
        if self._shown is None:
            raise RuntimeError("load an identity first")
        with self._gl:  # several renderers may live in one process
            self._draw(transforms, shot, scene, mode, falloff, warmth, passer_by, thing)
            return Buffers(self._read(0), self._read(1) if form else None)

    def _draw(
        self, transforms: Floats, shot: Shot, scene: dict[str, object] | None, mode: int,
        falloff: Four, warmth: Four, passer_by: Floats | None, thing: Placed | None,
    ) -> None:  # fmt: skip
        import moderngl

        assert self._shown is not None
        self._frame.use()
        self._frame.clear(1.0, 1.0, 1.0, 0.0)
        self._gl.enable(moderngl.DEPTH_TEST)
        lights = scene if scene is not None else _PLAIN_LIGHT
        people = [(self._shown, transforms)]
        if passer_by is not None and self._before is not None:
            people.append((self._before, passer_by))
        world: dict[str, object] = {
            "view_projection": np.ascontiguousarray(shot.view_projection.T, "f4"),
            "view": np.ascontiguousarray(shot.view.T, "f4"),
            "view_rotation": np.ascontiguousarray(shot.view[:3, :3].T, "f4"),
            "eye": shot.eye, "falloff": falloff,
            **{name: lights[name] for name in ("sun", "sun_colour", "sky", "ground")},
        }  # fmt: skip
        for slot, posed in people:
            _hang(slot, posed)
        for step in (_DEPTH, mode):
            self._gl.depth_func = "<" if step == _DEPTH else "=="
            _set_all(self._people[step], world)
            for slot, posed in people:
                self._draw_person(slot, posed, step)
            if thing is not None:
                self._draw_thing(thing, step)
        self._gl.depth_func = "<"
        if scene is not None:
            array = self._scenes[mode]
            inverse = np.linalg.inv(shot.view_projection.astype(np.float64))
            world["inverse_view_projection"] = np.ascontiguousarray(inverse.T, "f4")
            world["warmth"] = warmth
            world["limbs"] = limbs(self._shown.identity.figure, transforms)
            _set_all(array.program, scene | world)
            array.render(mode=moderngl.TRIANGLE_STRIP)

    def _draw_person(self, slot: _Slot, transforms: Floats, step: int) -> None:
        identity = slot.identity
        own = {
            "materials": identity.materials, "head": identity.head,
            "stature": identity.figure.stature, "beard": float(identity.person.beard),
            "bones": np.ascontiguousarray(transforms.transpose(0, 2, 1), "f4"),
            "limbs": limbs(identity.figure, transforms),
        }  # fmt: skip
        _set_all(self._people[step], own)
        slot.arrays[step].render(vertices=identity.faces.size)

    def _draw_thing(self, thing: Placed, step: int) -> None:
        if thing.kind not in self._things:
            made = prop(thing.kind)
            data = np.zeros(len(made.vertices), VERTEX)
            data["position"] = data["rest"] = made.vertices
            data["normal"] = normals(made.vertices, made.faces)
            data["weight"][:, 0] = 1
            data["extra"] = np.stack([np.full(len(data), UNCUT), made.parts + _THING], 1)
            *_, arrays = self._array(data, made.faces)
            self._things[thing.kind] = (arrays, made.faces.size)
        arrays, size = self._things[thing.kind]
        rows = np.zeros((MATERIALS * ROWS, 4), np.float32)
        rows[_THING * ROWS : (_THING + 4) * ROWS] = thing.materials.reshape(-1, 4)
        bones = np.tile(np.ascontiguousarray(thing.place.T, "f4"), (len(BONES), 1, 1))
        _set_all(self._people[step], {"materials": rows, "bones": bones})
        arrays[step].render(vertices=size)

    def _read(self, target: int) -> Bytes:
        width, height = self.size
        data = self._frame.read(components=4, attachment=target)
        return np.frombuffer(data, np.uint8).reshape(height, width, 4)[::-1]

    def close(self) -> None:
        """Give the context back."""
        self._gl.release()


def posed_outline(identity: Identity, transforms: Floats) -> Floats:
    """A few hundred points of the posed person, for its box."""
    points, weights = identity.outline
    return skin(points, weights, transforms)


def _hang(slot: _Slot, transforms: Floats) -> None:
    """Lay the hems of a pose and write them into the slot's vertices."""
    identity = slot.identity
    below: list[Laid] = []
    for item, start in identity.hangings:
        laid, radii = lay(identity.figure, item, transforms, below)
        below.append(radii)
        part = identity.vertices[start : start + item.count].copy()
        part["position"] = laid
        part["normal"] = hanging_normals(laid, item.rows)
        slot.vertices.write(part.tobytes(), offset=start * VERTEX.itemsize)


def _set_all(program: Any, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        _set(program, name, value)


def _set(program: Any, name: str, value: object) -> None:
    # GLSL compilers drop what a shader does not use.
    if name not in program:
        return
    if isinstance(value, (int, float)):
        program[name].value = value
    else:
        program[name].write(np.asarray(value, "f4").tobytes())
