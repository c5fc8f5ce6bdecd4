"""Ranks of the positives of every query, without sorting the gallery's indices.

A query's figures need only the ranks of its positives, and a rank is a count: the kept items that
are more alike, plus the equal ones at a lower gallery index. Counting takes one pass over the row
for each positive; a query with many positives sorts the row's values once and looks them up. Both
give the result of a stable descending argsort, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.labels import Gallery, IndexArray

FloatArray: TypeAlias = npt.NDArray[np.floating]

Scores: TypeAlias = Callable[[int, int], FloatArray]
"""Similarities of the queries [start, stop) to the whole gallery, (stop - start, n): higher is
more alike. The block is read, never written."""

TIE_RULE = "lower gallery index first"

_BYTES_PER_SCORE = 2 * 8
"""A block of float64 similarities, and the room that checking it takes."""

_SORT_FROM = 48
"""Positives from which one sort of a row is cheaper than a pass for each (measured)."""


class CmcRule(StrEnum):
    """What the CMC counts."""

    IMAGE = "image-level"
    IDENTITY = "identity-level (ranks count identities, each by its first image)"
    SINGLE_SHOT = "single-shot (one drawn image per identity, 10 draws per query)"


class Validity(IntEnum):
    """Whether a query could be scored and, if not, why."""

    VALID = 0
    NOT_IN_GALLERY = 1
    ALL_EXCLUDED = 2

    @property
    def reason(self) -> str:
        """The reason in words."""
        return _REASONS[self]


_REASONS = {
    Validity.VALID: "scored",
    Validity.NOT_IN_GALLERY: "the identity is not in the gallery",
    Validity.ALL_EXCLUDED: "the exclusion rule removes every gallery item of the identity",
}

SINGLE_SHOT_DRAWS = 10


@dataclass(frozen=True, eq=False)
class QueryRanks:
    """What the ranking found for each query; arrays are aligned with the queries.

    `first_ranks` (n, draws): 1-based rank of the true match as the CMC rule counts it, 0 where the
    query is invalid. `positive_ranks`: the 1-based image ranks of all positives, ascending.
    `best_scores`: the highest similarity kept; `positive_scores`: the highest of a positive (NaN
    without one). `kept`: gallery items left by the exclusion rule. `validity`: codes of
    `Validity`.
    """

    first_ranks: npt.NDArray[np.int64]
    positive_ranks: tuple[npt.NDArray[np.int64], ...]
    best_scores: npt.NDArray[np.float64]
    positive_scores: npt.NDArray[np.float64]
    kept: npt.NDArray[np.int64]
    validity: npt.NDArray[np.int8]
    num_gallery: int
    cmc_rule: CmcRule

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Which queries have a positive left in the gallery."""
        return np.equal(self.validity, Validity.VALID)

    def __len__(self) -> int:
        return len(self.validity)


def rank_queries(
    scores: Scores,
    gallery: Gallery,
    *,
    cmc_rule: CmcRule = CmcRule.IMAGE,
    memory_mb: int = 256,
    seed: int = 0,
) -> QueryRanks:
    """Rank the positives of each query. Time: one sort of values a query; memory: bounded.

    `memory_mb` bounds the blocks of similarities, in mebibytes (at least one row is held).
    `seed` is used by the single-shot CMC alone.

    Raises:
        InputError: similarities that are not finite or of the wrong shape.
    """
    queries, size = len(gallery.query_identities), len(gallery.gallery_identities)
    draws = SINGLE_SHOT_DRAWS if cmc_rule is CmcRule.SINGLE_SHOT else 1
    first_ranks = np.zeros((queries, draws), dtype=np.int64)
    positive_ranks: list[npt.NDArray[np.int64]] = []
    best = np.full(queries, np.nan)
    best_positive = np.full(queries, np.nan)
    left = np.zeros(queries, dtype=np.int64)
    validity = np.zeros(queries, dtype=np.int8)
    random = np.random.default_rng(seed)
    for start, block in _blocks(scores, queries, size, memory_mb):
        for query, row in enumerate(block, start):
            positives, excluded = gallery.split(query)
            kept = row.copy()
            kept[excluded] = -np.inf
            left[query] = size - len(excluded)
            if left[query]:
                best[query] = kept.max()
            validity[query] = _validity(gallery, query, positives)
            ranks = _ranks(kept, positives)
            positive_ranks.append(np.sort(ranks))
            if not len(positives):
                continue
            first = positives[ranks.argmin()]
            best_positive[query] = kept[first]
            if cmc_rule is CmcRule.IMAGE:
                first_ranks[query] = ranks.min()
            elif cmc_rule is CmcRule.IDENTITY:
                first_ranks[query] = _identity_rank(kept, int(first), gallery.gallery_identities)
            else:
                first_ranks[query] = _single_shot_ranks(
                    kept, positives, gallery.gallery_identities, random
                )
    return QueryRanks(
        first_ranks, tuple(positive_ranks), best, best_positive, left, validity, size, cmc_rule
    )


def query_validity(gallery: Gallery) -> npt.NDArray[np.int8]:
    """Codes of `Validity` for every query, which labels alone decide."""
    queries = range(len(gallery.query_identities))
    return np.array([_validity(gallery, row, gallery.split(row)[0]) for row in queries], np.int8)


