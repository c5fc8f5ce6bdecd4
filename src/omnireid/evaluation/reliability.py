"""How far stated probabilities can be believed: reliability bins and the calibration error.

ECE is that of Naeini et al., AAAI 2015: the mean over bins, weighted by their counts, of the
distance between the mean stated probability and the share that came true.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError


class Bins(StrEnum):
    """How probabilities are binned."""

    EQUAL_WIDTH = "equal width"
    EQUAL_COUNT = "equal count"


@dataclass(frozen=True)
class Reliability:
    """Non-empty bins in ascending order, and the calibration error over them."""

    ece: float
    stated: tuple[float, ...]
    observed: tuple[float, ...]
    counts: tuple[int, ...]
    bins: Bins

    def __str__(self) -> str:
        return (
            f"ECE {self.ece:.4f} over {sum(self.counts):,} outcomes in {len(self.counts)} "
            f"filled bins of {self.bins}"
        )


def chance_error(
    probabilities: npt.NDArray[np.floating], *, num_bins: int = 15, draws: int = 200, seed: int = 0
) -> float:
    """The mean ECE that these stated probabilities (n,) would show if they were exactly right.

    With few outcomes a bin's share differs from its probability by chance alone: an ECE near this
    value is no evidence of a wrong calibration.

    >>> round(chance_error(np.full(100, 0.5)), 2)
    0.04
    """
    stated = np.asarray(probabilities, dtype=np.float64)
    random = np.random.default_rng(seed)
    errors = [
        reliability(stated, random.random(len(stated)) < stated, num_bins=num_bins).ece
        for _ in range(draws)
    ]
    return float(np.mean(errors))


def reliability(
    probabilities: npt.NDArray[np.floating],
    outcomes: npt.NDArray[np.bool_],
    *,
    num_bins: int = 15,
    bins: Bins = Bins.EQUAL_WIDTH,
    weights: npt.NDArray[np.floating] | None = None,
) -> Reliability:
    """Bin stated probabilities (n,) against what came true (n,), each with its weight (n,) or 1.

    Raises:
        InputError: lengths that differ, nothing given, a value outside 0..1, or a weight that is
            not above 0.

    >>> reliability(np.array([0.75, 0.75]), np.array([True, False])).ece
    0.25
    """
    stated = np.asarray(probabilities, dtype=np.float64)
    came = np.asarray(outcomes, dtype=np.bool_)
    if stated.shape != came.shape or stated.ndim != 1 or not len(stated):
        raise InputError(
            "probabilities and outcomes do not fit",
            f"their shapes are {stated.shape} and {came.shape}",
            "give one outcome for each probability, and at least one",
        )
    if not ((stated >= 0) & (stated <= 1)).all():
        raise InputError(
            "a probability lies outside 0..1",
            f"values run from {stated.min()} to {stated.max()}",
            "turn similarities into probabilities first",
        )
    weighed = np.ones(len(stated)) if weights is None else np.asarray(weights, dtype=np.float64)
    if weighed.shape != stated.shape or not ((weighed > 0) & np.isfinite(weighed)).all():
        raise InputError(
            "weights that cannot be used",
            "there is not one finite weight above 0 for each outcome",
            "give one weight for each outcome, or none",
        )
    if num_bins < 1:
        raise InputError(f"{num_bins} bins", "at least one is needed", "use 15")
    if bins is Bins.EQUAL_WIDTH:
        bin_of = np.minimum((stated * num_bins).astype(np.intp), num_bins - 1)
    else:
        place = np.empty(len(stated), dtype=np.intp)
        place[np.argsort(stated, kind="stable")] = np.arange(len(stated))
        bin_of = place * num_bins // len(stated)
    counts = np.bincount(bin_of, minlength=num_bins)
    filled = counts > 0
    mass = np.bincount(bin_of, weights=weighed, minlength=num_bins)[filled]
    mean = np.bincount(bin_of, weights=weighed * stated, minlength=num_bins)[filled] / mass
    share = np.bincount(bin_of, weights=weighed * came, minlength=num_bins)[filled] / mass
    error = float((np.abs(mean - share) * mass).sum() / weighed.sum())
    return Reliability(
        error,
        tuple(mean.tolist()),
        tuple(share.tolist()),
        tuple(int(count) for count in counts[filled]),
        bins,
    )
