"""How well attributes are read off colour pictures, and the temperatures that calibrate them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.evaluation import f1_by_class, macro_f1, reliability
from omnireid.observation import Modality, Observation
from omnireid.people import RenderedSet, RenderedView
from omnireid.runtime import Attribute, Encoder
from omnireid.training.fitting import fit_temperature


@dataclass(frozen=True)
class AttributeFigures:
    """One attribute on the half of the people that its temperature was not fitted on.

    `f1`: mean F1 over the values that occur; `common`: the share of the commonest value, which a
    guess without looking would get right; `ece`: calibration error of the stated probability.
    """

    name: str
    temperature: float
    accuracy: float
    common: float
    f1: float
    ece: float
    pictures: int


def attribute_figures(
    encoder: Encoder,
    rendered: RenderedSet,
    fit: Sequence[RenderedView],
    judge: Sequence[RenderedView],
) -> tuple[AttributeFigures, ...]:
    """Temperatures fitted on the colour pictures of `fit`, figures on those of `judge`."""
    logits = {
        id(views): encoder.attribute_logits(
            [Observation(rgb=rendered.picture(view, Modality.RGB)) for view in views]
        )
        for views in (fit, judge)
    }
    found = []
    start = 0
    for attribute in encoder.info.attributes:
        end = start + len(attribute.values)
        on = [(logits[id(views)][:, start:end], _truth(attribute, views)) for views in (fit, judge)]
        start = end
        known = [(said[true >= 0], true[true >= 0]) for said, true in on]
        if min(len(true) for _, true in known) == 0:
            continue
        temperature = fit_temperature(*known[0])
        found.append(_judge(attribute, *known[1], temperature))
    return tuple(found)


def _truth(attribute: Attribute, views: Sequence[RenderedView]) -> npt.NDArray[np.int64]:
    place = {value: index for index, value in enumerate(attribute.values)}
    # A value that training never saw counts as unknown: the head has no class for it.
    return np.array([place.get(view.attributes.get(attribute.name, ""), -1) for view in views])


def _judge(
    attribute: Attribute,
    logits: npt.NDArray[np.floating],
    truth: npt.NDArray[np.int64],
    temperature: float,
) -> AttributeFigures:
    scaled = logits.astype(np.float64) / temperature
    shares = np.exp(scaled - scaled.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    said = shares.argmax(1)
    return AttributeFigures(
        attribute.name,
        temperature,
        float((said == truth).mean()),
        float(np.bincount(truth).max() / len(truth)),
        macro_f1(f1_by_class(said, truth)),
        reliability(shares.max(1), said == truth).ece,
        len(truth),
    )
