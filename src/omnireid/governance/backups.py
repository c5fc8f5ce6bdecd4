"""Backups: a consistent copy while the service runs, each file by its sha-256 in a manifest."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, update

from omnireid import __version__
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import (
    KEY_NAME,
    Database,
    Gallery,
    metadata,
    reach,
    sync_folder,
    write_durably,
)
from omnireid.governance.audit import AuditLog, Event, utc_text
from omnireid.governance.manifest import (
    LEDGER,
    MANIFEST,
    PICTURES,
    Manifest,
    backup_problems,
    file_sha256,
    folder_bytes,
    write_manifest,
)
from omnireid.governance.schema import backups

_TRIES = 3


@dataclass(frozen=True)
class Backup:
    """A backup as the ledger lists it. state: making, whole, purged (erased items taken out),
    dropped, damaged or missing."""

    backup_id: int
    path: Path
    made: datetime
    made_by: str
    items: int
    bytes: int
    manifest_sha256: str
    state: str

    @property
    def staging(self) -> Path:
        """Where it grows until it is whole."""
        return self.path.with_name(f".{self.path.name}.part")


def create_backup(gallery: Gallery, destination: Path, *, actor: str) -> Backup:
    """Copy a gallery, which may be in use, into a new folder of `destination`.

    Raises:
        GalleryError: the destination lies in the gallery, or the disk refuses.
    """
    if destination.resolve().is_relative_to(gallery.folder.resolve()):
        raise GalleryError(
            "no backup was made",
            f"{destination} lies in the gallery itself",
            "choose a folder outside, best on another disk",
        )
    made = datetime.now(UTC)
    name = f"omnireid-{made:%Y%m%dT%H%M%SZ}-{uuid4().hex[:4]}"
    with disk(destination):
        destination.mkdir(parents=True, exist_ok=True)
        with only_one(destination):
            _clear_unfinished(gallery.database, destination)
            # Listed before the first byte is written: an erasure finds it whenever it comes.
            backup = _announce(gallery.database, (destination / name).resolve(), made, actor)
            reach("backup.announced")
            try:
                manifest, size = _fill(gallery, backup.staging, utc_text(made))
                reach("backup.filled")
                backup.staging.rename(backup.path)
                sync_folder(destination)
            except BaseException:
                shutil.rmtree(backup.staging, ignore_errors=True)
                raise
            reach("backup.renamed")
            digest = hashlib.sha256(manifest.to_bytes()).hexdigest()
            with gallery.database.write() as connection:
                connection.execute(
                    update(backups)
                    .where(backups.c.id == backup.backup_id)
                    .values(items=manifest.items, bytes=size, manifest_sha256=digest, state="whole")
                )
                AuditLog(gallery.database).record(
                    Event(
                        actor,
                        "backup.create",
                        details={"backup": name, "items": manifest.items, "manifest": digest},
                    ),
                    connection,
                )
    return next(b for b in list_backups(gallery.database) if b.backup_id == backup.backup_id)


def list_backups(database: Database) -> tuple[Backup, ...]:
    """Every backup that this gallery's commands made, newest first, and how it stands now."""
    with database.read() as connection:
        return tuple(
            _backup(row)
            for row in connection.execute(select(backups).order_by(backups.c.id.desc()))
        )


def drop_backup(database: Database, backup_id: int, *, actor: str) -> Backup:
    """Delete a backup, or note that one that is not here was destroyed.

    Raises:
        InputError: no such backup, or one that is dropped already.
    """
    for backup in list_backups(database):
        if backup.backup_id == backup_id and backup.state != "dropped":
            break
    else:
        raise InputError(
            f"the backup {backup_id} was not deleted",
            "there is none with this number, or it is deleted already",
            "look at `omnireid backup list`",
        )
    with disk(backup.path):
        for folder in (backup.path, backup.staging):
            if folder.exists():
                shutil.rmtree(folder)
    with database.write() as connection:
        set_state(connection, backup_id, state="dropped")
        AuditLog(database).record(
            Event(
                actor,
                "backup.drop",
                details={"backup": backup.path.name, "was": backup.state},
            ),
            connection,
        )
    return backup


def set_state(connection: Connection, backup_id: int, **values: str | int) -> None:
    """Note what became of a backup."""
    connection.execute(update(backups).where(backups.c.id == backup_id).values(**values))


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Turn the disk's refusals into what, why, what to do."""
    try:
        yield
    except OSError as error:
        raise GalleryError(
            f"the folder {folder} cannot be used",
            error.strerror or str(error),
            "check the disk, its free space and its permissions, then run the same command again",
        ) from error