def vector_scores(query_vectors: FloatArray, gallery_vectors: FloatArray) -> Scores:
    """Cosine similarity of vectors (n, width), computed block by block in float32.

    Raises:
        InputError: vectors that are not finite, empty, or of different widths.
    """
    return product_scores(*normalised_pair(query_vectors, gallery_vectors))


def product_scores(query: FloatArray, gallery: FloatArray) -> Scores:
    """Inner products of vectors as they are, block by block."""
    transposed = gallery.T

    def block(start: int, stop: int) -> FloatArray:
        return query[start:stop] @ transposed

    return block


def normalised_pair(
    query_vectors: FloatArray, gallery_vectors: FloatArray
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Both matrices with rows of length 1.

    Raises:
        InputError: vectors that are not finite, no matrices, or of different widths.
    """
    query = _normalised("query", query_vectors)
    gallery = _normalised("gallery", gallery_vectors)
    if query.shape[1] != gallery.shape[1]:
        raise InputError(
            "query and gallery vectors do not fit each other",
            f"their widths are {query.shape[1]} and {gallery.shape[1]}",
            "encode both with the same model",
        )
    return query, gallery


def matrix_scores(similarities: FloatArray) -> Scores:
    """Blocks of a ready matrix of similarities (queries, gallery); higher is more alike."""

    def block(start: int, stop: int) -> FloatArray:
        return similarities[start:stop]

    return block


def _blocks(
    scores: Scores, queries: int, size: int, memory_mb: int
) -> Iterator[tuple[int, FloatArray]]:
    rows = max(1, memory_mb * 2**20 // (max(1, size) * _BYTES_PER_SCORE))
    for start in range(0, queries, rows):
        stop = min(start + rows, queries)
        block = scores(start, stop)
        if block.shape != (stop - start, size):
            raise InputError(
                "the similarities do not fit the labels",
                f"expected {(stop - start, size)}, found {block.shape}",
                "give one row per query and one column per gallery item",
            )
        # The sum is NaN or infinite if any entry is: one pass, no mask of the block's size.
        if not np.isfinite(block.sum(dtype=np.float64)):
            raise InputError(
                "similarities that are not finite",
                f"queries {start} to {stop - 1} hold NaN or infinity",
                "check the vectors that they were made from",
            )
        yield start, block


def _ranks(kept: FloatArray, positives: IndexArray) -> npt.NDArray[np.int64]:
    """1-based ranks of the positives; what is excluded holds minus infinity."""
    if len(positives) < _SORT_FROM:
        return np.array([_rank(kept, index) for index in positives], dtype=np.int64)
    wanted, ordered = kept[positives], np.sort(kept)
    not_above = np.searchsorted(ordered, wanted, side="right")
    ranks = (len(ordered) - not_above + 1).astype(np.int64)
    if (not_above - np.searchsorted(ordered, wanted, side="left") > 1).any():
        place = np.empty(len(kept), dtype=np.int64)
        place[np.argsort(-kept, kind="stable")] = np.arange(1, len(kept) + 1)
        ranks = place[positives]
    return ranks


def _rank(kept: FloatArray, index: int) -> int:
    value = kept[index]
    ahead = np.count_nonzero(kept[:index] >= value)
    return int(1 + ahead + np.count_nonzero(kept[index + 1 :] > value))


def _identity_rank(kept: FloatArray, first: int, identities: IndexArray) -> int:
    """Rank of the true identity when each identity counts once, at its first image."""
    above = kept > kept[first]
    above[:first] |= kept[:first] == kept[first]
    return 1 + len(np.unique(identities[above]))


def _single_shot_ranks(
    kept: FloatArray,
    positives: IndexArray,
    identities: IndexArray,
    random: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Rank of the true identity in galleries of one drawn image per kept identity."""
    present = np.flatnonzero(kept > -np.inf)
    own = identities[positives[0]]
    ranks = np.empty(SINGLE_SHOT_DRAWS, dtype=np.int64)
    for draw in range(SINGLE_SHOT_DRAWS):
        shuffled = random.permutation(present)
        names, firsts = np.unique(identities[shuffled], return_index=True)
        drawn = shuffled[firsts]
        mate = drawn[names == own][0]
        better = kept[drawn] > kept[mate]
        better |= (kept[drawn] == kept[mate]) & (drawn < mate)
        ranks[draw] = 1 + np.count_nonzero(better)
    return ranks


def _validity(gallery: Gallery, query: int, positives: IndexArray) -> Validity:
    if len(positives):
        return Validity.VALID
    if int(gallery.query_identities[query]) in gallery.members:
        return Validity.ALL_EXCLUDED
    return Validity.NOT_IN_GALLERY


def _normalised(what: str, vectors: FloatArray) -> npt.NDArray[np.float32]:
    array = np.asarray(vectors, dtype=np.float32)
    if array.ndim != 2:
        raise InputError(
            f"the {what} vectors are no matrix",
            f"their shape is {array.shape}",
            "give an array of one row per item",
        )
    bad = np.flatnonzero(~np.isfinite(array.sum(axis=1, dtype=np.float64)))
    if len(bad):
        raise InputError(
            f"{len(bad)} of {len(array)} {what} vectors are not finite",
            f"NaN or infinity, first in row {bad[0]}",
            "encode these items again, or leave them out",
        )
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    normalised: npt.NDArray[np.float32] = array / np.maximum(norms, 1e-12)
    return normalised
