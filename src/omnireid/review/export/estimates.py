"""What the program made of a candidate, as a band: the words that the search page uses too."""

from __future__ import annotations

from omnireid.review.values import Candidate
from omnireid.search import Likeness


def band_name(candidate: Candidate) -> str:
    """The band of the probability, "uncalibrated" where the model gives none."""
    band = Likeness(candidate.score or 0.0, candidate.probability).band
    return "uncalibrated" if band is None else band.value
