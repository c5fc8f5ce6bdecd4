"""What goes into and comes out of cases: frozen value objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from omnireid.review.verdicts import Reason, Standing, State, Verdict


class Action(StrEnum):
    """Everything that the history of a case may tell."""

    OPENED = "opened"
    CHANGED = "changed"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"
    COLLECTED = "collected"
    CONFIRM = "confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    REOPEN = "reopen"
    NOTE = "note"
    CASE_CLOSED = "case_closed"
    CASE_REOPENED = "case_reopened"
    EXPORTED = "exported"
    ERASED = "erased"


@dataclass(frozen=True)
class Person:
    """Someone who works on cases, by the name they had then."""

    user_id: int
    name: str


@dataclass(frozen=True)
class FoundBy:
    """The query that found a candidate. `pictures`: modality to sha-256 of the query's picture."""

    words: str
    pictures: Mapping[str, str]
    model_id: str


@dataclass(frozen=True)
class Find:
    """An item to collect, with its similarity and, where the model is calibrated, probability."""

    item_id: int
    score: float | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the history. `person` is None for what the program did (an erasure).

    `words` is None where nothing was said, or where it was emptied with an erased item.
    """

    entry_id: int
    case_id: int
    candidate_id: int | None
    action: Action
    person: Person | None
    reason: Reason | None
    words: str | None
    time: datetime


@dataclass(frozen=True)
class Case:
    """One case. `hold`: its items are kept from retention while it is open."""

    case_id: int
    reference: str
    title: str
    purpose: str
    owner: Person
    members: tuple[Person, ...]
    is_open: bool
    hold: bool
    outcome: str | None
    created: datetime
    closed: datetime | None
    version: int


@dataclass(frozen=True)
class Candidate:
    """An item in a case, with everything decided about it. `item_id` is None once it is erased."""

    candidate_id: int
    case_id: int
    item_id: int | None
    found_by: FoundBy | None
    score: float | None
    probability: float | None
    decisions: tuple[Entry, ...]
    standing: Standing
    seen_by: frozenset[int]

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.standing.state

    @property
    def opinions(self) -> tuple[Entry, ...]:
        """The decision that counts of each person who holds an opinion, oldest first."""
        latest = {
            entry.person.user_id: entry
            for entry in self.decisions
            if entry.person and entry.action in (Action.CONFIRM, Action.REJECT)
        }
        return tuple(entry for who, entry in latest.items() if who in self.standing.opinions)

    def opinion_of(self, user_id: int) -> Verdict | None:
        """What this person holds."""
        return self.standing.opinions.get(user_id)

    def waits_for(self, user_id: int) -> bool:
        """Whether a decision of this person is wanted."""
        undecided = self.state in (State.CANDIDATE, State.CONFIRMED_ONCE, State.DISPUTED)
        return undecided and self.item_id is not None and self.opinion_of(user_id) is None


@dataclass(frozen=True)
class Summary:
    """A case in a list: how many candidates stand where, and how many wait for the reader."""

    case: Case
    states: Mapping[State, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def candidates(self) -> int:
        """How many there are."""
        return sum(self.states.values())
