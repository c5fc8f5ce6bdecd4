"""Cosines made believable: a sigmoid from labelled pairs, thresholds from searches for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.open_set import threshold_at_far
from omnireid.evaluation.reliability import Reliability, reliability

NO_MATCH_FAR = 0.1
STRICT_FAR = 0.01
_STEPS = 100


class Sigmoid(Protocol):
    """Probability of the same identity = 1 / (1 + exp(-(slope * cosine + offset)))."""

    @property
    def slope(self) -> float:
        """Factor of the cosine."""
        ...

    @property
    def offset(self) -> float:
        """What is added."""
        ...


class Calibrated(Sigmoid, Protocol):
    """A sigmoid with the thresholds that a model states; a model folder's calibration is one."""

    @property
    def no_match(self) -> float:
        """Below this best cosine the person is probably absent: meant for a FAR of 10 %."""
        ...

    @property
    def strict(self) -> float:
        """The same for a FAR of 1 %."""
        ...


@dataclass(frozen=True)
class FittedSigmoid:
    """A sigmoid fitted on scores and outcomes (Platt scaling)."""

    slope: float
    offset: float


@dataclass(frozen=True)
class CalibrationFit:
    """What one kind of query against one kind of gallery needs, as `model.json` keeps it.

    `no_match` and `strict`: thresholds on the best cosine of a search at which one search in ten,
    and one in a hundred, for an absent person would still pass (FAR 10 % and 1 %). `ece`: the
    calibration error of the sigmoid on the pairs that it was fitted on, at the same prior. Judge
    it on other people with `calibration_error`.
    """

    slope: float
    offset: float
    no_match: float
    strict: float
    ece: float


def fit_calibration(
    cosines: npt.NDArray[np.floating],
    same: npt.NDArray[np.bool_],
    open_set_best_cosines: npt.NDArray[np.floating],
    *,
    prior: float | None = 0.5,
) -> CalibrationFit:
    """Slope, offset and thresholds from cosines of pairs (n,), whether each pair is of the same
    identity (n,), and the best cosine of each search for an absent person (m,).

    Give the pairs that will be shown: the first candidates of searches in galleries of the size
    expected, some of them for absent people. On pairs picked at random a probability would be
    too high for the best of many.

    `prior`: the share of pairs of the same identity where the probability will be read. Pairs are
    seldom sampled in that share, so both kinds are weighted to it; None keeps the sample's own.
    The slope is never below 0: where a higher cosine does not mean more alike, the probability is
    the prior for every cosine, and the thresholds still hold. With fewer than a hundred searches
    for absent people `strict` lies just above all of them.

    Raises:
        InputError: shapes that differ, a cosine outside -1..1 or not finite, one kind of pair
            missing, no search for an absent person, or a prior outside 0..1.

    >>> fit = fit_calibration(
    ...     np.array([0.1, 0.3, 0.7, 0.8]), np.array([False, False, True, True]), np.array([0.4])
    ... )
    >>> fit.slope > 0, fit.no_match > 0.4
    (True, True)
    """
    values, labels = _checked(cosines, same)
    absent = np.asarray(open_set_best_cosines, dtype=np.float64).reshape(-1)
    _check_cosines("best cosines of searches for absent people", absent)
    weights = _prior_weights(labels, prior)
    fitted = fit_sigmoid(values, labels, weights=weights)
    if fitted.slope < 0:
        share = float(weights[labels].sum() / weights.sum())
        fitted = FittedSigmoid(0.0, float(np.log(share / (1.0 - share))))
    return CalibrationFit(
        fitted.slope,
        fitted.offset,
        threshold_at_far(absent, NO_MATCH_FAR),
        threshold_at_far(absent, STRICT_FAR),
        calibration_error(fitted, values, labels, prior=prior),
    )


def calibration_error(
    sigmoid: Sigmoid,
    cosines: npt.NDArray[np.floating],
    same: npt.NDArray[np.bool_],
    *,
    prior: float | None = 0.5,
) -> float:
    """ECE of a sigmoid on labelled pairs, weighted to the prior as in `fit_calibration`.

    Raises:
        InputError: as `fit_calibration`.
    """
    return calibration_reliability(sigmoid, cosines, same, prior=prior).ece


