"""CMC, AP, INP and their means over valid queries.

Definitions: docs/evaluation.md. AP, plain, is the mean over positives of precision at each;
trapezoid is the official Market-1501 MATLAB evaluator's (Zheng et al., ICCV 2015). INP is that of
Ye et al., "Deep Learning for Person Re-identification: A Survey and Outlook", TPAMI 2021.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from omnireid.evaluation.exclusion import SAME_CAMERA, Exclusion
from omnireid.evaluation.labels import Labels, match_labels
from omnireid.evaluation.ranking import (
    TIE_RULE,
    CmcRule,
    FloatArray,
    QueryRanks,
    Scores,
    Validity,
    normalised_pair,
    product_scores,
    rank_queries,
)
from omnireid.evaluation.reranking import Reranking, reranked_scores
from omnireid.evaluation.results import RetrievalResult, TrialFigures

MAX_RANK = 50


class ApRule(StrEnum):
    """How precision is averaged over the positives."""

    PLAIN = "plain"
    TRAPEZOID = "trapezoid"


def average_precision(ranks: npt.NDArray[np.int64], rule: ApRule = ApRule.PLAIN) -> float:
    """AP of one query from the 1-based ranks of its positives, ascending; NaN without any.

    >>> round(average_precision(np.array([1, 2, 4, 7])), 6)
    0.830357
    >>> round(average_precision(np.array([1, 2, 4, 7]), ApRule.TRAPEZOID), 6)
    0.811012
    """
    if not len(ranks):
        return float("nan")
    hits = np.arange(1, len(ranks) + 1)
    precision = hits / ranks
    if rule is ApRule.PLAIN:
        return float(precision.mean())
    before = np.where(ranks == 1, 1.0, (hits - 1) / np.maximum(ranks - 1, 1))
    return float((precision + before).mean() / 2)


def inverse_negative_penalty(ranks: npt.NDArray[np.int64]) -> float:
    """INP of one query: positives over the rank of the last of them; NaN without any.

    >>> inverse_negative_penalty(np.array([2, 3, 50]))
    0.06
    """
    return len(ranks) / int(ranks[-1]) if len(ranks) else float("nan")


def cmc_curve(ranks: QueryRanks, max_rank: int = MAX_RANK) -> npt.NDArray[np.float64]:
    """CMC at ranks 1..max_rank over the valid queries; NaN if there is none.

    Past the end of a short gallery the curve stays where it is: every valid query was found.
    """
    valid = ranks.first_ranks[ranks.valid]
    if not valid.size:
        return np.full(max_rank, np.nan)
    counts = np.bincount(np.minimum(valid, max_rank + 1).ravel(), minlength=max_rank + 2)
    curve: npt.NDArray[np.float64] = np.cumsum(counts[1 : max_rank + 1]) / valid.size
    return curve


def query_average_precisions(
    ranks: QueryRanks, rule: ApRule = ApRule.PLAIN
) -> npt.NDArray[np.float64]:
    """AP of each query, NaN where invalid."""
    return np.array([average_precision(one, rule) for one in ranks.positive_ranks], dtype=float)


def summarise(
    ranks: QueryRanks,
    *,
    exclusion: Exclusion,
    ap_rule: ApRule = ApRule.PLAIN,
    ranking: str = "cosine",
    max_rank: int = MAX_RANK,
    trial: tuple[int, int] = (1, 1),
) -> RetrievalResult:
    """Means over the valid queries, with every count and rule; `ranking` names what ranked.

    `trial`: its number from 1, and how many the protocol has.
    """
    valid = ranks.valid
    precisions = query_average_precisions(ranks, ap_rule)[valid]
    penalties = np.array([inverse_negative_penalty(one) for one in ranks.positive_ranks])[valid]
    curve = cmc_curve(ranks, max_rank)
    reasons = Counter(Validity(int(code)).reason for code in ranks.validity[~valid])
    mean_ap = float(precisions.mean()) if len(precisions) else float("nan")
    mean_inp = float(penalties.mean()) if len(penalties) else float("nan")
    return RetrievalResult(
        cmc=tuple(curve.tolist()),
        mAP=mean_ap,
        mINP=mean_inp,
        num_query=len(ranks),
        num_valid=int(valid.sum()),
        num_gallery=ranks.num_gallery,
        invalid=dict(reasons),
        exclusion=str(exclusion),
        ap_rule=ap_rule.value,
        cmc_rule=ranks.cmc_rule.value,
        tie_rule=TIE_RULE,
        ranking=ranking,
        trials=1,
        protocol_trials=trial[1],
        per_trial=(
            TrialFigures(
                number=trial[0],
                rank1=float(curve[0]),
                mAP=mean_ap,
                mINP=mean_inp,
                num_query=len(ranks),
                num_valid=int(valid.sum()),
                num_gallery=ranks.num_gallery,
            ),
        ),
    )


def evaluate_retrieval(
    query_vectors: FloatArray,
    gallery_vectors: FloatArray,
    query_ids: Labels,
    gallery_ids: Labels,
    query_cameras: Labels | None = None,
    gallery_cameras: Labels | None = None,
    *,
    query_pictures: Labels | None = None,
    gallery_pictures: Labels | None = None,
    exclusion: Exclusion = SAME_CAMERA,
    ap_rule: ApRule = ApRule.PLAIN,
    cmc_rule: CmcRule = CmcRule.IMAGE,
    max_rank: int = MAX_RANK,
    memory_mb: int = 256,
    seed: int = 0,
    reranking: Reranking | None = None,
) -> RetrievalResult:
    """Rank the gallery by cosine for every query and average over the valid ones.

    Vectors are (n, width); labels are one integer or string per row. `memory_mb` bounds the
    blocks of similarities held at once. With `reranking` the result names it.

    Raises:
        InputError: vectors that are not finite, lengths that do not fit, or a rule whose labels
            are missing.

    >>> from omnireid.evaluation import NO_EXCLUSION
    >>> vectors = np.eye(3, dtype=np.float32)
    >>> result = evaluate_retrieval(vectors, vectors, [1, 2, 3], [1, 2, 2], exclusion=NO_EXCLUSION)
    >>> result.rank1, result.num_valid, result.num_query
    (1.0, 2, 3)
    """
    gallery = match_labels(
        query_ids,
        gallery_ids,
        query_cameras,
        gallery_cameras,
        query_pictures,
        gallery_pictures,
        exclusion,
    )
    scores, ranking = ranking_of(query_vectors, gallery_vectors, reranking, memory_mb)
    ranks = rank_queries(scores, gallery, cmc_rule=cmc_rule, memory_mb=memory_mb, seed=seed)
    return summarise(
        ranks, exclusion=exclusion, ap_rule=ap_rule, ranking=ranking, max_rank=max_rank
    )


def ranking_of(
    query_vectors: FloatArray,
    gallery_vectors: FloatArray,
    reranking: Reranking | None,
    memory_mb: int,
) -> tuple[Scores, str]:
    """What ranks the gallery, and its name for the result.

    Raises:
        InputError: vectors that are not finite or of different widths.
    """
    query, gallery = normalised_pair(query_vectors, gallery_vectors)
    if reranking is None:
        return product_scores(query, gallery), "cosine"
    return reranked_scores(query, gallery, reranking, memory_mb=memory_mb), f"cosine, {reranking}"
