"""Rendering through the room's door: same seed, same bytes; resumed, refused, read back."""

from __future__ import annotations

import multiprocessing
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from omnireid.errors import InputError, MissingExtraError, OmniReIDError, RenderError
from omnireid.observation import Modality
from omnireid.people import Garment, Person, RenderedSet, RenderedView, render
from omnireid.people.identity import make_identity
from omnireid.people.pose import make_gait, pose
from omnireid.people.renderer import COLOUR, Renderer, posed_outline
from omnireid.people.scene import aim, make_camera

SMALL = (48, 96)
PICTURES = (Modality.RGB, Modality.INFRARED, Modality.SKETCH)


def shard_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("shard-*.zip"))}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rendered") / "set"
    try:
        render(out, identities=5, views=3, seed=4, workers=1)
    except RenderError as error:
        pytest.skip(f"this machine has no off-screen OpenGL: {error}")
    return out


def test_every_view_has_three_pictures_and_words(rendered: Path) -> None:
    data = RenderedSet(rendered)
    assert len(data.views) == len(data) == 15
    assert {view.identity for view in data.views} == set(range(5))
    for view in data.views:
        for modality in PICTURES:
            picture = data.picture(view, modality)
            assert picture.size == (128, 256)
            assert picture.mode == ("RGB" if modality is Modality.RGB else "L")
            assert np.asarray(picture).std() > 4
        assert len(view.captions_en) >= 2
        assert len(view.captions_ja) >= 2
        assert view.infrared_kind in ("near", "thermal")
        assert view.attributes["top.kind"] != "none"
        for caption, spans in zip(view.captions_en, view.spans_en, strict=True):
            assert all(caption[span.start : span.end].strip() for span in spans)
        left, top, right, bottom = view.box
        assert left < right
        assert top < bottom


def test_an_identity_meets_other_cameras_and_looks_different_there(rendered: Path) -> None:
    data = RenderedSet(rendered)
    for identity in range(5):
        views = [view for view in data.views if view.identity == identity]
        assert len({view.camera for view in views}) == 3
        pictures = [np.asarray(data.picture(view, Modality.RGB), float) for view in views]
        assert np.abs(pictures[0] - pictures[1]).mean() > 5
        assert len({tuple(sorted(view.attributes.items())) for view in views}) == 1


def test_sketches_are_dark_lines_on_light_paper(rendered: Path) -> None:
    data = RenderedSet(rendered)
    for view in data.views:
        values = np.asarray(data.picture(view, Modality.SKETCH))
        paper = np.percentile(values, 95)  # some are photographed on grey paper
        assert paper > 160
        assert (values > paper - 30).mean() > 0.35
        assert 0.005 < (values < paper - 50).mean() < 0.6


def test_same_seed_same_bytes_and_another_seed_other_bytes(rendered: Path, tmp_path: Path) -> None:
    render(tmp_path / "again", identities=5, views=3, seed=4, workers=1)
    assert shard_bytes(tmp_path / "again") == shard_bytes(rendered)
    render(tmp_path / "other", identities=5, views=3, seed=5, workers=1)
    assert shard_bytes(tmp_path / "other") != shard_bytes(rendered)


def test_shifted_worlds_show_other_people_elsewhere_in_other_styles(
    rendered: Path, tmp_path: Path
) -> None:
    render(tmp_path / "s", identities=2, views=2, seed=4, workers=1, shifted=True)
    plain, shifted = RenderedSet(rendered), RenderedSet(tmp_path / "s")
    assert plain.views[0].attributes.keys() == shifted.views[0].attributes.keys()
    assert not {v.sketch_style for v in plain.views} & {v.sketch_style for v in shifted.views} - {
        "memory"
    }
    assert not {v.camera for v in plain.views} & {v.camera for v in shifted.views}


DYING = """
import os, signal, sys
from omnireid.people import render
def die(done, total):
    if done == 65:
        os.kill(os.getpid(), signal.SIGKILL)
render(sys.argv[1], identities=66, views=1, seed=9, size=(48, 96), workers=1, progress=die)
"""


