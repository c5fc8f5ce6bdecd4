"""Requests of a person about their own data: found by a picture, judged by a person, handed out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from omnireid.errors import InputError
from omnireid.gallery import Filters, Gallery, Item
from omnireid.governance.audit import AuditLog, Event, utc_text
from omnireid.governance.chain import JSON
from omnireid.governance.schema import subject_request_items, subject_requests
from omnireid.observation import Observation

PURPOSE = "subject_request"
MAX_ITEMS = 1000
"""Items that one request lists; a lower threshold than that finds half the gallery."""
_PAGE = 200


@dataclass(frozen=True)
class SubjectRequest:
    """A request as stored. reference: the site's own number, no name."""

    request_id: int
    reference: str
    opened: datetime
    opened_by: str
    threshold: float
    closed: datetime | None


@dataclass(frozen=True)
class SubjectItem:
    """An item that may show the person. theirs: None until a person has looked."""

    item: Item
    score: float
    theirs: bool | None


class SubjectRequests:
    """The requests of one gallery."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._audit = AuditLog(gallery.database)

    def open(
        self,
        pictures: Observation,
        *,
        threshold: float,
        reference: str,
        actor: str,
        scope: Sequence[str] = (),
    ) -> SubjectRequest:
        """Find every item at least so similar to the person's pictures, to be looked at.

        The pictures are compared and not kept. scope: the cameras the actor may see; empty: all.

        Raises:
            InputError: no reference, a threshold outside 0 to 1, or more items than can be looked
                at.
        """
        if not reference.strip():
            raise InputError("the request was not opened", "it has no reference", "give a number")
        if not 0 <= threshold <= 1:
            raise InputError(
                f"the threshold {threshold:g} cannot be used",
                "a similarity lies between 0 and 1",
                "start at 0.5",
            )
        index = self._gallery.browse.generation()
        found = self._above(pictures, threshold, scope)
        with self._gallery.database.write() as connection:
            row = connection.execute(
                insert(subject_requests)
                .values(
                    reference=reference.strip(),
                    opened=utc_text(datetime.now(UTC)),
                    opened_by=actor,
                    threshold=round(threshold * 1000),
                )
                .returning(subject_requests)
            ).one()
            if found:
                connection.execute(
                    insert(subject_request_items),
                    [
                        {"request_id": row.id, "item_id": item, "score": round(score * 1000)}
                        for item, score in found
                    ],
                )
            self._audit.record(
                Event(
                    actor,
                    "access.open",
                    PURPOSE,
                    reference.strip(),
                    {
                        "request": row.id,
                        "threshold": threshold,
                        "scope": list(scope),
                        "model": self._gallery.info().model_id,
                        "index": index,
                        "shown": [item for item, _ in found],
                    },
                ),
                connection,
            )
        return _request(row)

    def all(self) -> tuple[SubjectRequest, ...]:
        """Every request, newest first."""
        query = select(subject_requests).order_by(subject_requests.c.id.desc())
        with self._gallery.database.read() as connection:
            return tuple(_request(row) for row in connection.execute(query))

    def get(self, request_id: int) -> SubjectRequest:
        """One request.

        Raises:
            InputError: no such request.
        """
        for request in self.all():
            if request.request_id == request_id:
                return request
        raise InputError(
            f"there is no request {request_id}", "no request has this number", "look at the list"
        )

    def items(
        self, request_id: int, *, theirs_only: bool = False, scope: Sequence[str] = ()
    ) -> tuple[SubjectItem, ...]:
        """The items of a request that are still there and may be seen, most similar first."""
        table = subject_request_items.c
        query = select(subject_request_items).where(table.request_id == request_id)
        if theirs_only:
            query = query.where(table.theirs == 1)
        with self._gallery.database.read() as connection:
            rows = connection.execute(query.order_by(table.score.desc(), table.item_id)).all()
        there: dict[int, Item] = {}
        for start in range(0, len(rows), _PAGE):
            part = rows[start : start + _PAGE]
            there.update(self._gallery.browse.items_of((row.item_id for row in part), scope=scope))
        return tuple(
            SubjectItem(
                there[row.item_id],
                row.score / 1000,
                None if row.theirs is None else bool(row.theirs),
            )
            for row in rows
            if row.item_id in there
        )

    def show(
        self, request_id: int, *, actor: str, scope: Sequence[str] = ()
    ) -> tuple[SubjectItem, ...]:
        """The items of a request for a person to look at; what was shown is recorded.

        Raises:
            InputError: no such request.
        """
        request = self.get(request_id)
        found = self.items(request_id, scope=scope)
        if found:
            shown = [one.item.item_id for one in found]
            details: dict[str, JSON] = {"request": request_id, "shown": shown}
            self._audit.record(Event(actor, "access.view", PURPOSE, request.reference, details))
        return found

    def judge(
        self, request_id: int, theirs: Iterable[int], *, actor: str, scope: Sequence[str] = ()
    ) -> None:
        """Note which items show the person; all others of the request do not. scope: the cameras
        the actor may see; what lies outside stays as others judged it.

        Raises:
            InputError: no such request, a closed one, or an item that is not part of it.
        """
        request = self.get(request_id)
        if request.closed is not None:
            raise InputError(
                f"the request {request_id} was not changed", "it is closed", "open a new one"
            )
        chosen = set(theirs)
        known = {one.item.item_id for one in self.items(request_id, scope=scope)}
        if foreign := sorted(chosen - known):
            raise InputError(
                f"item {foreign[0]} was not chosen",
                "it is not among the items of this request",
                "choose from its list",
            )
        table = subject_request_items.c
        with self._gallery.database.write() as connection:
            mine = update(subject_request_items).where(table.request_id == request_id)
            for item in sorted(known):
                judged = mine.where(table.item_id == item)
                connection.execute(judged.values(theirs=int(item in chosen)))
            self._audit.record(
                Event(
                    actor,
                    "access.judge",
                    PURPOSE,
                    request.reference,
                    {"request": request_id, "theirs": sorted(chosen)},
                ),
                connection,
            )

    def close(self, request_id: int, *, actor: str) -> None:
        """Note that the request is answered; its list of items goes."""
        request = self.get(request_id)
        with self._gallery.database.write() as connection:
            connection.execute(
                update(subject_requests)
                .where(subject_requests.c.id == request_id, subject_requests.c.closed.is_(None))
                .values(closed=utc_text(datetime.now(UTC)))
            )
            table = subject_request_items
            connection.execute(table.delete().where(table.c.request_id == request_id))
            self._audit.record(
                Event(actor, "access.close", PURPOSE, request.reference, {"request": request_id}),
                connection,
            )

    def _above(
        self, pictures: Observation, threshold: float, scope: Sequence[str]
    ) -> Sequence[tuple[int, float]]:
        filters = Filters(scope=scope)
        found: list[tuple[int, float]] = []
        while True:
            page = self._gallery.search(pictures, k=_PAGE, offset=len(found), filters=filters)
            above = [
                (match.item_id, match.score)
                for match in page
                if match.score is not None and match.score >= threshold
            ]
            found += above
            if len(found) > MAX_ITEMS:
                raise InputError(
                    "the request was not opened",
                    f"more than {MAX_ITEMS:,} items are at least {threshold:g} similar",
                    "raise the threshold",
                )
            if len(above) < _PAGE:
                return found


def _request(row: object) -> SubjectRequest:
    fields = row._mapping  # type: ignore[attr-defined]
    closed = fields["closed"]
    return SubjectRequest(
        fields["id"],
        fields["reference"],
        datetime.fromisoformat(fields["opened"]),
        fields["opened_by"],
        fields["threshold"] / 1000,
        None if closed is None else datetime.fromisoformat(closed),
    )
