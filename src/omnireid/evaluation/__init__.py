"""Evaluation: metrics, protocols, breakdowns, reports. Definitions: docs/evaluation.md."""

from omnireid.evaluation.bootstrap import Interval, bootstrap_mean
from omnireid.evaluation.classification import F1Score, f1_by_class, f1_score, macro_f1
from omnireid.evaluation.embedding import (
    Embedded,
    EmbeddingCache,
    Encoding,
    content_digest,
    embed,
)
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
from omnireid.evaluation.protocols import (
    Protocol,
    Trial,
    find_protocol,
    protocols,
    protocols_of,
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
from omnireid.evaluation.reranking import Reranking, reranked_scores
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
    "Embedded",
    "EmbeddingCache",
    "Encoding",
    "Exclusion",
    "F1Score",
    "Interval",
    "OpenSetPoint",
    "OpenSetSearches",
    "Protocol",
    "QueryRanks",
    "Reliability",
    "Reranking",
    "RetrievalResult",
    "Trial",
    "Validity",
    "average_precision",
    "bootstrap_mean",
    "content_digest",
    "embed",
    "evaluate_retrieval",
    "f1_by_class",
    "f1_score",
    "find_protocol",
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
    "protocols",
    "protocols_of",
    "rank_queries",
    "reliability",
    "reranked_scores",
    "summarise",
    "threshold_at_far",
    "vector_scores",
]
