"""The certificate of an erasure: what was done, what was read to prove it, what is out of reach."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Row, select

from omnireid import __version__
from omnireid.gallery import Gallery, metadata
from omnireid.governance.audit import utc_text
from omnireid.governance.chain import JSON, canonical
from omnireid.governance.purging import PurgedBackup
from omnireid.governance.scanning import Needle, Scan

_FORMAT = 1


@dataclass(frozen=True)
class Certificate:
    """The body, as JSON, and its hash. It names items by number and holds nothing of them."""

    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The canonical JSON that is hashed."""
        return canonical(self.body)

    @property
    def sha256(self) -> str:
        """The hash, which the audit log records as well."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def complete(self) -> bool:
        """Whether nothing was found and no backup is outstanding."""
        return bool(self.body["complete"])

    def html(self, language: str) -> str:
        """A page to print, in English ("en") or Japanese ("ja")."""
        return printed(
            "certificate.html", language, c=self.body, sha256=self.sha256, t=sentences(language)
        )


def make_certificate(
    row: Row[Any],
    items: Sequence[int],
    needles: Sequence[Needle],
    purged: Sequence[PurgedBackup],
    found: Scan,
    gallery: Gallery,
) -> Certificate:
    """Put together what was done and proven."""
    with gallery.database.read() as connection:
        uuid = connection.scalar(select(metadata.tables["gallery"].c.uuid)) or ""
    kinds = sorted({needle.kind for needle in needles})
    missing = [backup for backup in purged if backup.state == "missing"]
    body: dict[str, JSON] = {
        "format": _FORMAT,
        "gallery": uuid,
        "reference": row.reference,
        "asked_by": row.asked_by,
        "started": row.started,
        "finished": utc_text(datetime.now(UTC)),
        "release": __version__,
        "items": list(items),
        "backups": [
            {"name": backup.path.name, "state": backup.state, "items": backup.items}
            for backup in purged
        ],
        "scan": {
            "files": found.files,
            "bytes": found.bytes,
            "needles": {kind: sum(n.kind == kind and n.usable for n in needles) for kind in kinds},
            "found": [
                {"file": hit.path.name, "offset": hit.offset, "item": hit.item_id, "kind": hit.kind}
                for hit in found.found
            ],
            "unread": [path.name for path in found.unread],
        },
        "complete": found.clean and not missing,
    }
    return Certificate(body)


def printed(template: str, language: str, **values: object) -> str:
    """A document to print, in one language."""
    return _templates().get_template(template).render(language=language, **values)


@cache
def sentences(language: str) -> dict[str, str]:
    """The printed documents' sentences in one language."""
    file = resources.files("omnireid.governance") / "strings" / f"{language}.json"
    read: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return read


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("omnireid.governance"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
