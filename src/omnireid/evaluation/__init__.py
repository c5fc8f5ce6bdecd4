"""Evaluation: metrics, protocols, breakdowns, reports. Definitions: docs/evaluation.md."""

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
from omnireid.evaluation.ranking import (
    CmcRule,
    QueryRanks,
    Validity,
    match_labels,
    matrix_scores,
    rank_queries,
    vector_scores,
)
from omnireid.evaluation.results import RetrievalResult, mean_of_trials

__all__ = [
    "EXCLUSIONS",
    "NO_EXCLUSION",
    "SAME_CAMERA",
    "SAME_PICTURE",
    "SYSU_CAMERAS",
    "ApRule",
    "CmcRule",
    "Exclusion",
    "QueryRanks",
    "RetrievalResult",
    "Validity",
    "average_precision",
    "evaluate_retrieval",
    "inverse_negative_penalty",
    "match_labels",
    "matrix_scores",
    "mean_of_trials",
    "rank_queries",
    "summarise",
    "vector_scores",
]
