"""k-reciprocal re-ranking (Zhong et al., CVPR 2017), in blocks and with sparse rows.

The published code holds square matrices over query and gallery together; at Market-1501 size that
is several gigabytes. Here each item keeps its few weighted neighbours, and distances are made for
a block of rows at a time. Figures after re-ranking are always named so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.ranking import FloatArray, Scores

IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Reranking:
    """Parameters of the paper; its defaults.

    Raises:
        InputError: k1, k2 below 1, k2 above k1 + 1, or a weight outside 0..1.
    """

    k1: int = 20
    k2: int = 6
    weight: float = 0.3

    def __post_init__(self) -> None:
        if self.k1 < 1 or not 1 <= self.k2 <= self.k1 + 1 or not 0.0 <= self.weight <= 1.0:
            raise InputError(
                f"{self} cannot be used",
                "k1 is at least 1, k2 lies in 1..k1+1, the weight of the distance in 0..1",
                "use the defaults",
            )

    def __str__(self) -> str:
        return f"k-reciprocal re-ranking (k1 {self.k1}, k2 {self.k2}, weight {self.weight:g})"


@dataclass(frozen=True, eq=False)
class _Rows:
    """Sparse rows: the columns and weights of row i lie in [starts[i], starts[i + 1])."""

    starts: IndexArray
    columns: IndexArray
    weights: npt.NDArray[np.float32]

    def row(self, index: int) -> tuple[IndexArray, npt.NDArray[np.float32]]:
        part = slice(self.starts[index], self.starts[index + 1])
        return self.columns[part], self.weights[part]


def reranked_scores(
    query_vectors: FloatArray,
    gallery_vectors: FloatArray,
    rule: Reranking,
    *,
    memory_mb: int = 256,
) -> Scores:
    """Similarities (1 - re-ranked distance) of L2-normalised vectors, block by block.

    Time grows with the square of query plus gallery; memory stays within `memory_mb` besides the
    vectors and some tens of neighbours an item.
    """
    everything = np.concatenate([query_vectors, gallery_vectors]).astype(np.float32)
    queries = len(query_vectors)
    step = max(1, memory_mb * 2**20 // (len(everything) * 16))
    neighbours, largest = _neighbours(everything, rule.k1 + 1, step)
    rows = _expanded(_reciprocal_rows(everything, neighbours, largest, rule.k1), neighbours, rule)
    # The columns of the sparse rows, over gallery items: who shares a neighbour with the query.
    item_of = np.repeat(np.arange(len(everything)), np.diff(rows.starts))
    in_gallery = item_of >= queries
    order = np.argsort(rows.columns[in_gallery], kind="stable")
    columns = rows.columns[in_gallery][order]
    items = item_of[in_gallery][order] - queries
    weights = rows.weights[in_gallery][order]
    bounds = np.searchsorted(columns, np.arange(len(everything) + 1))

    def block(start: int, stop: int) -> FloatArray:
        distances = 2.0 - 2.0 * (everything[start:stop] @ everything[queries:].T)
        distances /= largest[start:stop, None]
        final = np.empty_like(distances)
        for row in range(start, stop):
            shared = np.zeros(len(everything) - queries, dtype=np.float32)
            for column, weight in zip(*rows.row(row), strict=True):
                part = slice(bounds[column], bounds[column + 1])
                shared[items[part]] += np.minimum(weight, weights[part])
            jaccard = 1.0 - shared / (2.0 - shared)
            final[row - start] = (1.0 - rule.weight) * jaccard + rule.weight * distances[
                row - start
            ]
        similarities: FloatArray = 1.0 - final
        return similarities

    return block


def _neighbours(
    everything: npt.NDArray[np.float32], count: int, step: int
) -> tuple[IndexArray, npt.NDArray[np.float32]]:
    """The nearest items of each, itself among them, and each row's largest distance."""
    size = len(everything)
    count = min(count, size)
    neighbours = np.empty((size, count), dtype=np.intp)
    largest = np.empty(size, dtype=np.float32)
    for start in range(0, size, step):
        distances = 2.0 - 2.0 * (everything[start : start + step] @ everything.T)
        largest[start : start + step] = distances.max(axis=1)
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        # Ties go to the lower index, whatever order the partition left.
        nearest.sort(axis=1)
        order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1, kind="stable")
        neighbours[start : start + step] = np.take_along_axis(nearest, order, axis=1)
    return neighbours, np.maximum(largest, 1e-12)


def _reciprocal(neighbours: IndexArray, item: int, count: int) -> IndexArray:
    """The first `count` + 1 neighbours of an item that have the item among theirs."""
    forward = neighbours[item, : count + 1]
    backward = neighbours[forward, : count + 1]
    mutual: IndexArray = forward[(backward == item).any(axis=1)]
    return mutual


def _reciprocal_rows(
    everything: npt.NDArray[np.float32],
    neighbours: IndexArray,
    largest: npt.NDArray[np.float32],
    k1: int,
) -> _Rows:
    """Each item's expanded k-reciprocal neighbours, weighted by a Gaussian of their distance."""
    half = round(k1 / 2)
    halves = [_reciprocal(neighbours, item, half) for item in range(len(everything))]
    columns: list[IndexArray] = []
    weights: list[npt.NDArray[np.float32]] = []
    marked = np.zeros(len(everything), dtype=np.bool_)
    for item in range(len(everything)):
        own = _reciprocal(neighbours, item, k1)
        marked[own] = True
        added = [own]
        for candidate in own:
            theirs = halves[candidate]
            if np.count_nonzero(marked[theirs]) > 2 / 3 * len(theirs):
                added.append(theirs)
        marked[own] = False
        expanded = np.unique(np.concatenate(added))
        distances = (2.0 - 2.0 * (everything[expanded] @ everything[item])) / largest[item]
        weight = np.exp(-distances)
        columns.append(expanded)
        weights.append((weight / weight.sum()).astype(np.float32))
    return _joined(columns, weights)


def _expanded(rows: _Rows, neighbours: IndexArray, rule: Reranking) -> _Rows:
    """Local query expansion: the mean of the rows of the k2 nearest."""
    if rule.k2 == 1:
        return rows
    columns: list[IndexArray] = []
    weights: list[npt.NDArray[np.float32]] = []
    for item in range(len(neighbours)):
        parts = [rows.row(index) for index in neighbours[item, : rule.k2]]
        every = np.concatenate([column for column, _ in parts])
        distinct, place = np.unique(every, return_inverse=True)
        total = np.bincount(place.reshape(-1), np.concatenate([weight for _, weight in parts]))
        columns.append(distinct)
        weights.append((total / len(parts)).astype(np.float32))
    return _joined(columns, weights)


def _joined(columns: list[IndexArray], weights: list[npt.NDArray[np.float32]]) -> _Rows:
    lengths = [len(column) for column in columns]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    return _Rows(starts, np.concatenate(columns), np.concatenate(weights))
