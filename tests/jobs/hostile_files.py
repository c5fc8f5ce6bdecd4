"""Files that are meant to do harm, by name. Each gives its bytes; none is a real person's."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A PNG whose header claims so many pixels, with a handful of compressed zeros behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def gif_of_many_frames() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("L", (2, 2), 255 * (number % 2)) for number in range(1200)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def jpeg_cut_short() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(file, "JPEG")
    return file.getvalue()[: len(file.getvalue()) // 2]


def tiff_that_goes_round() -> bytes:
    # The first directory holds nothing and says that the next one is itself.
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0) + struct.pack("<I", 8)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb.png": lambda: png_of_claimed_size(60_000, 60_000),
    "frames.gif": gif_of_many_frames,
    "cut.jpg": jpeg_cut_short,
    "round.tif": tiff_that_goes_round,
    "empty.jpg": lambda: b"",
    "zeros.jpg": lambda: bytes(4096),
    "wrong.png": lambda: b"\xff\xd8\xff\xe0" + bytes(64),
    "script.jpg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "paper.jpg": lambda: b"%PDF-1.7\n" + bytes(64),
}


def archive(entries: dict[str, bytes]) -> io.BytesIO:
    """A ZIP of these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)
    file.seek(0)
    return file
