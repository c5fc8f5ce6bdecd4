"""An encoder that sees colours alone, for tests of what stands around an encoder."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from omnireid import Observation
from omnireid.images import open_image
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.runtime import Calibration, ModelInfo, Preprocessing

COLOURS = {"red": (220, 20, 30), "green": (20, 190, 40), "blue": (30, 40, 210)}
_SAID = {"red": "red", "赤": "red", "green": "green", "緑": "green", "blue": "blue", "青": "blue"}


class ColourEncoder:
    """The mean colour of the pictures plus the colours that the text names."""

    model_id = "colours@1"
    width = 4

    def encode(self, observations: Sequence[Observation]) -> np.ndarray:
        rows = np.stack([self._one(observation) for observation in observations])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _one(self, observation: Observation) -> np.ndarray:
        if observation.text == "break":
            raise RuntimeError("a fault with a secret in it")
        total = np.array([0, 0, 0, 0.05])
        for modality in IMAGE_MODALITIES:
            for image in observation.images(modality):
                total[:3] += np.asarray(open_image(image)).mean((0, 1)) / 255
        for word, colour in _SAID.items():
            if word in (observation.text or ""):
                total[:3] += np.array(COLOURS[colour]) / 255
        return total


class CalibratedColours(ColourEncoder):
    """Says of itself what its cosines are worth, as a model folder does: `{"text>rgb": …}`."""

    def __init__(self, calibration: Mapping[str, Calibration]) -> None:
        self.info = ModelInfo(
            format=1, name="colours", version="1", modalities=tuple(Modality), width=self.width,
            token_width=4, attributes=(), calibration=dict(calibration), files={},
            preprocessing=Preprocessing(height=64, width=32, resampling="box", text_length=8),
            frozen_encoder="", frozen_encoder_origin="", licence="", training_data="",
        )  # fmt: skip


def picture(colour: str | tuple[int, int, int], form: str = "PNG") -> bytes:
    """A plain picture as the bytes of a file."""
    file = io.BytesIO()
    Image.new("RGB", (32, 64), COLOURS.get(colour, colour)).save(file, form)
    return file.getvalue()
