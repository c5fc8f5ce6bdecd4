"""Open-set figures: how often a search for somebody absent still returns a candidate.

Terms follow ISO/IEC 19795 and NIST FRVT 1:N: a search is mated when the person is in the gallery.
FPIR (also FAR): share of non-mated searches with any candidate at or above the threshold. FNIR:
share of mated searches without the person among the first `rank` candidates at or above it.
DIR = 1 - FNIR at rank 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.ranking import QueryRanks

FARS = (0.001, 0.01, 0.1)


@dataclass(frozen=True, eq=False)
class OpenSetSearches:
    """Top similarities of both kinds of search.

    `mated_scores`, `mated_ranks`: the person's best similarity and rank, one a mated search.
    `non_mated_scores`: the highest similarity in the gallery, one a non-mated search.

    Raises:
        InputError: scores that are not finite, or ranks that do not fit the scores.
    """

    mated_scores: npt.NDArray[np.float64]
    mated_ranks: npt.NDArray[np.int64]
    non_mated_scores: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        finite = np.isfinite(self.mated_scores).all() and np.isfinite(self.non_mated_scores).all()
        if not finite or len(self.mated_scores) != len(self.mated_ranks):
            raise InputError(
                "open-set searches that cannot be scored",
                "scores are NaN or infinite, or there is not one rank for each mated score",
                "check the vectors that they were made from",
            )


@dataclass(frozen=True)
class OpenSetPoint:
    """One operating point: the threshold is meant for `far`, and really gives `fpir`."""

    far: float
    threshold: float
    fpir: float
    fnir: float
    dir: float
    num_mated: int
    num_non_mated: int
    rank: int

    def __str__(self) -> str:
        return (
            f"DIR {self.dir:.2%} (FNIR {self.fnir:.2%}) at FAR {self.far:g} "
            f"(FPIR {self.fpir:.2%}), threshold {self.threshold:.4f}, rank {self.rank} | "
            f"{self.num_mated:,} mated and {self.num_non_mated:,} non-mated searches"
        )


def open_set_searches(ranks: QueryRanks) -> OpenSetSearches:
    """Valid queries are the mated searches, queries without a positive the non-mated ones.

    A search with an empty gallery is left out: it has no candidate to accept.
    """
    valid = ranks.valid
    absent = ~valid & np.isfinite(ranks.best_scores)
    return OpenSetSearches(
        ranks.positive_scores[valid], ranks.first_ranks[valid, 0], ranks.best_scores[absent]
    )


def fpir(searches: OpenSetSearches, threshold: float) -> float:
    """Share of non-mated searches with a candidate at or above the threshold; NaN without any."""
    return _share(searches.non_mated_scores >= threshold)


def fnir(searches: OpenSetSearches, threshold: float, rank: int = 1) -> float:
    """Share of mated searches that miss the person; NaN without any mated search."""
    found = (searches.mated_scores >= threshold) & (searches.mated_ranks <= rank)
    return _share(~found)


def threshold_at_far(non_mated_scores: npt.NDArray[np.float64], far: float) -> float:
    """The lowest threshold whose FPIR does not pass `far`.

    Raises:
        InputError: no non-mated search, or a FAR outside 0..1.

    >>> threshold_at_far(np.array([0.1, 0.2, 0.3, 0.4]), 0.25) > 0.3
    True
    """
    if not len(non_mated_scores):
        raise InputError(
            "no threshold can be set",
            "there is no search for a person who is absent from the gallery",
            "leave some identities out of the gallery (see `hold_out_identities`)",
        )
    if not 0.0 <= far <= 1.0:
        raise InputError(f"FAR {far} is no rate", "a rate lies in 0..1", "give for example 0.01")
    ordered = np.sort(non_mated_scores)[::-1]
    allowed = int(np.floor(far * len(ordered) + 1e-9))
    if allowed >= len(ordered):
        return float(ordered[-1])
    # Just above the first score that must be refused: those equal to it are refused too.
    return float(np.nextafter(ordered[allowed], np.inf))


def operating_points(
    searches: OpenSetSearches, fars: Sequence[float] = FARS, rank: int = 1
) -> tuple[OpenSetPoint, ...]:
    """DIR, FPIR and FNIR at each FAR.

    Raises:
        InputError: no non-mated search, or a FAR outside 0..1.
    """
    return tuple(
        point_at(searches, far, threshold_at_far(searches.non_mated_scores, far), rank)
        for far in fars
    )


def point_at(
    searches: OpenSetSearches, far: float, threshold: float, rank: int = 1
) -> OpenSetPoint:
    """What a threshold that is meant for a FAR does to these searches."""
    missed = fnir(searches, threshold, rank)
    return OpenSetPoint(
        far,
        threshold,
        fpir(searches, threshold),
        missed,
        1.0 - missed,
        len(searches.mated_scores),
        len(searches.non_mated_scores),
        rank,
    )


def hold_out_identities(
    query_ids: npt.NDArray[np.generic], share: float = 0.5, seed: int = 0
) -> npt.NDArray[np.generic]:
    """Identities to leave out of the gallery, so that their queries become non-mated searches.

    Raises:
        InputError: a share outside 0..1.
    """
    if not 0.0 <= share <= 1.0:
        raise InputError(f"{share} is no share", "a share lies in 0..1", "give for example 0.5")
    names = np.unique(np.asarray(query_ids))
    order = np.random.default_rng(seed).permutation(len(names))
    return names[np.sort(order[: round(share * len(names))])]


def _share(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