@pytest.mark.timeout(900)
def test_a_killed_render_goes_on_and_gives_the_bytes_of_a_parallel_one(
    rendered: Path, tmp_path: Path
) -> None:
    del rendered  # skips where there is no OpenGL
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    seen: list[tuple[int, int]] = []
    render(
        whole, identities=66, views=1, seed=9, size=SMALL, workers=2,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[0] == (0, 66)
    assert seen[-1] == (66, 66)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)

    # It dies with one of the two people of the second shard drawn.
    with subprocess.Popen([sys.executable, "-c", DYING, resumed], stderr=subprocess.DEVNULL) as one:
        assert one.wait() == -signal.SIGKILL
    first = resumed / "shard-00000.zip"
    made = first.stat().st_mtime_ns
    assert not (resumed / "shard-00001.zip").exists()
    with pytest.raises(InputError, match="64 of 66 views"):
        RenderedSet(resumed)
    render(resumed, identities=66, views=1, seed=9, size=SMALL, workers=1)
    assert shard_bytes(resumed) == shard_bytes(whole)
    assert first.stat().st_mtime_ns == made  # not rendered twice


def test_workers_end_with_a_killed_parent(rendered: Path, tmp_path: Path) -> None:
    del rendered  # skips where there is no OpenGL
    # More people than any machine draws before it is killed.
    command = [sys.executable, "-m", "omnireid", "render", str(tmp_path / "set"), "-n", "64000",
               "--views", "1", "--width", "48", "--height", "96", "--workers", "2"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers: list[str] = []
        while len(workers) < 2:  # the resource tracker is a child too
            assert process.poll() is None, "the render ended before it had workers"
            time.sleep(0.05)
            workers = [pid for pid in children.read_text().split() if _spawned(pid)]
        process.kill()
    until = time.monotonic() + 120
    while any(_spawned(pid) for pid in workers):
        assert time.monotonic() < until, f"workers {workers} render on without a parent"
        time.sleep(0.1)


def _spawned(pid: str) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_a_damaged_shard_is_refused_and_rendered_again(rendered: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(rendered, copy)
    shard = copy / "shard-00000.zip"
    shard.write_bytes(shard.read_bytes()[:-40])
    (copy / "shard-00009.999.part").write_bytes(b"PK half")
    with pytest.raises(InputError, match="damaged"):
        RenderedSet(copy)
    render(copy, identities=5, views=3, seed=4, workers=1)
    assert shard_bytes(copy) == shard_bytes(rendered)


def test_an_interrupt_stops_parallel_workers_and_leaves_nothing_half(
    rendered: Path, tmp_path: Path
) -> None:
    del rendered

    def interrupt(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(tmp_path, identities=128, views=1, size=SMALL, workers=2, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]
    assert multiprocessing.active_children() == []


def test_a_full_disk_is_said_and_leaves_nothing_half(rendered: Path, tmp_path: Path) -> None:
    del rendered
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(RenderError, match="whole shards are kept"):
            render(tmp_path, identities=2, views=1, size=SMALL, workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]
    render(tmp_path, identities=2, views=1, size=SMALL, workers=1)
    assert len(RenderedSet(tmp_path)) == 2


def test_a_folder_with_another_data_set_is_refused(rendered: Path) -> None:
    with pytest.raises(InputError, match="another data set"):
        render(rendered, identities=5, views=3, seed=5, workers=1)


def test_an_incomplete_set_is_refused(rendered: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(rendered, copy)
    for shard in copy.glob("shard-*.zip"):
        shard.unlink()
    with pytest.raises(InputError, match="0 of 15 views"):
        RenderedSet(copy)
    with pytest.raises(InputError, match="no rendered data set"):
        RenderedSet(tmp_path)


@pytest.mark.parametrize(
    "numbers", [{"identities": 0}, {"views": 0}, {"workers": 0}, {"seed": -1}, {"size": (4, 4)}]
)
def test_impossible_numbers_are_refused(tmp_path: Path, numbers: dict[str, int]) -> None:
    with pytest.raises(InputError):
        render(tmp_path / "x", **({"identities": 1, "views": 1} | numbers))  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


def test_too_little_disk_is_said_before_rendering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1_000_000))
    with pytest.raises(InputError, match="too little disk"):
        render(tmp_path, identities=1000, views=8)
    with pytest.raises(InputError, match="too little disk"):
        render(tmp_path / "large", identities=1, views=8, size=(512, 1024))


def test_no_egl_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    moderngl = pytest.importorskip("moderngl")

    def broken(**_: object) -> None:
        raise OSError("libEGL.so not found")

    monkeypatch.setattr(moderngl, "create_standalone_context", broken)
    with pytest.raises(RenderError, match="libegl1"):
        Renderer(32, 64)
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(MissingExtraError, match="moderngl"):
        Renderer(32, 64)


def test_text_has_no_picture(rendered: Path) -> None:
    data = RenderedSet(rendered)
    with pytest.raises(InputError, match="captions_en"):
        data.picture(data.views[0], Modality.TEXT)


def _mean(job: tuple[RenderedSet, RenderedView]) -> float:
    return float(np.asarray(job[0].picture(job[1], Modality.RGB)).mean())


def test_pictures_are_read_in_forked_and_spawned_workers(rendered: Path) -> None:
    data = RenderedSet(rendered)
    jobs = [(data, view) for view in data.views]
    expected = [_mean(job) for job in jobs]
    assert len(pickle.dumps(data)) < 1_000_000
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(_mean, jobs) == expected


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    try:
        made = Renderer(96, 192)
    except OmniReIDError as error:
        pytest.skip(str(error))
    yield made
    made.close()


def drawn(renderer: Renderer, person: Person) -> np.ndarray:  # type: ignore[type-arg]
    """Colour and material of a person on white, seen from the front in a fixed stance."""
    identity = make_identity(person)
    renderer.load(identity)
    rng = np.random.default_rng(2)
    transforms = pose(identity.figure, person, replace(make_gait(person, rng), stride=0.05), rng)
    camera = replace(make_camera("c", rng, shifted=False), height=1.4)
    shot = aim(posed_outline(identity, transforms), camera, 0.3, rng, jitter=0.0)
    return renderer.draw(transforms, shot, None, COLOUR, (0, 0, shot.distance, 1)).colour


PLAIN = Person(
    gender="man", age="adult", height="average", build="average", skin=0.3, hair_style="short",
    hair_colour="black", top=Garment("t-shirt", "red"), shoes=Garment("shoes", "black"),
    bottom=Garment("trousers", "navy"), seed=3,
)  # fmt: skip


def test_garments_show_in_their_colour_and_cover_the_body(renderer: Renderer) -> None:
    from omnireid.people.clothing import BOTTOM, SKIN, TOP

    picture = drawn(renderer, PLAIN).astype(float)
    material = np.rint(picture[..., 3] / 255 * 32).astype(int) - 1
    top = picture[material == TOP][:, :3].mean(0)
    assert top[0] > 3 * top[1]
    assert top[0] > 3 * top[2]
    person = material >= 0
    assert 0.2 < (material == TOP).sum() / person.sum() < 0.6
    assert 0.2 < (material == BOTTOM).sum() / person.sum() < 0.6
    assert (material == SKIN).sum() / person.sum() < 0.25  # nobody looks naked


@pytest.mark.parametrize(
    ("place", "kind"),
    [("bottom", "trousers"), ("bottom", "shorts"), ("bottom", "leggings"), ("shoes", "sneakers")],
)
def test_two_colours_below_the_waist_both_show(renderer: Renderer, place: str, kind: str) -> None:
    from omnireid.people.clothing import BOTTOM, SHOES

    slot = {"bottom": BOTTOM, "shoes": SHOES}[place]
    garment = Garment(kind, "white", pattern="two-colour", second_colour="red")
    for seed in range(6):
        person = replace(PLAIN, **{place: garment}, seed=seed)
        picture = drawn(renderer, person).astype(float)
        material = np.rint(picture[..., 3] / 255 * 32).astype(int) - 1
        pixels = picture[material == slot][:, :3]
        red = (pixels[:, 0] > 2 * pixels[:, 1]).mean()
        assert 0.005 < red < 0.75, f"seed {seed}"


def test_a_person_off_the_axis_of_a_wide_lens_is_stretched() -> None:
    identity = make_identity(PLAIN)
    rng = np.random.default_rng(2)
    transforms = pose(identity.figure, PLAIN, make_gait(PLAIN, rng), rng)
    outline = posed_outline(identity, transforms)
    camera = make_camera("c", rng, shifted=False)

    def breadth(lens: float) -> float:
        """Width of the outline as a share of its height, over 40 pictures."""
        shares = []
        for seed in range(40):
            shot = aim(outline, replace(camera, lens=lens), 0.3, np.random.default_rng(seed))
            left, top, right, bottom = shot.box
            across, along = shot.projection[0, 0], shot.projection[1, 1]
            shares.append((right - left) / across / ((bottom - top) / along))
        return float(np.mean(shares))

    assert breadth(0.7) > 1.05 * breadth(0.05)


def test_an_open_jacket_shows_the_layer_beneath(renderer: Renderer) -> None:
    from omnireid.people.clothing import OUTER, TOP

    def shares(kind: str) -> tuple[int, int]:
        picture = drawn(renderer, replace(PLAIN, outer=Garment(kind, "green")))
        material = np.rint(picture[..., 3] / 255 * 32).astype(int) - 1
        return int((material == OUTER).sum()), int((material == TOP).sum())

    opened, closed = shares("open jacket"), shares("jacket")
    assert opened[1] > 2 * closed[1]
    assert min(opened[0], closed[0]) > opened[1] * 0.5


def test_silhouettes_tell_garments_apart(renderer: Renderer) -> None:
    plain = drawn(renderer, PLAIN)[..., 3] > 0
    for changes in (
        {"outer": Garment("coat", "red", looseness=0.7)}, {"hair_style": "curly"},
        {"bottom": Garment("long skirt", "navy", looseness=0.8)}, {"build": "heavy"},
        {"bag": Garment("backpack", "red")}, {"hat": Garment("wide hat", "red")},
    ):  # fmt: skip
        other = drawn(renderer, replace(PLAIN, **changes))[..., 3] > 0  # type: ignore[arg-type]
        assert (plain ^ other).sum() > 0.02 * plain.sum(), changes


def test_frames_of_a_track_are_one_walk(rendered: Path, tmp_path: Path) -> None:
    del rendered  # skips where there is no OpenGL
    render(tmp_path / "tracks", identities=3, views=2, seed=4, frames=3, workers=1)
    data = RenderedSet(tmp_path / "tracks")
    for view in data.views:
        track = [np.asarray(picture, float) for picture in data.track(view)]
        assert len(track) == 4
        assert np.array_equal(track[0], np.asarray(data.picture(view, Modality.RGB)))
        assert all(np.abs(a - b).mean() > 1 for a, b in pairwise(track))
        # One person under one light: the frames' mean colours stay closer than other views' are.
        means = [picture.mean((0, 1)) for picture in track]
        assert max(np.abs(mean - means[0]).max() for mean in means) < 40
    with pytest.raises(InputError, match="another data set"):
        render(tmp_path / "tracks", identities=3, views=2, seed=4, workers=1)
    with pytest.raises(InputError, match="frames"):
        render(tmp_path / "more", identities=1, views=1, frames=100)


def test_two_renderers_in_one_process_do_not_disturb_each_other(renderer: Renderer) -> None:
    before = drawn(renderer, PLAIN)
    other = Renderer(32, 64)
    small = drawn(other, PLAIN)
    assert small.shape == (64, 32, 4)
    assert np.array_equal(drawn(renderer, PLAIN), before)
    assert np.array_equal(drawn(other, PLAIN), small)
    other.close()
    assert np.array_equal(drawn(renderer, PLAIN), before)
