"""The exact index's header: what the segment files hold, and the checksums that prove it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from omnireid.gallery.faults import reach
from omnireid.gallery.index import Version
from omnireid.gallery.pictures import sync_folder, write_durably

HEADER_NAME = "header.json"
_FORMAT = 1


@dataclass(frozen=True)
class Header:
    """The state of one index. `vector_crcs` and `column_crcs` hold one CRC-32 a chunk."""

    gallery: str
    model: str
    width: int
    segment: str
    version: Version
    last_id: int
    rows: int
    vector_crcs: tuple[int, ...]
    column_crcs: tuple[int, ...]


def read_header(folder: Path) -> Header | None:
    """The header, or None when there is none whose own checksum fits."""
    try:
        stored = json.loads((folder / HEADER_NAME).read_bytes())
        body = stored["header"]
        if stored["format"] != _FORMAT or stored["sha256"] != _digest(body):
            return None
        crcs = {name: tuple(body[name]) for name in ("vector_crcs", "column_crcs")}
        return Header(**{**body, **crcs, "version": Version(**body["version"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_header(folder: Path, header: Header) -> None:
    """Swap the header in; from then on the index is in its new state, also after a power cut.

    Raises:
        OSError: the disk refuses; the old header stays.
    """
    body = asdict(header)
    stored = {"format": _FORMAT, "sha256": _digest(json.loads(json.dumps(body))), "header": body}
    staged = folder / "header.part"
    write_durably(staged, json.dumps(stored).encode())
    reach("index.header_staged")
    staged.replace(folder / HEADER_NAME)
    sync_folder(folder)
    reach("index.header_renamed")


def _digest(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
