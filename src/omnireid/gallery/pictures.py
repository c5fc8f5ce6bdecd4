"""The picture folder: files named by the sha-256 of their bytes, and by nothing else."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from omnireid.gallery.content import KeptPicture

_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureFolder:
    """`pictures/ab/ab….jpg`. A file is there whole and durable, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the picture lies.

        Raises:
            ValueError: the digest is no sha-256; no other name ever becomes a path.
        """
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a sha-256: {digest!r}")
        return self.root / digest[:2] / f"{digest}.jpg"

    def write(self, pictures: Iterable[KeptPicture]) -> None:
        """Store pictures that are not there yet, or not whole; durable on return.

        Raises:
            OSError: the disk refuses.
        """
        folders = set()
        for picture in pictures:
            path = self.path(picture.digest)
            if _holds(path, picture.jpeg):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            _publish(path, picture.jpeg)
            folders.add(path.parent)
        for folder in folders:
            sync_folder(folder)
        if folders:
            sync_folder(self.root)

    def unlink(self, digest: str) -> None:
        """Remove a picture and what a killed `write` left of it; none there is no error."""
        path = self.path(digest)
        path.unlink(missing_ok=True)
        for staged in path.parent.glob(f".{digest}.*.part"):
            staged.unlink(missing_ok=True)

    def problem(self, digest: str) -> str | None:
        """None when the file's bytes fit its name, else what is wrong."""
        try:
            found = hashlib.sha256(self.path(digest).read_bytes()).hexdigest()
        except FileNotFoundError:
            return "the file is missing"
        except OSError as error:
            return f"the file cannot be read ({error.strerror})"
        return None if found == digest else "its bytes have changed"

    def files(self) -> Iterator[Path]:
        """Every file in the folder, whatever its name."""
        return (path for path in sorted(self.root.rglob("*")) if path.is_file())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _publish(path: Path, data: bytes) -> None:
    for attempt in range(3):
        # Another process may be writing the same picture: each has its own temporary file.
        staged = path.with_name(f".{path.stem}.{uuid4().hex}.part")
        try:
            write_durably(staged, data)
            staged.replace(path)
            return
        except FileNotFoundError:
            # Swept by another process that is deleting the same picture.
            if attempt == 2:
                raise
        except OSError:
            staged.unlink(missing_ok=True)
            raise


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder (POSIX; Windows does so by itself)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
