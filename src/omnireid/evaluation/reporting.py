"""Everything that a report of one protocol and one model says, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omnireid.datasets import DataSet, Figure, Problem, Sample, find_card
from omnireid.evaluation.audit import Overlap, audit_test, audit_training, known_sharing
from omnireid.evaluation.breakdowns import GroupFigures, breakdowns, gallery_size_sweep
from omnireid.evaluation.calibration import Calibrated
from omnireid.evaluation.combinations import (
    CombinationFigures,
    MissingFigures,
    combination_figures,
    missing_modality_sweep,
    ranked_combinations,
)
from omnireid.evaluation.embedding import EmbeddingCache, Encoding
from omnireid.evaluation.metrics import query_average_precisions
from omnireid.evaluation.rank_lists import RankList, rank_lists
from omnireid.evaluation.results import RetrievalResult
from omnireid.evaluation.running import Evaluation, Options, query_figures
from omnireid.evaluation.thresholds import OpenSetFigures, open_set_figures
from omnireid.observation import Modality


@dataclass(frozen=True)
class ModelFacts:
    """What a report says of the model."""

    model_id: str
    licence: str = ""
    training_data: str = ""
    calibration: Mapping[str, Calibrated] | None = None


@dataclass(frozen=True)
class EvaluationReport:
    """One protocol evaluated with one model. Times are local with their offset; `source` is the
    name of the folder or table, without its place."""

    created: datetime
    model_id: str
    model_licence: str
    training_data: str
    dataset: str
    source: str
    dataset_licence: str
    dataset_notes: tuple[str, ...]
    protocol: str
    draw_rule: str
    result: RetrievalResult
    published: tuple[Figure, ...]
    breakdowns: tuple[GroupFigures, ...]
    combinations: tuple[CombinationFigures, ...]
    missing: tuple[MissingFigures, ...]
    gallery_sizes: tuple[tuple[int, float], ...]
    open_set: tuple[OpenSetFigures, ...]
    overlaps: tuple[Overlap, ...]
    sharing: tuple[str, ...]
    problems: tuple[Problem, ...]
    best: tuple[RankList, ...]
    worst: tuple[RankList, ...]


def make_report(
    encoder: Encoding,
    facts: ModelFacts,
    data: DataSet,
    evaluation: Evaluation,
    cache: EmbeddingCache,
    options: Options,
    *,
    created: datetime,
    trained_on: Mapping[str, Sequence[Sample]] | None = None,
    seed: int = 0,
) -> EvaluationReport:
    """Break a result down. `trained_on`: samples that the model was trained on, by the name
    of their set, if they are at hand: their files are compared with the test's, and the names of
    people where both are of one set.
    """
    card = find_card(data.name)
    first = evaluation.trials[0]
    several = {modality for sample in first.query for modality in sample.modalities}
    targets = {modality for sample in first.gallery for modality in sample.modalities}
    combine = len(several) > 1 and Modality.RGB in targets
    ranked = (
        ranked_combinations(
            encoder, cache, first.query, first.gallery, evaluation.exclusion, options
        )
        if combine
        else {}
    )
    judged = [trial for trial in ranked.values() if trial is not None] or [first]
    best, worst = rank_lists(
        first, query_average_precisions(first.ranks, evaluation.protocol.ap_rule)
    )
    return EvaluationReport(
        created,
        facts.model_id,
        facts.licence,
        facts.training_data,
        card.title,
        data.root.name,
        card.licence,
        (*card.notes, *data.notes),
        evaluation.protocol.name,
        evaluation.protocol.draw_rule,
        evaluation.result,
        tuple(figure for figure in card.figures if figure.protocol == evaluation.protocol.name),
        breakdowns(query_figures(evaluation), seed=seed),
        combination_figures(ranked, options, seed=seed),
        missing_modality_sweep(
            encoder, cache, first.query, first.gallery, evaluation.exclusion, options, seed=seed
        )
        if combine
        else (),
        gallery_size_sweep(first.ranks),
        tuple(
            figures
            for trial in judged
            for figures in open_set_figures(trial, facts.calibration or {}, options, seed=seed)
        ),
        (
            *audit_test(first.query, first.gallery),
            *(
                overlap
                for name, samples in (trained_on or {}).items()
                for overlap in audit_training(
                    samples, (*first.query, *first.gallery), same_naming=name == data.name
                )
            ),
        ),
        known_sharing(facts.training_data, card.name),
        (*data.problems, *evaluation.problems),
        best,
        worst,
    )
