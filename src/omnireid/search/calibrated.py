"""Which calibration holds for an item, and by what a mixed gallery is ranked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from omnireid.gallery import Scale, Scales
from omnireid.observation import Modality
from omnireid.runtime import Calibration, ModelInfo

STRENGTH = (Modality.RGB, Modality.TEXT, Modality.INFRARED, Modality.SKETCH)
"""Which modality speaks for an item of several, the first one that it has."""

_LEAST_SLOPE = 1e-3
"""Where the cosine tells nothing (slope 0) it still orders, and moves no probability by 0.1 %."""


def calibration_for(
    info: ModelInfo, query: Sequence[Modality], item: Sequence[Modality]
) -> Calibration | None:
    """The calibration for a query of these modalities and such an item; None without one.

    Models are calibrated against items of one modality. An item of several that was not measured
    as such is judged by the strongest that it has.
    """
    exact = info.calibration_of(tuple(query), tuple(item))
    if exact is not None or len(item) < 2:
        return exact
    strongest = next(modality for modality in STRENGTH if modality in item)
    return info.calibration_of(tuple(query), (strongest,))


def scales_for(info: ModelInfo, query: Sequence[Modality]) -> Scales | None:
    """What cosines of a query of these modalities are worth; None where nothing was measured."""
    kinds = [kind for size in range(1, 5) for kind in combinations(Modality, size)]
    measured = {kind: calibration_for(info, query, kind) for kind in kinds}
    scales = {
        kind: Scale(max(found.slope, _LEAST_SLOPE), found.offset)
        for kind, found in measured.items()
        if found is not None
    }
    return Scales(scales) if scales else None
