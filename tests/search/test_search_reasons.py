"""Agreement, shares of the query's parts, likeness in words, heat maps."""

from __future__ import annotations

import io
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from omnireid.observation import Modality
from omnireid.runtime import AttributeReading, Calibration
from omnireid.search import (
    Band,
    Likeness,
    Verdict,
    compare,
    drops,
    likeness,
    no_good_match,
    paint,
    shapley,
)


def test_words_and_pictures_are_held_against_what_the_candidate_shows() -> None:
    candidate = [
        AttributeReading("top.colour", "red", 0.9),
        AttributeReading("bag.kind", "none", 0.8),
        AttributeReading("gender", "man", 0.4),
        AttributeReading("hat.kind", "cap", 0.9),
        AttributeReading("top.fit", "loose", 0.9),
    ]
    shown = [
        AttributeReading("top.colour", "blue", 0.99),  # the words say red, and count first
        AttributeReading("hat.kind", "cap", 0.7),
        AttributeReading("top.fit", "tight", 0.9),  # too minor to speak of
        AttributeReading("shoes.kind", "boots", 0.3),  # a guess
    ]
    stated = [("top.colour", "red"), ("bag.kind", "backpack"), ("gender", "woman"), ("tail", "x")]
    found = compare(stated, {Modality.RGB: shown}, candidate)
    assert [(one.name, one.verdict, one.by) for one in found] == [
        ("bag.kind", Verdict.DIFFERS, Modality.TEXT),
        ("top.colour", Verdict.AGREES, Modality.TEXT),
        ("hat.kind", Verdict.AGREES, Modality.RGB),
        ("gender", Verdict.UNSURE, Modality.TEXT),
    ]


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_shares_are_the_mean_gain_over_every_order_and_add_up(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores: dict[frozenset[int], float] = {frozenset(): 0.0}

    def score(chosen: tuple[int, ...]) -> float:
        assert list(chosen) == sorted(chosen)
        return scores.setdefault(frozenset(chosen), float(rng.uniform(-1, 1)))

    found = shapley(range(count), score)
    assert sum(found.values()) == pytest.approx(scores[frozenset(range(count))])
    for part in range(count):
        gains = []
        for order in permutations(range(count)):
            before = frozenset(order[: order.index(part)])
            gains.append(scores[before | {part}] - scores[before])
        assert found[part] == pytest.approx(sum(gains) / len(gains))


CALIBRATION = Calibration(slope=10, offset=-5, no_match=0.4, strict=0.6)


@pytest.mark.parametrize(
    ("cosine", "band", "percent", "passes"),
    [(0.9, Band.LIKELY, 98, True), (0.5, Band.POSSIBLE, 50, True), (0.3, Band.UNLIKELY, 12, False),
     (-1.0, Band.UNLIKELY, 1, False)],
)  # fmt: skip
def test_a_calibrated_cosine_is_a_band_and_a_percentage(cosine, band, percent, passes) -> None:
    found = likeness(cosine, CALIBRATION)
    assert (found.band, found.percent, found.passes) == (band, percent, passes)


def test_without_calibration_nothing_is_claimed() -> None:
    found = likeness(0.99, None)
    assert (found.band, found.percent, found.passes) == (None, None, None)


def test_no_good_match_needs_a_calibrated_best_match_that_does_not_pass() -> None:
    assert no_good_match(likeness(0.3, CALIBRATION))
    assert not no_good_match(likeness(0.5, CALIBRATION))
    assert not no_good_match(Likeness(0.1))
    assert not no_good_match(None)


def redness(observations) -> np.ndarray:
    """A one-number encoder: the share of strong red."""
    pictures = [np.asarray(one.images(one.modalities[0])[0], np.int64) for one in observations]
    shares = [((p[..., 0] > 200) & (p[..., 1] < 60)).mean() for p in pictures]
    return np.array(shares, np.float32)[:, None]


@pytest.mark.parametrize("modality", [Modality.RGB, Modality.INFRARED, Modality.SKETCH])
def test_the_heat_lies_where_covering_costs_the_similarity(modality: Modality) -> None:
    picture = Image.new("RGB", (96, 192), (90, 90, 90))
    picture.paste((230, 20, 20), (60, 130, 96, 192))  # lower right
    fallen = drops(picture, modality, np.float32([1]), redness)
    assert fallen.shape == (10, 5)
    row, column = np.unravel_index(fallen.argmax(), fallen.shape)
    assert row >= 6
    assert column >= 3
    assert np.allclose(fallen[:5, :2], 0)
    painted = np.asarray(Image.open(io.BytesIO(paint(picture, fallen))).convert("RGB"), np.int64)
    warm = painted[..., 0] - painted[..., 2]
    assert warm[-60:, -50:].mean() > 100
    assert abs(warm[:100, :60]).mean() < 5


def test_a_map_of_noise_is_not_painted_as_heat() -> None:
    picture = Image.new("RGB", (48, 96), (90, 90, 90))
    painted = Image.open(io.BytesIO(paint(picture, np.full((10, 5), 0.0005, np.float32))))
    assert np.asarray(painted.convert("RGB")).std() < 12
