"""Putting a backup back, and rehearsing it: what was erased since stays erased."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, insert, select

from omnireid.errors import GalleryError
from omnireid.gallery import (
    KEY_NAME,
    Database,
    Gallery,
    close_as_one_file,
    is_gallery,
    items_of_tokens,
    metadata,
    open_ledger,
    picture_digests,
    reach,
    remove_rows,
    sync_folder,
    write_durably,
)
from omnireid.governance.audit import AuditLog, Event, utc_text
from omnireid.governance.backups import disk
from omnireid.governance.erased import (
    NOTHING_ERASED,
    Erased,
    add_blocked,
    read_erased,
    read_list,
)
from omnireid.governance.manifest import LEDGER, PICTURES, Manifest, backup_problems
from omnireid.governance.schema import erased_rows, erasures

_TIES = 20
_ROUNDING = 2e-3
"""By how much float16 moves the length of a unit vector, and so the similarity to itself."""


@dataclass(frozen=True)
class Rehearsal:
    """What came of restoring a backup into a temporary folder. searched: an item was looked for by
    its own vector and found first."""

    path: Path
    items: int
    pictures: int
    forgotten: int
    searched: bool
    seconds: float
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether this backup would carry."""
        return not self.problems


@dataclass(frozen=True)
class Restored:
    """A gallery put back. forgotten: items erased since the backup; aside: the gallery that was
    there before."""

    folder: Path
    items: int
    forgotten: int
    aside: Path | None


def rehearse(backup: Path) -> Rehearsal:
    """Restore into a temporary folder, check every byte, run a search, and clean up."""
    began = time.monotonic()
    problems = list(backup_problems(backup))
    items = pictures = forgotten = 0
    searched = False
    if not problems:
        with tempfile.TemporaryDirectory(prefix="omnireid-rehearsal-") as temporary:
            folder = Path(temporary) / "gallery"
            forgotten = _lay_out(backup, folder, _erased_since(backup, None))
            with Gallery.open(folder) as gallery:
                gallery.rebuild_index()
                report = gallery.verify()
                items, pictures = report.items, report.pictures
                left_out = Manifest.read(backup).left_out
                problems += [
                    f"{p.kind} {p.subject}: {p.detail}"
                    for p in report.problems
                    if not any(digest in p.subject for digest in left_out)
                ]
                problems += [f"picture {d} was damaged when it was made" for d in left_out]
                problems += [
                    f"audit: {f.detail}" for f in AuditLog(gallery.database).verify().findings
                ]
                searched = _finds_itself(gallery)
                if items and not searched:
                    problems.append("a search for an item by its own vector did not find it first")
    seconds = time.monotonic() - began
    return Rehearsal(backup, items, pictures, forgotten, searched, seconds, tuple(problems))


def restore(backup: Path, folder: Path, *, actor: str, replace: bool = False) -> Restored:
    """Make the gallery of a backup anew in `folder`, without what was erased since.

    replace: a gallery that is there is set aside under another name, and not deleted.

    Raises:
        GalleryError: the backup is damaged, the folder is in use, or the disk refuses.
    """
    if problems := backup_problems(backup):
        raise GalleryError(
            f"{backup} was not restored",
            f"it is damaged: {problems[0]}"
            + (f", and {len(problems) - 1} more" if len(problems) > 1 else ""),
            "choose another backup: `omnireid backup list`",
        )
    occupied = folder.exists() and any(folder.iterdir())
    if occupied and not (replace and is_gallery(folder)):
        raise GalleryError(
            f"{backup} was not restored",
            f"{folder} is not empty",
            "choose a new folder, or add --replace to set the gallery there aside",
        )
    erased = _erased_since(backup, folder if occupied else None)
    staging = folder.with_name(f".{folder.name}.restoring")
    with disk(folder.parent):
        shutil.rmtree(staging, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        forgotten = _lay_out(backup, staging, erased)
        reach("restore.laid_out")
        with Gallery.open(staging) as gallery:
            gallery.rebuild_index()
            AuditLog(gallery.database).record(
                Event(
                    actor,
                    "backup.restore",
                    details={"backup": backup.name, "forgotten": forgotten},
                )
            )
            items = gallery.count()
        aside = None
        if occupied:
            aside = folder.with_name(f"{folder.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            folder.rename(aside)
        elif folder.exists():
            folder.rmdir()
        reach("restore.set_aside")
        staging.rename(folder)
        sync_folder(folder.parent)
    return Restored(folder, items, forgotten, aside)


def _erased_since(backup: Path, current: Path | None) -> tuple[Erased, bytes | None]:
    """What the list beside the backup, the backup's own ledger and the gallery that is replaced
    say; and the key that the refused content is hashed with."""
    gallery = Manifest.read(backup).gallery
    erased, key = read_list(backup.parent, gallery)
    if current is not None:
        database = Database(current / LEDGER)
        try:
            with database.read() as connection:
                uuid = connection.scalar(select(metadata.tables["gallery"].c.uuid))
                erased |= read_erased(connection) if uuid == gallery else NOTHING_ERASED
            if uuid == gallery and (current / KEY_NAME).exists():
                key = (current / KEY_NAME).read_bytes()
        finally:
            database.close()
    return erased, key


def _lay_out(backup: Path, folder: Path, since: tuple[Erased, bytes | None]) -> int:
    """Copy a backup and forget what was erased; how many items that was."""
    erased, key = since
    folder.mkdir(parents=True, mode=0o700)
    shutil.copyfile(backup / LEDGER, folder / LEDGER)
    database = open_ledger(folder / LEDGER)
    try:
        with database.read() as connection:
            gone = items_of_tokens(connection, erased.tokens)
        forgotten = remove_rows(database, gone)
        with database.write() as connection:
            _take_over(connection, erased)
            kept = picture_digests(connection)
    finally:
        close_as_one_file(database)
    (folder / PICTURES).mkdir()
    for name in Manifest.read(backup).files:
        source = backup / name
        if source.suffix == ".jpg" and source.stem in kept:
            target = folder / name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
    if key is None and (backup / KEY_NAME).exists():
        key = (backup / KEY_NAME).read_bytes()
    if key is not None:
        (folder / KEY_NAME).touch(0o600)
        write_durably(folder / KEY_NAME, key)
    sync_folder(folder)
    return forgotten


def _take_over(connection: Connection, erased: Erased) -> None:
    add_blocked(connection, erased.macs)
    known = set(connection.scalars(select(erased_rows.c.token_sha256)))
    new = sorted(erased.tokens - known)
    if not new:
        return
    number = connection.scalar(
        insert(erasures)
        .values(
            reference="restored list",
            reason="erased after this backup was made",
            asked_by="omnireid backup restore",
            started=utc_text(datetime.now(UTC)),
            step="finished",
        )
        .returning(erasures.c.id)
    )
    connection.execute(
        insert(erased_rows), [{"token_sha256": token, "erasure_id": number} for token in new]
    )


def _finds_itself(gallery: Gallery) -> bool:
    vectors = metadata.tables["vectors"]
    with gallery.database.read() as connection:
        row = connection.execute(
            select(vectors.c.item_id, vectors.c.data).order_by(func.random()).limit(1)
        ).first()
    if row is None:
        return False
    vector = np.frombuffer(row.data, "<f2").astype(np.float32)
    found = gallery.search(vector, k=_TIES)
    # Several items may have nearly one vector: the same picture at different times.
    least = (found[0].score or 0) - _ROUNDING
    best = [match.item_id for match in found if (match.score or 0) >= least]
    return row.item_id in best or len(best) == _TIES
