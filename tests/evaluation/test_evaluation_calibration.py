"""Calibration fitted from pairs and from searches for absent people."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.evaluation import (
    FittedSigmoid,
    calibration_error,
    fit_calibration,
    fit_sigmoid,
)
from omnireid.runtime import Calibration


def _world(
    count: int, prior: float, *, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Pairs whose cosines are normal with the same spread, 0.2, around 0 and 0.8."""
    rng = np.random.default_rng(seed)
    same = rng.random(count) < prior
    return np.clip(rng.normal(np.where(same, 0.8, 0.0), 0.2), -1, 1), same


@pytest.mark.parametrize("sampled", [0.5, 0.1, 0.9])
@pytest.mark.parametrize("prior", [0.5, 0.1])
def test_slope_and_offset_are_those_at_the_prior_however_pairs_were_sampled(
    sampled: float, prior: float
) -> None:
    rng = np.random.default_rng(1)
    same = rng.random(200_000) < sampled
    # Two normal densities of one spread have a logistic posterior: its slope is their distance
    # over the variance, and it passes the prior half-way between them.
    cosines = rng.normal(np.where(same, 0.5, 0.1), 0.1)
    fit = fit_calibration(cosines, same, np.array([0.2]), prior=prior)
    slope = (0.5 - 0.1) / 0.1**2
    offset = -slope * 0.3 + math.log(prior / (1 - prior))
    assert fit.slope == pytest.approx(slope, rel=0.04)
    assert fit.offset == pytest.approx(offset, rel=0.06)
    assert fit.ece < 0.01


def test_without_a_prior_the_share_of_the_sample_counts() -> None:
    rng = np.random.default_rng(2)
    same = rng.random(100_000) < 0.02
    cosines = rng.normal(np.where(same, 0.5, 0.1), 0.1)
    own = fit_calibration(cosines, same, np.array([0.2]), prior=None)
    half = fit_calibration(cosines, same, np.array([0.2]))
    shift = math.log(0.02 / 0.98)
    assert own.offset - half.offset == pytest.approx(shift, abs=1.0)


def test_newton_finds_the_minimum_of_a_slow_search() -> None:
    cosines, same = _world(60, 0.4)
    found = fit_sigmoid(cosines, same)
    positives, negatives = same.sum(), (~same).sum()
    target = np.where(same, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(slope: float, offset: float) -> float:
        logits = slope * cosines + offset
        return float((np.logaddexp(0, logits) - target * logits).sum())

    best = loss(found.slope, found.offset)
    for moved in (-0.05, 0.05):
        assert loss(found.slope + moved, found.offset) > best
        assert loss(found.slope, found.offset + moved) > best


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300),
    st.integers(0, 2**32 - 1),
)
def test_thresholds_let_no_more_absent_people_pass_than_they_say(
    best: list[float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    fit = fit_calibration(rng.uniform(-1, 1, 20), np.arange(20) % 3 == 0, np.array(best), prior=0.5)
    absent = np.array(best)
    assert np.mean(absent >= fit.no_match) <= 0.1
    assert np.mean(absent >= fit.strict) <= 0.01
    assert fit.strict >= fit.no_match
    assert fit.slope >= 0
    # Anything lower would let the next absent person pass.
    lower = absent[absent < fit.no_match].max()
    assert np.mean(absent >= lower) > 0.1
    assert 0 <= fit.ece <= 1


def test_pairs_that_are_separated_keep_a_finite_slope() -> None:
    cosines = np.concatenate([np.full(50, 0.9), np.full(50, -0.9)])
    fit = fit_calibration(cosines, cosines > 0, np.array([0.0]))
    assert math.isfinite(fit.slope)
    assert fit.ece < 0.03


def test_cosines_that_say_nothing_or_the_opposite_give_the_prior() -> None:
    rng = np.random.default_rng(0)
    cosines = rng.uniform(-1, 1, 2000)
    fit = fit_calibration(cosines, cosines < 0, np.array([0.3]), prior=0.2)
    assert fit.slope == 0
    assert 1 / (1 + math.exp(-fit.offset)) == pytest.approx(0.2)
    equal = fit_calibration(np.full(10, 0.5), np.arange(10) < 5, np.array([0.5]))
    assert 1 / (1 + math.exp(-(equal.slope * 0.5 + equal.offset))) == pytest.approx(0.5)


def test_the_error_is_judged_on_other_people_at_the_same_prior() -> None:
    cosines, same = _world(20_000, 0.5, seed=3)
    others, truth = _world(20_000, 0.05, seed=4)
    fit = fit_calibration(cosines, same, np.array([0.1]), prior=0.05)
    assert calibration_error(fit, others, truth, prior=0.05) < 0.02
    overconfident = FittedSigmoid(fit.slope, fit.offset + 4)
    assert calibration_error(overconfident, others, truth, prior=0.05) > 0.05


def test_the_fit_becomes_the_calibration_of_a_model_folder() -> None:
    cosines, same = _world(500, 0.5)
    fit = fit_calibration(cosines, same, np.linspace(-0.2, 0.5, 200))
    kept = Calibration(slope=fit.slope, offset=fit.offset, no_match=fit.no_match, strict=fit.strict)
    assert kept.probability(0.9) > 0.9 > 0.1 > kept.probability(-0.1)
    assert Calibration.model_validate_json(kept.model_dump_json()) == kept


@pytest.mark.parametrize(
    ("cosines", "same", "absent", "prior"),
    [
        ([0.1, 0.2], [True], [0.1], 0.5),
        ([0.1, 0.2], [True, True], [0.1], 0.5),
        ([0.1, 0.2], [False, False], [0.1], 0.5),
        ([0.1, float("nan")], [True, False], [0.1], 0.5),
        ([0.1, 7.0], [True, False], [0.1], 0.5),
        ([0.1, 0.2], [True, False], [], 0.5),
        ([0.1, 0.2], [True, False], [float("inf")], 0.5),
        ([0.1, 0.2], [True, False], [0.1], 1.0),
        ([], [], [0.1], 0.5),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    cosines: list[float], same: list[bool], absent: list[float], prior: float
) -> None:
    with pytest.raises(InputError):
        fit_calibration(np.array(cosines), np.array(same, bool), np.array(absent), prior=prior)
