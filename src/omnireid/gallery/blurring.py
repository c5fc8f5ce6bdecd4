"""Heads made unrecognisable before a picture is stored or encoded. No face is ever recognised.

A crop of one person needs no detector: the head is in its upper part. That part is blurred over the
whole width, so that a person who bends, turns or carries an umbrella is covered too.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from PIL import Image

from omnireid.images import ImageInput, open_image
from omnireid.observation import Modality, Observation

BLURRED = (Modality.RGB, Modality.INFRARED)
"""What a camera took; a sketch is drawn to be compared."""

_CROPS = ((1.6, 0.36), (1.15, 0.55))
"""Height over width from which a picture is taken for a crop of one person, and the share of its
height that is blurred: a whole figure, a half figure."""

_CELL = 0.055
"""Side of one cell of a whole figure's blur, as a share of the height: a head fills about two."""


_BESIDE = 0.2
"""Share of a crop's width, on either side, that does not belong to its person."""


class Blur(StrEnum):
    """What is blurred when items are added."""

    OFF = "off"
    THUMBNAILS = "thumbnails"
    """The pictures that are kept; the model sees the original."""
    EMBEDDING = "embedding"
    """The pictures that are kept and those that the model sees."""


def blur_heads(picture: Image.Image) -> Image.Image:
    """The picture with every head region blurred; the rest keeps its pixels.

    In a picture that is no crop of one person nobody knows where the heads are: all of it is
    blurred.

    >>> crop = Image.effect_noise((60, 128), 90).convert("RGB")
    >>> below = (0, 48, 60, 128)
    >>> blur_heads(crop) == crop, blur_heads(crop).crop(below) == crop.crop(below)
    (False, True)
    """
    width, height = picture.size
    blurred = picture.copy()
    for least, share in _CROPS:
        if height >= least * width:
            cell = max(2, round(_CELL * height * share / _CROPS[0][1]))
            _blur(blurred, (0, 0, width, max(1, round(share * height))), cell)
            return blurred
    _blur(blurred, (0, 0, width, height), max(2, round(_CELL * max(width, height))))
    return blurred


def blur_beside(picture: Image.Image) -> Image.Image:
    """A crop of one person with all that stands beside the person blurred, as it is handed out to
    that person. A picture that is no such crop is blurred as a whole.

    >>> crop = Image.effect_noise((60, 128), 90).convert("RGB")
    >>> middle = (12, 0, 48, 128)
    >>> blur_beside(crop) == crop, blur_beside(crop).crop(middle) == crop.crop(middle)
    (False, True)
    """
    width, height = picture.size
    if height < _CROPS[-1][0] * width:
        return blur_heads(picture)
    blurred = picture.copy()
    side = round(_BESIDE * width)
    for box in ((0, 0, side, height), (width - side, 0, width, height)):
        if side:
            _blur(blurred, box, max(2, round(_CELL * height)))
    return blurred


def blur_observation(observation: Observation) -> Observation:
    """The observation with the heads in each of its camera pictures blurred.

    Raises:
        InputError: a picture that cannot be read.
    """
    shown: dict[str, tuple[ImageInput, ...]] = {
        modality.value: tuple(
            blur_heads(open_image(image)) for image in observation.images(modality)
        )
        for modality in BLURRED
        if observation.images(modality)
    }
    return replace(observation, **shown)  # type: ignore[arg-type]


def _blur(picture: Image.Image, box: tuple[int, int, int, int], cell: int) -> None:
    """Average the box cell by cell, and smooth the cells: what lay within one is gone."""
    region = picture.crop(box)
    small = (max(1, -(-region.width // cell)), max(1, -(-region.height // cell)))
    coarse = region.resize(small, Image.Resampling.BOX)
    picture.paste(coarse.resize(region.size, Image.Resampling.BICUBIC), box[:2])
