"""The room opened over one gallery: what the service and the command line ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omnireid.gallery import Gallery
from omnireid.governance.audit import AuditLog, Event
from omnireid.governance.certificate import Certificate
from omnireid.governance.disclosure import export_for_subject
from omnireid.governance.erasure import Erasures, Progress
from omnireid.governance.holds import CaseItems, Holds, refuse_held
from omnireid.governance.purposes import Purposes, allowed_cameras
from omnireid.governance.retention import Retention
from omnireid.governance.subjects import SubjectRequests


class Governance:
    """Purposes, audit, retention, holds, subject requests and erasure over one open gallery.

    case_items: how the items of a case are found, for holds on cases (omnireid.review).
    """

    def __init__(self, gallery: Gallery, case_items: CaseItems | None = None) -> None:
        self.gallery = gallery
        self.audit = AuditLog(gallery.database)
        self.purposes = Purposes(gallery.database)
        self.holds = Holds(gallery.database, case_items)
        self.retention = Retention(gallery, self.holds)
        self.subjects = SubjectRequests(gallery)
        self.erasures = Erasures(gallery, self.holds)

    def allowed_cameras(
        self, purpose: str, scope: Sequence[str], wanted: Sequence[str] = ()
    ) -> tuple[str, ...] | None:
        """The cameras a search for this purpose may reach: within the purpose, the actor's scope
        (empty restricts nothing) and what is asked for (empty: all). None: every camera, and items
        without one. Never empty: no camera at all is an error.

        Raises:
            InputError: the purpose is not on the list, or no camera is left.
        """
        return allowed_cameras(self.purposes.get(purpose), scope, wanted)

    def delete(self, items: Iterable[int], *, actor: str) -> int:
        """Delete items that no hold keeps, and record it; how many there were.

        Raises:
            InputError: one of them is under legal hold; none is deleted.
        """
        wanted = sorted(set(items))
        with self.gallery.database.write() as connection:
            refuse_held(self.holds.held_items(connection), wanted, "nothing was deleted")
            self.audit.record(Event(actor, "item.delete", details={"items": wanted}), connection)
        return self.gallery.delete(wanted)

    def erase(
        self,
        items: Iterable[int],
        *,
        actor: str,
        reference: str,
        reason: str,
        progress: Progress | None = None,
    ) -> Certificate:
        """See Erasures.erase."""
        return self.erasures.erase(
            items, actor=actor, reference=reference, reason=reason, progress=progress
        )

    def export_for_subject(self, request_id: int, *, actor: str, language: str = "en") -> bytes:
        """The ZIP for the person of a request."""
        return export_for_subject(
            self.gallery, self.subjects, self.retention, request_id, actor=actor, language=language
        )
