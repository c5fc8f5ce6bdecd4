"""Exact ranking by cosine similarity, or by what it is worth: pure functions on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.integer]

# Two float32 dot products of unit vectors, summed in different orders, differ by less than this
# times the width (rounding of 2**-24 a step, both sides).
_ROUNDING = 2.0**-23

# The same of a float32 multiply and add, times what the slope and the offset come to.
_KEY_ROUNDING = 2.0**-20

# Below this share of rows it is quicker to gather them than to multiply the whole matrix.
_GATHER_BELOW = 0.1

_BLOCK = 16_384

_RUN = 256


@dataclass(frozen=True)
class Keys:
    """What rows of several kinds are ranked by: slopes[kind] * cosine + offsets[kind].

    One value a kind in each: slope (above 0), offset, and whether the kind can be ranked at all.
    """

    slopes: Doubles
    offsets: Doubles
    known: Mask


def rank(
    matrix: Floats,
    query: Floats,
    chosen: Mask | None,
    limit: int,
    after: tuple[float, int] | None = None,
    keys: tuple[Keys, Kinds] | None = None,
) -> tuple[Rows, Doubles]:
    """The `limit` rows of (n, d) `matrix` most similar to (d,) `query`, best first.

    Only rows where (n,) `chosen` is true; None stands for all. Returns row numbers and
    similarities in [-1, 1], at most `limit` of each. Equal similarities are ordered by row number,
    lower first: the order never depends on how the product was split, so that pages fit together.
    `after`, the similarity and row that ended a page, leaves out what comes up to and with it.
    With `keys`, and the (n,) kind of each row, rows are ordered by their key, and `after` holds a
    key; rows of unknown kinds may not be chosen.

    >>> rank(np.eye(3, dtype=np.float32), np.float32([0, 1, 0]), None, 2)
    (array([1, 0]), array([1., 0.]))
    """
    if limit <= 0 or len(matrix) == 0:
        return np.empty(0, np.int64), np.empty(0, np.float64)
    rows = None if chosen is None else np.flatnonzero(chosen)
    if rows is not None and len(rows) < _GATHER_BELOW * len(matrix):
        rough = _gathered(matrix, rows, query)
    else:
        rough = matrix @ query
        rough = rough if rows is None else rough[rows]
    # As `_exact` does: stored vectors are rounded, and some are longer than 1.
    np.clip(rough, -1, 1, out=rough)
    width = matrix.shape[1]
    # Twice the rounding of a rough value. Rough keys are lowered by half of theirs, so that the
    # exact one lies between the rough one and that plus its slack.
    slack: float | Floats = _ROUNDING * width
    kinds = None
    if keys is not None:
        kinds = keys[1] if rows is None else keys[1][rows]
        slack = _to_rough_keys(rough, keys[0], kinds, width)
    wanted = limit
    if after is not None:
        near = np.flatnonzero(rough <= _next(after[0] + float(np.max(slack)), np.inf))
        rough, rows = rough[near], near if rows is None else rows[near]
        kinds = None if kinds is None else kinds[near]
        # As many as these may turn out to belong to earlier pages.
        wanted += len(_reaching(rough, after[0], slack, kinds))
    if len(rough) > wanted:
        near = _reaching(rough, float(_largest(rough, wanted)), slack, kinds)
        rows = near if rows is None else rows[near]
    elif rows is None:
        rows = np.arange(len(matrix))
    exact = _exact(matrix, rows, query)
    order = exact
    if keys is not None:
        own = keys[1][rows]
        order = keys[0].slopes[own] * exact + keys[0].offsets[own]
    if after is not None:
        value, row = after
        later = (order < value) | ((order == value) & (rows > row))
        rows, exact, order = rows[later], exact[later], order[later]
    best = np.lexsort((rows, -order))[:limit]
    return rows[best], exact[best]


def _to_rough_keys(rough: Floats, keys: Keys, kinds: Kinds, width: int) -> Floats:
    """Turn cosines into lower bounds of keys, in place; by kind, how far below a key they lie."""
    size = keys.slopes + np.abs(keys.offsets)
    slack = _ROUNDING * width * keys.slopes + _KEY_ROUNDING * size
    slopes, offsets = keys.slopes.astype(np.float32), (keys.offsets - slack / 2).astype(np.float32)
    # In blocks that stay in the processor's cache: twice as fast as the whole at once.
    for start in range(0, len(rough), _BLOCK):
        part = slice(start, start + _BLOCK)
        rough[part] *= slopes.take(kinds[part], mode="clip")
        rough[part] += offsets.take(kinds[part], mode="clip")
    return slack.astype(np.float32)


def _reaching(rough: Floats, value: float, slack: float | Floats, kinds: Kinds | None) -> Rows:
    """Places of the rows that may be exactly `value` or above."""
    near = np.flatnonzero(rough >= _next(value - float(np.max(slack)), -np.inf))
    if kinds is None or not isinstance(slack, np.ndarray):
        return near
    # Kinds with a small slope lie close together: each by its own rounding.
    return near[rough[near] >= value - slack.astype(np.float64)[kinds[near]]]


def _next(value: float, towards: float) -> np.float32:
    """A float32 that is not short of `value` in this direction; a place may hold any number."""
    found: np.float32 = np.nextafter(np.float32(np.clip(value, -1e30, 1e30)), np.float32(towards))
    return found


def _largest(values: Floats, place: int) -> np.float32:
    """The `place`-th largest value, 1 being the largest; place <= len(values)."""
    whole = len(values) // _RUN * _RUN
    peaks = values[:whole].reshape(-1, _RUN).max(axis=1)
    if len(peaks) > place:
        # `place` runs have a peak of at least this, so what is below cannot be wanted. Ten times
        # faster than to partition a million values.
        values = values[values >= np.partition(peaks, -place)[-place]]
    found: np.float32 = np.partition(values, -place)[-place]
    return found


def _gathered(matrix: Floats, rows: Rows, query: Floats) -> Floats:
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        np.dot(matrix[rows[part]], query, out=scores[part])
    return scores


def _exact(matrix: Floats, rows: Rows, query: Floats) -> Doubles:
    # Row by row in double precision: the same vector gives the same score wherever it lies.
    scores = np.empty(len(rows), np.float64)
    wide = query.astype(np.float64)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores[part] = (matrix[rows[part]] * wide).sum(axis=1)
    return np.clip(scores, -1, 1)
