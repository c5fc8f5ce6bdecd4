"""Believable answers: probabilities of the first candidate, and thresholds for nobody's there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.datasets import Sample
from omnireid.evaluation.calibration import (
    NO_MATCH_FAR,
    STRICT_FAR,
    Calibrated,
    Sigmoid,
    fit_sigmoid,
    stated_probability,
)
from omnireid.evaluation.open_set import (
    FARS,
    OpenSetPoint,
    OpenSetSearches,
    hold_out_identities,
    open_set_searches,
    operating_points,
    point_at,
)
from omnireid.evaluation.reliability import Reliability, chance_error, reliability
from omnireid.evaluation.running import Options, RankedTrial, Samples, rank_samples


@dataclass(frozen=True)
class OpenSetFigures:
    """Operating points and reliability of one query combination (such as `sketch+text>rgb`).

    `own`: what the model's own thresholds do here, with the FAR that each is meant for.
    `calibrated_by` says where the probabilities come from; `chance_ece` is the ECE that they would
    show if they were exactly right.
    """

    combination: str
    points: tuple[OpenSetPoint, ...]
    own: tuple[OpenSetPoint, ...]
    reliability: Reliability | None
    chance_ece: float
    calibrated_by: str


def open_set_figures(
    trial: RankedTrial,
    calibration: Mapping[str, Calibrated],
    options: Options,
    *,
    fars: Sequence[float] = FARS,
    seed: int = 0,
) -> tuple[OpenSetFigures, ...]:
    """Half of the query identities are taken out of the trial's gallery, then each query
    combination is judged apart.

    Probabilities come from the model's own calibration where it has one for the combination;
    otherwise a sigmoid is fitted on half of the identities and judged on the other half.
    """
    absent = set(
        hold_out_identities(np.array([s.identity for s in trial.query]), 0.5, seed).tolist()
    )
    keep = [row for row, sample in enumerate(trial.gallery) if sample.identity not in absent]
    if not keep:
        return ()
    reduced = rank_samples(
        trial.query,
        tuple(trial.gallery[row] for row in keep),
        trial.query_vectors,
        trial.gallery_vectors[keep],
        trial.labels.exclusion,
        trial.ranks.cmc_rule,
        Options(memory_mb=options.memory_mb),
        part=True,
    )
    target = _target(trial.gallery)
    kinds = np.array([_kind(sample, target) for sample in trial.query])
    found: list[OpenSetFigures] = []
    for kind in sorted(set(kinds.tolist())):
        inside = kinds == kind
        searches = _subset(open_set_searches(reduced.ranks), inside, reduced)
        points = operating_points(searches, fars) if len(searches.non_mated_scores) else ()
        own = calibration.get(kind)
        judged, chance, source = _judged(reduced, inside, own, seed)
        found.append(
            OpenSetFigures(kind, points, _own_points(searches, own), judged, chance, source)
        )
    return tuple(found)


def _own_points(searches: OpenSetSearches, own: Calibrated | None) -> tuple[OpenSetPoint, ...]:
    if own is None or not len(searches.non_mated_scores):
        return ()
    return (
        point_at(searches, NO_MATCH_FAR, own.no_match),
        point_at(searches, STRICT_FAR, own.strict),
    )


def _subset(
    searches: OpenSetSearches, inside: npt.NDArray[np.bool_], trial: RankedTrial
) -> OpenSetSearches:
    valid = trial.ranks.valid
    absent = ~valid & np.isfinite(trial.ranks.best_scores)
    return OpenSetSearches(
        searches.mated_scores[inside[valid]],
        searches.mated_ranks[inside[valid]],
        searches.non_mated_scores[inside[absent]],
    )


def _judged(
    trial: RankedTrial, inside: npt.NDArray[np.bool_], own: Sigmoid | None, seed: int
) -> tuple[Reliability | None, float, str]:
    """Reliability of the first candidate's probability over these queries, and what chance alone
    would show."""
    chosen = inside & np.isfinite(trial.ranks.best_scores)
    scores = trial.ranks.best_scores[chosen]
    right = np.array(
        [len(ranks) > 0 and ranks[0] == 1 for ranks in trial.ranks.positive_ranks], dtype=np.bool_
    )[chosen]
    identities = np.array([sample.identity for sample in trial.query])[chosen]
    if not len(scores):
        return None, float("nan"), "nothing to judge"
    if own is not None:
        stated = stated_probability(own, scores)
        return reliability(stated, right), chance_error(stated), "the model's own calibration"
    fitting = np.isin(identities, hold_out_identities(identities, 0.5, seed + 1))
    if not 0 < right[fitting].sum() < fitting.sum() or fitting.all():
        return None, float("nan"), "too few queries to fit a calibration"
    fitted = fit_sigmoid(scores[fitting], right[fitting])
    stated = stated_probability(fitted, scores[~fitting])
    return (
        reliability(stated, right[~fitting]),
        chance_error(stated),
        "fitted on half of the identities, judged on the other half",
    )


def _target(gallery: Samples) -> str:
    """The gallery's modalities as the model's calibration names them; a mixture has no name."""
    kinds = {"+".join(sample.modalities) for sample in gallery}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _kind(query: Sample, target: str) -> str:
    return "+".join(query.modalities) + ">" + target
