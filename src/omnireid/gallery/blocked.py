"""Content that was erased on request and is not taken in again.

The ledger keeps HMAC-SHA256 of content hashes; the key lies in a file of its own. Whoever gets the
ledger alone cannot try out pictures against the list.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from omnireid.errors import GalleryError
from omnireid.gallery.pictures import sync_folder, write_durably
from omnireid.gallery.schema import blocked_content

KEY_NAME = "erasure.key"
REASON = "erased on request"


def block(connection: Connection, folder: Path, digests: Iterable[str]) -> None:
    """Refuse content with these sha-256 from now on."""
    wanted = sorted(set(digests))
    if wanted:
        key = _key(folder) or _make_key(folder)
        connection.execute(
            insert_or(blocked_content).on_conflict_do_nothing(),
            [{"mac": _mac(key, digest)} for digest in wanted],
        )


def any_blocked(connection: Connection) -> bool:
    """Whether anything is refused at all."""
    return connection.execute(select(blocked_content.c.mac).limit(1)).first() is not None


def blocked(connection: Connection, folder: Path, digests: Iterable[str]) -> frozenset[str]:
    """Those of the sha-256 that are refused.

    Raises:
        GalleryError: there is a list and its key is lost: nothing can be told from it.
    """
    if not any_blocked(connection):
        return frozenset()
    key = _key(folder)
    if key is None:
        raise GalleryError(
            "nothing was added",
            f"{KEY_NAME} is missing, without which erased content cannot be told from new",
            f"copy {KEY_NAME} back from a backup of the gallery",
        )
    macs: Mapping[str, str] = {_mac(key, digest): digest for digest in digests}
    column = blocked_content.c.mac
    names = list(macs)
    return frozenset(
        macs[found]
        for start in range(0, len(names), 500)
        for found in connection.scalars(
            select(column).where(column.in_(names[start : start + 500]))
        )
    )


def _mac(key: bytes, digest: str) -> str:
    return hmac.digest(key, digest.encode(), "sha256").hex()


def _key(folder: Path) -> bytes | None:
    try:
        return bytes.fromhex((folder / KEY_NAME).read_text("ascii"))
    except FileNotFoundError:
        return None


def _make_key(folder: Path) -> bytes:
    key = secrets.token_bytes(32)
    staged = folder / f".{KEY_NAME}.part"
    staged.unlink(missing_ok=True)
    os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    write_durably(staged, key.hex().encode())
    staged.replace(folder / KEY_NAME)
    sync_folder(folder)
    return key
