"""Calibration error, F1 and bootstrap intervals."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.evaluation import (
    Bins,
    bootstrap_mean,
    chance_error,
    f1_by_class,
    f1_score,
    macro_f1,
    reliability,
    reliability_sheet,
)


def _slow_ece(stated: list[float], came: list[bool], bins: int) -> float:
    error = 0.0
    for index in range(bins):
        inside = [i for i, p in enumerate(stated) if min(int(p * bins), bins - 1) == index]
        if inside:
            mean = sum(stated[i] for i in inside) / len(inside)
            share = sum(came[i] for i in inside) / len(inside)
            error += abs(mean - share) * len(inside) / len(stated)
    return error


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50),
    st.integers(1, 20),
)
def test_ece_equals_the_slow_one(pairs: list[tuple[float, bool]], bins: int) -> None:
    stated, came = [p for p, _ in pairs], [c for _, c in pairs]
    found = reliability(np.array(stated), np.array(came), num_bins=bins)
    assert found.ece == pytest.approx(_slow_ece(stated, came, bins), abs=1e-9)
    assert sum(found.counts) == len(pairs)


def test_equal_count_bins_share_the_outcomes() -> None:
    found = reliability(
        np.linspace(0, 0.1, 30), np.zeros(30, bool), num_bins=3, bins=Bins.EQUAL_COUNT
    )
    assert found.counts == (10, 10, 10)


def test_weights_count_an_outcome_as_often_as_they_say() -> None:
    stated, came = np.array([0.2, 0.9, 0.9]), np.array([False, True, False])
    weighed = reliability(stated, came, weights=np.array([3.0, 1.0, 2.0]))
    repeated = reliability(np.repeat(stated, [3, 1, 2]), np.repeat(came, [3, 1, 2]))
    assert weighed.ece == pytest.approx(repeated.ece)
    assert weighed.observed == pytest.approx(repeated.observed)
    for bad in ([1.0, 1.0], [1.0, 0.0, 1.0], [1.0, float("nan"), 1.0]):
        with pytest.raises(InputError, match="weights"):
            reliability(stated, came, weights=np.array(bad))


def test_chance_alone_shows_less_error_the_more_answers_there_are() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.random(40), rng.random(4000)
    assert chance_error(few) > 3 * chance_error(many) > 0
    # Outcomes that follow the probabilities exactly show about the error of chance.
    found = reliability(many, rng.random(4000) < many).ece
    assert found == pytest.approx(chance_error(many), rel=0.5)
    assert chance_error(np.array([0.0, 1.0])) == 0.0


@pytest.mark.parametrize(
    ("stated", "came"),
    [([], []), ([0.5], [True, False]), ([1.2], [True]), ([float("nan")], [True])],
)
def test_what_is_no_probability_is_refused(stated: list[float], came: list[bool]) -> None:
    with pytest.raises(InputError):
        reliability(np.array(stated), np.array(came))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_f1_is_the_harmonic_mean(pairs: list[tuple[bool, bool]]) -> None:
    said, true = np.array([p for p, _ in pairs], bool), np.array([t for _, t in pairs], bool)
    score = f1_score(said, true)
    if score.precision + score.recall > 0:
        expected = 2 * score.precision * score.recall / (score.precision + score.recall)
        assert score.f1 == pytest.approx(expected)
    else:
        assert score.f1 == 0.0


def test_macro_f1_weighs_rare_classes_as_common_ones() -> None:
    scores = f1_by_class(["a", "a", "a", "b"], ["a", "a", "b", "b"])
    assert macro_f1(scores) == pytest.approx((0.8 + 2 / 3) / 2)


def test_decisions_of_another_length_are_refused() -> None:
    with pytest.raises(InputError):
        f1_by_class(["a"], ["a", "b"])


def test_the_interval_is_over_identities_not_queries() -> None:
    rng = np.random.default_rng(0)
    # Twenty people with fifty queries each; a person is always found or never.
    people = np.repeat(np.arange(20), 50)
    values = np.repeat((rng.random(20) < 0.5).astype(float), 50)
    by_person = bootstrap_mean(values, people)
    as_if_independent = bootstrap_mean(values, np.arange(1000))
    assert by_person.low <= by_person.mean <= by_person.high
    assert by_person.high - by_person.low > 4 * (as_if_independent.high - as_if_independent.low)
    assert (by_person.num_queries, by_person.num_identities) == (1000, 20)


def test_the_interval_covers_the_truth_about_as_often_as_it_claims() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        values = (rng.random(40) < 0.7).astype(float)
        interval = bootstrap_mean(values, np.arange(40), resamples=200, seed=trial)
        covered += interval.low <= 0.7 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_complete_success_of_few_people_is_no_certainty() -> None:
    few = bootstrap_mean(np.ones(6), np.arange(6))
    many = bootstrap_mean(np.ones(600), np.arange(600))
    assert (few.low, few.high) == (pytest.approx(0.541, abs=1e-3), 1.0)
    assert many.low > 0.99
    none = bootstrap_mean(np.zeros(6), np.arange(6))
    assert (none.low, none.high) == (0.0, pytest.approx(0.459, abs=1e-3))


def test_invalid_queries_and_single_people_are_said_so() -> None:
    assert str(bootstrap_mean(np.array([np.nan]), ["a"])) == "no scorable query"
    alone = bootstrap_mean(np.array([1.0, 0.0]), ["a", "a"])
    assert (alone.mean, alone.low, alone.high) == (0.5, 0.0, 1.0)


def test_a_sheet_is_sound_xml_and_shares_of_few_answers_are_pale() -> None:
    many = reliability(np.full(10, 0.2), np.arange(10) < 3)
    few = reliability(np.full(9, 0.9), np.arange(9) < 6)
    sheet = ElementTree.fromstring(
        reliability_sheet({"a & b": many, "<c>": few}, 'Tom\'s "title"', ["one", "two"])
    )
    svg = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in sheet.iter(f"{svg}text")]
    assert texts[:3] == ['Tom\'s "title"', "one", "two"]
    assert {"a & b", "ECE 0.100, 10 answers", "<c>", "ECE 0.233, 9 answers"} <= set(texts)
    ink = [float(dot.get("fill-opacity", "1")) for dot in sheet.iter(f"{svg}circle")]
    assert ink[0] > 2 * ink[1]
