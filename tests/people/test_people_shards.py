"""Shards are whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.people.shards import read_entry, read_shard, write_shard

PICTURES = {"a.jpg": b"\xff\xd8 first", "b.png": bytes(range(256)) * 3}
ROWS = [{"identity": 1, "captions_ja": ["赤い上着"]}, {"identity": 2, "captions_ja": []}]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shard-00000.zip"
    write_shard(path, PICTURES, ROWS)
    rows, entries = read_shard(path)
    assert rows == ROWS
    assert {name: read_entry(path, entries[name]) for name in PICTURES} == PICTURES
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_bytes_depend_on_content_alone(tmp_path: Path) -> None:
    write_shard(tmp_path / "one.zip", PICTURES, ROWS)
    write_shard(tmp_path / "two.zip", PICTURES, ROWS)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("kept", [0, 1, 30, 0.5, -1])
def test_a_cut_off_shard_is_refused(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "shard.zip"
    write_shard(path, PICTURES, ROWS)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if 0 < kept < 1 else int(kept)])
    with pytest.raises(InputError, match=r"shard\.zip is damaged"):
        read_shard(path)


@settings(max_examples=60, deadline=None)
@given(where=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_changed_byte_never_changes_a_picture_silently(
    tmp_path_factory: pytest.TempPathFactory, where: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("flip") / "shard.zip"
    write_shard(path, PICTURES, ROWS)
    data = bytearray(path.read_bytes())
    data[where % len(data)] ^= flip
    path.write_bytes(data)
    try:
        _, entries = read_shard(path)
        read = {name: read_entry(path, entries[name]) for name in PICTURES if name in entries}
    except InputError:
        return
    assert all(read[name] == PICTURES[name] for name in read)


def test_a_lost_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "shard.zip"
    write_shard(path, PICTURES, ROWS)
    _, entries = read_shard(path)
    path.unlink()
    with pytest.raises(InputError, match="same render command"):
        read_entry(path, entries["a.jpg"])
