"""What a cosine is worth: scales on which items of different modalities can be compared.

Cosines of one query against notes and against pictures are not of one measure. Where the model was
calibrated, a scale turns each into log-odds, by which all of them are ranked together.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from omnireid.errors import InputError
from omnireid.gallery.content import modality_bits
from omnireid.gallery.ranking import Keys
from omnireid.observation import Modality

KINDS = 1 << len(Modality)
"""Numbers of a set of modalities, as `modality_bits` gives them: 0 (none) to 15."""

_MOST = 1e6


@dataclass(frozen=True)
class Scale:
    """Log-odds that an item is the one looked for = slope * cosine + offset.

    Raises:
        InputError: the slope is not above 0, or a number is not finite or beyond a million.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        if not (0 < self.slope <= _MOST and abs(self.offset) <= _MOST):
            raise InputError(
                f"slope {self.slope:g} and offset {self.offset:g} are no scale",
                "a higher cosine must mean more alike, by numbers of at most a million",
                "calibrate the model anew, or search without scales",
            )

    def log_odds(self, cosine: float) -> float:
        """What the item is ranked by."""
        return self.slope * cosine + self.offset

    def probability(self, cosine: float) -> float:
        """The log-odds as a probability.

        >>> round(Scale(slope=10, offset=-5).probability(0.5), 3)
        0.5
        """
        odds = math.exp(-abs(self.log_odds(cosine)))
        return (1.0 if self.log_odds(cosine) >= 0 else odds) / (1.0 + odds)


@dataclass(frozen=True)
class Scales:
    """The scales of one kind of query, by the modalities that an item has, in any order."""

    by_modalities: Mapping[tuple[Modality, ...], Scale]
    _by_kind: Mapping[int, Scale] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds = {modality_bits(kind): scale for kind, scale in self.by_modalities.items()}
        object.__setattr__(self, "_by_kind", kinds)

    def of(self, modalities: Iterable[Modality]) -> Scale | None:
        """The scale for an item of these modalities; None where there is none."""
        return self._by_kind.get(modality_bits(modalities))

    def missing(self) -> tuple[int, ...]:
        """The kinds of item that have no scale, as `modality_bits` numbers them."""
        return tuple(kind for kind in range(1, KINDS) if kind not in self._by_kind)

    def keys(self) -> Keys:
        """The scales as the ranking takes them: arrays by the number of a kind."""
        slopes, offsets = np.zeros(KINDS), np.zeros(KINDS)
        known = np.zeros(KINDS, np.bool_)
        for kind, scale in self._by_kind.items():
            slopes[kind], offsets[kind], known[kind] = scale.slope, scale.offset, True
        return Keys(slopes, offsets, known)

    @property
    def fingerprint(self) -> str:
        """Eight digits that differ for other scales: places on these mean nothing on those."""
        written = [
            f"{kind}:{float(scale.slope).hex()}:{float(scale.offset).hex()}"
            for kind, scale in sorted(self._by_kind.items())
        ]
        return f"{zlib.crc32(';'.join(written).encode()):08x}"
