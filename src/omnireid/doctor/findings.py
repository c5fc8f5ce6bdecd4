"""What an examination found, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    WELL = "well"
    WARNING = "warning"
    """It works, and something should be looked at."""
    FAILURE = "failure"
    """Something does not work, or will not."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `why` and `to_do` are empty where all is well."""

    subject: str
    state: State
    what: str
    why: str = ""
    to_do: str = ""


def well(subject: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, State.WELL, what)


def warning(subject: str, what: str, why: str, to_do: str) -> Finding:
    """To be looked at."""
    return Finding(subject, State.WARNING, what, why, to_do)


def failure(subject: str, what: str, why: str, to_do: str) -> Finding:
    """To be mended."""
    return Finding(subject, State.FAILURE, what, why, to_do)


def worst(findings: Iterable[Finding]) -> State:
    """The state of the whole: that of its worst part.

    >>> worst([well("clock", "it runs")])
    <State.WELL: 'well'>
    """
    order = list(State)
    return max((one.state for one in findings), key=order.index, default=State.WELL)