@contextmanager
def only_one(destination: Path) -> Iterator[None]:
    """Hold a folder of backups for oneself; a killed process lets go of it (POSIX)."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with (destination / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GalleryError(
                "no backup was made",
                f"another backup is being made or changed in {destination}",
                "wait for it to end, then run the same command again",
            ) from error
        yield


def _announce(database: Database, path: Path, made: datetime, actor: str) -> Backup:
    with database.write() as connection:
        row = connection.execute(
            insert(backups)
            .values(
                path=str(path),
                made=utc_text(made),
                made_by=actor,
                items=0,
                bytes=0,
                manifest_sha256="",
                state="making",
            )
            .returning(backups)
        ).one()
    return _backup(row)


def _backup(row: object) -> Backup:
    fields = row._mapping  # type: ignore[attr-defined]
    path = Path(fields["path"])
    state = fields["state"]
    if state in ("whole", "purged") and not (path / MANIFEST).exists():
        state = "missing"
    return Backup(
        fields["id"],
        path,
        datetime.fromisoformat(fields["made"]),
        fields["made_by"],
        fields["items"],
        fields["bytes"],
        fields["manifest_sha256"],
        state,
    )


def _clear_unfinished(database: Database, destination: Path) -> None:
    """Remove what a killed `create_backup` left behind; one that was whole already is kept."""
    for backup in list_backups(database):
        if backup.state != "making" or backup.path.parent != destination.resolve():
            continue
        shutil.rmtree(backup.staging, ignore_errors=True)
        whole = backup.path.exists() and not backup_problems(backup.path)
        with database.write() as connection:
            if whole:
                manifest = Manifest.read(backup.path)
                set_state(
                    connection,
                    backup.backup_id,
                    state="whole",
                    items=manifest.items,
                    bytes=folder_bytes(backup.path),
                    manifest_sha256=file_sha256(backup.path / MANIFEST),
                )
            else:
                shutil.rmtree(backup.path, ignore_errors=True)
                set_state(connection, backup.backup_id, state="dropped")


def _fill(gallery: Gallery, staging: Path, made: str) -> tuple[Manifest, int]:
    for _ in range(_TRIES):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        (staging / PICTURES).mkdir()
        _copy_ledger(gallery.database.path, staging / LEDGER)
        reach("backup.ledger_copied")
        # Held open: the snapshot and not the gallery says which pictures belong to it.
        snapshot = Database(staging / LEDGER)
        try:
            manifest = _copy_pictures(gallery, snapshot, staging, made)
        finally:
            snapshot.checkpoint()
            snapshot.close()
        if manifest is None:
            continue
        _as_one_file(staging / LEDGER)
        files = {**manifest.files, LEDGER: file_sha256(staging / LEDGER)}
        key = gallery.folder / KEY_NAME
        if key.exists():
            target = staging / KEY_NAME
            target.touch(0o600)
            write_durably(target, key.read_bytes())
            files[KEY_NAME] = file_sha256(target)
        whole = Manifest(**{**asdict(manifest), "files": files})
        write_manifest(staging, whole)
        return whole, folder_bytes(staging)
    raise GalleryError(
        "no backup was made",
        "pictures were deleted again and again while they were copied",
        "run the same command again when the deletion has ended",
    )


def _copy_ledger(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # In one step: a copy in many would begin anew with every change of the gallery.
        old.backup(new)
    target.chmod(0o600)


def _copy_pictures(
    gallery: Gallery, snapshot: Database, staging: Path, made: str
) -> Manifest | None:
    """The manifest but for the ledger; None when a picture was deleted since the snapshot."""
    tables = metadata.tables
    with snapshot.read() as connection:
        digests = list(connection.scalars(select(tables["pictures"].c.digest)))
        uuid = connection.scalar(select(tables["gallery"].c.uuid)) or ""
        model = connection.scalar(select(tables["models"].c.name)) or ""
        items = connection.scalar(select(func.count()).select_from(tables["items"])) or 0
    head = AuditLog(snapshot).head()
    files, left_out, folders = {}, [], set()
    for digest in digests:
        name = f"{PICTURES}/{digest[:2]}/{digest}.jpg"
        try:
            data = (gallery.folder / name).read_bytes()
        except FileNotFoundError:
            with gallery.database.read() as connection:
                column = tables["pictures"].c.digest
                if connection.scalar(select(column).where(column == digest)) is None:
                    return None
            left_out.append(digest)
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            left_out.append(digest)
            continue
        target = staging / name
        target.parent.mkdir(exist_ok=True)
        write_durably(target, data)
        files[name] = digest
        folders.add(target.parent)
    for folder in (*folders, staging / PICTURES):
        sync_folder(folder)
    return Manifest(
        uuid, made, __version__, model, items, head.seq, head.digest, files, tuple(left_out)
    )


def _as_one_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("PRAGMA journal_mode = DELETE")
