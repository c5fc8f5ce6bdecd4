"""Which attributes speak for a candidate and which against, as the model reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from omnireid.observation import Modality
from omnireid.runtime import AttributeReading

SURE = 0.5
"""Below this probability a reading is no more than a guess."""

NOTHING = "none"
_MINOR = (".second_colour", ".fit", ".pattern")


class Verdict(StrEnum):
    """How a candidate stands to one attribute of the query."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Comparison:
    """One attribute: asked for (by which part of the query), found, and how sure the reading is."""

    name: str
    asked: str
    by: Modality
    found: str
    probability: float
    verdict: Verdict


def compare(
    stated: Iterable[tuple[str, str]],
    pictured: Mapping[Modality, Iterable[AttributeReading]],
    candidate: Iterable[AttributeReading],
) -> tuple[Comparison, ...]:
    """The candidate against what the words state and what the query's pictures show.

    Words count first; of a picture only sure readings of something that is there. Differences
    come first, then agreement, then what cannot be told.
    """
    asked: dict[str, tuple[str, Modality]] = {}
    for name, value in stated:
        asked.setdefault(name, (value, Modality.TEXT))
    for modality, readings in pictured.items():
        for one in readings:
            if one.probability >= SURE and one.value != NOTHING and not one.name.endswith(_MINOR):
                asked.setdefault(one.name, (one.value, modality))
    read = {one.name: one for one in candidate}
    found = [
        _comparison(name, value, modality, read[name])
        for name, (value, modality) in asked.items()
        if name in read
    ]
    order = (Verdict.DIFFERS, Verdict.AGREES, Verdict.UNSURE)
    return tuple(sorted(found, key=lambda one: order.index(one.verdict)))


def _comparison(name: str, asked: str, by: Modality, read: AttributeReading) -> Comparison:
    if read.probability < SURE:
        verdict = Verdict.UNSURE
    else:
        verdict = Verdict.AGREES if read.value == asked else Verdict.DIFFERS
    return Comparison(name, asked, by, read.value, read.probability, verdict)
