"""Many protocols by many models: zero-shot and domain generalisation in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from omnireid.datasets import DataSet, Figure, find_card
from omnireid.evaluation.audit import Overlap, known_sharing, sets_named_in
from omnireid.evaluation.reporting import ModelFacts
from omnireid.evaluation.results import RetrievalResult
from omnireid.evaluation.running import Evaluation

PAPER = "AIO (paper)"
"""How the cards name the method whose figures stand beside ours."""


class Acquaintance(StrEnum):
    """What a model's training had to do with a test set, as far as its description says."""

    UNSEEN = "unseen"
    SHARES = "shares data"
    TRAINED = "trained on it"
    UNKNOWN = "not stated"


@dataclass(frozen=True)
class TableRow:
    """One protocol by one model, with what the figures must be read with.

    `paper`: the published figure that this project stands beside, AIO's own zero-shot one;
    `published`: those of other methods. `wrong_counts`: where this copy differs from the published
    set, so that figures are not comparable.
    """

    protocol: str
    dataset: str
    model_id: str
    acquaintance: Acquaintance
    result: RetrievalResult
    paper: Figure | None
    published: tuple[str, ...]
    licence: str
    notes: tuple[str, ...]
    wrong_counts: tuple[str, ...]


@dataclass(frozen=True)
class LeaveOneOut:
    """For one set: the model trained on every other set of the table and not on this one."""

    dataset: str
    model_id: str | None
    rows: tuple[TableRow, ...]


def table_row(
    evaluation: Evaluation, facts: ModelFacts, data: DataSet, overlaps: Sequence[Overlap] = ()
) -> TableRow:
    """A row from an evaluation, with published figures, the licence and what is to be doubted.

    `overlaps`: what the audit found that training and test, or queries and gallery, share.
    """
    card = find_card(evaluation.protocol.dataset)
    named = sets_named_in(facts.training_data)
    notes = known_sharing(facts.training_data, card.name)
    if card.name in named:
        acquaintance = Acquaintance.TRAINED
    elif notes:
        acquaintance = Acquaintance.SHARES
    else:
        acquaintance = Acquaintance.UNSEEN if facts.training_data else Acquaintance.UNKNOWN
    figures = [one for one in card.figures if one.protocol == evaluation.protocol.name]
    return TableRow(
        evaluation.protocol.name,
        card.name,
        evaluation.model_id,
        acquaintance,
        evaluation.result,
        next((one for one in figures if one.method.startswith(PAPER)), None),
        tuple(
            f"{one.method}: rank-1 {one.rank1:.1f}%"
            + (f", mAP {one.mAP:.1f}%" if one.mAP is not None else "")
            for one in figures
            if not one.method.startswith(PAPER)
        ),
        card.licence,
        (
            *notes,
            *(f"{one.what}: {one.count:,}. {one.meaning}" for one in overlaps),
            *_left_out(evaluation, data),
        ),
        tuple(
            str(problem)
            for problem in (*data.problems, *evaluation.problems)
            if problem.wrong_count
        ),
    )


def _left_out(evaluation: Evaluation, data: DataSet) -> tuple[str, ...]:
    unread = [problem for problem in data.problems if not problem.wrong_count]
    unencoded = [problem for problem in evaluation.problems if not problem.wrong_count]
    notes: list[str] = []
    if unread:
        notes.append(
            f"rows and files that could not be used as they are: {len(unread):,} (first: "
            f"{unread[0]}); the report lists them"
        )
    if unencoded:
        notes.append(f"samples that could not be encoded and are not counted: {len(unencoded):,}")
    return tuple(notes)


def leave_one_out(
    rows: Sequence[TableRow], models: Sequence[ModelFacts]
) -> tuple[LeaveOneOut, ...]:
    """Leave-one-domain-out: each set with the model that knows all the other sets but not it.

    A model whose training shares data with the set is no such model.
    """
    datasets = list(dict.fromkeys(row.dataset for row in rows))
    if len(datasets) < 2:
        return ()
    trained = {facts.model_id: set(sets_named_in(facts.training_data)) for facts in models}
    found: list[LeaveOneOut] = []
    for dataset in datasets:
        others = set(datasets) - {dataset}
        fitting = next(
            (
                row.model_id
                for row in rows
                if row.dataset == dataset
                and row.acquaintance is Acquaintance.UNSEEN
                and others <= trained.get(row.model_id, set())
            ),
            None,
        )
        found.append(
            LeaveOneOut(
                dataset,
                fitting,
                tuple(r for r in rows if r.dataset == dataset and r.model_id == fitting),
            )
        )
    return tuple(found)


def orbench_averages(rows: Sequence[TableRow]) -> dict[str, dict[int, tuple[float, float, int]]]:
    """Mean rank-1 and mAP of the ORBench tasks with 1, 2, 3 and 4 modalities, by model.

    Each entry: (rank-1, mAP, tasks); the official groups have 4, 12, 12 and 4 tasks.
    """
    groups: dict[str, dict[int, list[RetrievalResult]]] = {}
    for row in rows:
        if row.dataset == "orbench":
            count = row.protocol.count("+") + 1
            groups.setdefault(row.model_id, {}).setdefault(count, []).append(row.result)
    return {
        model: {
            count: (
                sum(result.rank1 for result in results) / len(results),
                sum(result.mAP for result in results) / len(results),
                len(results),
            )
            for count, results in sorted(by_count.items())
        }
        for model, by_count in groups.items()
    }
