"""Erasure on request: taken out of every place, proven by a scan, certified, and kept out.

The steps are written down as they are done. A killed erasure goes on where it stopped; a step that
was half done is done again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from omnireid.errors import InputError
from omnireid.gallery import KEY_NAME, Gallery, block, metadata, reach, token_hash
from omnireid.governance.audit import AuditLog, Event, utc_text
from omnireid.governance.backups import Backup, list_backups
from omnireid.governance.certificate import Certificate, make_certificate
from omnireid.governance.erased import read_erased, write_list
from omnireid.governance.gathering import Gathered, gather
from omnireid.governance.holds import Holds, refuse_held
from omnireid.governance.purging import PurgedBackup, purge_backup
from omnireid.governance.scanning import Needle, mask, scan
from omnireid.governance.schema import erased_rows, erasure_needles, erasures
from omnireid.governance.staged import remove_staged
from omnireid.governance.words import redact_mentions

STEPS = ("asked", "words", "rows", "staged", "backups", "finished")
POINTS = tuple(f"erase.{step}" for step in STEPS)

Progress = Callable[[str], None]
"""Called with the name of each step before it begins."""


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure would touch. held: items under legal hold, which it would refuse. shared:
    pictures that other items use as well, which stay for those."""

    items: tuple[int, ...]
    unknown: tuple[int, ...]
    pictures: int
    shared: int
    held: dict[int, str]
    backups: tuple[Backup, ...]


@dataclass(frozen=True)
class Erasure:
    """An erasure as it stands. certificate: once it is finished."""

    erasure_id: int
    reference: str
    asked_by: str
    started: datetime
    step: str
    certificate: Certificate | None

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step == "finished"


