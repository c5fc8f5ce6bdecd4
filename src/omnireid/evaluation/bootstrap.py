"""Confidence intervals by resampling identities: a person's queries stand or fall together.

Resampling queries would call ten pictures of one person ten independent trials and give intervals
that are too narrow; the bootstrap here draws whole identities (cluster bootstrap, Field and Welsh,
JRSS B 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.evaluation.labels import Labels
from omnireid.evaluation.ranking import FloatArray

RESAMPLES = 1000


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence interval, and what it is a mean over; NaN over nothing."""

    mean: float
    low: float
    high: float
    num_queries: int
    num_identities: int

    def __str__(self) -> str:
        if not self.num_queries:
            return "no scorable query"
        return f"{self.mean:.2%} [{self.low:.2%}, {self.high:.2%}]"


def bootstrap_mean(
    values: FloatArray,
    identities: Labels,
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean of per-query values (n,) with a percentile interval over resampled identities.

    Values that are NaN (invalid queries) are left out. With one identity alone the interval is
    that of knowing nothing: 0 to 1. Where every value is 1, or every value 0, resampling cannot
    differ and would claim certainty: there the bound is the exact binomial one over identities
    (Clopper and Pearson 1934).

    >>> str(bootstrap_mean(np.ones(4), [1, 1, 2, 2]))
    '100.00% [15.81%, 100.00%]'
    """
    figures = np.asarray(values, dtype=np.float64)
    known = np.isfinite(figures)
    figures = figures[known]
    names, codes = np.unique(np.asarray(identities)[known], return_inverse=True)
    if not len(figures):
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    mean = float(figures.mean())
    if len(names) == 1:
        return Interval(mean, 0.0, 1.0, len(figures), 1)
    tail = (1.0 - confidence) / 2
    if (figures == figures[0]).all() and mean in (0.0, 1.0):
        reach = tail ** (1.0 / len(names))
        low, high = (reach, 1.0) if mean else (0.0, 1.0 - reach)
        return Interval(mean, low, high, len(figures), len(names))
    sums: npt.NDArray[np.float64] = np.bincount(codes.reshape(-1), weights=figures).astype(float)
    counts = np.bincount(codes.reshape(-1))
    means = _resampled(sums, counts, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high), len(figures), len(names))


def _resampled(
    sums: npt.NDArray[np.float64],
    counts: npt.NDArray[np.intp],
    resamples: int,
    random: np.random.Generator,
) -> npt.NDArray[np.float64]:
    means = np.empty(resamples)
    for index in range(resamples):
        drawn = random.integers(0, len(sums), len(sums))
        means[index] = sums[drawn].sum() / counts[drawn].sum()
    return means
