"""How like a candidate is, in the words of a person: a band and a percentage, where measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from omnireid.runtime import Calibration

LIKELY, POSSIBLE = 0.7, 0.3
"""From these probabilities on a match is called likely, or possible; below, unlikely."""


class Band(StrEnum):
    """What the probability of a match is called."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


@dataclass(frozen=True)
class Likeness:
    """A cosine, and what it means where the model was calibrated for such a query and item.

    passes: at least the score below which the person is probably not in the gallery.
    """

    cosine: float
    probability: float | None = None
    passes: bool | None = None

    @property
    def band(self) -> Band | None:
        """The word for the probability; None without one.

        >>> Likeness(0.6, probability=0.74).band
        <Band.LIKELY: 'likely'>
        """
        if self.probability is None:
            return None
        if self.probability >= LIKELY:
            return Band.LIKELY
        return Band.POSSIBLE if self.probability >= POSSIBLE else Band.UNLIKELY

    @property
    def percent(self) -> int | None:
        """The probability in whole percent, never 0 or 100: nothing here is certain."""
        if self.probability is None:
            return None
        return min(99, max(1, round(100 * self.probability)))


def likeness(cosine: float, calibration: Calibration | None) -> Likeness:
    """The likeness of one match."""
    if calibration is None:
        return Likeness(cosine)
    return Likeness(cosine, calibration.probability(cosine), cosine >= calibration.no_match)


def no_good_match(best: Likeness | None) -> bool:
    """Whether the best match of a search does not pass; False where that cannot be told.

    One search has one best match, of whatever modality: `no_match` was measured for the best
    candidate of a search, and not for each that is shown.
    """
    return best is not None and best.passes is False
