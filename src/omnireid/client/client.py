"""The client: one method a thing that the service does, one file a subject."""

from __future__ import annotations

from omnireid.client.cases import Cases
from omnireid.client.jobs import Jobs
from omnireid.client.privacy import Privacy
from omnireid.client.searching import Searching
from omnireid.client.values import AuditEntry, Caller, Purpose


class Client(Searching, Cases, Jobs, Privacy):
    """Calls the service at `base_url` with an API key. Safe to use from several threads.

    `certificate`: a PEM file to trust, for a service with a certificate of the site's own.
    """

    def me(self) -> Caller:
        """Who the key belongs to, and what it allows."""
        return Caller.read(self._get("/me"))

    def purposes(self) -> tuple[Purpose, ...]:
        """What a search may be for."""
        return tuple(Purpose.read(one) for one in self._get("/purposes")["purposes"])

    def audit(self, *, action: str = "", limit: int = 100) -> tuple[AuditEntry, ...]:
        """Entries of the audit log, the newest first."""
        told = self._get("/audit", action=action, limit=limit)
        return tuple(AuditEntry.read(one) for one in told["entries"])
