"""The one way a picture becomes the network's input, in training and at inference alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from omnireid.images import ImageInput, open_image
from omnireid.observation import Modality
from omnireid.runtime.model_folder import Preprocessing

_RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "box": Image.Resampling.BOX,
}


def prepare_picture(
    image: ImageInput, modality: Modality, preprocessing: Preprocessing
) -> npt.NDArray[np.uint8]:
    """One picture as (height, width, 3) uint8; infrared and sketch are grey in all three channels.

    Raises:
        InputError: the picture cannot be decoded.

    >>> rules = Preprocessing(height=128, width=64, resampling="bilinear", text_length=40)
    >>> prepare_picture(np.zeros((9, 5), np.uint8), Modality.SKETCH, rules).shape
    (128, 64, 3)
    """
    opened = open_image(image)
    if modality in (Modality.INFRARED, Modality.SKETCH):
        opened = opened.convert("L").convert("RGB")
    size = (preprocessing.width, preprocessing.height)
    # Pillow's resize filters over the whole source area, so shrinking does not alias.
    return np.asarray(opened.resize(size, _RESAMPLING[preprocessing.resampling]), dtype=np.uint8)
