"""One-time codes: the first start, a new password, a link that signs in. Each works once."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from omnireid.accounts.clock import Clock, to_text
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.schema import one_time_codes
from omnireid.accounts.secret import digest, new_code, read_code
from omnireid.gallery import Database


class CodeKind(StrEnum):
    """What a code is good for."""

    START = "start"
    """Makes the first administrator."""
    PASSWORD = "password"
    """Sets a user's password."""
    LINK = "link"
    """Signs a user in."""


LASTS: dict[CodeKind, timedelta] = {
    CodeKind.START: timedelta(days=7),
    CodeKind.PASSWORD: timedelta(days=3),
    CodeKind.LINK: timedelta(hours=12),
}


class Codes:
    """The codes that are out. A new one ends its predecessor."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def new(self, kind: CodeKind, user_id: int | None = None) -> str:
        """A code, to be shown once."""
        with self._database.write() as connection:
            return self.new_within(connection, kind, user_id)

    def new_within(self, connection: Connection, kind: CodeKind, user_id: int | None = None) -> str:
        """The same, as part of the caller's transaction."""
        code = new_code()
        now = self._clock()
        connection.execute(
            delete(one_time_codes).where(
                (one_time_codes.c.expires <= to_text(now))
                | ((one_time_codes.c.kind == kind) & (one_time_codes.c.user_id.is_(user_id)))
            )
        )
        connection.execute(
            insert(one_time_codes).values(
                kind=kind, user_id=user_id, code=digest(code), expires=to_text(now + LASTS[kind])
            )
        )
        return code

    def owner(self, connection: Connection, kind: CodeKind, typed: str) -> int | None:
        """The user whom a code was made for; the code stays in use.

        Raises:
            AccountError: unknown, used before, or too old.
        """
        return self._find(connection, kind, typed)[1]

    def use(self, connection: Connection, kind: CodeKind, typed: str) -> None:
        """Take the code out of use, with the caller's transaction.

        Raises:
            AccountError: unknown, used before, or too old.
        """
        code_id, _ = self._find(connection, kind, typed)
        connection.execute(delete(one_time_codes).where(one_time_codes.c.id == code_id))

    def _find(self, connection: Connection, kind: CodeKind, typed: str) -> tuple[int, int | None]:
        table = one_time_codes.c
        row = connection.execute(
            select(table.id, table.user_id).where(
                table.kind == kind,
                table.code == digest(read_code(typed)),
                table.expires > to_text(self._clock()),
            )
        ).first()
        if row is None:
            raise refuse(Refusal.CODE)
        return row.id, row.user_id
