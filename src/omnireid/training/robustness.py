"""What happens when a part of a query is wrong: does it do harm, and is it noticed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from omnireid.evaluation import NO_EXCLUSION, evaluate_retrieval
from omnireid.observation import Modality
from omnireid.people import RenderedSet
from omnireid.training.held_out import Encodes, HeldOut, name_of, observe


@dataclass(frozen=True)
class WrongPart:
    """A good modality joined by one that belongs to somebody else: Rank-1 in the colour gallery.

    `alone` of the good one; `right` and `wrong` of both, with the right and the wrong second one.
    """

    good: Modality
    other: Modality
    alone: float
    right: float
    wrong: float
    queries: int


@dataclass(frozen=True)
class Contradiction:
    """How well two modalities of one query tell that they show different people: ROC-AUC of the
    cosine between the vectors of each alone."""

    first: Modality
    second: Modality
    auc: float
    pairs: int


def wrong_parts(encoder: Encodes, rendered: RenderedSet, held: HeldOut) -> tuple[WrongPart, ...]:
    """Every query modality joined by a random person's sketch or caption."""
    return tuple(_wrong_parts(encoder, rendered, held))


def _wrong_parts(encoder: Encodes, rendered: RenderedSet, held: HeldOut) -> Iterator[WrongPart]:
    strangers = _strangers(held)
    for other in (Modality.SKETCH, Modality.TEXT):
        for good in Modality:
            if good is other:
                continue
            kind = tuple(m for m in Modality if m in (good, other))
            wrong = encoder.encode(
                [
                    observe(rendered, view, kind, turn, {other: held.query_views[stranger]})
                    for turn, (view, stranger) in enumerate(
                        zip(held.query_views, strangers, strict=True)
                    )
                ]
            )
            yield WrongPart(
                good,
                other,
                _rank1(held, held.queries[good]),
                _rank1(held, held.queries[name_of(kind)]),
                _rank1(held, wrong),
                len(held.query_views),
            )


def contradictions(held: HeldOut) -> tuple[Contradiction, ...]:
    """Each pair of modalities, of the same view's person against a stranger's."""
    strangers = _strangers(held)
    found = []
    for first, second in combinations(Modality, 2):
        one, two = held.queries[first], held.queries[second]
        fits = (one * two).sum(1)
        clashes = (one * two[strangers]).sum(1)
        found.append(Contradiction(first, second, roc_auc(fits, clashes), len(fits)))
    return tuple(found)


def roc_auc(positive: npt.NDArray[np.floating], negative: npt.NDArray[np.floating]) -> float:
    """The chance that a positive scores above a negative; ties count half (Mann-Whitney).

    >>> roc_auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    upto = np.searchsorted(ordered, positive, side="right")
    return float((below + upto).mean() / (2 * len(negative)))


def _strangers(held: HeldOut) -> npt.NDArray[np.int64]:
    """For each query another query of somebody else: half of the list further on."""
    ids = held.query_ids
    places = np.arange(len(ids))
    other = (places + len(ids) // 2) % len(ids)
    while (clash := ids[other] == ids[places]).any():
        other[clash] = (other[clash] + 1) % len(ids)
    return other


def _rank1(held: HeldOut, queries: npt.NDArray[np.float32]) -> float:
    return float(
        evaluate_retrieval(
            queries,
            held.gallery[Modality.RGB],
            held.query_ids,
            held.gallery_ids,
            exclusion=NO_EXCLUSION,
        ).rank1
    )
