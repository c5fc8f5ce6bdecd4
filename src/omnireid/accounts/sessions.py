"""Sessions: a browser in which somebody is signed in. The cookie's hash is kept, not the cookie."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from omnireid.accounts.clock import Clock, from_text, to_text
from omnireid.accounts.permissions import Actor
from omnireid.accounts.schema import sessions
from omnireid.accounts.secret import digest, new_secret
from omnireid.accounts.trail import Details, Trail
from omnireid.accounts.users import read_user
from omnireid.accounts.values import Session
from omnireid.gallery import Database

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 200


class Sessions:
    """The open sessions. One ends `idle` after it was last used and `absolute` after it began."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: Trail,
        *,
        idle: timedelta,
        absolute: timedelta,
    ) -> None:
        self._database, self._clock, self._trail = database, clock, trail
        self.idle, self.absolute = idle, absolute

    def open(self, user_id: int, *, address: str, agent: str, how: str) -> str:
        """Sign the user in; the secret for the cookie. `how`: password, link or provider."""
        with self._database.write() as connection:
            return self.open_within(connection, user_id, address=address, agent=agent, how=how)

    def open_within(
        self, connection: Connection, user_id: int, *, address: str, agent: str, how: str
    ) -> str:
        """The same, as part of the caller's transaction."""
        now = self._clock()
        secret = new_secret()
        user = read_user(connection, user_id)
        connection.execute(
            delete(sessions).where(
                or_(
                    sessions.c.expires <= to_text(now),
                    sessions.c.seen <= to_text(now - self.idle),
                )
            )
        )
        connection.execute(
            insert(sessions).values(
                user_id=user_id,
                token=digest(secret),
                created=to_text(now),
                seen=to_text(now),
                expires=to_text(now + self.absolute),
                address=address,
                agent=agent[:_LONGEST_AGENT],
            )
        )
        self._trail(connection, user.name, "account.sign_in", {"how": how, "address": address})
        return secret

    def find(self, secret: str) -> tuple[Actor, Session] | None:
        """Who is signed in with this cookie, or None: unknown, ended, or the user is disabled."""
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(sessions).where(sessions.c.token == digest(secret))
            ).first()
            if row is None or self._is_over(row, now):
                return None
            user = read_user(connection, row.user_id)
        if user.disabled:
            return None
        if now - from_text(row.seen) >= _SEEN_EVERY:
            # Not at every request: a page asks for dozens of pictures.
            with self._database.write() as connection:
                connection.execute(
                    update(sessions).where(sessions.c.id == row.id).values(seen=to_text(now))
                )
        return user.actor(), _session(row)

    def close(self, session_id: int, *, by: str) -> None:
        """Sign out of one browser."""
        with self._database.write() as connection:
            ended = connection.execute(delete(sessions).where(sessions.c.id == session_id))
            if ended.rowcount:
                self._trail(connection, by, "account.sign_out", {"sessions": 1})

    def close_all(self, user_id: int, *, by: str) -> int:
        """Sign the user out everywhere; how many sessions there were."""
        with self._database.write() as connection:
            name = read_user(connection, user_id).name
            ended = connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
            count: int = ended.rowcount
            details: Details = {"user": name, "sessions": count}
            self._trail(connection, by, "account.sign_out", details)
            return count

    def of(self, user_id: int) -> Sequence[Session]:
        """The user's open sessions, the latest used first."""
        query = select(sessions).where(sessions.c.user_id == user_id)
        now = self._clock()
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(sessions.c.seen.desc())).all()
        return [_session(row) for row in rows if not self._is_over(row, now)]

    def choose(self, session_id: int, *, purpose: str | None, matter: str | None) -> None:
        """Remember what the person searches for, and the case, until the session ends."""
        with self._database.write() as connection:
            connection.execute(
                update(sessions)
                .where(sessions.c.id == session_id)
                .values(purpose=purpose, matter=matter)
            )

    def _is_over(self, row: Row[tuple[object, ...]], now: datetime) -> bool:
        moment = to_text(now)
        return bool(row.expires <= moment or row.seen <= to_text(now - self.idle))


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        session_id=row.id,
        user_id=row.user_id,
        created=from_text(row.created),
        seen=from_text(row.seen),
        expires=from_text(row.expires),
        address=row.address,
        agent=row.agent,
        purpose=row.purpose,
        matter=row.matter,
    )
