"""Pictures as they may leave the gallery: everyone but the person sought made unrecognisable."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from omnireid.gallery.blurring import blur_heads
from omnireid.images import open_image

_SUBJECT = (0.25, 0.75)
"""Where the person of a crop stands, as shares of its width; others show at its sides."""

_CROP = 1.15
"""Height over width from which a picture is taken for a crop of one person."""


@dataclass(frozen=True)
class Shown:
    """A picture of the export as JPEG. subject_clear: the middle of the crop is as it was."""

    jpeg: bytes
    width: int
    height: int
    subject_clear: bool


def shown(path: Path, *, subject_clear: bool) -> Shown:
    """A stored picture with heads blurred; `subject_clear` leaves the middle of a crop as it is.

    A picture that is no crop of one person has no known subject, so every head in it is blurred.

    Raises:
        InputError: the picture is missing or cannot be read.
    """
    picture = open_image(path)
    blurred = blur_heads(picture)
    clear = subject_clear and picture.height >= _CROP * picture.width
    if clear:
        left, right = (round(share * picture.width) for share in _SUBJECT)
        box = (left, 0, right, picture.height)
        blurred.paste(picture.crop(box), box[:2])
    file = io.BytesIO()
    blurred.save(file, "JPEG", quality=90)
    return Shown(file.getvalue(), picture.width, picture.height, clear)
