"""How a candidate's state follows from what people decided: pure functions, no storage.

Each person holds at most one opinion on a candidate, confirm or reject. The state is read from
the opinions, so two people who decide at once never undo each other:

    no opinion                 candidate
    one confirms               confirmed by one
    two or more confirm        confirmed by two
    one or more reject         rejected
    some confirm, some reject  disputed, until someone changes their mind
    closed                     final, from "confirmed by two" or "rejected"; reopened with a reason
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from types import MappingProxyType

from omnireid.review.refusals import Refusal, ReviewError


class Verdict(StrEnum):
    """What a person does to a candidate."""

    CONFIRM = "confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    """Take one's own opinion back."""
    CLOSE = "close"
    REOPEN = "reopen"


class Reason(StrEnum):
    """Why a candidate is not the person. OTHER needs words."""

    CLOTHES = "clothes"
    BUILD = "build"
    CARRIED = "carried"
    PLACE_TIME = "place_time"
    UNCLEAR = "unclear"
    OTHER = "other"


class State(StrEnum):
    """Where a candidate stands."""

    CANDIDATE = "candidate"
    CONFIRMED_ONCE = "confirmed_once"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    REJECTED = "rejected"
    CLOSED = "closed"


SETTLED = frozenset({State.CONFIRMED, State.REJECTED})
"""States from which a candidate may be closed."""


@dataclass(frozen=True)
class Decision:
    """One verdict of one person. `words`: the reason in the person's own words."""

    person_id: int
    verdict: Verdict
    reason: Reason | None = None
    words: str | None = None


@dataclass(frozen=True)
class Standing:
    """The outcome of every decision so far. `version` counts them."""

    opinions: Mapping[int, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False
    version: int = 0

    @property
    def opinion_state(self) -> State:
        """The state that the opinions alone amount to."""
        confirming = sum(one is Verdict.CONFIRM for one in self.opinions.values())
        rejecting = len(self.opinions) - confirming
        if confirming and rejecting:
            return State.DISPUTED
        if rejecting:
            return State.REJECTED
        return (State.CANDIDATE, State.CONFIRMED_ONCE, State.CONFIRMED)[min(confirming, 2)]

    @property
    def state(self) -> State:
        """Where the candidate stands."""
        return State.CLOSED if self.closed else self.opinion_state


def decide(standing: Standing, decision: Decision) -> Standing:
    """The standing after one more decision.

    Raises:
        ReviewError: the decision is not possible here; `refusal` says why.

    >>> once = decide(Standing(), Decision(1, Verdict.CONFIRM))
    >>> once.state, decide(once, Decision(2, Verdict.CONFIRM)).state
    (<State.CONFIRMED_ONCE: 'confirmed_once'>, <State.CONFIRMED: 'confirmed'>)
    """
    refusal = _refusal(standing, decision)
    if refusal is not None:
        raise ReviewError(refusal)
    return _after(standing, decision)


def standing_of(decisions: Iterable[Decision]) -> Standing:
    """The standing after all decisions, oldest first. They were judged when they were made: a
    reason that was emptied since does not undo them."""
    return reduce(_after, decisions, Standing())


def _after(standing: Standing, decision: Decision) -> Standing:
    person, verdict = decision.person_id, decision.verdict
    later = replace(standing, version=standing.version + 1)
    if verdict in (Verdict.CLOSE, Verdict.REOPEN):
        return replace(later, closed=verdict is Verdict.CLOSE)
    opinions = {who: what for who, what in standing.opinions.items() if who != person}
    if verdict is not Verdict.WITHDRAW:
        opinions[person] = verdict
    return replace(later, opinions=MappingProxyType(opinions))


def _refusal(standing: Standing, decision: Decision) -> Refusal | None:
    verdict = decision.verdict
    if verdict is Verdict.REOPEN:
        if not standing.closed:
            return Refusal.NOT_CLOSED
        return None if decision.words else Refusal.REASON_MISSING
    if standing.closed:
        return Refusal.CANDIDATE_CLOSED
    if verdict is Verdict.CLOSE:
        return None if standing.state in SETTLED else Refusal.NOT_SETTLED
    held = standing.opinions.get(decision.person_id)
    if verdict is Verdict.WITHDRAW:
        return Refusal.NOTHING_TO_WITHDRAW if held is None else None
    if held is verdict:
        return Refusal.SAME_PERSON if verdict is Verdict.CONFIRM else Refusal.REJECTED_ALREADY
    if verdict is Verdict.REJECT and (
        decision.reason is None or (decision.reason is Reason.OTHER and not decision.words)
    ):
        return Refusal.REASON_MISSING
    return None
