"""Rendered views a second on one core, against the same meshes filled by Pillow.

    python benchmarks/render.py [--views 60]

One view is three pictures (colour, infrared, sketch) at 128x256 with everything on: posing, hems,
scene, camera, encoding. The peer is the plain way without OpenGL: the same posed triangles of the
same people, sorted by depth and filled with one flat shade each by Pillow's polygon; it draws no
scene, no texture and no smooth shade, so it does much less. Both run on one thread.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

os.environ["LP_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from PIL import Image, ImageDraw

from omnireid.people import sample_person
from omnireid.people.figure import skin
from omnireid.people.identity import make_identity
from omnireid.people.pose import pose
from omnireid.people.renderer import COLOUR, Renderer, posed_outline
from omnireid.people.scene import aim, make_camera, scene_uniforms
from omnireid.people.views import canvas, draw_view

SIZE = (128, 256)
VIEWS_EACH = 6
TARGET_VIEWS, TARGET_COLOUR, TARGET_GB = 10.0, 15.0, 2.0


def pillow_picture(identity, transforms, shot, size):
    """Flat-shaded triangles of the posed person, back to front."""
    weights = np.zeros((len(identity.vertices), len(transforms)), np.float32)
    np.put_along_axis(
        weights, identity.vertices["bone"].astype(int), identity.vertices["weight"], axis=1
    )
    posed = skin(identity.vertices["position"], weights, transforms)
    clip = np.c_[posed, np.ones(len(posed))] @ shot.view_projection.T
    x = (clip[:, 0] / clip[:, 3] + 1) / 2 * size[0]
    y = (1 - clip[:, 1] / clip[:, 3]) / 2 * size[1]
    corners = np.stack([x, y], 1)[identity.faces]
    depth = clip[:, 3][identity.faces].mean(1)
    a, b, c = (posed[identity.faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    colour = identity.materials.reshape(-1, 20)[
        identity.vertices["extra"][identity.faces[:, 0], 1].astype(int), :3
    ]
    shade = (colour * (0.4 + 0.6 * np.abs(normal[:, 2:])) * 255).astype(int).clip(0, 255)
    picture = Image.new("RGB", size, "grey")
    draw = ImageDraw.Draw(picture)
    for index in np.argsort(-depth):
        draw.polygon(corners[index].ravel().tolist(), fill=tuple(shade[index].tolist()))
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--views", type=int, default=60)
    views = parser.parse_args().views
    rng = np.random.default_rng(0)
    renderer = Renderer(*canvas(SIZE))
    renderer.load(make_identity(sample_person(rng)))  # compiles the shaders, reads the body
    spent = {"identity": 0.0, "view": 0.0, "colour": 0.0, "pillow": 0.0}
    people = max(views // VIEWS_EACH, 1)
    for _ in range(people):
        start = time.process_time()
        identity = make_identity(sample_person(rng))
        renderer.load(identity)
        spent["identity"] += time.process_time() - start
        for _ in range(VIEWS_EACH):
            camera = make_camera("bench", rng, shifted=False)
            start = time.process_time()
            draw_view(renderer, identity, camera, SIZE, rng, shifted=False)
            spent["view"] += time.process_time() - start
            start = time.process_time()
            transforms = pose(identity.figure, identity.person, identity.gait, rng)
            shot = aim(posed_outline(identity, transforms), camera, 0.3, rng)
            scene = scene_uniforms(camera, 0.3, rng, shifted=False)
            renderer.draw(transforms, shot, scene, COLOUR, (0, 0, shot.distance, 1))
            spent["colour"] += time.process_time() - start
            start = time.process_time()
            pillow_picture(identity, transforms, shot, canvas(SIZE))
            spent["pillow"] += time.process_time() - start
    count = people * VIEWS_EACH
    whole = count / (spent["view"] + spent["identity"])
    colour, pillow = count / spent["colour"], count / spent["pillow"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count} views of {people} people, seconds of one core (process time)")
    print(f"{'views (colour + infrared + sketch) a second':48}{whole:8.1f}  goal {TARGET_VIEWS}")
    print(f"{'colour pictures a second':48}{colour:8.1f}  goal {TARGET_COLOUR}")
    print(f"{'peer: Pillow polygons, bare person, a second':48}{pillow:8.1f}")
    print(f"{'ratio, colour to peer':48}{colour / pillow:8.1f}")
    print(f"{'milliseconds to dress one identity':48}{spent['identity'] / people * 1000:8.1f}")
    print(f"{'peak memory of the worker, GB':48}{memory:8.2f}  goal below {TARGET_GB}")


if __name__ == "__main__":
    main()
