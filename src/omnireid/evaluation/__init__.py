"""Evaluation: metrics, protocols, breakdowns, reports. Definitions: docs/evaluation.md."""

from omnireid.evaluation.audit import (
    Overlap,
    audit_test,
    audit_training,
    known_sharing,
    sets_named_in,
)
from omnireid.evaluation.bootstrap import Interval, bootstrap_mean
from omnireid.evaluation.breakdowns import GroupFigures, breakdowns, gallery_size_sweep
from omnireid.evaluation.calibration import (
    Calibrated,
    CalibrationFit,
    FittedSigmoid,
    Sigmoid,
    calibration_error,
    calibration_reliability,
    fit_calibration,
    fit_sigmoid,
    stated_probability,
)
from omnireid.evaluation.checked_trials import TrialCheck
from omnireid.evaluation.checking import DataCheck, check_data
from omnireid.evaluation.classification import F1Score, f1_by_class, f1_score, macro_f1
from omnireid.evaluation.combinations import (
    CombinationFigures,
    MissingFigures,
    combination_figures,
    missing_modality_sweep,
    ranked_combinations,
)
from omnireid.evaluation.draws import Trial
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
from omnireid.evaluation.in_words import in_words, training_in_words
from omnireid.evaluation.labels import match_labels
from omnireid.evaluation.metrics import (
    ApRule,
    average_precision,
    cmc_curve,
    evaluate_retrieval,
    inverse_negative_penalty,
    query_average_precisions,
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
    point_at,
    threshold_at_far,
)
from omnireid.evaluation.protocols import (
    Protocol,
    find_protocol,
    protocols,
    protocols_of,
)
from omnireid.evaluation.rank_lists import RankList, Shown, rank_lists
from omnireid.evaluation.ranking import (
    CmcRule,
    QueryRanks,
    Validity,
    matrix_scores,
    rank_queries,
    vector_scores,
)
from omnireid.evaluation.reliability import Bins, Reliability, chance_error, reliability
from omnireid.evaluation.reliability_sheet import reliability_sheet
from omnireid.evaluation.report_files import report_csv, report_json, write_report, write_table
from omnireid.evaluation.report_page import report_page, table_page
from omnireid.evaluation.reporting import EvaluationReport, ModelFacts, make_report
from omnireid.evaluation.reranking import Reranking, reranked_scores
from omnireid.evaluation.results import RetrievalResult, mean_of_trials
from omnireid.evaluation.running import (
    Evaluation,
    Options,
    QueryFigures,
    RankedTrial,
    evaluate_protocol,
    evaluate_splits,
    models_named,
    query_figures,
)
from omnireid.evaluation.tables import (
    Acquaintance,
    LeaveOneOut,
    TableRow,
    leave_one_out,
    orbench_averages,
    table_row,
)
from omnireid.evaluation.thresholds import (
    OpenSetFigures,
    open_set_figures,
)

__all__ = [
    "EXCLUSIONS",
    "NO_EXCLUSION",
    "SAME_CAMERA",
    "SAME_PICTURE",
    "SYSU_CAMERAS",
    "Acquaintance",
    "ApRule",
    "Bins",
    "Calibrated",
    "CalibrationFit",
    "CmcRule",
    "CombinationFigures",
    "DataCheck",
    "Embedded",
    "EmbeddingCache",
    "Encoding",
    "Evaluation",
    "EvaluationReport",
    "Exclusion",
    "F1Score",
    "FittedSigmoid",
    "GroupFigures",
    "Interval",
    "LeaveOneOut",
    "MissingFigures",
    "ModelFacts",
    "OpenSetFigures",
    "OpenSetPoint",
    "OpenSetSearches",
    "Options",
    "Overlap",
    "Protocol",
    "QueryFigures",
    "QueryRanks",
    "RankList",
    "RankedTrial",
    "Reliability",
    "Reranking",
    "RetrievalResult",
    "Shown",
    "Sigmoid",
    "TableRow",
    "Trial",
    "TrialCheck",
    "Validity",
    "audit_test",
    "audit_training",
    "average_precision",
    "bootstrap_mean",
    "breakdowns",
    "calibration_error",
    "calibration_reliability",
    "chance_error",
    "check_data",
    "cmc_curve",
    "combination_figures",
    "content_digest",
    "embed",
    "evaluate_protocol",
    "evaluate_retrieval",
    "evaluate_splits",
    "f1_by_class",
    "f1_score",
    "find_protocol",
    "fit_calibration",
    "fit_sigmoid",
    "fnir",
    "fpir",
    "gallery_size_sweep",
    "hold_out_identities",
    "in_words",
    "inverse_negative_penalty",
    "known_sharing",
    "leave_one_out",
    "macro_f1",
    "make_report",
    "match_labels",
    "matrix_scores",
    "mean_of_trials",
    "missing_modality_sweep",
    "models_named",
    "open_set_figures",
    "open_set_searches",
    "operating_points",
    "orbench_averages",
    "point_at",
    "protocols",
    "protocols_of",
    "query_average_precisions",
    "query_figures",
    "rank_lists",
    "rank_queries",
    "ranked_combinations",
    "reliability",
    "reliability_sheet",
    "report_csv",
    "report_json",
    "report_page",
    "reranked_scores",
    "sets_named_in",
    "stated_probability",
    "summarise",
    "table_page",
    "table_row",
    "threshold_at_far",
    "training_in_words",
    "vector_scores",
    "write_report",
    "write_table",
]
