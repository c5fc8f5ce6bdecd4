"""The states of a candidate: the table of the documentation, and any order of decisions at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from omnireid.review import (
    Decision,
    Reason,
    Refusal,
    ReviewError,
    Standing,
    State,
    Verdict,
    decide,
    standing_of,
)

ANNA, BEN, CHIE = 1, 2, 3


def confirm(person: int) -> Decision:
    return Decision(person, Verdict.CONFIRM)


def reject(person: int, words: str | None = None) -> Decision:
    return Decision(person, Verdict.REJECT, Reason.CLOTHES, words)


def refused(standing: Standing, decision: Decision) -> Refusal:
    with pytest.raises(ReviewError) as caught:
        decide(standing, decision)
    return caught.value.refusal


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ([], State.CANDIDATE),
        ([confirm(ANNA)], State.CONFIRMED_ONCE),
        ([confirm(ANNA), confirm(BEN)], State.CONFIRMED),
        ([confirm(ANNA), confirm(BEN), confirm(CHIE)], State.CONFIRMED),
        ([reject(ANNA)], State.REJECTED),
        ([confirm(ANNA), reject(BEN)], State.DISPUTED),
        ([confirm(ANNA), confirm(BEN), reject(CHIE)], State.DISPUTED),
        ([confirm(ANNA), reject(BEN), reject(ANNA)], State.REJECTED),
        ([confirm(ANNA), Decision(ANNA, Verdict.WITHDRAW)], State.CANDIDATE),
        ([reject(ANNA), Decision(BEN, Verdict.CLOSE)], State.CLOSED),
        (
            [
                reject(ANNA),
                Decision(BEN, Verdict.CLOSE),
                Decision(BEN, Verdict.REOPEN, words="new picture"),
            ],
            State.REJECTED,
        ),
    ],
)
def test_the_state_follows_from_who_holds_what(decisions: list[Decision], state: State) -> None:
    standing = Standing()
    for decision in decisions:
        standing = decide(standing, decision)
    assert standing.state is state
    assert standing.version == len(decisions)
    assert standing_of(decisions) == standing


def test_the_same_person_is_no_second_person() -> None:
    once = decide(Standing(), confirm(ANNA))
    assert refused(once, confirm(ANNA)) is Refusal.SAME_PERSON
    again = decide(decide(once, Decision(ANNA, Verdict.WITHDRAW)), confirm(ANNA))
    assert again.state is State.CONFIRMED_ONCE


@pytest.mark.parametrize(
    ("before", "decision", "refusal"),
    [
        ([], Decision(ANNA, Verdict.REJECT), Refusal.REASON_MISSING),
        ([], Decision(ANNA, Verdict.REJECT, Reason.OTHER), Refusal.REASON_MISSING),
        ([reject(ANNA)], reject(ANNA), Refusal.REJECTED_ALREADY),
        ([confirm(ANNA)], Decision(BEN, Verdict.WITHDRAW), Refusal.NOTHING_TO_WITHDRAW),
        ([], Decision(ANNA, Verdict.CLOSE), Refusal.NOT_SETTLED),
        ([confirm(ANNA)], Decision(BEN, Verdict.CLOSE), Refusal.NOT_SETTLED),
        ([confirm(ANNA), reject(BEN)], Decision(CHIE, Verdict.CLOSE), Refusal.NOT_SETTLED),
        ([], Decision(ANNA, Verdict.REOPEN, words="why"), Refusal.NOT_CLOSED),
        ([reject(ANNA), Decision(ANNA, Verdict.CLOSE)], confirm(BEN), Refusal.CANDIDATE_CLOSED),
        (
            [reject(ANNA), Decision(ANNA, Verdict.CLOSE)],
            Decision(BEN, Verdict.REOPEN),
            Refusal.REASON_MISSING,
        ),
    ],
)
def test_what_is_not_possible_is_refused_by_name(
    before: list[Decision], decision: Decision, refusal: Refusal
) -> None:
    assert refused(standing_of(before), decision) is refusal


@given(st.permutations([confirm(ANNA), confirm(BEN), reject(CHIE)]))
def test_opinions_of_different_people_amount_to_the_same_in_any_order(
    decisions: list[Decision],
) -> None:
    assert standing_of(decisions).state is State.DISPUTED


def test_a_reason_emptied_later_undoes_nothing() -> None:
    made = [Decision(ANNA, Verdict.REJECT, Reason.OTHER, "another coat")]
    emptied = [Decision(ANNA, Verdict.REJECT, Reason.OTHER, None)]
    assert standing_of(emptied) == standing_of(made)


class Review(RuleBasedStateMachine):
    """Any decisions of any people, against a slow model: the list of each one's last opinion."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing()
        self.made: list[Decision] = []
        self.opinions: dict[int, Verdict] = {}
        self.closed = False

    @rule(
        person=st.integers(1, 4),
        verdict=st.sampled_from(Verdict),
        reason=st.none() | st.sampled_from(Reason),
        words=st.none() | st.just("words"),
    )
    def decide(
        self, person: int, verdict: Verdict, reason: Reason | None, words: str | None
    ) -> None:
        decision = Decision(person, verdict, reason, words)
        if not self._possible(decision):
            with pytest.raises(ReviewError):
                decide(self.standing, decision)
            return
        self.standing = decide(self.standing, decision)
        self.made.append(decision)
        if verdict in (Verdict.CLOSE, Verdict.REOPEN):
            self.closed = verdict is Verdict.CLOSE
        elif verdict is Verdict.WITHDRAW:
            del self.opinions[person]
        else:
            self.opinions[person] = verdict

    def _possible(self, one: Decision) -> bool:
        held = self.opinions.get(one.person_id)
        kinds = set(self.opinions.values())
        confirmations = list(self.opinions.values()).count(Verdict.CONFIRM)
        match one.verdict:
            case Verdict.REOPEN:
                return self.closed and one.words is not None
            case Verdict.CLOSE:
                return not self.closed and (
                    kinds == {Verdict.REJECT} or (kinds == {Verdict.CONFIRM} and confirmations > 1)
                )
            case Verdict.WITHDRAW:
                return not self.closed and held is not None
            case Verdict.CONFIRM:
                return not self.closed and held is not Verdict.CONFIRM
            case Verdict.REJECT:
                given = one.reason not in (None, Reason.OTHER) or (
                    one.reason is Reason.OTHER and one.words is not None
                )
                return not self.closed and held is not Verdict.REJECT and given

    @invariant()
    def the_history_alone_gives_the_standing(self) -> None:
        assert standing_of(self.made) == self.standing
        assert self.standing.version == len(self.made)
        assert dict(self.standing.opinions) == self.opinions

    @invariant()
    def confirmed_takes_two_people_and_nobody_against(self) -> None:
        if self.standing.state is State.CONFIRMED:
            assert len(self.opinions) >= 2
            assert set(self.opinions.values()) == {Verdict.CONFIRM}
        if self.standing.state is State.DISPUTED:
            assert set(self.opinions.values()) == {Verdict.CONFIRM, Verdict.REJECT}


TestReview = Review.TestCase
