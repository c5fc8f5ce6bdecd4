"""What review refuses, each with a stable name that the page tells in its own language."""

from __future__ import annotations

from enum import StrEnum

from omnireid.errors import OmniReIDError


class Refusal(StrEnum):
    """Why a request on a case was refused."""

    NO_CASE = "no_case"
    NO_CANDIDATE = "no_candidate"
    OWNER_ONLY = "owner_only"
    OWNER_STAYS = "owner_stays"
    CASE_CLOSED = "case_closed"
    CASE_OPEN = "case_open"
    REFERENCE_TAKEN = "reference_taken"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    PURPOSE = "purpose"
    CHANGED = "changed"
    ERASED = "erased"
    SAME_PERSON = "same_person"
    REJECTED_ALREADY = "rejected_already"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    CANDIDATE_CLOSED = "candidate_closed"
    NOT_SETTLED = "not_settled"
    NOT_CLOSED = "not_closed"
    REASON_MISSING = "reason_missing"


MISSING = frozenset({Refusal.NO_CASE, Refusal.NO_CANDIDATE})
"""Refusals that must not tell whether the thing exists."""


class ReviewError(OmniReIDError):
    """A request on a case that cannot be done as things stand. Nothing was changed."""

    code = "REVIEW"
    exit_code = 11

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(*_WORDS[refusal])
        self.refusal = refusal


_WORDS: dict[Refusal, tuple[str, str, str]] = {
    Refusal.NO_CASE: (
        "there is no such case",
        "no case has this number, or you are not one of its members",
        "check the number with `omnireid cases list`, or ask its owner to add you",
    ),
    Refusal.NO_CANDIDATE: (
        "there is no such candidate",
        "the case has none with this number, or its camera is outside your scope",
        "go back to the case",
    ),
    Refusal.OWNER_ONLY: (
        "the case was not changed",
        "only its owner changes title, purpose and members, and closes or reopens it",
        "ask the owner",
    ),
    Refusal.OWNER_STAYS: (
        "the member was not removed",
        "the owner is always a member of the case",
        "remove someone else",
    ),
    Refusal.CASE_CLOSED: (
        "the case was not changed",
        "it is closed",
        "ask its owner to reopen it",
    ),
    Refusal.CASE_OPEN: ("the case was not reopened", "it is open", "go on working"),
    Refusal.REFERENCE_TAKEN: (
        "the case was not saved",
        "another case has this reference",
        "choose another reference, or leave it empty for a number of its own",
    ),
    Refusal.EMPTY: ("nothing was saved", "a needed field is empty", "fill it in"),
    Refusal.TOO_LONG: (
        "nothing was saved",
        "a title or reference has up to 200 characters, a note up to 4,000",
        "shorten the text",
    ),
    Refusal.PURPOSE: (
        "the case was not saved",
        "its purpose is not one that you may work for",
        "choose one of the purposes offered",
    ),
    Refusal.CHANGED: (
        "nothing was saved",
        "a colleague changed this a moment ago",
        "look at how it stands now, and decide again",
    ),
    Refusal.ERASED: (
        "the decision was not counted",
        "this sighting was erased, or its retention has ended",
        "go on with the next candidate",
    ),
    Refusal.SAME_PERSON: (
        "the confirmation was not counted",
        "you have confirmed this candidate, and the second to confirm has to be another person",
        "ask a colleague, or take your confirmation back",
    ),
    Refusal.REJECTED_ALREADY: (
        "the rejection was not counted",
        "you have rejected this candidate",
        "take it back first if you want to give another reason",
    ),
    Refusal.NOTHING_TO_WITHDRAW: (
        "nothing was taken back",
        "you have not decided on this candidate",
        "confirm or reject it",
    ),
    Refusal.CANDIDATE_CLOSED: (
        "the decision was not counted",
        "this candidate is closed",
        "reopen it first, with a reason",
    ),
    Refusal.NOT_SETTLED: (
        "the candidate was not closed",
        "it is neither confirmed by two people nor rejected by all who decided",
        "let a second person decide",
    ),
    Refusal.NOT_CLOSED: ("the candidate was not reopened", "it is not closed", "decide on it"),
    Refusal.REASON_MISSING: (
        "the decision was not counted",
        "it needs a reason",
        "choose one, or write it in your own words",
    ),
}