class Erasures:
    """Erasing in one gallery."""

    def __init__(self, gallery: Gallery, holds: Holds) -> None:
        self._gallery = gallery
        self._holds = holds
        self._audit = AuditLog(gallery.database)

    def plan(self, items: Iterable[int]) -> ErasurePlan:
        """What erasing these items would touch. Changes nothing."""
        wanted = sorted(set(items))
        with self._gallery.database.read() as connection:
            gathered = gather(connection, self._gallery, wanted)
            held = self._holds.held_items(connection)
        there = gathered.items
        return ErasurePlan(
            items=there,
            unknown=tuple(sorted(set(wanted) - set(there))),
            pictures=gathered.pictures,
            shared=gathered.shared,
            held={item: held[item] for item in there if item in held},
            backups=tuple(b for b in list_backups(self._gallery.database) if b.state != "dropped"),
        )

    def erase(
        self,
        items: Iterable[int],
        *,
        actor: str,
        reference: str,
        reason: str,
        progress: Progress | None = None,
    ) -> Certificate:
        """Erase items from everything this gallery reaches, and certify what was done.

        Raises:
            InputError: nothing to erase, no reference, or an item is under legal hold.
            GalleryError: the disk refuses; `resume` goes on.
        """
        number = self._ask(sorted(set(items)), actor, reference, reason)
        reach("erase.asked")
        return self._finish(number, progress)

    def resume(self, *, progress: Progress | None = None) -> tuple[Certificate, ...]:
        """Finish every erasure that was interrupted."""
        return tuple(
            self._finish(erasure.erasure_id, progress)
            for erasure in reversed(self.all())
            if not erasure.finished
        )

    def purge_backups(self, *, actor: str) -> tuple[PurgedBackup, ...]:
        """Take everything erased so far out of the backups that were out of reach, once their disk
        is here again."""
        purged = self._purge_backups(())
        self._audit.record(
            Event(
                actor,
                "erase.backups",
                details={"backups": [f"{one.path.name}: {one.state}" for one in purged]},
            )
        )
        return purged

    def all(self) -> tuple[Erasure, ...]:
        """Every erasure, newest first; not what a restore took over from a list."""
        query = (
            select(erasures)
            .where((erasures.c.step != "finished") | erasures.c.certificate.is_not(None))
            .order_by(erasures.c.id.desc())
        )
        with self._gallery.database.read() as connection:
            return tuple(_erasure(row) for row in connection.execute(query))

    def _ask(self, items: Sequence[int], actor: str, reference: str, reason: str) -> int:
        if not reference.strip():
            raise InputError(
                "nothing was erased", "the request has no reference", "give its number"
            )
        with self._gallery.database.write() as connection:
            refuse_held(self._holds.held_items(connection), items, "nothing was erased")
            gathered = gather(connection, self._gallery, items)
            if not gathered.items:
                raise InputError(
                    "nothing was erased", "none of these items is in the gallery", "check them"
                )
            key = secrets.token_bytes(32)
            number: int | None = connection.scalar(
                insert(erasures)
                .values(
                    reference=reference.strip(),
                    reason=reason.strip(),
                    asked_by=actor,
                    started=utc_text(datetime.now(UTC)),
                    step="asked",
                    mask=key,
                )
                .returning(erasures.c.id)
            )
            assert number is not None
            self._write_down(connection, number, key, gathered)
            self._audit.record(
                Event(
                    actor,
                    "erase.start",
                    details={"erasure": number, "items": list(gathered.items)},
                    personal={"reason": reason.strip()},
                ),
                connection,
            )
        return number

    def _write_down(
        self, connection: Connection, number: int, key: bytes, gathered: Gathered
    ) -> None:
        # From here on the content is refused, and a restored backup will forget the rows.
        block(connection, self._gallery.folder, gathered.blocked)
        connection.execute(
            insert(erased_rows),
            [
                {"token_sha256": token_hash(token), "erasure_id": number}
                for token in gathered.tokens
            ],
        )
        counts: dict[tuple[int, str], int] = {}
        rows = []
        for needle in gathered.needles:
            place = (needle.item_id, needle.kind)
            ordinal = counts[place] = counts.get(place, -1) + 1
            label = f"{needle.item_id} {needle.kind} {ordinal}"
            rows.append(
                {
                    "erasure_id": number,
                    "item_id": needle.item_id,
                    "kind": needle.kind,
                    "ordinal": ordinal,
                    "masked": mask(needle.data, key, label),
                }
            )
        connection.execute(insert(erasure_needles), rows)

    def _finish(self, number: int, progress: Progress | None) -> Certificate:
        tell = progress or (lambda _: None)
        with self._gallery.database.read() as connection:
            row = connection.execute(select(erasures).where(erasures.c.id == number)).one()
            needles = _needles(connection, number, row.mask)
        items = sorted({needle.item_id for needle in needles})
        done = STEPS.index(row.step)
        if done < STEPS.index("words"):
            tell("words")
            redact_mentions(
                self._audit, needles, actor=row.asked_by, reason=f"erasure {row.reference}"
            )
            self._did(number, "words")
        if done < STEPS.index("rows"):
            tell("rows")
            self._gallery.delete(items)
            self._did(number, "rows")
        if done < STEPS.index("staged"):
            tell("staged")
            remove_staged(self._gallery.folder, needles)
            self._did(number, "staged")
        # Backups and scan are done anew after a kill: both tell what is there now.
        tell("backups")
        purged = self._purge_backups(needles)
        self._did(number, "backups")
        tell("scan")
        self._gallery.database.checkpoint()
        folders = [self._gallery.folder, *(b.path for b in purged if b.state == "purged")]
        found = scan(folders, needles)
        certificate = make_certificate(row, items, needles, purged, found, self._gallery)
        self._close(number, certificate)
        return certificate

    def _did(self, number: int, step: str) -> None:
        with self._gallery.database.write() as connection:
            connection.execute(update(erasures).where(erasures.c.id == number).values(step=step))
        reach(f"erase.{step}")

    def _purge_backups(self, needles: Sequence[Needle]) -> tuple[PurgedBackup, ...]:
        database = self._gallery.database
        with database.read() as connection:
            erased = read_erased(connection)
            uuid = connection.scalar(select(metadata.tables["gallery"].c.uuid)) or ""
        key_file = self._gallery.folder / KEY_NAME
        key = key_file.read_bytes() if key_file.exists() else None
        listed = [b for b in list_backups(database) if b.state != "dropped"]
        for destination in sorted({b.path.parent for b in listed}):
            if destination.is_dir():
                write_list(destination, uuid, erased, key)
        return tuple(purge_backup(database, b, erased.tokens, needles) for b in listed)

    def _close(self, number: int, certificate: Certificate) -> None:
        with self._gallery.database.write() as connection:
            connection.execute(
                update(erasures)
                .where(erasures.c.id == number)
                .values(
                    step="finished",
                    mask=None,
                    certificate=certificate.text,
                    certificate_sha256=certificate.sha256,
                )
            )
            connection.execute(
                delete(erasure_needles).where(erasure_needles.c.erasure_id == number)
            )
            self._audit.record(
                Event(
                    str(certificate.body["asked_by"]),
                    "erase",
                    details={
                        "erasure": number,
                        "items": certificate.body["items"],
                        "certificate": certificate.sha256,
                        "complete": certificate.complete,
                    },
                ),
                connection,
            )
        reach("erase.finished")
        self._gallery.database.checkpoint()


def _needles(connection: Connection, number: int, key: bytes) -> tuple[Needle, ...]:
    query = select(erasure_needles).where(erasure_needles.c.erasure_id == number)
    return tuple(
        Needle(
            row.item_id, row.kind, mask(row.masked, key, f"{row.item_id} {row.kind} {row.ordinal}")
        )
        for row in connection.execute(query)
    )


def _erasure(row: object) -> Erasure:
    fields = row._mapping  # type: ignore[attr-defined]
    text = fields["certificate"]
    return Erasure(
        fields["id"],
        fields["reference"],
        fields["asked_by"],
        datetime.fromisoformat(fields["started"]),
        fields["step"],
        None if text is None else Certificate(json.loads(text)),
    )
