"""Named points between the steps of a change, where the tests kill the process."""

from __future__ import annotations

from collections.abc import Callable

POINTS = (
    "add.pictures_announced",
    "add.pictures_written",
    "add.items_inserted",
    "add.committed",
    "delete.rows_removed",
    "delete.committed",
    "sweep.picture_unlinked",
    "rebuild.words_cleared",
    "index.rows_blanked",
    "index.rows_appended",
    "index.header_staged",
    "index.header_renamed",
)

trap: Callable[[str], None] | None = None
"""Set by a test; called with the name of each point reached."""


def reach(point: str) -> None:
    """Mark a step boundary."""
    if trap is not None:
        trap(point)
