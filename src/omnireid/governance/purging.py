"""Taking erased items out of a backup: a new ledger and manifest beside the old, then a swap."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from omnireid.errors import GalleryError
from omnireid.gallery import (
    Database,
    close_as_one_file,
    items_of_tokens,
    open_ledger,
    picture_digests,
    reach,
    remove_rows,
    sync_folder,
    write_durably,
)
from omnireid.governance.audit import AuditLog
from omnireid.governance.backups import Backup, disk, only_one, set_state
from omnireid.governance.manifest import (
    LEDGER,
    MANIFEST,
    MANIFEST_HASH,
    Manifest,
    backup_problems,
    file_sha256,
    folder_bytes,
    write_manifest,
)
from omnireid.governance.scanning import Needle
from omnireid.governance.words import redact_mentions

_SWAP = "swap"
"""A folder with the new ledger and manifest; once `ready` is in it, they replace the old."""


@dataclass(frozen=True)
class PurgedBackup:
    """What became of a backup. state: purged, dropped (it was damaged or unfinished), missing (its
    disk is not here: it is outstanding)."""

    path: Path
    state: str
    items: int


def purge_backup(
    database: Database, backup: Backup, tokens: Collection[str], needles: Sequence[Needle]
) -> PurgedBackup:
    """Take every item with one of these tokens out of a backup. One that is damaged cannot be
    restored and is dropped; one whose disk is not here is left and said to be missing.

    Raises:
        GalleryError: the disk refuses, or somebody is making a backup there now.
    """
    if not backup.path.parent.is_dir() or backup.state == "missing":
        return PurgedBackup(backup.path, "missing", 0)
    with disk(backup.path), only_one(backup.path.parent):
        if backup.state == "making":
            shutil.rmtree(backup.staging, ignore_errors=True)
        else:
            _finish_swap(backup.path)
        if backup.state == "making" or backup_problems(backup.path):
            shutil.rmtree(backup.path, ignore_errors=True)
            with database.write() as connection:
                set_state(connection, backup.backup_id, state="dropped")
            return PurgedBackup(backup.path, "dropped", 0)
        removed, manifest = _prepare(backup.path, tokens, needles)
        if manifest is not None:
            reach("erase.backup_prepared")
            write_durably(backup.path / _SWAP / "ready", b"")
            sync_folder(backup.path / _SWAP)
            reach("erase.backup_ready")
            _finish_swap(backup.path)
        with database.write() as connection:
            whole = Manifest.read(backup.path)
            set_state(
                connection,
                backup.backup_id,
                state="purged",
                items=whole.items,
                bytes=folder_bytes(backup.path),
                manifest_sha256=file_sha256(backup.path / MANIFEST),
            )
    return PurgedBackup(backup.path, "purged", removed)


def _prepare(
    folder: Path, tokens: Collection[str], needles: Sequence[Needle]
) -> tuple[int, Manifest | None]:
    """The new ledger and manifest in the swap folder; None when nothing had to go."""
    swap = folder / _SWAP
    swap.mkdir(mode=0o700)
    shutil.copyfile(folder / LEDGER, swap / LEDGER)
    ledger = open_ledger(swap / LEDGER)
    try:
        with ledger.read() as connection:
            gone = items_of_tokens(connection, tokens)
        words = redact_mentions(AuditLog(ledger), needles, actor="omnireid erase", reason="erasure")
        remove_rows(ledger, gone)
        with ledger.read() as connection:
            kept = picture_digests(connection)
        head = AuditLog(ledger).head()
    finally:
        close_as_one_file(ledger)
    if not gone and not words:
        shutil.rmtree(swap)
        return 0, None
    old = Manifest.read(folder)
    files = {
        name: digest
        for name, digest in old.files.items()
        if not name.endswith(".jpg") or digest in kept
    }
    files[LEDGER] = file_sha256(swap / LEDGER)
    manifest = Manifest(
        **{
            **asdict(old),
            "items": old.items - len(gone),
            "audit_entries": head.seq,
            "audit_digest": head.digest,
            "files": files,
            "left_out": tuple(digest for digest in old.left_out if digest in kept),
        }
    )
    write_manifest(swap, manifest)
    return len(gone), manifest


def _finish_swap(folder: Path) -> None:
    """Put a prepared ledger and manifest in place; drop one that was not ready."""
    swap = folder / _SWAP
    if not swap.is_dir():
        return
    if not (swap / "ready").exists():
        shutil.rmtree(swap)
        return
    # Each file replaces the old at once, and a kill in between is repeated from here.
    for name in (LEDGER, MANIFEST, MANIFEST_HASH):
        if (swap / name).exists():
            (swap / name).replace(folder / name)
            reach("erase.backup_swapped")
    sync_folder(folder)
    data = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(data).hexdigest() not in (folder / MANIFEST_HASH).read_text("ascii"):
        raise GalleryError(
            f"the backup {folder} cannot be used",
            "its new manifest does not fit its hash",
            "check the disk; delete this backup and run `omnireid erase --resume`",
        )
    known = Manifest.read(folder).files
    for picture in (folder / "pictures").rglob("*.jpg"):
        if picture.relative_to(folder).as_posix() not in known:
            picture.unlink()
    shutil.rmtree(swap)
    sync_folder(folder)
