"""How often somebody may try to sign in: free at first, then after a growing wait, never refused
for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from omnireid.accounts.clock import Clock, from_text, to_text
from omnireid.accounts.schema import sign_in_attempts
from omnireid.errors import AccountError
from omnireid.gallery import Database

_FORGOTTEN_AFTER = timedelta(hours=24)


class _Limit(NamedTuple):
    free: int
    longest: timedelta


# A name's wait stays short: whoever attacks the name of another must not keep that person out.
_NAME = _Limit(free=5, longest=timedelta(minutes=1))
_ADDRESS = _Limit(free=20, longest=timedelta(minutes=15))


class Attempts:
    """Failed attempts by name and by address, kept in the ledger: a restart forgives nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def begin(self, name_key: str, address: str) -> None:
        """Count an attempt before it is looked at, so that many at once count as many.

        Raises:
            AccountError: not yet; `wait` holds the seconds.
        """
        with self._database.write() as connection:
            now = self._clock()
            limits = [(f"name:{name_key}", _NAME), (f"address:{address}", _ADDRESS)]
            rows = [(subject, limit, *_read(connection, subject, now)) for subject, limit in limits]
            until = max(row[3] for row in rows)
            if until > now:
                raise TooManyAttemptsError(until - now)
            for subject, limit, failures, _ in rows:
                _write(connection, subject, limit, failures + 1, now)
            old = to_text(now - _FORGOTTEN_AFTER)
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.last < old))

    def succeeded(self, connection: Connection, name_key: str, address: str) -> None:
        """Forget the failures of the name, and the one that was counted for the address."""
        subject = sign_in_attempts.c.subject
        connection.execute(delete(sign_in_attempts).where(subject == f"name:{name_key}"))
        connection.execute(
            update(sign_in_attempts)
            .where(subject == f"address:{address}", sign_in_attempts.c.failures > 0)
            .values(failures=sign_in_attempts.c.failures - 1, until=sign_in_attempts.c.last)
        )


class TooManyAttemptsError(AccountError):
    """An attempt that came before its wait was over."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(1, round(wait.total_seconds() + 0.5))
        super().__init__(
            "the attempt to sign in was not looked at",
            "there were too many that failed, for this name or from this address",
            f"wait {self.wait} seconds and try again",
        )


def wait_after(failures: int, limit: _Limit) -> timedelta:
    """The wait after so many failures in a row: none, then 2, 4, 8 … seconds up to the longest.

    >>> [int(wait_after(n, _NAME).total_seconds()) for n in (4, 5, 6, 20)]
    [0, 2, 4, 60]
    """
    over = failures - limit.free
    if over < 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(over + 1, 20)), limit.longest)


def _read(connection: Connection, subject: str, now: datetime) -> tuple[int, datetime]:
    table = sign_in_attempts.c
    row = connection.execute(
        select(table.failures, table.until, table.last).where(table.subject == subject)
    ).first()
    if row is None or from_text(row.last) < now - _FORGOTTEN_AFTER:
        return 0, now
    # A clock set back must not make a wait of minutes one of years.
    return row.failures, min(from_text(row.until), now + _ADDRESS.longest)


def _write(
    connection: Connection, subject: str, limit: _Limit, failures: int, now: datetime
) -> None:
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.subject == subject))
    connection.execute(
        insert(sign_in_attempts).values(
            subject=subject,
            failures=failures,
            last=to_text(now),
            until=to_text(now + wait_after(failures, limit)),
        )
    )
