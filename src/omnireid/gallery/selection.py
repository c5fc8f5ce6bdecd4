"""Filters over the index's columns: pure functions on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from omnireid.gallery.index import Ids, Selection
from omnireid.gallery.moments import NO_TIME
from omnireid.gallery.ranking import Mask

Columns = dict[str, npt.NDArray[np.integer]]
"""One (n,) array a field of index.COLUMNS; ids ascend."""


def choose(columns: Columns, selection: Selection) -> Mask | None:
    """(n,) which rows are alive and fit the selection; None for all."""
    parts: list[Mask] = []
    alive = columns["alive"].view(np.bool_)
    if not alive.all():
        parts.append(alive)
    if selection.cameras is not None:
        parts.append(np.isin(columns["camera"], selection.cameras))
    if selection.sources is not None:
        parts.append(np.isin(columns["source"], selection.sources))
    if selection.modalities is not None:
        parts.append((columns["modalities"] & selection.modalities) != 0)
    if selection.start is not None:
        parts.append(columns["time"] >= selection.start)
    if selection.end is not None:
        parts.append(columns["time"] < selection.end)
        if selection.start is None:
            parts.append(columns["time"] != NO_TIME)
    if selection.item_ids is not None:
        named = np.zeros(len(alive), np.bool_)
        named[rows_of(columns["id"], selection.item_ids)] = True
        parts.append(named)
    if not parts:
        return None
    chosen = parts[0].copy()
    for part in parts[1:]:
        chosen &= part
    return chosen


def rows_of(ids: npt.NDArray[np.integer], wanted: Ids) -> npt.NDArray[np.int64]:
    """Rows at which ascending `ids` hold one of `wanted`; the others are left out.

    >>> rows_of(np.array([2, 3, 7]), np.array([7, 4, 2]))
    array([2, 0])
    """
    if len(ids) == 0:
        return np.empty(0, np.int64)
    rows = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    found: npt.NDArray[np.int64] = rows[ids[rows] == wanted].astype(np.int64)
    return found
