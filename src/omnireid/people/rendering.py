"""Rendering a data set: seeded, parallel, resumable; whole shards only."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from omnireid.errors import InputError, RenderError
from omnireid.people.body import body_space
from omnireid.people.captions import Writer, captions
from omnireid.people.captions_attributes import flat_attributes
from omnireid.people.captions_phrase import Span
from omnireid.people.identity import make_identity
from omnireid.people.renderer import Renderer
from omnireid.people.sampling import sample_person
from omnireid.people.scene import Camera, make_camera
from omnireid.people.shards import read_shard, write_shard
from omnireid.people.views import canvas, draw_view

Progress = Callable[[int, int], None]
"""Called with the number of views done and the number in all."""

SHARD_IDENTITIES = 64
CAMERAS_PER_WORLD = 8
FORMAT = 1
SETTINGS = "dataset.json"
_BYTES_PER_VIEW = 40_000


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

    @property
    def shards(self) -> int:
        """Number of shards; each is its own world with its own cameras."""
        return -(-self.identities // SHARD_IDENTITIES)

    def members(self, shard: int) -> range:
        """Identity numbers of one shard."""
        first = self.first_identity + shard * SHARD_IDENTITIES
        return range(first, min(first + SHARD_IDENTITIES, self.first_identity + self.identities))


def render(
    out: str | os.PathLike[str], *, identities: int, views: int, seed: int = 0,
    size: tuple[int, int] = (128, 256), workers: int = 2, shifted: bool = False,
    first_identity: int = 0, progress: Progress | None = None,
) -> None:  # fmt: skip
    """Render `identities` people, `views` times each, in colour, infrared and sketch, into `out`.

    The same arguments give the same bytes on one machine. Shards that are already there and whole
    are kept, so an interrupted render goes on where it stopped. `shifted` draws cameras and scenes
    from other ranges and words from the held-out writer, for validation under a shift.
    `first_identity` moves on to people that no other part of the same seed holds.

    Raises:
        InputError: impossible numbers, a folder that holds another data set, or too little disk.
        MissingExtraError: anny or moderngl is not installed.
        RenderError: this machine cannot make an off-screen OpenGL context, or a worker died.
    """  # fmt: skip
    job = Job(identities, views, seed, size[0], size[1], shifted, first_identity)
    _validate(job, workers)
    folder = Path(out)
    _claim(folder, job)
    total = job.identities * job.views
    missing = [shard for shard in range(job.shards) if not _whole(folder, job, shard)]
    done = total - sum(len(job.members(shard)) for shard in missing) * job.views
    if progress is not None:
        progress(done, total)
    if not missing:
        return
    _check_disk(folder, sum(len(job.members(shard)) for shard in missing) * job.views)
    body_space()  # fills the cache once, before workers ask for it together
    if workers == 1 or len(missing) == 1:
        for shard in missing:
            for _ in _render_shard(folder, job, shard):
                done += job.views
                if progress is not None:
                    progress(done, total)
        return
    _in_parallel(folder, job, missing, workers, done, total, progress)


def shard_path(folder: Path, shard: int) -> Path:
    """The file of one shard."""
    return folder / f"shard-{shard:05d}.zip"


def _validate(job: Job, workers: int) -> None:
    limits = {"identities": job.identities, "views": job.views, "workers": workers}
    for name, value in limits.items():
        if value < 1:
            raise InputError(f"{name} is {value}", "it must be at least 1", f"give a larger {name}")
    if not (16 <= job.width <= 1024 and 16 <= job.height <= 2048):
        raise InputError(
            f"a picture size of {job.width} x {job.height}",
            "width must lie in 16..1024 and height in 16..2048",
            "use 128 x 256",
        )
    if job.seed < 0 or job.first_identity < 0:
        raise InputError("a negative seed or first identity", "both count from 0", "use 0 or more")


def _claim(folder: Path, job: Job) -> None:
    settings = {"format": FORMAT, **asdict(job)}
    path = folder / SETTINGS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found != settings:
                raise InputError(
                    f"{folder} holds another data set",
                    f"it was rendered with {found}",
                    "give an empty folder, or the same numbers and seed to resume",
                )
            return
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(
            f"{folder} cannot hold a data set",
            str(error),
            "give a folder that can be written",
        ) from error


def _whole(folder: Path, job: Job, shard: int) -> bool:
    path = shard_path(folder, shard)
    if not path.exists():
        return False
    try:
        rows, entries = read_shard(path)
    except InputError:
        path.unlink(missing_ok=True)  # damaged: rendered again
        return False
    expected = len(job.members(shard)) * job.views
    return len(rows) == expected and len(entries) == 3 * expected + 1


def _check_disk(folder: Path, views: int) -> None:
    free = shutil.disk_usage(folder).free
    needed = views * _BYTES_PER_VIEW
    if free < needed * 1.05:
        raise InputError(
            f"too little disk at {folder}",
            f"{views:,} views need about {needed / 1e9:.2f} GB and {free / 1e9:.2f} GB are free",
            "free some space, render fewer views or choose another folder",
        )


def _render_shard(folder: Path, job: Job, shard: int) -> Any:
    """Yield after each identity; the shard appears when the last is done."""
    size = (job.width, job.height)
    renderer = _renderer(*canvas(size))
    renderer.forget()
    cameras = _world(job, shard)
    pictures: dict[str, bytes] = {}
    rows: list[dict[str, Any]] = []
    domain = int(job.shifted)
    writer: Writer = "held-out" if job.shifted else "training"
    for number in job.members(shard):
        person = sample_person(np.random.default_rng([job.seed, number, 0]))
        identity = make_identity(person)
        renderer.load(identity)
        order = np.random.default_rng([job.seed, number, 4, domain])
        seen = order.permutation(len(cameras))
        start = _start(job, shard) + timedelta(minutes=float(order.uniform(0, 600)))
        for view in range(job.views):
            entropy = [job.seed, number, 1, view, domain]
            rng = np.random.default_rng(entropy)
            camera = cameras[seen[view % len(cameras)]]
            drawn = draw_view(renderer, identity, camera, size, rng, job.shifted)
            words = captions(person, rng, writer=writer)
            stem = f"{number:07d}-{view:03d}"
            pictures[f"{stem}-rgb.jpg"] = drawn.rgb
            pictures[f"{stem}-infrared.jpg"] = drawn.infrared
            pictures[f"{stem}-sketch.png"] = drawn.sketch
            moment = start + timedelta(seconds=float(view * order.uniform(20, 240)))
            rows.append({
                "identity": number, "view": view, "camera": camera.name,
                "time": moment.isoformat(timespec="seconds"),
                "infrared_kind": drawn.infrared_kind, "sketch_style": drawn.sketch_style,
                "yaw": round(drawn.yaw, 3), "attributes": flat_attributes(person),
                "captions_en": list(words.en), "captions_ja": list(words.ja),
                "spans_en": _spans(words.spans_en), "spans_ja": _spans(words.spans_ja),
                "seed": entropy,
                "box": [round(v, 4) for v in drawn.box],
            })  # fmt: skip
        yield number
        if number == job.members(shard)[-1]:
            write_shard(shard_path(folder, shard), pictures, rows)


def _spans(captions_spans: tuple[tuple[Span, ...], ...]) -> list[list[list[Any]]]:
    return [[list(astuple(span)) for span in spans] for spans in captions_spans]


def _world(job: Job, shard: int) -> list[Camera]:
    rng = np.random.default_rng([job.seed, job.first_identity + shard, 2, int(job.shifted)])
    mark = "s" if job.shifted else "w"
    world = f"{mark}{job.seed}.{job.first_identity}.{shard}"
    return [make_camera(f"{world}-{n}", rng, job.shifted) for n in range(CAMERAS_PER_WORLD)]


def _start(job: Job, shard: int) -> datetime:
    return datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(days=shard + job.seed % 100)


_renderers: dict[tuple[int, int], Renderer] = {}


def _renderer(width: int, height: int) -> Renderer:
    # One OpenGL context a process and size: making one costs more than a hundred pictures.
    if (width, height) not in _renderers:
        _renderers[width, height] = Renderer(width, height)
    return _renderers[width, height]


_reports: Any = None


def _join(reports: Any) -> None:
    global _reports
    _reports = reports


def _work(folder: Path, job: Job, shard: int) -> None:
    for _ in _render_shard(folder, job, shard):
        _reports.put(job.views)


def _in_parallel(
    folder: Path, job: Job, missing: list[int], workers: int, done: int, total: int,
    progress: Progress | None,
) -> None:  # fmt: skip
    # Spawned, not forked: an OpenGL context does not survive a fork.
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    with ProcessPoolExecutor(min(workers, len(missing)), context, _join, (reports,)) as pool:
        pending = {pool.submit(_work, folder, job, shard) for shard in missing}
        try:
            while pending:
                finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                while True:
                    try:
                        done += reports.get_nowait()
                    except queue.Empty:
                        break
                    if progress is not None:
                        progress(done, total)
                for future in finished:
                    future.result()
        except BrokenProcessPool as error:
            raise RenderError(
                "a render worker died",
                "the system ended it, most often for lack of memory",
                "run the same command again with fewer workers: it goes on where it stopped",
            ) from error
        except BaseException:
            for future in pending:
                future.cancel()
            raise
    if progress is not None:
        progress(total, total)
