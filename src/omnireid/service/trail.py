"""What accounts tell of their changes, taken down in the audit log."""

from __future__ import annotations

from sqlalchemy import Connection

from omnireid.accounts import Details, Trail
from omnireid.governance import AuditLog, Event


def trail_into(audit: AuditLog) -> Trail:
    """A trail that writes each change as an event, in the change's own transaction."""

    def take_down(connection: Connection, actor: str, action: str, details: Details) -> None:
        facts = {
            name: value if value is None or isinstance(value, (str, int)) else list(value)
            for name, value in details.items()
        }
        audit.record(Event(actor, action, details=facts), connection)

    return take_down
