"""Exact ranking by cosine similarity: pure functions on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Two float32 dot products of unit vectors, summed in different orders, differ by less than this
# times the width (rounding of 2**-24 a step, both sides).
_ROUNDING = 2.0**-23

# Below this share of rows it is quicker to gather them than to multiply the whole matrix.
_GATHER_BELOW = 0.1

_BLOCK = 16_384

_RUN = 256


def rank(
    matrix: Floats,
    query: Floats,
    chosen: Mask | None,
    limit: int,
    after: tuple[float, int] | None = None,
) -> tuple[Rows, Doubles]:
    """The `limit` rows of (n, d) `matrix` most similar to (d,) `query`, best first.

    Only rows where (n,) `chosen` is true; None stands for all. Returns row numbers and
    similarities in [-1, 1], at most `limit` of each. Equal similarities are ordered by row number,
    lower first: the order never depends on how the product was split, so that pages fit together.
    `after`, the similarity and row that ended a page, leaves out what comes up to and with it.

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
    slack = _ROUNDING * matrix.shape[1]
    wanted = limit
    if after is not None:
        near = np.flatnonzero(rough <= after[0] + slack)
        rough, rows = rough[near], near if rows is None else rows[near]
        # As many as these may turn out to belong to earlier pages.
        wanted += int((rough >= after[0] - slack).sum())
    if len(rough) > wanted:
        near = np.flatnonzero(rough >= _largest(rough, wanted) - slack)
        rows = near if rows is None else rows[near]
    elif rows is None:
        rows = np.arange(len(matrix))
    exact = _exact(matrix, rows, query)
    if after is not None:
        score, row = after
        later = (exact < score) | ((exact == score) & (rows > row))
        rows, exact = rows[later], exact[later]
    best = np.lexsort((rows, -exact))[:limit]
    return rows[best], exact[best]


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
