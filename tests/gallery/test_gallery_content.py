from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from omnireid import Modality, Observation
from omnireid.errors import InputError
from omnireid.gallery.content import (
    MAX_SIDE,
    keep_pictures,
    modalities_of,
    modality_bits,
    read_content,
)

TOKYO = ZoneInfo("Asia/Tokyo")


def encoded(seed: int, size: tuple[int, int] = (24, 48), kind: str = "PNG", **options) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def content_hash(observation: Observation) -> str:
    return read_content(observation, TOKYO).content_hash


BASE = Observation(rgb=encoded(1), text="red coat", camera="gate", time=datetime(2026, 1, 1, 9))


def test_a_path_and_its_bytes_are_the_same_content_from_wherever(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(1))
    for same in (path, str(path), (path,)):
        assert content_hash(replace(BASE, rgb=same, source="elsewhere")) == content_hash(BASE)


def test_the_same_instant_is_the_same_content() -> None:
    universal = datetime(2026, 1, 1, 0, tzinfo=UTC)
    assert content_hash(replace(BASE, time=universal)) == content_hash(BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"rgb": encoded(2)},
        {"rgb": (encoded(1), encoded(1))},
        {"rgb": None, "infrared": encoded(1)},
        {"text": "red  coat"},
        {"text": None},
        {"camera": "door"},
        {"camera": None},
        {"text": "gate", "camera": "red coat"},
        {"time": datetime(2026, 1, 1, 10)},
        {"time": None},
    ],
)
def test_other_content_has_another_hash(change: dict) -> None:
    assert content_hash(replace(BASE, **change)) != content_hash(BASE)


def test_arrays_of_the_same_bytes_and_another_shape_differ() -> None:
    array = np.arange(24, dtype=np.uint8)
    hashes = {
        content_hash(Observation(rgb=array.reshape(shape))) for shape in ((4, 6), (6, 4), (2, 4, 3))
    }
    assert len(hashes) == 3


def test_the_first_picture_of_each_modality_is_kept_colour_first() -> None:
    kept = keep_pictures(
        Observation(sketch=encoded(3), rgb=(encoded(1), encoded(2)), infrared=encoded(4))
    )
    assert [p.modality for p in kept] == [Modality.RGB, Modality.INFRARED, Modality.SKETCH]
    assert kept[0] == keep_pictures(Observation(rgb=encoded(1)))[0]


def test_a_kept_picture_is_a_bounded_jpeg_without_the_files_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at the home of a named person"
    exif[0x0112] = 6  # lies on its side
    data = encoded(1, (1600, 800), "JPEG", exif=exif, comment=b"secret comment")
    (kept,) = keep_pictures(Observation(rgb=data))
    assert (kept.width, kept.height) == (MAX_SIDE // 2, MAX_SIDE)
    with Image.open(io.BytesIO(kept.jpeg)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (kept.width, kept.height)
        assert not dict(picture.getexif())
    assert b"named person" not in kept.jpeg
    assert b"secret" not in kept.jpeg


@given(st.sets(st.sampled_from(list(Modality))))
def test_modality_bits_are_undone_by_their_inverse(modalities: set[Modality]) -> None:
    assert set(modalities_of(modality_bits(modalities))) == modalities


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.png could not be opened"):
        read_content(Observation(rgb=tmp_path / "none.png"), None)


def test_text_that_no_database_takes_is_made_storable() -> None:
    broken = Observation(text="coat \udcff", source="caf\udce9.jpg", camera="\ud800")
    stored = read_content(broken, None).observation
    for text in (stored.text, stored.source, stored.camera):
        assert text is not None
        assert text.encode("utf-8")
