"""Times in the ledger: UTC, as fixed-width ISO text that sorts as time does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError

NO_TIME = np.iinfo(np.int64).min
"""The index column's value for an item without a time."""


def zone(name: str | None) -> tzinfo | None:
    """The time zone called `name`; None stands for the zone of this machine.

    Raises:
        InputError: no such zone.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputError(
            f"unknown time zone {name!r}",
            "this machine's time zone data does not have it",
            "use a name such as Asia/Tokyo or UTC",
        ) from error


def to_text(moment: datetime, local: tzinfo | None) -> str:
    """UTC text of a moment; a datetime without an offset is taken to be in the zone `local`.

    Raises:
        InputError: the moment has no UTC form (year 1 or 9999).

    >>> to_text(datetime(2026, 11, 23, 9), ZoneInfo("Asia/Tokyo"))
    '2026-11-23T00:00:00.000000Z'
    """
    try:
        if moment.tzinfo is None and local is not None:
            moment = moment.replace(tzinfo=local)
        universal = moment.astimezone(UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError) as error:
        raise InputError(
            f"the time {moment} cannot be stored",
            "it is outside the calendar",
            "check the clock of the source",
        ) from error
    return universal.isoformat(timespec="microseconds") + "Z"


def from_text(text: str, local: tzinfo | None) -> datetime:
    """The moment, shown in the zone `local`.

    >>> from_text("2026-11-23T00:00:00.000000Z", ZoneInfo("Asia/Tokyo")).isoformat()
    '2026-11-23T09:00:00+09:00'
    """
    return datetime.fromisoformat(text).astimezone(local)


def to_microseconds(texts: Sequence[str | None]) -> npt.NDArray[np.int64]:
    """(n,) microseconds since 1970 of ledger texts, NO_TIME for None.

    >>> to_microseconds(["1970-01-01T00:00:01.000000Z"])
    array([1000000])
    """
    stripped = ["NaT" if text is None else text[:-1] for text in texts]
    # NaT's integer form is exactly NO_TIME.
    return np.array(stripped, dtype="datetime64[us]").astype(np.int64)
