"""The calibration of an item, whatever its modalities, and the scales of a query."""

from __future__ import annotations

from itertools import combinations

import pytest

from omnireid.gallery import Scale
from omnireid.observation import Modality
from omnireid.runtime import Calibration, ModelInfo, Preprocessing
from omnireid.search import calibration_for, scales_for

RGB, INFRARED, SKETCH, TEXT = Modality


def model(**slopes: float) -> ModelInfo:
    """A model calibrated for words against `rgb=10` and so on; `rgb_text` is a pair of them."""
    return ModelInfo(
        format=1, name="m", version="1", modalities=tuple(Modality), width=4, token_width=4,
        preprocessing=Preprocessing(height=64, width=32, resampling="box", text_length=8),
        attributes=(), frozen_encoder="", frozen_encoder_origin="", licence="", training_data="",
        files={},
        calibration={
            f"text>{kind.replace('_', '+')}": Calibration(
                slope=slope, offset=-1, no_match=0.1, strict=0.2
            )
            for kind, slope in slopes.items()
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("item", "slope"),
    [
        ([TEXT], 2), ([RGB, TEXT], 1), ([TEXT, SKETCH], 2), ([SKETCH, INFRARED], 3),
        ([SKETCH], 4), ([SKETCH, TEXT, INFRARED], 2), (list(Modality), 1),
    ],
)  # fmt: skip
def test_an_item_of_several_modalities_is_judged_by_the_strongest(item, slope) -> None:
    found = calibration_for(model(rgb=1, text=2, infrared=3, sketch=4), [TEXT], item)
    assert found.slope == slope


def test_what_was_measured_itself_counts_before_the_strongest() -> None:
    info = model(rgb=1, text=2, rgb_text=7)
    assert calibration_for(info, [TEXT], [TEXT, RGB]).slope == 7
    assert calibration_for(info, [TEXT], [INFRARED, RGB]).slope == 1


def test_a_weaker_modality_does_not_stand_in_for_a_stronger_one() -> None:
    assert calibration_for(model(sketch=4), [TEXT], [RGB, SKETCH]) is None
    assert calibration_for(model(sketch=4), [RGB], [SKETCH]) is None


def test_scales_are_the_calibrations_of_every_kind_of_item() -> None:
    info = model(rgb=1, text=2)
    scales = scales_for(info, [TEXT])
    for size in range(1, 5):
        for kind in combinations(Modality, size):
            calibration = calibration_for(info, [TEXT], kind)
            scale = scales.of(kind)
            assert (scale is None) == (calibration is None)
            if scale is not None:
                assert scale.probability(0.3) == pytest.approx(calibration.probability(0.3))
    assert len(scales.missing()) == 3  # infrared, sketch, and both together
    assert scales_for(info, [RGB]) is None
    assert scales_for(model(), [TEXT]) is None


def test_a_cosine_that_tells_nothing_still_orders() -> None:
    scale = scales_for(model(rgb=0), [TEXT]).of([RGB])
    assert 0 < scale.slope < 0.01
    assert scale.probability(0.9) == pytest.approx(Scale(1, -1).probability(0), abs=1e-3)
