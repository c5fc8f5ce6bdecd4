"""The best and the worst queries with the first items of their rank lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnireid.datasets import Sample
from omnireid.evaluation.running import RankedTrial
from omnireid.observation import IMAGE_MODALITIES


@dataclass(frozen=True)
class Picture:
    """A picture file and what it is: rgb, infrared or sketch."""

    modality: str
    file: str


@dataclass(frozen=True)
class Shown:
    """One query or gallery item as a report shows it. `right` is None for the query itself."""

    identity: str
    camera: str | None
    pictures: tuple[Picture, ...]
    text: str | None
    score: float | None
    right: bool | None


@dataclass(frozen=True)
class RankList:
    """A query with its first items. `first_right` is the 1-based rank of the first right one."""

    query: Shown
    average_precision: float
    first_right: int
    items: tuple[Shown, ...]


def rank_lists(
    trial: RankedTrial, precisions: np.ndarray, *, count: int = 8, length: int = 8
) -> tuple[tuple[RankList, ...], tuple[RankList, ...]]:
    """(best, worst) by AP over the valid queries, at most one list a person.

    `precisions`: AP of each query of the trial.
    """
    valid = [row for row in np.argsort(-precisions, kind="stable") if trial.ranks.valid[row]]
    best = [_list(trial, precisions, row, length) for row in _one_a_person(trial, valid, count)]
    worst = [
        _list(trial, precisions, row, length)
        for row in _one_a_person(trial, valid[::-1], min(count, max(0, len(valid) - len(best))))
    ]
    return tuple(best), tuple(worst)


def _one_a_person(trial: RankedTrial, rows: list[int], count: int) -> list[int]:
    chosen: dict[str, int] = {}
    for row in rows:
        if len(chosen) == count:
            break
        chosen.setdefault(trial.query[row].identity, int(row))
    return list(chosen.values())


def _list(trial: RankedTrial, precisions: np.ndarray, row: int, length: int) -> RankList:
    query = trial.query[row]
    return RankList(
        _shown(query, None, None),
        float(precisions[row]),
        int(trial.ranks.positive_ranks[row][0]),
        tuple(
            _shown(trial.gallery[index], score, trial.gallery[index].identity == query.identity)
            for index, score in trial.first(row, length)
        ),
    )


def _shown(sample: Sample, score: float | None, right: bool | None) -> Shown:
    return Shown(
        sample.identity,
        sample.camera,
        tuple(
            Picture(modality.value, str(path))
            for modality in IMAGE_MODALITIES
            for path in getattr(sample, modality.value)
        ),
        sample.text,
        score,
        right,
    )
