"""Boxes, perspective, tracks and the choice of views, one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.sources.boxes import Box, intersection, iou
from omnireid.sources.perspective import fit_perspective
from omnireid.sources.quality import measure, sharpness
from omnireid.sources.tracker import Track, Tracker, whole_body

EDGES = st.integers(0, 30)


def boxes() -> st.SearchStrategy[Box]:
    return st.builds(
        lambda x, y, w, h: Box(x, y, x + w, y + h),
        EDGES, EDGES, st.integers(1, 20), st.integers(1, 20),
    )  # fmt: skip


@given(boxes(), boxes())
def test_overlap_counted_pixel_by_pixel(a: Box, b: Box) -> None:
    grid = np.zeros((2, 60, 60), bool)
    for plane, box in zip(grid, (a, b), strict=True):
        plane[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = True
    assert intersection(a, b) == (grid[0] & grid[1]).sum()
    assert iou(a, b) == pytest.approx((grid[0] & grid[1]).sum() / (grid[0] | grid[1]).sum())


@given(boxes(), boxes())
def test_a_whole_body_holds_the_box_and_is_no_smaller_than_expected(a: Box, b: Box) -> None:
    body = whole_body(a, b)
    assert intersection(body, a) == pytest.approx(a.area)
    assert body.width == pytest.approx(max(a.width, b.width))
    assert body.height == pytest.approx(max(a.height, b.height))


def test_the_line_of_heights_ignores_cars_and_pairs() -> None:
    random = np.random.default_rng(3)
    feet = random.uniform(100, 500, 60)
    heights = (0.3 * feet + 10) * random.normal(1, 0.04, 60)
    wrong = random.uniform(20, 300, 25)
    line = fit_perspective([*feet, *random.uniform(100, 500, 25)], [*heights, *wrong])
    assert line is not None
    for foot in (150, 300, 450):
        assert line.height(foot) == pytest.approx(0.3 * foot + 10, rel=0.05)


def test_the_line_needs_agreement() -> None:
    random = np.random.default_rng(3)
    assert fit_perspective([300] * 5, [90] * 5) is None
    assert fit_perspective([], []) is None
    scattered = np.exp(random.uniform(np.log(10), np.log(500), 60))
    assert fit_perspective(random.uniform(100, 110, 60), scattered) is None
    level = fit_perspective([300.0] * 20, [90.0] * 20)
    assert level is not None
    assert level.height(300) == 90


def painted(boxes_and_colours: list[tuple[Box, tuple[int, int, int]]]) -> np.ndarray:
    frame = np.full((300, 400, 3), 128, np.uint8)
    for box, colour in boxes_and_colours:
        frame[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = colour
    return frame


RED, BLUE = (200, 20, 20), (20, 20, 200)


def follow(
    sights: dict[int, list[tuple[Box, tuple[int, int, int]]]], frames: int, still: bool = False
) -> list[Track]:
    tracker = Tracker(still_people=still)
    ended = []
    for number in range(frames):
        seen = sights.get(number, [])
        frame = painted(seen)
        ended += tracker.update(frame, [box for box, _ in seen], number / 10)
    return ended + tracker.finish()


def at(x: float, colour: tuple[int, int, int] = RED) -> tuple[Box, tuple[int, int, int]]:
    return Box(x, 100, x + 30, 180), colour


def test_a_walk_with_gaps_is_one_track() -> None:
    sights = {n: [at(50 + 4 * n)] for n in range(60) if n not in (9, 10, 11) and not 30 < n < 45}
    (track,) = follow(sights, 100)
    assert track.seconds == pytest.approx(5.9)
    assert track.travel == pytest.approx(4 * 59 / 80)


def test_two_who_cross_keep_their_colours() -> None:
    sights = {n: [at(50 + 5 * n, RED), at(300 - 5 * n, BLUE)] for n in range(50)}
    for n in (23, 24, 25, 26, 27):
        sights[n] = sights[n][:1]
    red, blue = sorted(follow(sights, 50), key=lambda track: track.boxes[0].x0)
    assert [box.x0 for box in (red.boxes[0], red.boxes[-1])] == [50, 295]
    assert [box.x0 for box in (blue.boxes[0], blue.boxes[-1])] == [300, 55]


def test_what_is_short_or_stays_is_no_walk() -> None:
    assert follow({n: [at(50 + 8 * n)] for n in range(9)}, 60) == []
    standing = {n: [at(50)] for n in range(40)}
    assert follow(standing, 60) == []
    assert len(follow(standing, 60, still=True)) == 1


def test_a_red_walker_never_becomes_blue() -> None:
    sights = {n: [at(50 + 4 * n, RED if n < 30 else BLUE)] for n in range(60)}
    assert len(follow(sights, 60)) == 2


def test_who_leaves_at_the_border_is_not_who_comes_in() -> None:
    sights = {n: [at(max(100 - 5 * n, 0))] for n in range(22)}
    sights |= {30 + n: [at(5 * n)] for n in range(25)}
    assert len(follow(sights, 60)) == 2


def test_views_are_few_good_and_spread() -> None:
    sights = {n: [at(20 + 3 * n)] for n in range(100)}
    (track,) = follow(sights, 100)
    times = [view.time for view, _ in track.views.best(5)]
    assert len(times) == 5
    assert all(0.5 < b - a < 4 for a, b in pairwise(times))


def test_views_leave_out_the_hidden_and_the_cut_off() -> None:
    crowd = {n: [at(20 + 3 * n), at(20 + 3 * n + 10, BLUE)] for n in range(40, 60)}
    sights = {n: [at(20 + 3 * n)] for n in range(100)} | crowd
    (track, *_) = sorted(follow(sights, 100), key=lambda track: -len(track.boxes))
    assert not [view for view, _ in track.views.best() if 4 <= view.time < 6]


def test_quality_falls_with_every_fault() -> None:
    random = np.random.default_rng(2)
    frame = random.integers(0, 255, (300, 400, 3)).astype(np.uint8)
    good = measure(frame, Box(100, 50, 180, 230))
    assert good.size == good.whole == good.alone == 1.0
    assert measure(frame, Box(100, 50, 140, 130)).score < good.score
    assert measure(frame, Box(0, 50, 80, 230)).score < 0.2 * good.score
    assert measure(frame, Box(100, 50, 180, 230), [Box(140, 50, 220, 230)]).alone == 0.5
    assert measure(np.full_like(frame, 90), Box(100, 50, 180, 230)).sharpness == 0.0


def test_a_blurred_picture_is_less_sharp() -> None:
    random = np.random.default_rng(2)
    sharp = np.kron(random.integers(0, 255, (32, 16, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    shifts = [(down, across) for down in range(7) for across in range(7)]
    total = sum(np.roll(sharp.astype(float), shift, (0, 1)) for shift in shifts)
    blurred = (total / len(shifts)).astype(np.uint8)
    assert sharpness(blurred) < 0.6 * sharpness(sharp)
    assert sharpness(np.zeros((0, 4, 3), np.uint8)) == 0.0
