"""How often somebody may try to sign in: free at first, then after a growing wait, never refused
for good."""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from omnireid.accounts.clock import Clock, from_text, to_text
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.schema import sign_in_attempts
from omnireid.accounts.secret import digest
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

    def begin(self, name_key: str | None, address: str) -> None:
        """Count an attempt before it is looked at, so that many at once count as many.

        name_key: None where a code is tried, which cannot be guessed.

        Raises:
            AccountError: not yet.
        """
        with self._database.write() as connection:
            now = self._clock()
            rows = [
                (subject, limit, *_read(connection, subject, now))
                for subject, limit in _subjects(name_key, address)
            ]
            until = max(row[3] for row in rows)
            if until > now:
                seconds = math.ceil((until - now).total_seconds())
                raise refuse(Refusal.TOO_MANY, seconds=seconds)
            for subject, limit, failures, _ in rows:
                _write(connection, subject, limit, failures + 1, now)
            old = to_text(now - _FORGOTTEN_AFTER)
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.last < old))

    def succeeded(self, connection: Connection, name_key: str | None, address: str) -> None:
        """Forget the failures of the name, and the one that was counted for the address."""
        table = sign_in_attempts.c
        for subject, limit in _subjects(name_key, address):
            if limit is _NAME:
                connection.execute(delete(sign_in_attempts).where(table.subject == subject))
            else:
                connection.execute(
                    update(sign_in_attempts)
                    .where(table.subject == subject)
                    .values(failures=table.failures - 1, until=table.last)
                )


def _subjects(name_key: str | None, address: str) -> list[tuple[str, _Limit]]:
    # The name as a hash: people type their password into the wrong field.
    named = [] if name_key is None else [(f"name:{digest(name_key)}", _NAME)]
    return [*named, (f"address:{network_of(address)}", _ADDRESS)]


def network_of(address: str) -> str:
    """What one caller controls: an IPv4 address, or the /64 of an IPv6 address.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2:3:4")
    ('192.0.2.7', '2001:db8::/64')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


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
    # A clock set back must not make a wait of minutes one of years: it forgives the wait alone.
    return row.failures, now if from_text(row.last) > now else from_text(row.until)


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
