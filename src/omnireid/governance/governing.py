"""The room opened over one gallery: what the service and the command line ask of it."""

from __future__ import annotations

from collections.abc import Sequence

from omnireid.gallery import Gallery
from omnireid.governance.audit import AuditLog
from omnireid.governance.purposes import Purposes, allowed_cameras


class Governance:
    """Purposes, audit, retention, subject requests and erasure over one open gallery."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.audit = AuditLog(gallery.database)
        self.purposes = Purposes(gallery.database)

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
