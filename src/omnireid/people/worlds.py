"""One world of a data set: its cameras, and its people drawn one view after another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from omnireid.people.captions import Writer, captions
from omnireid.people.captions_attributes import flat_attributes
from omnireid.people.captions_phrase import Span
from omnireid.people.identity import make_identity
from omnireid.people.renderer import Renderer
from omnireid.people.sampling import sample_from
from omnireid.people.scene import Camera, make_camera
from omnireid.people.views import canvas, draw_view

SHARD_IDENTITIES = 64
CAMERAS_PER_WORLD = 8
RGB, INFRARED, SKETCH = "rgb.jpg", "infrared.jpg", "sketch.png"


def frame_name(index: int) -> str:
    """The name under which a view keeps a further frame of its walk."""
    return f"frame-{index:02d}.jpg"


@dataclass(frozen=True)
class Job:
    """Everything that decides a data set's bytes."""

    identities: int
    views: int
    seed: int
    width: int
    height: int
    shifted: bool
    first_identity: int = 0
    frames: int = 0  # colour pictures after each view's own, of the same walk

    @property
    def shards(self) -> int:
        """Number of shards; each is its own world with its own cameras."""
        return -(-self.identities // SHARD_IDENTITIES)

    def members(self, shard: int) -> range:
        """Identity numbers of one shard."""
        first = self.first_identity + shard * SHARD_IDENTITIES
        return range(first, min(first + SHARD_IDENTITIES, self.first_identity + self.identities))

    def entropy(self, number: int, view: int) -> list[int]:
        """What one view is drawn from: the seed that its manifest row names."""
        return [self.seed, number, 1, view, int(self.shifted)]


def draw_world(job: Job, shard: int) -> Iterator[tuple[dict[str, Any], dict[str, bytes]]]:
    """Every view of one world: its manifest row, and its encoded pictures by name."""
    size = (job.width, job.height)
    renderer = _renderer(*canvas(size))
    renderer.forget()
    cameras = _cameras(job, shard)
    domain = int(job.shifted)
    writer: Writer = "held-out" if job.shifted else "training"
    for number in job.members(shard):
        person = sample_from(np.random.default_rng([job.seed, number, 0]), job.shifted)
        identity = make_identity(person)
        renderer.load(identity)
        order = np.random.default_rng([job.seed, number, 4, domain])
        seen = order.permutation(len(cameras))
        start = _start(job, shard) + timedelta(minutes=float(order.uniform(0, 600)))
        for view in range(job.views):
            entropy = job.entropy(number, view)
            rng = np.random.default_rng(entropy)
            camera = cameras[seen[view % len(cameras)]]
            drawn = draw_view(renderer, identity, camera, size, rng, job.shifted, job.frames)
            words = captions(person, rng, writer=writer)
            moment = start + timedelta(seconds=float(view * order.uniform(20, 240)))
            row = {
                "identity": number, "view": view, "camera": camera.name,
                "time": moment.isoformat(timespec="seconds"),
                "infrared_kind": drawn.infrared_kind, "sketch_style": drawn.sketch_style,
                "yaw": round(drawn.yaw, 3), "attributes": flat_attributes(person),
                "captions_en": list(words.en), "captions_ja": list(words.ja),
                "spans_en": _spans(words.spans_en), "spans_ja": _spans(words.spans_ja),
                "seed": entropy,
                "box": [round(v, 4) for v in drawn.box],
            }  # fmt: skip
            pictures = {RGB: drawn.rgb, INFRARED: drawn.infrared, SKETCH: drawn.sketch}
            pictures |= {frame_name(index): data for index, data in enumerate(drawn.frames)}
            yield row, pictures


def _spans(captions_spans: tuple[tuple[Span, ...], ...]) -> list[list[list[Any]]]:
    return [[list(astuple(span)) for span in spans] for spans in captions_spans]


def _cameras(job: Job, shard: int) -> list[Camera]:
    rng = np.random.default_rng([job.seed, job.first_identity + shard, 2, int(job.shifted)])
    mark = "s" if job.shifted else "w"
    world = f"{mark}{job.seed}.{job.first_identity}.{shard}"
    return [make_camera(f"{world}-{n}", rng, job.shifted) for n in range(CAMERAS_PER_WORLD)]


def _start(job: Job, shard: int) -> datetime:
    return datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(days=shard + job.seed % 100)


_renderers: dict[tuple[int, int, int], Renderer] = {}


def _renderer(width: int, height: int) -> Renderer:
    # One OpenGL context a process and size: making one costs more than a hundred pictures.
    key = os.getpid(), width, height
    if key not in _renderers:
        _renderers[key] = Renderer(width, height)
    return _renderers[key]
