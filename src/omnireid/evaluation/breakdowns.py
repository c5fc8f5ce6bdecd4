"""Figures of parts of the queries, with intervals over identities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.datasets import Sample
from omnireid.evaluation.bootstrap import Interval, bootstrap_mean
from omnireid.evaluation.ranking import QueryRanks
from omnireid.evaluation.running import QueryFigures

UNKNOWN = "unknown"


@dataclass(frozen=True)
class GroupFigures:
    """Rank-1 and mAP of one group of queries."""

    kind: str
    group: str
    rank1: Interval
    mAP: Interval  # noqa: N815 - the field's name for it


_KINDS: dict[str, Callable[[Sample], str]] = {
    "all": lambda _: "all queries",
    "camera": lambda sample: sample.camera or UNKNOWN,
    "modality": lambda sample: "+".join(sample.modalities),
    "light": lambda sample: sample.light or _light_of_hour(sample),
}


def _light_of_hour(sample: Sample) -> str:
    # Only a stated time tells; from six to six is a convention, and named so in the report.
    if sample.time is None:
        return UNKNOWN
    return "day (6-18 h)" if 6 <= sample.time.hour < 18 else "night (18-6 h)"


def breakdowns(figures: QueryFigures, *, seed: int = 0) -> tuple[GroupFigures, ...]:
    """Rank-1 and mAP over all queries, by camera, by query modality, and by day and night.

    A kind in which every query is unknown is left out.
    """
    found: list[GroupFigures] = []
    identities = np.array(figures.identities)
    for kind, group_of in _KINDS.items():
        groups = np.array([group_of(sample) for sample in figures.samples])
        names = sorted(set(groups.tolist()), key=lambda name: (len(name), name))
        if names == [UNKNOWN]:
            continue
        for name in names:
            inside = groups == name
            found.append(
                GroupFigures(
                    kind,
                    name,
                    bootstrap_mean(figures.hits[inside], identities[inside], seed=seed),
                    bootstrap_mean(figures.precisions[inside], identities[inside], seed=seed),
                )
            )
    return tuple(found)


def gallery_size_sweep(
    ranks: QueryRanks, sizes: tuple[int, ...] | None = None
) -> tuple[tuple[int, float], ...]:
    """Expected rank-1 (image-level) against galleries of n wrong images: (n, rank-1).

    Exact, not sampled: with `a` of N wrong images above the first right one, n images drawn
    without replacement leave it first with probability C(N - a, n) / C(N, n). Sizes above a
    query's own number of wrong images use them all.
    """
    valid = np.flatnonzero(ranks.valid)
    if not len(valid):
        return ()
    ahead = np.array([int(ranks.positive_ranks[query][0]) - 1 for query in valid])
    wrong = ranks.kept[valid] - np.array([len(ranks.positive_ranks[query]) for query in valid])
    largest = int(wrong.max())
    chosen = sizes or _sizes(largest)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, largest + 1)))])
    sweep: list[tuple[int, float]] = []
    for size in chosen:
        drawn = np.minimum(size, wrong)
        rest = wrong - ahead - drawn
        safe = np.maximum(rest, 0)
        chance = np.exp(logs[wrong - ahead] - logs[safe] - logs[wrong] + logs[wrong - drawn])
        sweep.append((size, float(np.where(rest < 0, 0.0, chance).mean())))
    return tuple(sweep)


def _sizes(largest: int) -> tuple[int, ...]:
    steps: npt.NDArray[np.float64] = np.array([1, 2, 5])
    ladder = [int(step * 10**power) for power in range(1, 8) for step in steps]
    return (*(size for size in ladder if size < largest), largest)
