"""Cases: collecting candidates and deciding on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Permission
from omnireid.review import Action, Candidate, Case, Entry, Person, Reason, State, Verdict
from omnireid.service.api.values import ItemNumber, Number
from omnireid.service.faults import PageError
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import MAX_EXAMPLES, Query
from omnireid.service.review.collecting import collect_found
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["cases"], dependencies=[needs(Permission.REVIEW)])

Words = Annotated[str, Field(max_length=4000)]
Title = Annotated[str, Field(min_length=1, max_length=200, examples=["Red coat, north gate"])]
Version = Annotated[
    int, Field(ge=0, lt=2**63, description="as it was read; a change since then is a 409")
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonOut(BaseModel):
    """Someone who works on cases."""

    model_config = ConfigDict(from_attributes=True)

    user_id: int = Field(examples=[3])
    name: str = Field(examples=["sato"])


class CaseOut(BaseModel):
    """One case. `hold`: its items are kept from retention while it is open."""

    id: int = Field(examples=[12])
    reference: str = Field(examples=["2026-0012"])
    title: str = Field(examples=["Red coat, north gate"])
    purpose: str = Field(examples=["missing_person"])
    owner: PersonOut
    members: list[PersonOut]
    is_open: bool
    hold: bool
    outcome: str | None
    created: datetime
    closed: datetime | None
    version: int = Field(examples=[1])

    @classmethod
    def of(cls, case: Case) -> CaseOut:
        """The case as the API shows it."""
        return cls(
            id=case.case_id,
            reference=case.reference,
            title=case.title,
            purpose=case.purpose,
            owner=PersonOut.model_validate(case.owner),
            members=[PersonOut.model_validate(one) for one in case.members],
            is_open=case.is_open,
            hold=case.hold,
            outcome=case.outcome,
            created=case.created,
            closed=case.closed,
            version=case.version,
        )


class SummaryOut(BaseModel):
    """A case in the list: how many candidates stand where, and how many wait for the caller."""

    case: CaseOut
    states: dict[State, int] = Field(examples=[{"candidate": 3, "confirmed": 1}])
    waiting: int = Field(examples=[3])


class CasesOut(BaseModel):
    """Open cases first, then the newest."""

    cases: list[SummaryOut]


class NewCaseIn(_Strict):
    """A case to be opened by the caller, who will own it."""

    title: Title
    purpose: str = Field(min_length=1, max_length=64, examples=["missing_person"])
    reference: str = Field(default="", max_length=200, description="empty: year and number")
    hold: bool = Field(default=True, description="keep its items from retention while open")


class CaseChangeIn(_Strict):
    """What the owner changes."""

    version: Version
    title: Title
    reference: str = Field(min_length=1, max_length=200, examples=["2026-0012"])
    purpose: str = Field(min_length=1, max_length=64, examples=["missing_person"])
    hold: bool


class EndIn(_Strict):
    """How it ended, or why it is opened again."""

    version: Version
    words: Annotated[str, Field(min_length=1, max_length=4000, examples=["Found at the desk"])]


class CollectIn(_Strict):
    """Items to collect as candidates, and the search that found them.

    The similarity is computed anew from the search, never taken from the caller. Without one, and
    for a search by pictures, the candidates have none.
    """

    items: list[ItemNumber] = Field(min_length=1, max_length=500, examples=[[57, 91]])
    text: str = Field(default="", max_length=2000, examples=["a man in a red coat"])
    like: list[ItemNumber] = Field(default=[], max_length=MAX_EXAMPLES, examples=[[12]])
    unlike: list[ItemNumber] = Field(default=[], max_length=MAX_EXAMPLES, examples=[[]])


class CollectedOut(BaseModel):
    """How many were not in the case yet; unknown items and other scopes' are passed over."""

    added: int = Field(examples=[1])


class MemberIn(_Strict):
    """A person who may see the case and decide."""

    user_id: int = Field(ge=1, lt=2**63, examples=[4])


class NoteIn(_Strict):
    """A note on the case, or on one of its candidates."""

    words: Annotated[str, Field(min_length=1, max_length=4000, examples=["Seen again at 9"])]
    candidate: int | None = Field(default=None, ge=1, lt=2**63)


class EntryOut(BaseModel):
    """One line of a history. `person` is null for what the program did."""

    id: int
    candidate: int | None
    action: Action = Field(examples=["confirm"])
    person: PersonOut | None
    reason: Reason | None
    words: str | None
    time: datetime

    @classmethod
    def of(cls, entry: Entry) -> EntryOut:
        """The entry as the API shows it."""
        return cls(
            id=entry.entry_id,
            candidate=entry.candidate_id,
            action=entry.action,
            person=None if entry.person is None else PersonOut.model_validate(entry.person),
            reason=entry.reason,
            words=entry.words,
            time=entry.time,
        )


class HistoryOut(BaseModel):
    """Everything that happened in a case, oldest first."""

    entries: list[EntryOut]


class CandidateOut(BaseModel):
    """An item in a case and what was decided. `item` is null once it is erased."""

    id: int = Field(examples=[31])
    case: int = Field(examples=[12])
    item: int | None = Field(examples=[57])
    score: float | None
    probability: float | None
    state: State = Field(examples=["confirmed_once"])
    version: int = Field(description="counts the decisions", examples=[1])
    decisions: list[EntryOut]

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateOut:
        """The candidate as the API shows it."""
        return cls(
            id=candidate.candidate_id,
            case=candidate.case_id,
            item=candidate.item_id,
            score=candidate.score,
            probability=candidate.probability,
            state=candidate.state,
            version=candidate.standing.version,
            decisions=[EntryOut.of(entry) for entry in candidate.decisions],
        )


