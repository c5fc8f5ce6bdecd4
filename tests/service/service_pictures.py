"""Plain pictures as the bytes of files."""

from __future__ import annotations

import io

from PIL import Image

COLOURS = {"red": (220, 20, 30), "green": (20, 190, 40), "blue": (30, 40, 210)}


def picture(colour: str | tuple[int, int, int], form: str = "PNG") -> bytes:
    """A plain picture as the bytes of a file."""
    file = io.BytesIO()
    Image.new("RGB", (32, 64), COLOURS.get(colour, colour)).save(file, form)
    return file.getvalue()
