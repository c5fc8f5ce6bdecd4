"""A heat map over a picture: where the similarity comes from, found by covering places."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from omnireid.observation import Modality, Observation

FloatArray = npt.NDArray[np.float32]
Encode = Callable[[Sequence[Observation]], FloatArray]

ROWS, COLUMNS = 10, 5
"""Places that are covered, one after the other: 50 pictures to encode, well below a second."""

_SIZE = (64, 128)
_PATCH = (22, 22)
_GREY = 127
_FLOOR = 0.03
"""A smaller drop than this is noise and is not painted in full colour."""


def drops(
    picture: Image.Image, modality: Modality, query: FloatArray, encode: Encode
) -> FloatArray:
    """(ROWS, COLUMNS) how far the cosine to `query` falls when each place is covered in grey."""
    small = picture.convert("RGB").resize(_SIZE, Image.Resampling.BILINEAR)
    whole = np.asarray(small)
    covered = [whole]
    for top in np.linspace(0, _SIZE[1] - _PATCH[1], ROWS).round().astype(int):
        for left in np.linspace(0, _SIZE[0] - _PATCH[0], COLUMNS).round().astype(int):
            one = whole.copy()
            one[top : top + _PATCH[1], left : left + _PATCH[0]] = _GREY
            covered.append(one)
    scores = encode([_observation(one, modality) for one in covered]) @ query
    fallen: FloatArray = (scores[0] - scores[1:]).reshape(ROWS, COLUMNS).astype(np.float32)
    return fallen


def paint(picture: Image.Image, fallen: FloatArray, *, height: int = 384) -> bytes:
    """The picture in grey under the drops, as PNG: yellow to red where covering costs most."""
    width = max(1, round(picture.width * height / picture.height))
    strength = np.clip(fallen, 0, None) / max(float(fallen.max()), _FLOOR)
    spread = Image.fromarray((255 * strength).astype(np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    heat = np.asarray(spread, np.float32)[..., None] / 255
    grey = picture.convert("L").convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    ground = np.asarray(grey, np.float32)
    colour = np.concatenate(
        [np.full_like(heat, 255), 205 * (1 - heat), np.full_like(heat, 30) * (1 - heat)], axis=2
    )
    cover = 0.72 * np.sqrt(heat)
    painted = (ground * (1 - cover) + colour * cover).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(painted).quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _observation(array: npt.NDArray[np.uint8], modality: Modality) -> Observation:
    match modality:
        case Modality.INFRARED:
            return Observation(infrared=array)
        case Modality.SKETCH:
            return Observation(sketch=array)
        case _:
            return Observation(rgb=array)
