"""What a backup holds, by the sha-256 of each file, and whether it still does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from omnireid.errors import GalleryError
from omnireid.gallery import sync_folder, write_durably

LEDGER, PICTURES, MANIFEST, MANIFEST_HASH = (
    "ledger.sqlite",
    "pictures",
    "manifest.json",
    "manifest.sha256",
)
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. files: sha-256 of each, by its path in the folder. left_out: pictures
    that were damaged in the gallery already."""

    gallery: str
    made: str
    release: str
    model: str
    items: int
    audit_entries: int
    audit_digest: str
    files: Mapping[str, str]
    left_out: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The file."""
        body = {"format": _FORMAT, **asdict(self)}
        return (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a backup, checked against its own hash.

        Raises:
            GalleryError: there is none, or it was changed.
        """
        try:
            data = (folder / MANIFEST).read_bytes()
            told = (folder / MANIFEST_HASH).read_text("ascii").split()[0]
            body = json.loads(data)
            if hashlib.sha256(data).hexdigest() != told or body.pop("format") != _FORMAT:
                raise ValueError("its hash does not fit")
            return cls(**{**body, "left_out": tuple(body["left_out"])})
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise GalleryError(
                f"{folder} cannot be used as a backup",
                f"its manifest is missing or damaged ({error})",
                "choose another backup: `omnireid backup list`",
            ) from error


def backup_problems(folder: Path) -> tuple[str, ...]:
    """What is wrong with a backup: every byte is read. Empty when nothing is."""
    try:
        manifest = Manifest.read(folder)
    except GalleryError as error:
        return (error.why,)
    found = []
    for name, digest in sorted(manifest.files.items()):
        try:
            if file_sha256(folder / name) != digest:
                found.append(f"{name} has changed")
        except OSError as error:
            found.append(f"{name} cannot be read ({error.strerror})")
    known = {*manifest.files, MANIFEST, MANIFEST_HASH}
    found += [f"{name} is no part of it" for name in sorted(_files(folder)) if name not in known]
    return tuple(found)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest and its hash."""
    data = manifest.to_bytes()
    write_durably(folder / MANIFEST, data)
    line = f"{hashlib.sha256(data).hexdigest()}  {MANIFEST}\n"
    write_durably(folder / MANIFEST_HASH, line.encode())
    sync_folder(folder)


def file_sha256(path: Path) -> str:
    """The sha-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_bytes(folder: Path) -> int:
    """Bytes of every file in a folder."""
    return sum((folder / name).stat().st_size for name in _files(folder))


def _files(folder: Path) -> Iterator[str]:
    return (str(p.relative_to(folder).as_posix()) for p in folder.rglob("*") if p.is_file())
