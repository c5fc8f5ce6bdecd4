"""The proof of an erasure: every byte of every file is searched for what was erased."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

_BLOCK = 4 << 20
_COPY_OUT = (
    "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer, 1 << 20)"
)
_PREFIX = 8
_DISTINCT = 4
"""Bytes of this few different values are found everywhere (a vector of zeros) and prove nothing."""

_TELLING = 32
"""Different values among 64 bytes of a picture from which they are its own."""


@dataclass(frozen=True)
class Needle:
    """Bytes that must be gone. kind: token, content (its hash), picture (bytes out of its middle),
    digest (a picture's name), vector (float16, as in the ledger) or index (float32)."""

    item_id: int
    kind: str
    data: bytes

    @property
    def usable(self) -> bool:
        """Whether finding it would prove anything."""
        return len(self.data) >= 2 * _PREFIX and len(set(self.data)) > _DISTINCT


@dataclass(frozen=True)
class Found:
    """A needle that is still there."""

    path: Path
    offset: int
    item_id: int
    kind: str


@dataclass(frozen=True)
class Scan:
    """What was read and what was found in it. unread: files that could not be read."""

    files: int
    bytes: int
    found: tuple[Found, ...]
    unread: tuple[Path, ...]

    @property
    def clean(self) -> bool:
        """Whether everything was read and nothing found."""
        return not self.found and not self.unread


def scan(folders: Iterable[Path], needles: Iterable[Needle]) -> Scan:
    """Read every file below the folders and look for every needle, at any place in a file."""
    haystack = _Haystack(needles)
    files = size = 0
    found: list[Found] = []
    unread: list[Path] = []
    for path in _every_file(folders):
        try:
            for hit in haystack.search(path):
                found.append(hit)
            size += path.stat().st_size
            files += 1
        except FileNotFoundError:
            continue  # gone since it was listed: a write-ahead log that was emptied, an old index
        except OSError:
            unread.append(path)
    return Scan(files, size, tuple(found), tuple(unread))


def mask(data: bytes, key: bytes, label: str) -> bytes:
    """The data made unlike itself, and back again: a list of needles must not be found by a scan.

    >>> mask(mask(b"a token", b"key", "1"), b"key", "1")
    b'a token'
    """
    stream = hashlib.shake_256(key + label.encode()).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


class _Haystack:
    """Finds any of many needles in one pass: a table of byte pairs, then the first eight bytes,
    then the whole."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._by_prefix: dict[int, list[Needle]] = {}
        self._pairs = np.zeros(1 << 16, np.bool_)
        for needle in needles:
            if needle.usable:
                prefix = int.from_bytes(needle.data[:_PREFIX], "little")
                self._by_prefix.setdefault(prefix, []).append(needle)
                self._pairs[prefix & 0xFFFF] = True
        self._prefixes = np.array(sorted(self._by_prefix), np.uint64)
        longest = max((len(n.data) for ns in self._by_prefix.values() for n in ns), default=1)
        self._overlap = max(longest - 1, _PREFIX)

    def search(self, path: Path) -> Iterator[Found]:
        if not self._by_prefix:
            return
        with _reading(path) as file:
            tail, start = b"", 0
            while block := file.read(_BLOCK):
                data = tail + block
                for place, needle in self._in(data):
                    # What ends in the tail was found with the block before.
                    if place + len(needle.data) > len(tail):
                        yield Found(path, start + place, needle.item_id, needle.kind)
                tail = data[-self._overlap :]
                start += len(data) - len(tail)

    def _in(self, data: bytes) -> Iterator[tuple[int, Needle]]:
        if len(data) < _PREFIX:
            return
        array = np.frombuffer(data, np.uint8)
        last = len(array) - _PREFIX + 1
        pairs = array[:-1].astype(np.uint16) | (array[1:].astype(np.uint16) << np.uint16(8))
        places = np.flatnonzero(self._pairs[pairs[:last]])
        for place in places[_known(array, places, self._prefixes)].tolist():
            prefix = int.from_bytes(data[place : place + _PREFIX], "little")
            for needle in self._by_prefix[prefix]:
                if data.startswith(needle.data, place):
                    yield place, needle


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes. Those of an SQLite file are read by a child process: closing a file drops
    every lock that this process holds on it, SQLite's too, and another process would then delete
    the write-ahead log under this one's hands, and what it commits from then on with it.

    Raises:
        OSError: the file cannot be read.
    """
    if ".sqlite" not in path.name:
        with path.open("rb") as file:
            yield file
        return
    command = [sys.executable, "-I", "-S", "-c", _COPY_OUT, os.fspath(path)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        yield child.stdout
        # A pipe that nobody reads to its end would keep the child waiting.
        child.stdout.close()
    if child.returncode:
        path.stat()  # FileNotFoundError where it is gone
        raise OSError(errno.EIO, "the file could not be read", os.fspath(path))


def _known(
    array: npt.NDArray[np.uint8], places: npt.NDArray[np.intp], prefixes: npt.NDArray[np.uint64]
) -> npt.NDArray[np.bool_]:
    words = np.zeros(len(places), np.uint64)
    for byte in range(_PREFIX):
        words |= array[places + byte].astype(np.uint64) << np.uint64(8 * byte)
    return np.isin(words, prefixes)


def _every_file(folders: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path not in seen:
                seen.add(path)
                yield path


def needles_of(
    item_id: int,
    token: str | None,
    content_hash: str,
    vectors: Iterable[bytes],
    pictures: Mapping[str, bytes],
) -> Iterator[Needle]:
    """What must be gone of one item. vectors: float16 rows; pictures: the JPEG of each digest."""
    if token:
        yield Needle(item_id, "token", token.encode())
    yield Needle(item_id, "content", content_hash.encode())
    for data in vectors:
        yield Needle(item_id, "vector", data)
        yield Needle(item_id, "index", np.frombuffer(data, "<f2").astype("<f4").tobytes())
    for digest, jpeg in pictures.items():
        yield Needle(item_id, "digest", digest.encode())
        yield Needle(item_id, "picture", _telling_part(jpeg))


def _telling_part(jpeg: bytes) -> bytes:
    """Bytes that no other picture has: out of the coded part, or all of a picture so plain that
    another one may share them."""
    start = jpeg.rfind(b"\xff\xda") + 14  # the start-of-scan marker and its header
    middle = (start + len(jpeg)) // 2
    part = jpeg[middle : middle + 64]
    return part if len(part) == 64 and len(set(part)) >= _TELLING else jpeg
