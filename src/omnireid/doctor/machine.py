"""The machine: clock, disk, port, fonts."""

from __future__ import annotations

import http.client
import shutil
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import omnireid
from omnireid.doctor.findings import Finding, failure, warning, well

_SHORT_BYTES, _LOW_BYTES = 200_000_000, 5_000_000_000
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_JAPANESE_FONTS = ("ipag", "ipaexg", "ipam", "notosanscjk", "notoserifcjk", "takao", "vlgothic")


def clock(now: datetime | None = None) -> Finding:
    """Whether the clock can be right: not before this program was installed."""
    moment = now or datetime.now(UTC)
    made = datetime.fromtimestamp(Path(omnireid.__file__).stat().st_mtime, UTC)
    if moment < made - timedelta(days=1):
        return failure(
            "clock",
            f"the clock says {moment:%Y-%m-%d %H:%M} UTC",
            f"this program was installed on {made:%Y-%m-%d}",
            "set the clock; times in the audit log and retention go by it",
        )
    return well("clock", f"{moment:%Y-%m-%d %H:%M} UTC")


def disk(folder: Path) -> Finding:
    """Whether there is room where the gallery lies."""
    place = next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("/"))
    usage = shutil.disk_usage(place)
    free = f"{usage.free / 1e9:,.1f} GB free of {usage.total / 1e9:,.1f} GB at {place}"
    if usage.free < _SHORT_BYTES:
        return failure(
            "disk", free, "nothing more can be stored", "free some space or move the gallery"
        )
    if usage.free < _LOW_BYTES:
        return warning(
            "disk",
            free,
            "a backup and the next weeks of pictures need room",
            "shorten retention, or move the gallery to a larger disk",
        )
    return well("disk", free)


def write_ahead_log(folder: Path) -> Finding:
    """Whether SQLite can keep its write-ahead log in this folder."""
    if not folder.is_dir():
        return well("write-ahead log", f"{folder} does not exist yet; it is tried when it does")
    probe = folder / ".omnireid-doctor.sqlite"
    try:
        with closing(sqlite3.connect(probe)) as connection:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            connection.execute("CREATE TABLE tried (one)")
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (one)")
            connection.commit()
        if mode != "wal":
            raise sqlite3.OperationalError(f"the journal is {mode} instead of wal")
    except sqlite3.Error as error:
        return failure(
            "write-ahead log",
            f"SQLite cannot work in {folder}",
            str(error),
            "give the service's user the right to write there; use a disk of this machine and "
            "not a network drive",
        )
    finally:
        for left in folder.glob(probe.name + "*"):
            left.unlink()
    return well("write-ahead log", f"SQLite {sqlite3.sqlite_version} works in {folder}")


def port(host: str, number: int) -> Finding:
    """Whether the service's address is free, or is the service's already."""
    where = f"{host}:{number}"
    if number == 0:
        return well("port", f"{host}, any free port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host.strip("[]"), number))
        except OSError as error:
            if _answers(host, number):
                return well("port", f"the service answers at {where}")
            return failure(
                "port",
                f"the service cannot listen at {where}",
                error.strerror or str(error),
                "end the program that uses it, or set another `port` or `host`",
            )
    return well("port", f"{where} is free")


def fonts() -> Finding:
    """Whether Japanese can be written into a PDF."""
    for folder in map(Path, _FONT_FOLDERS):
        for path in folder.expanduser().rglob("*.[to]t[fc]"):
            if path.name.lower().startswith(_JAPANESE_FONTS):
                return well("fonts", f"Japanese by {path.name}")
    return warning(
        "fonts",
        "no Japanese font was found",
        "an exported PDF of a case with Japanese notes needs one",
        "install one, such as Debian's fonts-ipafont-gothic",
    )


def _answers(host: str, number: int) -> bool:
    connection = http.client.HTTPConnection(host.strip("[]"), number, timeout=2)
    try:
        connection.request("GET", "/health/live", headers={"Host": f"127.0.0.1:{number}"})
        return connection.getresponse().read() == b'{"status":"live"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
