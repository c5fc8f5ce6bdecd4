"""Where uploads wait for their job: files named by numbers, in a folder of random name."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from omnireid.errors import InputError
from omnireid.gallery import Gallery

_NAME = re.compile(r"[0-9a-f]{32}")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")

MAX_ENTRIES = 60_000
"""Entries of an archive; more is a trap or belongs on the server's disk."""
_MAX_DIRECTORY = 20_000_000
MAX_RATIO = 200
"""Times that an entry may grow when unpacked: pictures hardly do, a bomb grows a thousandfold."""
MAX_NAME, MAX_PATH = 255, 1024
_UNSEEN = ("Cc", "Cs", "Cf")


@dataclass(frozen=True)
class Refused:
    """A part of an upload that was not taken, and why."""

    name: str
    reason: str


class Staging:
    """One folder of uploaded files, each under a number; `names` tells what they were called.

    Nothing of an uploaded name ever becomes a path.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.names: list[tuple[str, str]] = []
        self.refused: list[Refused] = []
        self._taken: set[str] = set()
        self._left = self._limit = limit

    @classmethod
    def new(cls, gallery: Gallery, limit: int) -> Self:
        """An empty folder. limit: bytes that all files together may have."""
        folder = _folder(gallery.folder, secrets.token_hex(16))
        folder.mkdir(parents=True, mode=0o700)
        return cls(folder, limit)

    @classmethod
    def reopen(cls, gallery: Gallery, token: str, shown: str) -> Self:
        """The folder of one file that was kept before, to be shown as `shown`; it takes no more.

        Raises:
            ValueError: the token is no name of such a folder.
            OSError: the folder or its file is gone.
        """
        staging = cls(_folder(gallery.folder, token), 0)
        stored = min((entry.name for entry in staging.folder.iterdir()), default=None)
        if stored is None:
            raise FileNotFoundError(staging.folder)
        staging.names.append((shown_name(shown) or stored, stored))
        return staging

    @property
    def name(self) -> str:
        """The random name of the folder, by which a job knows it."""
        return self.folder.name

    def take(self, name: str, file: BinaryIO) -> Path:
        """Store one uploaded file.

        Raises:
            InputError: all files together are above the limit.
        """
        shown = self._unique(shown_name(name))
        stored = f"{len(self.names):06d}{_suffix(shown)}"
        path = self.folder / stored
        with path.open("xb") as target:
            while chunk := file.read(_CHUNK):
                self._spend(len(chunk), shown)
                target.write(chunk)
        self.names.append((shown, stored))
        return path

    def unpack(self, name: str, file: BinaryIO) -> None:
        """Store the files of a ZIP archive; what is no plain, harmless entry is in `refused`.

        Raises:
            InputError: it is no ZIP archive, holds too many entries, or unpacks above the limit.
        """
        # Looked at before it is opened: a directory of millions of names fills the memory.
        if not _few_entries(file):
            raise InputError(
                f"{shown_name(name)} was refused",
                f"it holds more than {MAX_ENTRIES:,} entries",
                "split it, or put the folder on the server",
            )
        try:
            with zipfile.ZipFile(file) as archive:
                for entry in archive.infolist():
                    self._unpack(archive, entry)
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as error:
            raise InputError(
                f"{shown_name(name)} could not be unpacked",
                str(error) or "it is no ZIP archive",
                "pack the pictures again as ZIP",
            ) from error

    def discard(self) -> None:
        """Delete everything again."""
        discard(self.folder)

    def _unpack(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        if entry.is_dir():
            return
        shown = self._unique(shown_name(entry.filename))
        reason = _objection(entry)
        if reason is not None:
            self.refused.append(Refused(shown, reason))
            return
        stored = f"{len(self.names):06d}{_suffix(shown)}"
        path = self.folder / stored
        try:
            with archive.open(entry) as source, path.open("xb") as target:
                # The header may lie about the size: what comes out counts.
                taken = 0
                while chunk := source.read(_CHUNK):
                    taken += len(chunk)
                    if taken > MAX_RATIO * max(entry.compress_size, 1):
                        raise _BombError
                    self._spend(len(chunk), shown)
                    target.write(chunk)
        except _BombError:
            path.unlink()
            self.refused.append(Refused(shown, f"it grows over {MAX_RATIO}-fold when unpacked"))
            return
        except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
            path.unlink(missing_ok=True)
            self.refused.append(Refused(shown, str(error) or "it is damaged"))
            return
        # An archive in the archive is never opened: a bomb of bombs ends here.
        if zipfile.is_zipfile(path):
            path.unlink()
            self.refused.append(Refused(shown, "it is an archive inside the archive"))
            return
        self.names.append((shown, stored))

    def _unique(self, name: str) -> str:
        """Two files of one name are two sources: the second is numbered."""
        shown, number = name or "file", 1
        while shown in self._taken:
            number += 1
            path = PurePosixPath(name or "file")
            shown = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        self._taken.add(shown)
        return shown

    def _spend(self, count: int, name: str) -> None:
        self._left -= count
        if self._left < 0:
            raise InputError(
                "the upload was refused",
                f"with {name} it is larger than {self._limit:,} bytes (setting max_ingest_mb)",
                "send it in parts, or put the folder on the server",
            )


class _BombError(Exception):
    pass


def _few_entries(file: BinaryIO) -> bool:
    """Whether the directory at the end of an archive is of bounded size; True for no archive."""
    file.seek(0, os.SEEK_END)
    # The last record, and the comment that may follow it.
    file.seek(max(file.tell() - _END.size - 65_535, 0))
    tail = file.read()
    file.seek(0)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        return True
    _, _, _, _, entries, size, _, _ = _END.unpack_from(tail, place)
    # The locator of a 64-bit directory, whose own numbers would then count.
    large = tail[max(place - 20, 0) : place].startswith(b"PK\x06\x07")
    return not large and entries <= MAX_ENTRIES and size <= _MAX_DIRECTORY


def _objection(entry: zipfile.ZipInfo) -> str | None:
    mode = entry.external_attr >> 16
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if entry.flag_bits & 0x1:
        return "it is protected by a password"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or a device, not a file"
    if "\0" in entry.orig_filename:
        return "its name holds a zero byte"
    if ".." in parts or _ABSOLUTE.match(entry.filename):
        return "its name leads out of the archive"
    if len(entry.filename) > MAX_PATH or any(len(part) > MAX_NAME for part in parts):
        return "its name is too long"
    if parts and parts[-1].startswith("."):
        return "it is a hidden file"
    return None


def staging_folder(gallery: Path, name: str | None) -> Path | None:
    """The folder of this random name; None for none."""
    return None if name is None else _folder(gallery, name)


def _folder(gallery: Path, name: str) -> Path:
    # No other name ever becomes a path.
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a staging folder: {name!r}")
    return gallery / "jobs" / name


def discard(folder: Path | None) -> None:
    """Delete a staging folder and all in it; none there is no error."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def strays(gallery: Path, known: set[str]) -> Iterator[Path]:
    """Staging folders that belong to no job: uploads that were cut off."""
    root = gallery / "jobs"
    if not root.is_dir():
        return
    for entry in os.scandir(root):
        staged = entry.is_dir(follow_symlinks=False) and _NAME.fullmatch(entry.name)
        if staged and entry.name not in known:
            yield Path(entry.path)


def shown_name(name: str) -> str:
    """An uploaded name as it is shown: without folders above, control characters, or great length.

    >>> shown_name("../../etc/pass\\0wd.jpg"), shown_name("C:\\\\night\\\\1.jpg")
    ('etc/pass�wd.jpg', 'C:/night/1.jpg')
    """
    plain = "".join(
        letter if unicodedata.category(letter) not in _UNSEEN else "\N{REPLACEMENT CHARACTER}"
        for letter in name.replace("\\", "/")
    )
    kept = "/".join(part for part in plain.split("/") if part not in ("", ".", ".."))
    return kept if len(kept) <= MAX_NAME else kept[: MAX_NAME - 1] + "…"


def _suffix(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower()
    return ending if re.fullmatch(r"\.[a-z0-9]{1,5}", ending) else ""
