"""Answers of writing requests by their Idempotency-Key, in the ledger: they survive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update

from omnireid.gallery import Database
from omnireid.service.schema import idempotency_keys

_table = idempotency_keys


@dataclass(frozen=True)
class Answer:
    """What a request was answered. `body` None: it held a secret and is not kept."""

    status: int
    media_type: str
    location: str | None
    body: bytes | None


@dataclass(frozen=True)
class Earlier:
    """A request that came with the same key before; `answer` None while it is unfinished."""

    request: str
    answer: Answer | None


class KeptAnswers:
    """The table of one gallery. Entries older than `hours` count as absent and are removed."""

    def __init__(self, database: Database, hours: float) -> None:
        self._database = database
        self._lifetime = timedelta(hours=hours)

    def begin(self, caller: str, key: str, request: str) -> Earlier | None:
        """Take a request on; None when it is new, else what came of the earlier one."""
        now = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.began < _text(now - self._lifetime)))
            row = connection.execute(
                select(_table).where(_table.c.caller == caller, _table.c.key == key)
            ).first()
            if row is None:
                connection.execute(
                    insert(_table).values(caller=caller, key=key, request=request, began=_text(now))
                )
                return None
        answered = row.status is not None
        answer = Answer(row.status, row.media_type, row.location, row.body) if answered else None
        return Earlier(row.request, answer)

    def finish(self, caller: str, key: str, answer: Answer) -> None:
        """Keep the answer of a request that was taken on."""
        with self._database.write() as connection:
            connection.execute(
                update(_table)
                .where(_table.c.caller == caller, _table.c.key == key)
                .values(
                    status=answer.status,
                    media_type=answer.media_type,
                    location=answer.location,
                    body=answer.body,
                )
            )

    def drop(self, caller: str, key: str) -> None:
        """Forget a request that changed nothing, so that it can be sent again."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.caller == caller, _table.c.key == key))


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
