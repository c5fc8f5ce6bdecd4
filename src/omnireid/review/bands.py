"""Probabilities in five bands: more steps would promise more than a calibration can keep."""

from __future__ import annotations

from enum import StrEnum


class Band(StrEnum):
    """How probable it is that a candidate is the person sought, by the model's calibration."""

    VERY_LIKELY = "very_likely"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    VERY_UNLIKELY = "very_unlikely"
    UNCALIBRATED = "uncalibrated"
    """The model has no calibration for this kind of query and item."""


_LEAST = (
    (0.9, Band.VERY_LIKELY),
    (0.7, Band.LIKELY),
    (0.3, Band.POSSIBLE),
    (0.1, Band.UNLIKELY),
    (0.0, Band.VERY_UNLIKELY),
)


def band_of(probability: float | None) -> Band:
    """The band of a probability, None standing for no calibration.

    >>> band_of(0.93).value, band_of(0.3).value, band_of(None).value
    ('very_likely', 'possible', 'uncalibrated')
    """
    if probability is None:
        return Band.UNCALIBRATED
    return next(band for least, band in _LEAST if probability >= least)
