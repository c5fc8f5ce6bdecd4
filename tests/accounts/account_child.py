"""What the killed child does: users, roles, keys and codes, each told once it is reported done."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from account_fakes import CHEAP, PASSWORD
from sqlalchemy import Connection

from omnireid.accounts import Accounts, CodeKind, Details, Permission, Role
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog, Event


def tell(line: str) -> None:
    """Report to the parent."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(folder: Path) -> None:
    """Work until killed."""
    with Gallery.open(folder) as gallery:
        audit = AuditLog(gallery.database)

        # As omnireid.service.trail_into does it, which takes long to import.
        def trail(connection: Connection, actor: str, action: str, details: Details) -> None:
            audit.record(Event(actor, action, details=dict(details)), connection)  # type: ignore[arg-type]

        accounts = Accounts(gallery.database, trail, passwords=CHEAP)
        number = len(accounts.users.all())
        while True:
            name = f"user{number}"
            user = accounts.users.add(name, [Role.SEARCHER], by="child", password=PASSWORD)
            tell(f"add {name}")
            accounts.users.set_roles(user.user_id, [Role.REVIEWER], by="child")
            tell(f"role {name}")
            secret, _ = accounts.keys.add(
                user.user_id, "x", [Permission.VIEW], by="child", lasts=timedelta(days=1)
            )
            tell(f"key {secret}")
            code = accounts.reset(user.user_id, CodeKind.PASSWORD, by="child")
            accounts.new_password(code, "a better password", address="a")
            tell(f"password {name}")
            cookie = accounts.sessions.open(user.user_id, address="a", agent="", how="password")
            tell(f"session {cookie}")
            accounts.users.set_enabled(user.user_id, number % 2 == 0, by="child")
            tell(f"{'enable' if number % 2 == 0 else 'disable'} {name}")
            number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
