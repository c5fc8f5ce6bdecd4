"""Evaluation: metrics, protocols, breakdowns, reports. Definitions: docs/evaluation.md."""

from omnireid.evaluation.bootstrap import Interval, bootstrap_mean
from omnireid.evaluation.classification import F1Score, f1_by_class, f1_score, macro_f1
from omnireid.evaluation.exclusion import (
    EXCLUSIONS,
    NO_EXCLUSION,
    SAME_CAMERA,
    SAME_PICTURE,
    SYSU_CAMERAS,
    Exclusion,
)
from omnireid.evaluation.metrics import (
    ApRule,
    average_precision,
    evaluate_retrieval,
    inverse_negative_penalty,
    summarise,
)
from omnireid.evaluation.open_set import (
    OpenSetPoint,
    OpenSetSearches,
    fnir,
    fpir,
    hold_out_identities,
    open_set_searches,
    operating_points,
    threshold_at_far,
)
from omnireid.evaluation.ranking import (
    CmcRule,
    QueryRanks,
    Validity,
    match_labels,
    matrix_scores,
    rank_queries,
    vector_scores,
)
from omnireid.evaluation.reliability import Bins, Reliability, reliability
from omnireid.evaluation.results import RetrievalResult, mean_of_trials

__all__ = [
    "EXCLUSIONS",
    "NO_EXCLUSION",
    "SAME_CAMERA",
    "SAME_PICTURE",
    "SYSU_CAMERAS",
    "ApRule",
    "Bins",
    "CmcRule",
    "Exclusion",
    "F1Score",
    "Interval",
    "OpenSetPoint",
    "OpenSetSearches",
    "QueryRanks",
    "Reliability",
    "RetrievalResult",
    "Validity",
    "average_precision",
    "bootstrap_mean",
    "evaluate_retrieval",
    "f1_by_class",
    "f1_score",
    "fnir",
    "fpir",
    "hold_out_identities",
    "inverse_negative_penalty",
    "macro_f1",
    "match_labels",
    "matrix_scores",
    "mean_of_trials",
    "open_set_searches",
    "operating_points",
    "rank_queries",
    "reliability",
    "summarise",
    "threshold_at_far",
    "vector_scores",
]