class CandidatesOut(BaseModel):
    """Candidates in the order of collecting."""

    candidates: list[CandidateOut]


class DecisionIn(_Strict):
    """A decision on a candidate as it stood at `version`. Rejecting needs a reason."""

    verdict: Verdict = Field(examples=["confirm"])
    version: Version
    reason: Reason | None = Field(default=None, examples=[None])
    words: Words = ""


@router.get("/cases")
def cases(site: SiteOf, actor: ActorOf) -> CasesOut:
    """The cases that the caller is a member of."""
    return CasesOut(
        cases=[
            SummaryOut(case=CaseOut.of(one.case), states=dict(one.states), waiting=one.waiting)
            for one in site.review.cases(actor)
        ]
    )


@router.post("/cases", status_code=201)
def open_case(site: SiteOf, actor: ActorOf, asked: NewCaseIn) -> CaseOut:
    """Open a case."""
    site.governance.purposes.get(asked.purpose)
    return CaseOut.of(
        site.review.open(
            actor,
            title=asked.title,
            purpose=asked.purpose,
            reference=asked.reference,
            hold=asked.hold,
        )
    )


@router.get("/cases/{case_id}")
def case(site: SiteOf, actor: ActorOf, case_id: Number) -> CaseOut:
    """One case."""
    return CaseOut.of(site.review.case(actor, case_id))


@router.put("/cases/{case_id}")
def change_case(site: SiteOf, actor: ActorOf, case_id: Number, asked: CaseChangeIn) -> CaseOut:
    """Change title, reference, purpose or hold; by its owner."""
    site.governance.purposes.get(asked.purpose)
    changed = site.review.change(
        actor,
        case_id,
        version=asked.version,
        title=asked.title,
        reference=asked.reference,
        purpose=asked.purpose,
        hold=asked.hold,
    )
    return CaseOut.of(changed)


@router.post("/cases/{case_id}/close")
def close_case(site: SiteOf, actor: ActorOf, case_id: Number, asked: EndIn) -> CaseOut:
    """Close a case with a word on how it ended; by its owner."""
    return CaseOut.of(site.review.close(actor, case_id, version=asked.version, outcome=asked.words))


@router.post("/cases/{case_id}/reopen")
def reopen_case(site: SiteOf, actor: ActorOf, case_id: Number, asked: EndIn) -> CaseOut:
    """Open a closed case again, with a reason; by its owner."""
    return CaseOut.of(site.review.reopen(actor, case_id, version=asked.version, why=asked.words))


@router.post("/cases/{case_id}/members")
def add_member(site: SiteOf, actor: ActorOf, case_id: Number, asked: MemberIn) -> CaseOut:
    """Let a colleague see the case and decide; by its owner."""
    user = next((one for one in site.accounts.users.all() if one.user_id == asked.user_id), None)
    if user is None or Permission.REVIEW not in user.permissions:
        raise PageError("member", 422)
    return CaseOut.of(site.review.add_member(actor, case_id, Person(user.user_id, user.name)))


@router.delete("/cases/{case_id}/members/{user_id}")
def remove_member(site: SiteOf, actor: ActorOf, case_id: Number, user_id: Number) -> CaseOut:
    """Take a member out; what they decided stays."""
    return CaseOut.of(site.review.remove_member(actor, case_id, user_id))


@router.get("/cases/{case_id}/candidates")
def candidates(site: SiteOf, actor: ActorOf, case_id: Number) -> CandidatesOut:
    """The candidates within the caller's cameras."""
    found = site.review.candidates(actor, case_id)
    return CandidatesOut(candidates=[CandidateOut.of(one) for one in found])


@router.post("/cases/{case_id}/candidates", status_code=201)
def collect(site: SiteOf, actor: ActorOf, case_id: Number, asked: CollectIn) -> CollectedOut:
    """Collect items as candidates."""
    liked = tuple(dict.fromkeys(asked.like))
    query = Query(
        text=asked.text.strip(),
        liked=liked,
        disliked=tuple(one for one in dict.fromkeys(asked.unlike) if one not in liked),
    )
    items = tuple(dict.fromkeys(asked.items))
    return CollectedOut(added=collect_found(site, actor, case_id, items, query))


@router.post("/candidates/{candidate_id}/decisions", status_code=201)
def decide(site: SiteOf, actor: ActorOf, candidate_id: Number, asked: DecisionIn) -> CandidateOut:
    """Confirm, reject, withdraw, close or reopen. The second to confirm is another person."""
    decided = site.review.decide(
        actor,
        candidate_id,
        asked.verdict,
        version=asked.version,
        reason=asked.reason,
        words=asked.words,
    )
    return CandidateOut.of(decided)


@router.get("/cases/{case_id}/history")
def history(site: SiteOf, actor: ActorOf, case_id: Number) -> HistoryOut:
    """Who did what in the case, oldest first."""
    return HistoryOut(entries=[EntryOut.of(one) for one in site.review.history(actor, case_id)])


@router.post("/cases/{case_id}/notes", status_code=204, response_class=Response)
def note(site: SiteOf, actor: ActorOf, case_id: Number, asked: NoteIn) -> None:
    """Write a note."""
    site.review.note(actor, case_id, asked.words, candidate_id=asked.candidate)
