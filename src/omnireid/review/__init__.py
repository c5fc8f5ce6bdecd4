"""Cases: what is collected, who decides what on it, and what leaves as an export."""

from omnireid.review.casebook import Casebook
from omnireid.review.holding import held_items
from omnireid.review.reading import at_the_machine
from omnireid.review.refusals import MISSING, Refusal, ReviewError
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
from omnireid.review.verdicts import Decision, Reason, Standing, State, Verdict, decide, standing_of

__all__ = [
    "MISSING",
    "Action",
    "Candidate",
    "Case",
    "Casebook",
    "Decision",
    "Entry",
    "Find",
    "FoundBy",
    "Person",
    "Reason",
    "Refusal",
    "ReviewError",
    "Standing",
    "State",
    "Summary",
    "Verdict",
    "at_the_machine",
    "decide",
    "held_items",
    "standing_of",
]
