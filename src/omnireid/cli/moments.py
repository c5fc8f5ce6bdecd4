"""Times given as options."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from omnireid.errors import InputError

_FORM = "such as 2026-11-23T08:00"

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help=f"Not before this time, {_FORM}.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help=f"Before this time, {_FORM}.")
]
StartOption = Annotated[
    str | None, typer.Option("--start", metavar="TIME", help=f"When the video begins, {_FORM}.")
]


def moment(text: str | None, option: str) -> datetime | None:
    """The moment that an option names; without an offset it is in the gallery's time zone.

    Raises:
        InputError: it is no date or time in ISO 8601.

    >>> moment("2026-11-23", "--since")
    datetime.datetime(2026, 11, 23, 0, 0)
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option} {text!r} was not understood", "it is no date or time", f"write it {_FORM}"
        ) from None
