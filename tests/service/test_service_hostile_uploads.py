"""Query pictures that are meant to do harm, by name: refused with a reason, or answered."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _noise() -> Image.Image:
    return Image.effect_noise((64, 64), 90).convert("RGB")


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def _exif_that_goes_round() -> bytes:
    # An EXIF block whose first directory names itself as the next one.
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0) + struct.pack("<I", 8)
    return _saved(_noise(), "JPEG", exif=b"Exif\x00\x00" + tiff)


REFUSED: dict[str, Callable[[], bytes]] = {
    "truncated.jpg": lambda: _saved(_noise(), "JPEG")[:900],
    "wrong-magic.png": lambda: b"\xff\xd8\xff\xe0" + bytes(64),
    "empty.jpg": lambda: b"",
    "zeros.jpg": lambda: bytes(4096),
    "vector.jpg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "document.jpg": lambda: b"%PDF-1.7\n" + bytes(64),
    "bomb-60000.png": lambda: _png_that_claims(60_000, 60_000),
    "page.jpg": lambda: b"<html><script>alert(1)</script></html>",
}
ANSWERED: dict[str, Callable[[], bytes]] = {
    "sixteen-bit.png": lambda: _saved(Image.fromarray(np.full((64, 32), 40_000, np.uint16)), "PNG"),
    "cmyk.jpg": lambda: _saved(Image.new("CMYK", (32, 64), (0, 200, 200, 0)), "JPEG"),
    "transparent.png": lambda: _saved(Image.new("RGBA", (32, 64), (200, 0, 0, 0)), "PNG"),
    "exif-loop.jpg": _exif_that_goes_round,
    "one-pixel.png": lambda: _saved(Image.new("RGB", (1, 1)), "PNG"),
}
EITHER: dict[str, Callable[[], bytes]] = {
    "animated.gif": lambda: _saved(
        _noise(), "GIF", save_all=True, append_images=[_noise() for _ in range(20)]
    ),
}
NAMES = ("../../etc/passwd", "/etc/passwd", "C:\\x.jpg", "a" * 900 + ".jpg", "ｐｈｏｔｏ․jpg",
         "x\x7f.png", '"><script>alert(1)</script>.png')  # fmt: skip


def _send(client: TestClient, data: bytes, name: str = "query.jpg") -> int:
    files = {"rgb": (name, data)}
    answer = client.post("/api/v1/search", data={"purpose": "incident"}, files=files)
    page = client.post("/search", data={"purpose": "incident"}, files=files, follow_redirects=False)
    assert page.status_code < 500
    assert "<script>alert" not in page.text
    return answer.status_code


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(client: TestClient, name: str) -> None:
    assert _send(client, REFUSED[name](), name) == 422


@pytest.mark.parametrize("name", ANSWERED)
def test_unusual_and_answered(client: TestClient, name: str) -> None:
    assert _send(client, ANSWERED[name](), name) == 200


@pytest.mark.parametrize("name", EITHER)
def test_no_fault_either_way(client: TestClient, name: str) -> None:
    assert _send(client, EITHER[name](), name) in (200, 422)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_becomes_a_path_or_a_script(client: TestClient, name: str) -> None:
    assert _send(client, _saved(_noise(), "PNG"), name) == 200