def calibration_reliability(
    sigmoid: Sigmoid,
    cosines: npt.NDArray[np.floating],
    same: npt.NDArray[np.bool_],
    *,
    prior: float | None = 0.5,
) -> Reliability:
    """The bins behind `calibration_error`, as a reliability chart shows them.

    Raises:
        InputError: as `fit_calibration`.
    """
    values, labels = _checked(cosines, same)
    return reliability(
        stated_probability(sigmoid, values), labels, weights=_prior_weights(labels, prior)
    )


def fit_sigmoid(
    scores: npt.NDArray[np.floating],
    outcomes: npt.NDArray[np.bool_],
    *,
    weights: npt.NDArray[np.floating] | None = None,
) -> FittedSigmoid:
    """Slope and offset by Newton's method on the smoothed likelihood of Platt (1999).

    Platt's smoothed targets keep the slope finite where scores separate the outcomes perfectly.

    >>> fit = fit_sigmoid(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    >>> fit.slope > 0
    True
    """
    positives = int(np.count_nonzero(outcomes))
    negatives = len(outcomes) - positives
    target = np.where(outcomes, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    share = np.ones(len(target)) if weights is None else np.asarray(weights, dtype=np.float64)
    share = share / share.mean()
    design = np.stack([np.asarray(scores, dtype=np.float64), np.ones(len(scores))], axis=1)
    found = np.zeros(2)
    loss = _loss(design @ found, target, share)
    for _ in range(_STEPS):
        stated = _logistic(design @ found)
        gradient = design.T @ (share * (stated - target))
        curvature = (design * (share * stated * (1 - stated))[:, None]).T @ design
        # The ridge is there for scores that are all equal, where no slope is determined.
        step = np.linalg.solve(curvature + 1e-9 * len(target) * np.eye(2), gradient)
        length = 1.0
        while _loss(design @ (found - length * step), target, share) > loss and length > 1e-6:
            length /= 2  # a full step can overshoot where the curve is flat
        found = found - length * step
        before, loss = loss, _loss(design @ found, target, share)
        if before - loss <= 1e-12 * max(before, 1.0):
            break
    return FittedSigmoid(float(found[0]), float(found[1]))


def stated_probability(
    sigmoid: Sigmoid, cosines: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """The probability of the same identity for each cosine."""
    return _logistic(sigmoid.slope * np.asarray(cosines, dtype=np.float64) + sigmoid.offset)


def _logistic(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float64)


def _loss(
    logits: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
) -> float:
    return float((weights * (np.logaddexp(0.0, logits) - target * logits)).sum())


def _prior_weights(labels: npt.NDArray[np.bool_], prior: float | None) -> npt.NDArray[np.float64]:
    """A weight for each pair, such that pairs of the same identity weigh `prior` together."""
    if prior is None:
        return np.ones(len(labels))
    if not 0.0 < prior < 1.0:
        raise InputError(
            f"{prior} is no prior", "it lies between 0 and 1, both excluded", "give for example 0.5"
        )
    share = labels.mean()
    return np.asarray(np.where(labels, prior / share, (1.0 - prior) / (1.0 - share)))


def _checked(
    cosines: npt.NDArray[np.floating], same: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    values = np.asarray(cosines, dtype=np.float64)
    labels = np.asarray(same, dtype=np.bool_)
    if values.shape != labels.shape or values.ndim != 1:
        raise InputError(
            "cosines and labels do not fit",
            f"their shapes are {values.shape} and {labels.shape}",
            "give one label for each cosine",
        )
    _check_cosines("cosines of pairs", values)
    if not labels.any() or labels.all():
        raise InputError(
            "no calibration can be fitted",
            f"of {len(labels)} pairs {int(labels.sum())} are of the same identity",
            "give pairs of the same and of different identities",
        )
    return values, labels


def _check_cosines(what: str, values: npt.NDArray[np.float64]) -> None:
    # float16 at rest rounds: a cosine of a vector with itself may pass 1 by a little.
    if not (np.abs(values) <= 1.01).all():  # NaN fails too
        raise InputError(
            f"{what} that are no cosines",
            "a value is not finite, or lies outside -1..1",
            "normalise the vectors, and check those that they were made from",
        )
