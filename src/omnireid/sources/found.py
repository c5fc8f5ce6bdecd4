"""What a source hands on: an observation, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from omnireid.observation import Observation


@dataclass(frozen=True)
class Skipped:
    """One input that gave no observation: where it was and why, in words for the user.

    >>> print(Skipped("notes.csv row 4", "the text is empty"))
    notes.csv row 4: the text is empty
    """

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


Found: TypeAlias = Observation | Skipped
"""A job takes the observations and lists the rest."""
