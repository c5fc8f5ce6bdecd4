"""Saved searches: an address of the search page under a name, for one user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from omnireid.errors import InputError
from omnireid.gallery import Database
from omnireid.search.schema import saved_searches

LIMIT = 50
_LONGEST_NAME, _LONGEST_ADDRESS = 80, 4000


@dataclass(frozen=True)
class SavedSearch:
    """A search that a user wants to do again."""

    number: int
    name: str
    address: str


class SavedSearches:
    """The saved searches in a gallery's ledger. Each user sees their own alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user_id: int) -> tuple[SavedSearch, ...]:
        """The user's searches, by name."""
        table = saved_searches.c
        query = select(table.id, table.name, table.address).where(table.user_id == user_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(table.name)).all()
        return tuple(SavedSearch(*row) for row in rows)

    def save(self, user_id: int, name: str, address: str) -> None:
        """Keep a search; one of the same name is replaced.

        Raises:
            InputError: no name, an address of another site, or too many already.
        """
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST_NAME:
            raise InputError(
                "the search was not saved",
                f"a name has 1 to {_LONGEST_NAME} characters",
                "give it a short name",
            )
        if not address.startswith("/?") or len(address) > _LONGEST_ADDRESS:
            raise InputError(
                "the search was not saved",
                "it holds nothing that can be kept, or too much",
                "search for something first",
            )
        table = saved_searches.c
        with self._database.write() as connection:
            count = connection.scalar(
                select(func.count()).where(table.user_id == user_id, table.name != name)
            )
            if (count or 0) >= LIMIT:
                raise InputError(
                    "the search was not saved",
                    f"you keep {LIMIT} searches already",
                    "remove one that you no longer need",
                )
            made = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
            row = insert(saved_searches).values(
                user_id=user_id, name=name, address=address, made=made
            )
            connection.execute(
                row.on_conflict_do_update(
                    index_elements=["user_id", "name"], set_={"address": address, "made": made}
                )
            )

    def remove(self, user_id: int, number: int) -> bool:
        """Remove one of the user's searches; whether there was one."""
        table = saved_searches.c
        with self._database.write() as connection:
            gone = connection.execute(
                delete(saved_searches).where(table.user_id == user_id, table.id == number)
            )
        return gone.rowcount > 0
