"""Shards: stored zip files of pictures with a JSON-lines manifest, written whole or not at all."""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnireid.errors import InputError, RenderError

MANIFEST = "views.jsonl"
_EPOCH = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """Where the bytes of one file lie inside a shard."""

    offset: int
    size: int
    crc: int


def write_shard(path: Path, pictures: dict[str, bytes], rows: list[dict[str, Any]]) -> None:
    """Write a shard beside its final name, flush it to the disk, then rename it: never half there.

    The bytes depend on the arguments alone (no clock, no owner).

    Raises:
        RenderError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    partial = path.with_suffix(f".{os.getpid()}.part")
    manifest = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    try:
        with partial.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, data in pictures.items():
                    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
                archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), manifest)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RenderError(
            f"the shard {path.name} could not be written", str(error),
            "make room on the disk and run the same command again: whole shards are kept",
        ) from error  # fmt: skip
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# What zipfile raises on changed bytes, depending on where they are: also "encrypted" and "version
# not supported" (RuntimeError and its NotImplementedError).
_DAMAGE = (OSError, zipfile.BadZipFile, KeyError, ValueError, struct.error, RuntimeError,
           zlib.error, EOFError)  # fmt: skip


def read_shard(path: Path) -> tuple[list[dict[str, Any]], dict[str, Entry]]:
    """The manifest rows and the place of every file of a shard.

    Raises:
        InputError: the shard is missing or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            rows = [json.loads(line) for line in archive.read(MANIFEST).splitlines()]
            entries = {}
            for info in archive.infolist():
                file.seek(info.header_offset + 26)
                name_size, extra_size = struct.unpack("<HH", file.read(4))
                offset = info.header_offset + 30 + name_size + extra_size
                entries[info.filename] = Entry(offset, info.file_size, info.CRC)
            return rows, entries
    except _DAMAGE as error:
        raise damaged(path, str(error)) from error


def read_entry(path: Path, entry: Entry) -> bytes:
    """The bytes of one file, checked against their checksum.

    The file is opened for each read, so that data loaders may fork or spawn at any time.

    Raises:
        InputError: the bytes are damaged or gone.
    """
    try:
        with path.open("rb", buffering=0) as file:
            data = os.pread(file.fileno(), entry.size, entry.offset)
    except OSError as error:
        raise damaged(path, str(error)) from error
    if len(data) != entry.size or zlib.crc32(data) != entry.crc:
        raise damaged(path, "a picture's checksum does not match")
    return data


def damaged(path: Path, why: str) -> InputError:
    """The error for a shard that cannot be trusted."""
    return InputError(
        f"the shard {path.name} is damaged or incomplete",
        why,
        "delete this file and run the same render command again: only it will be rendered",
    )
