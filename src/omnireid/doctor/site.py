"""The site's own things: settings, model, gallery, and who may read them."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import omnireid
from omnireid.doctor.findings import Finding, failure, warning, well

_SAMPLE = 200
"""Pictures whose hash is looked at; `omnireid verify` reads all."""


@dataclass(frozen=True)
class Site:
    """What the settings say, as far as the examination needs it."""

    gallery: Path = Path("gallery")
    model: str = "default"
    host: str = "127.0.0.1"
    port: int = 8000


def read_settings() -> tuple[Site, Finding]:
    """The site, and whether its settings can be used. Reads the file itself where they cannot."""
    file = Path(os.environ.get("OMNIREID_SETTINGS", "omnireid.toml"))
    try:
        from omnireid.errors import OmniReIDError
        from omnireid.settings import load_settings

        try:
            read = load_settings()
        except OmniReIDError as error:
            return _raw(file), failure("settings", error.what, error.why, error.to_do)
        where = f"read from {file}" if file.is_file() else f"defaults, there is no {file}"
        return Site(read.gallery, read.model, read.host, read.port), well("settings", where)
    except ImportError as error:
        return _raw(file), failure(
            "settings",
            "the settings could not be checked",
            f"a package is missing ({error.name})",
            "mend the packages first",
        )


def _raw(file: Path) -> Site:
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        held = {}
    gallery = os.environ.get("OMNIREID_GALLERY", held.get("gallery"))
    model = os.environ.get("OMNIREID_MODEL", held.get("model"))
    return Site(
        Path(gallery) if isinstance(gallery, str) else Site.gallery,
        model if isinstance(model, str) else Site.model,
    )


def model(name: str) -> Finding:
    """Whether every file of the model is there and as it was exported."""
    shipped = Path(omnireid.__file__).parent / "models" / name
    folder = next((one for one in (Path(name), shipped) if (one / "model.json").is_file()), None)
    to_do = "copy the whole model folder again, or install omnireid again"
    if folder is None:
        return failure("model", f"there is no model {name!r}", "no folder with a model.json", to_do)
    try:
        files: dict[str, str] = json.loads((folder / "model.json").read_bytes())["files"]
        for file, digest in files.items():
            with (folder / file).open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != digest:
                    return failure(
                        "model",
                        f"the model file {folder / file} has changed",
                        "its sha-256 is not the one in model.json",
                        to_do,
                    )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return failure(
            "model", f"the model {folder} cannot be read", f"{type(error).__name__}: {error}", to_do
        )
    return well("model", f"{len(files)} files of {name} are as they were exported")


def permissions(folder: Path) -> Iterator[Finding]:
    """Whether the gallery can be written by this user, and read by nobody else."""
    if not folder.is_dir():
        return
    unusable = [
        path
        for path in (folder, *folder.iterdir())
        if not os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))
    ]
    if unusable:
        yield failure(
            "permissions",
            f"{unusable[0]} cannot be read and written",
            f"the user number {os.geteuid()} may not",
            "run this as the service's user, or give the folder to that user (chown -R)",
        )
    elif folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IXGRP & ~stat.S_IXOTH:
        yield warning(
            "permissions",
            f"other users of this machine can look into {folder}",
            f"its mode is {stat.S_IMODE(folder.stat().st_mode):o}",
            f"run `chmod 700 {folder}`",
        )
    else:
        yield well("permissions", f"{folder} belongs to the service alone")


def gallery(folder: Path) -> Iterator[Finding]:
    """Whether the ledger is sound and a sample of the pictures is as it was stored."""
    ledger = folder / "ledger.sqlite"
    if not ledger.is_file():
        yield warning(
            "gallery",
            f"there is no gallery at {folder}",
            "nothing was indexed there yet, or the path is wrong",
            "set `gallery`, or index something into it",
        )
        return
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            yield from _ledger(folder, opened)
    except sqlite3.Error as error:
        yield failure(
            "gallery",
            f"the ledger {ledger} cannot be read",
            str(error),
            "run `omnireid verify`; restore a backup if it finds damage",
        )


def _ledger(folder: Path, opened: sqlite3.Connection) -> Iterator[Finding]:
    told = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        yield failure("gallery", "the ledger is damaged", told, "restore the gallery from a backup")
        return
    items = opened.execute("SELECT count(*) FROM items").fetchone()[0]
    schema = opened.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    made_by = opened.execute("SELECT name FROM models").fetchone()[0]
    yield well("gallery", f"{items:,} items, schema {schema}, made by {made_by}")
    yield _pictures(folder, opened)
    yield from _time(opened)


def _pictures(folder: Path, opened: sqlite3.Connection) -> Finding:
    rows = opened.execute(
        "SELECT digest FROM pictures ORDER BY random() LIMIT ?", (_SAMPLE,)
    ).fetchall()
    for (digest,) in rows:
        path = folder / "pictures" / digest[:2] / f"{digest}.jpg"
        try:
            whole = hashlib.sha256(path.read_bytes()).hexdigest() == digest
        except OSError:
            whole = False
        if not whole:
            return failure(
                "pictures",
                f"the picture {path.name} is missing or has changed",
                "its bytes do not fit its name",
                "run `omnireid verify` to find all of them; restore a backup",
            )
    return well("pictures", f"{len(rows)} pictures, chosen at random, are as they were stored")


def _time(opened: sqlite3.Connection) -> Iterator[Finding]:
    newest = opened.execute("SELECT max(added) FROM items").fetchone()[0]
    if newest is None:
        return
    added = datetime.fromisoformat(newest)
    added = added if added.tzinfo else added.replace(tzinfo=UTC)
    if added > datetime.now(UTC) + timedelta(minutes=5):
        yield failure(
            "clock",
            "the clock was set back",
            f"the newest item was added on {added:%Y-%m-%d %H:%M} UTC, which is yet to come",
            "set the clock; times in the audit log and retention go by it",
        )
