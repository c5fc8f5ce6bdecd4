"""Activities: feet on pedals and ground, seats under hips, nobody rides in a skirt; tracks move."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from omnireid.people import Garment, Person, sample_person
from omnireid.people.activity import (
    ACTIVITIES,
    bicycle_scale,
    choose_activity,
    leg,
    placed,
)
from omnireid.people.body import BONE, Floats
from omnireid.people.figure import Figure, make_figure, skin
from omnireid.people.pose import make_gait, pose
from omnireid.people.props import BRACKET, CRANK, METAL, RUBBER, prop, prop_materials

PLAIN = Person(
    gender="man", age="adult", height="average", build="average", skin=0.3, hair_style="short",
    hair_colour="black", top=Garment("t-shirt", "red"), shoes=Garment("shoes", "black"),
    bottom=Garment("trousers", "navy"), seed=3,
)  # fmt: skip


def joint(figure: Figure, transforms: Floats, name: str) -> Floats:
    return (transforms[BONE[name]] @ np.append(figure.joints[BONE[name]], 1.0))[:3]


@pytest.mark.parametrize("height", ["short", "average", "tall"])
def test_a_rider_sits_on_the_saddle_with_both_feet_on_the_pedals(height: str) -> None:
    person = replace(PLAIN, height=height)
    rng = np.random.default_rng(1)
    figure = make_figure(person, rng)
    gait = make_gait(person, rng)
    for phase in np.linspace(0, 6, 7):
        transforms = pose(figure, person, gait, rng, "ride", float(phase))
        thing = placed("ride", figure, person, transforms, rng)
        assert thing is not None
        assert thing.kind == "bicycle"
        scale = bicycle_scale(figure)
        for side, turned in (("L", phase), ("R", phase + np.pi)):
            ankle = joint(figure, transforms, f"foot.{side}")
            pedal_y = thing.place[1, 3] + scale * (BRACKET[0] - CRANK * np.cos(turned))
            pedal_z = scale * (BRACKET[1] + CRANK * np.sin(turned))
            assert ankle[2] - pedal_z == pytest.approx(figure.level("foot.L"), abs=0.06)
            assert ankle[1] == pytest.approx(pedal_y, abs=0.1)
        low = skin(figure.vertices, figure.weights, transforms)[:, 2].min()
        assert low > 0.0  # off the ground
        wrist = joint(figure, transforms, "wrist.L")
        bar = thing.place @ np.array([0.27, -0.4, 1.02, 1.0])
        assert np.linalg.norm(wrist - bar[:3]) < 0.3 * figure.stature / 1.7


def test_sitters_have_a_seat_under_them_and_their_feet_on_the_ground() -> None:
    rng = np.random.default_rng(2)
    figure = make_figure(PLAIN, rng)
    for _ in range(8):
        transforms = pose(figure, PLAIN, make_gait(PLAIN, rng), rng, "sit")
        thing = placed("sit", figure, PLAIN, transforms, rng)
        assert thing is not None
        hips = joint(figure, transforms, "upperleg01.L")
        knee = joint(figure, transforms, "lowerleg01.L")
        seat = prop("stool").vertices @ thing.place[:3, :3].T + thing.place[:3, 3]
        assert 0.02 < hips[2] - seat[:, 2].max() < 0.15
        assert abs(knee[2] - hips[2]) < 0.2
        assert knee[1] < hips[1] - 0.25  # to the front
        assert skin(figure.vertices, figure.weights, transforms)[:, 2].min() == pytest.approx(
            0, abs=0.02
        )


def test_nobody_rides_or_sits_in_a_skirt_or_coat_or_rides_with_full_hands() -> None:
    rng = np.random.default_rng(3)
    done: Counter[str] = Counter()
    for _ in range(1500):
        person = sample_person(rng)
        activity = choose_activity(person, rng)
        done[activity] += 1
        if activity in ("ride", "sit"):
            assert person.bottom is not None
            assert "skirt" not in person.bottom.kind
            assert person.outer is None or "coat" not in person.outer.kind
        if activity in ("ride", "push"):
            assert person.held is None
    assert set(done) == set(ACTIVITIES)
    assert done["walk"] > 0.6 * done.total()


def test_sketched_people_stand_or_walk() -> None:
    rng = np.random.default_rng(4)
    assert {choose_activity(PLAIN, rng, upright=True) for _ in range(300)} == {"walk", "stand"}


def test_a_walk_goes_on_with_the_phase_alone() -> None:
    figure = make_figure(PLAIN, np.random.default_rng(5))
    gait = make_gait(PLAIN, np.random.default_rng(6))
    first, same, next_, round_ = (
        pose(figure, PLAIN, gait, np.random.default_rng(7), "walk", phase)
        for phase in (0.4, 0.4, 0.9, 0.4 + 2 * np.pi)
    )
    assert np.array_equal(first, same)
    np.testing.assert_allclose(first, round_, atol=1e-5)
    assert np.abs(first - next_).max() > 0.05


def test_a_leg_reaches_its_point() -> None:
    figure = make_figure(PLAIN, np.random.default_rng(8))
    joints = figure.joints
    thigh = np.linalg.norm(joints[BONE["lowerleg01.L"]] - joints[BONE["upperleg01.L"]])
    shin = np.linalg.norm(joints[BONE["foot.L"]] - joints[BONE["lowerleg01.L"]])
    for ankle in ((0.2, 0.3), (0.0, 0.25), (0.35, 0.5)):
        swing, bend = leg(figure, ankle, (0.0, 0.95))
        ahead = thigh * np.sin(swing) + shin * np.sin(swing - bend)
        high = 0.95 - thigh * np.cos(swing) - shin * np.cos(swing - bend)
        assert (ahead, high) == pytest.approx(ankle, abs=1e-3)
        assert bend >= 0


def test_things_are_whole_and_stand_on_the_ground() -> None:
    for kind in ("bicycle", "stool"):
        made = prop(kind)
        assert made.faces.max() < len(made.vertices) == len(made.parts)
        assert -0.03 < made.vertices[:, 2].min() < 0.03
    assert {METAL, RUBBER} <= set(prop("bicycle").parts.tolist())
    assert prop_materials(np.random.default_rng(0)).size == 4 * 20
