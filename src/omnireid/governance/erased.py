"""The list of what was erased, beside the backups: what a restored gallery must forget again.

`erasures.json` holds hashes of random row tokens and keyed hashes of content: nothing that could be
matched back to a person. It lies in each folder of backups, with the key in a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from omnireid.errors import GalleryError
from omnireid.gallery import KEY_NAME, metadata, sync_folder, write_durably
from omnireid.governance.schema import erased_rows

LIST_NAME = "erasures.json"
_blocked = metadata.tables["blocked_content"]


@dataclass(frozen=True)
class Erased:
    """Hashes of the tokens of erased rows, and the keyed hashes of content that is refused."""

    tokens: frozenset[str]
    macs: frozenset[str]

    def __or__(self, other: Erased) -> Erased:
        return Erased(self.tokens | other.tokens, self.macs | other.macs)


NOTHING_ERASED = Erased(frozenset(), frozenset())


def read_erased(connection: Connection) -> Erased:
    """What the ledger says was erased."""
    return Erased(
        frozenset(connection.scalars(select(erased_rows.c.token_sha256))),
        frozenset(connection.scalars(select(_blocked.c.mac))),
    )


def add_blocked(connection: Connection, macs: Iterable[str]) -> None:
    """Take over a list of refused content."""
    rows = [{"mac": mac} for mac in macs]
    if rows:
        connection.execute(insert_or(_blocked).on_conflict_do_nothing(), rows)


def write_list(destination: Path, gallery: str, erased: Erased, key: bytes | None) -> None:
    """Put the list of one gallery, and its key, into a folder of backups; others' lists stay."""
    lists = _read_lists(destination)
    before = lists.get(gallery, {"tokens": [], "macs": []})
    lists[gallery] = {
        "tokens": sorted(erased.tokens.union(before["tokens"])),
        "macs": sorted(erased.macs.union(before["macs"])),
    }
    staged = destination / f".{LIST_NAME}.part"
    write_durably(staged, json.dumps(lists, indent=1, sort_keys=True).encode())
    staged.replace(destination / LIST_NAME)
    if key is not None:
        target = destination / f"{gallery}.{KEY_NAME}"
        target.touch(0o600)
        write_durably(target, key)
    sync_folder(destination)


def read_list(destination: Path, gallery: str) -> tuple[Erased, bytes | None]:
    """The list of one gallery in a folder of backups, and its key.

    Raises:
        GalleryError: the list is damaged: nobody could say what must be forgotten.
    """
    found = _read_lists(destination).get(gallery)
    key = destination / f"{gallery}.{KEY_NAME}"
    erased = (
        NOTHING_ERASED
        if found is None
        else Erased(frozenset(found["tokens"]), frozenset(found["macs"]))
    )
    return erased, key.read_bytes() if key.exists() else None


def _read_lists(destination: Path) -> dict[str, dict[str, list[str]]]:
    path = destination / LIST_NAME
    try:
        lists = json.loads(path.read_bytes())
        for one in lists.values():
            if not isinstance(one["tokens"], list) or not isinstance(one["macs"], list):
                raise TypeError("not a list of erasures")
        return dict(lists)
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryError(
            f"{path} cannot be used",
            f"it is damaged, and it says what restored galleries must forget ({error})",
            f"copy {LIST_NAME} from another folder of backups of this gallery",
        ) from error
