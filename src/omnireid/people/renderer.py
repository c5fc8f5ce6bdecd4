"""Drawing with OpenGL without a window (EGL): one context a process, three kinds of picture."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from omnireid.errors import MissingExtraError, RenderError
from omnireid.people import shader_person, shader_scene
from omnireid.people.body import Floats
from omnireid.people.cloth import Laid, hanging_normals, lay
from omnireid.people.figure import limbs, skin
from omnireid.people.identity import VERTEX, Identity
from omnireid.people.scene import Shot

Bytes = npt.NDArray[np.uint8]
COLOUR, NEAR_INFRARED, THERMAL = 0, 1, 2


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
    array: Any

    def release(self) -> None:
        for item in (self.array, self.vertices, self.faces):
            item.release()


class Renderer:
    """An off-screen OpenGL context with its programs and buffers; belongs to one process.

    Raises:
        MissingExtraError: moderngl is not installed.
        RenderError: no EGL context can be made.
    """

    def __init__(self, width: int, height: int) -> None:
        try:
            import moderngl
        except ImportError:
            raise MissingExtraError.for_package("moderngl", "people") from None
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
        gl = self._gl
        self.size = (width, height)
        self._person = gl.program(shader_person.VERTEX, shader_person.FRAGMENT)
        self._scene = gl.program(shader_scene.VERTEX, shader_scene.FRAGMENT)
        corners = np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32)
        self._quad = gl.vertex_array(self._scene, [(gl.buffer(corners), "2f", "corner")])
        self._targets = [gl.texture(self.size, 4) for _ in range(2)]
        self._frame = gl.framebuffer(self._targets, gl.depth_renderbuffer(self.size))
        self._shown: _Slot | None = None
        self._before: _Slot | None = None

    def load(self, identity: Identity) -> None:
        """Upload an identity; later calls of `draw` show it. The one before can pass by."""
        if self._before is not None:
            self._before.release()
        vertices = self._gl.buffer(identity.vertices.tobytes())
        faces = self._gl.buffer(identity.faces.astype(np.int32).tobytes())
        names = ("position", "normal", "bone", "weight", "rest", "extra")
        array = self._gl.vertex_array(
            self._person, [(vertices, "3f 3f 4f 4f 3f 2f", *names)], faces
        )
        self._before, self._shown = self._shown, _Slot(identity, vertices, faces, array)

    def forget(self) -> None:
        """Drop what was loaded, so that the next pictures do not depend on earlier ones."""
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
        falloff: tuple[float, float, float, float], form: bool = False,
        warmth: tuple[float, float, float, float] = (0.3, 0.3, 0.3, 0.2),
        passer_by: Floats | None = None,
    ) -> Buffers:  # fmt: skip
        """Draw the loaded identity in a pose; without a scene the ground is white.

        `passer_by` holds the bone transforms of the identity loaded before, placed in the world.
        """
        import moderngl

        if self._shown is None:
            raise RuntimeError("load an identity first")
        self._frame.use()
        self._frame.clear(1.0, 1.0, 1.0, 0.0)
        self._gl.enable(moderngl.DEPTH_TEST)
        person = self._person
        for program in (person, self._scene):
            _set(
                program,
                "view_projection",
                np.ascontiguousarray(shot.view_projection.T, "f4"),
            )
            _set(program, "eye", shot.eye)
            _set(program, "mode", mode)
            _set(program, "falloff", falloff)
            for name in ("sun", "sun_colour", "sky", "ground"):
                if scene is not None:
                    _set(program, name, scene[name])
        if scene is None:
            for name, value in (
                ("sun", (0.3, -0.5, 0.8)),
                ("sun_colour", (0.5,) * 3),
                ("sky", (0.6,) * 3),
                ("ground", (0.4,) * 3),
            ):
                _set(person, name, value)
        _set(person, "view", np.ascontiguousarray(shot.view.T, "f4"))
        _set(person, "view_rotation", np.ascontiguousarray(shot.view[:3, :3].T, "f4"))
        self._draw_person(self._shown, transforms)
        _set(self._scene, "limbs", limbs(self._shown.identity.figure, transforms))
        if passer_by is not None and self._before is not None:
            self._draw_person(self._before, passer_by)
        if scene is not None:
            inverse = np.linalg.inv(shot.view_projection.astype(np.float64))
            _set(
                self._scene,
                "inverse_view_projection",
                np.ascontiguousarray(inverse.T, "f4"),
            )
            _set(self._scene, "warmth", warmth)
            for name in (
                "floor_a",
                "floor_b",
                "wall_a",
                "wall_b",
                "boxes",
                "box_count",
            ):
                _set(self._scene, name, scene[name])
            self._quad.render(mode=moderngl.TRIANGLE_STRIP)
        return Buffers(self._read(0), self._read(1) if form else None)

    def _draw_person(self, slot: _Slot, transforms: Floats) -> None:
        identity = slot.identity
        below: list[Laid] = []
        for item, start in identity.hangings:
            laid, radii = lay(identity.figure, item, transforms, below)
            below.append(radii)
            part = identity.vertices[start : start + item.count].copy()
            part["position"] = laid
            part["normal"] = hanging_normals(laid, item.rows)
            slot.vertices.write(part.tobytes(), offset=start * VERTEX.itemsize)
        person = self._person
        _set(person, "materials", identity.materials)
        _set(person, "head", identity.head)
        _set(person, "stature", identity.figure.stature)
        _set(person, "beard", float(identity.person.beard))
        _set(person, "bones", np.ascontiguousarray(transforms.transpose(0, 2, 1), "f4"))
        _set(person, "limbs", limbs(identity.figure, transforms))
        slot.array.render(vertices=identity.faces.size)

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


def _set(program: Any, name: str, value: object) -> None:
    # GLSL compilers drop what a shader does not use.
    if name not in program:
        return
    if isinstance(value, (int, float)):
        program[name].value = value
    else:
        program[name].write(np.asarray(value, "f4").tobytes())
