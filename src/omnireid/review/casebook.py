"""The cases of a gallery: who opened them, what they collect, what people decide.

Every change is one transaction: the row, a line of the case's history and an entry of the audit
log are there together or not at all. What people write stands in the history alone, from where an
erasure takes it; the audit log knows that it was written. Writers take turns by the ledger's write
lock, and whoever decides names the version they saw, so that nobody decides on what they have not
seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from omnireid.accounts.permissions import Actor
from omnireid.gallery import Database
from omnireid.governance import AuditLog, Event
from omnireid.review.reading import (
    read_candidate,
    read_candidates,
    read_case,
    read_cases,
    read_history,
    visible,
)
from omnireid.review.refusals import Refusal, ReviewError
from omnireid.review.schema import candidates, cases, history, members, query_pictures
from omnireid.review.values import (
    Action,
    Candidate,
    Case,
    Entry,
    Find,
    FoundBy,
    Person,
    Summary,
)
from omnireid.review.verdicts import Decision, Reason, State, Verdict, decide
from omnireid.review.writing import (
    append,
    free_reference,
    insert_finds,
    line,
    mark_seen,
    now,
    text,
    update_case,
)

_NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


class Casebook:
    """Cases in a gallery's ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = AuditLog(database)

    def cases(self, actor: Actor) -> tuple[Summary, ...]:
        """The cases this actor may see, open ones first, then the newest."""
        with self._database.read() as connection:
            found = read_cases(connection, visible(actor))
            chosen = candidates.c.case_id.in_([case.case_id for case in found])
            everything = read_candidates(connection, chosen, actor.cameras)
        states: dict[int, Counter[State]] = {case.case_id: Counter() for case in found}
        waiting: Counter[int] = Counter()
        for one in everything:
            states[one.case_id][one.state] += 1
            waiting[one.case_id] += one.waits_for(actor.user_id)
        listed = (
            Summary(case, states[case.case_id], waiting[case.case_id] if case.is_open else 0)
            for case in found
        )
        return tuple(sorted(listed, key=lambda one: not one.case.is_open))

    def open_cases(self, actor: Actor) -> tuple[Case, ...]:
        """The open cases this actor may add to, the newest first."""
        with self._database.read() as connection:
            return read_cases(connection, visible(actor) & (cases.c.is_open == 1))

    def case(self, actor: Actor, case_id: int) -> Case:
        """One case.

        Raises:
            ReviewError: there is none, or it is not this actor's to see.
        """
        with self._database.read() as connection:
            return read_case(connection, actor, case_id)

    def candidates(self, actor: Actor, case_id: int) -> tuple[Candidate, ...]:
        """The candidates of a case within the actor's cameras, in the order of collecting."""
        with self._database.read() as connection:
            read_case(connection, actor, case_id)
            return read_candidates(connection, candidates.c.case_id == case_id, actor.cameras)

    def candidate(self, actor: Actor, candidate_id: int) -> Candidate:
        """One candidate.

        Raises:
            ReviewError: there is none, or it is not this actor's to see.
        """
        with self._database.read() as connection:
            return read_candidate(connection, actor, candidate_id)[1]

    def query_digests(self, actor: Actor, case_id: int) -> frozenset[str]:
        """The sha-256 of each picture that the case keeps of its queries."""
        table = query_pictures.c
        with self._database.read() as connection:
            read_case(connection, actor, case_id)
            return frozenset(
                connection.scalars(select(table.digest).where(table.case_id == case_id))
            )

    def query_picture(self, actor: Actor, case_id: int, digest: str) -> bytes | None:
        """A picture that a query of this case showed, as JPEG."""
        table = query_pictures.c
        with self._database.read() as connection:
            read_case(connection, actor, case_id)
            found: bytes | None = connection.scalar(
                select(table.jpeg).where(table.case_id == case_id, table.digest == digest)
            )
        return found

    def history(self, actor: Actor, case_id: int) -> tuple[Entry, ...]:
        """Everything that happened in a case, oldest first, without what was said of candidates
        outside the actor's cameras."""
        with self._database.read() as connection:
            read_case(connection, actor, case_id)
            entries = read_history(connection, history.c.case_id == case_id)
            if not actor.cameras:
                return entries
            reachable = {
                one.candidate_id
                for one in read_candidates(
                    connection, candidates.c.case_id == case_id, actor.cameras
                )
            }
        return tuple(
            entry for entry in entries if entry.candidate_id in reachable or not entry.candidate_id
        )

    def open(
        self, actor: Actor, *, title: str, purpose: str, reference: str = "", hold: bool = True
    ) -> Case:
        """Open a case that this actor owns. Without a reference it gets one: year and number.

        Raises:
            ReviewError: an empty or too long title, a reference in use, a purpose out of scope.
        """
        title, reference = line(title), line(reference, may_be_empty=True)
        if not purpose or (actor.purposes and purpose not in actor.purposes):
            raise ReviewError(Refusal.PURPOSE)
        moment = now()
        with self._database.write() as connection:
            number = (connection.scalar(select(func.max(cases.c.id))) or 0) + 1
            reference = reference or f"{moment[:4]}-{number:04}"
            free_reference(connection, reference, None)
            case_id = connection.scalar(
                insert(cases)
                .values(
                    reference=reference,
                    title=title,
                    purpose=purpose,
                    owner_id=actor.user_id,
                    is_open=1,
                    hold=int(hold),
                    created=moment,
                    version=1,
                )
                .returning(cases.c.id)
            )
            assert case_id is not None
            connection.execute(
                insert(members).values(case_id=case_id, user_id=actor.user_id, name=actor.name)
            )
            append(connection, case_id, Action.OPENED, actor)
            opened = read_case(connection, actor, case_id)
            self._record(connection, actor, "case.open", opened, hold=hold)
        return opened

    def change(
        self,
        actor: Actor,
        case_id: int,
        *,
        version: int,
        title: str,
        reference: str,
        purpose: str,
        hold: bool,
    ) -> Case:
        """Change what a case is called and for; by its owner.

        Raises:
            ReviewError: not the owner, closed, changed since `version`, or as `open`.
        """
        title, reference = line(title), line(reference)
        if not purpose or (actor.purposes and purpose not in actor.purposes):
            raise ReviewError(Refusal.PURPOSE)
        with self._owned(actor, case_id, version) as (connection, case):
            if not case.is_open:
                raise ReviewError(Refusal.CASE_CLOSED)
            free_reference(connection, reference, case_id)
            update_case(
                connection,
                case,
                title=title,
                reference=reference,
                purpose=purpose,
                hold=int(hold),
            )
            append(connection, case_id, Action.CHANGED, actor, words=title)
            changed = read_case(connection, actor, case_id)
            self._record(connection, actor, "case.change", changed, hold=hold)
        return changed

    def add_member(self, actor: Actor, case_id: int, person: Person) -> Case:
        """Let another person see and decide; by the owner. A member already is no error."""
        with self._owned(actor, case_id) as (connection, case):
            values = {"case_id": case_id, "user_id": person.user_id, "name": person.name}
            connection.execute(insert(members).values(values).on_conflict_do_nothing())
            if person.user_id not in {one.user_id for one in case.members}:
                append(connection, case_id, Action.MEMBER_ADDED, actor, words=person.name)
                self._record(connection, actor, "case.member.add", case, user=person.user_id)
            return read_case(connection, actor, case_id)

    def remove_member(self, actor: Actor, case_id: int, user_id: int) -> Case:
        """Take a member out; by the owner. What they decided stays."""
        with self._owned(actor, case_id) as (connection, case):
            if user_id == case.owner.user_id:
                raise ReviewError(Refusal.OWNER_STAYS)
            leaving = next((one for one in case.members if one.user_id == user_id), None)
            if leaving is not None:
                connection.execute(
                    members.delete().where(
                        members.c.case_id == case_id, members.c.user_id == user_id
                    )
                )
                append(connection, case_id, Action.MEMBER_REMOVED, actor, words=leaving.name)
                self._record(connection, actor, "case.member.remove", case, user=user_id)
            return read_case(connection, actor, case_id)

    def close(self, actor: Actor, case_id: int, *, version: int, outcome: str) -> Case:
        """Close a case with a word on how it ended; by its owner. Its hold on items ends."""
        outcome = text(outcome)
        with self._owned(actor, case_id, version) as (connection, case):
            if not case.is_open:
                raise ReviewError(Refusal.CASE_CLOSED)
            update_case(connection, case, is_open=0, closed=now(), outcome=outcome)
            append(connection, case_id, Action.CASE_CLOSED, actor, words=outcome)
            self._record(connection, actor, "case.close", case)
            return read_case(connection, actor, case_id)

    def reopen(self, actor: Actor, case_id: int, *, version: int, why: str) -> Case:
        """Open a closed case again, with a reason; by its owner."""
        why = text(why)
        with self._owned(actor, case_id, version) as (connection, case):
            if case.is_open:
                raise ReviewError(Refusal.CASE_OPEN)
            update_case(connection, case, is_open=1, closed=None, outcome=None)
            append(connection, case_id, Action.CASE_REOPENED, actor, words=why)
            self._record(connection, actor, "case.reopen", case)
            return read_case(connection, actor, case_id)

    def collect(
        self,
        actor: Actor,
        case_id: int,
        finds: Sequence[Find],
        found_by: FoundBy | None,
        pictures: Mapping[str, bytes] = _NO_PICTURES,
    ) -> int:
        """Add items as candidates, with the query that found them; how many were not there yet.

        pictures: those of the query as JPEG, by the sha-256 that `found_by` names. Items outside
        the actor's cameras, and ids that name none, are passed over.
        """
        with self._database.write() as connection:
            case = read_case(connection, actor, case_id)
            if not case.is_open:
                raise ReviewError(Refusal.CASE_CLOSED)
            added = insert_finds(connection, actor, case_id, finds, found_by, pictures)
            if added:
                self._record(connection, actor, "case.collect", case, items=added)
        return len(added)

    def decide(
        self,
        actor: Actor,
        candidate_id: int,
        verdict: Verdict,
        *,
        version: int,
        reason: Reason | None = None,
        words: str = "",
    ) -> Candidate:
        """Record a decision on a candidate as it stood at `version`.

        Raises:
            ReviewError: not possible as things stand, or someone else decided since; nothing is
                recorded, and nothing of theirs is lost.
        """
        said = text(words, may_be_empty=True) or None
        with self._database.write() as connection:
            case, candidate = read_candidate(connection, actor, candidate_id)
            if not case.is_open:
                raise ReviewError(Refusal.CASE_CLOSED)
            if candidate.item_id is None:
                raise ReviewError(Refusal.ERASED)
            if candidate.standing.version != version:
                raise ReviewError(Refusal.CHANGED)
            after = decide(candidate.standing, Decision(actor.user_id, verdict, reason, said))
            append(
                connection,
                case.case_id,
                Action(verdict.value),
                actor,
                candidate_id=candidate_id,
                ordinal=after.version,
                reason=reason if verdict is Verdict.REJECT else None,
                words=said,
            )
            mark_seen(connection, candidate_id, actor)
            self._record(
                connection,
                actor,
                f"review.{verdict}",
                case,
                item=candidate.item_id,
                candidate=candidate_id,
                state=after.state.value,
                **({"because": reason.value} if reason else {}),
            )
            return read_candidate(connection, actor, candidate_id)[1]

    def note(
        self, actor: Actor, case_id: int, words: str, *, candidate_id: int | None = None
    ) -> None:
        """Write a note, on the case or on one of its candidates."""
        words = text(words)
        with self._database.write() as connection:
            case = read_case(connection, actor, case_id)
            if not case.is_open:
                raise ReviewError(Refusal.CASE_CLOSED)
            if candidate_id is not None:
                candidate = read_candidate(connection, actor, candidate_id)[1]
                if candidate.case_id != case_id:
                    raise ReviewError(Refusal.NO_CANDIDATE)
            append(connection, case_id, Action.NOTE, actor, candidate_id=candidate_id, words=words)
            facts = {} if candidate_id is None else {"candidate": candidate_id}
            self._record(connection, actor, "case.note", case, **facts)

    def look(self, actor: Actor, candidate_id: int) -> None:
        """Remember that this actor has looked at a candidate; the first time is audited."""
        with self._database.read() as connection:
            case, candidate = read_candidate(connection, actor, candidate_id)
        if actor.user_id in candidate.seen_by or candidate.item_id is None:
            return
        with self._database.write() as connection:
            if mark_seen(connection, candidate_id, actor):
                self._record(
                    connection,
                    actor,
                    "item.view",
                    case,
                    item=candidate.item_id,
                    candidate=candidate_id,
                )

    def exported(self, actor: Actor, case: Case, facts: dict[str, str | int | bool]) -> None:
        """Record that a case was exported, and what identifies the export."""
        with self._database.write() as connection:
            append(connection, case.case_id, Action.EXPORTED, actor)
            self._record(connection, actor, "export", case, **facts)

    @contextmanager
    def _owned(
        self, actor: Actor, case_id: int, version: int | None = None
    ) -> Iterator[tuple[Connection, Case]]:
        with self._database.write() as connection:
            case = read_case(connection, actor, case_id)
            if case.owner.user_id != actor.user_id:
                raise ReviewError(Refusal.OWNER_ONLY)
            if version is not None and case.version != version:
                raise ReviewError(Refusal.CHANGED)
            yield connection, case

    def _record(
        self, connection: Connection, actor: Actor, action: str, case: Case, **details: object
    ) -> None:
        facts = {"case_id": case.case_id, "user_id": actor.user_id, **details}
        event = Event(actor.name, action, case.purpose, case.reference, facts)  # type: ignore[arg-type]
        self._audit.record(event, connection)
