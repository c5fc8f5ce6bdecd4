"""Cases on a real ledger: membership, decisions of two people at once, erasure, the audit log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from review_people import ANNA, BEN, CHIE, FOUND_BY

from omnireid.accounts.permissions import Actor
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog, Governance
from omnireid.review import (
    Action,
    Case,
    Casebook,
    Find,
    FoundBy,
    Person,
    Reason,
    Refusal,
    ReviewError,
    State,
    Verdict,
    at_the_machine,
    held_items,
)


def refusal(call: object, *args: object, **kwargs: object) -> Refusal:
    with pytest.raises(ReviewError) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    return caught.value.refusal


def test_a_new_case_has_its_owner_its_own_number_and_a_history(casebook: Casebook) -> None:
    first = casebook.open(ANNA, title="  A \n case ", purpose="incident")
    second = casebook.open(BEN, title="Another", purpose="incident", reference="X 1")
    assert first.title == "A case"
    assert first.reference.endswith("-0001")
    assert second.reference == "X 1"
    assert [one.name for one in first.members] == ["Anna"]
    assert [one.action for one in casebook.history(ANNA, first.case_id)] == [Action.OPENED]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": " "}, Refusal.EMPTY),
        ({"title": "x" * 201}, Refusal.TOO_LONG),
        ({"purpose": ""}, Refusal.PURPOSE),
        ({"reference": "taken"}, Refusal.REFERENCE_TAKEN),
    ],
)
def test_a_case_that_cannot_be_opened_says_why(
    casebook: Casebook, fields: dict[str, str], expected: Refusal
) -> None:
    casebook.open(BEN, title="One", purpose="incident", reference="taken")
    given = {"title": "A case", "purpose": "incident", **fields}
    assert refusal(casebook.open, ANNA, **given) is expected
    assert casebook.cases(ANNA) == ()


def test_a_case_is_seen_by_its_members_and_within_their_scope_alone(
    casebook: Casebook, case: Case
) -> None:
    assert refusal(casebook.case, CHIE, case.case_id) is Refusal.NO_CASE
    assert refusal(casebook.candidates, CHIE, case.case_id) is Refusal.NO_CASE
    first = casebook.candidates(ANNA, case.case_id)[0]
    assert refusal(casebook.candidate, CHIE, first.candidate_id) is Refusal.NO_CANDIDATE
    elsewhere = Actor(ANNA.user_id, "Anna", ANNA.permissions, purposes=("other",))
    assert refusal(casebook.case, elsewhere, case.case_id) is Refusal.NO_CASE
    narrow = Actor(ANNA.user_id, "Anna", ANNA.permissions, cameras=("gate",))
    assert [one.item_id for one in casebook.candidates(narrow, case.case_id)] == [1, 3]
    assert casebook.cases(narrow)[0].candidates == 2
    assert len(casebook.history(narrow, case.case_id)) == 2 + 2
    second = casebook.candidates(ANNA, case.case_id)[1]
    assert refusal(casebook.look, narrow, second.candidate_id) is Refusal.NO_CANDIDATE
    assert casebook.case(at_the_machine("root"), case.case_id) == case


def test_only_the_owner_changes_the_case_and_its_members(casebook: Casebook, case: Case) -> None:
    number = case.case_id
    assert refusal(casebook.add_member, BEN, number, Person(3, "Chie")) is Refusal.OWNER_ONLY
    assert (
        refusal(casebook.close, BEN, number, version=case.version, outcome="x")
        is Refusal.OWNER_ONLY
    )
    assert refusal(casebook.remove_member, ANNA, number, 1) is Refusal.OWNER_STAYS
    casebook.remove_member(ANNA, number, BEN.user_id)
    assert refusal(casebook.case, BEN, number) is Refusal.NO_CASE


def test_of_two_changes_at_once_the_second_is_told(casebook: Casebook, case: Case) -> None:
    fields = {"reference": case.reference, "purpose": case.purpose, "hold": False}
    changed = casebook.change(ANNA, case.case_id, version=case.version, title="New", **fields)
    assert (changed.title, changed.hold) == ("New", False)
    late = refusal(
        casebook.change, ANNA, case.case_id, version=case.version, title="Late", **fields
    )
    assert late is Refusal.CHANGED
    assert casebook.case(ANNA, case.case_id).title == "New"


def test_items_are_collected_once_with_the_query_that_found_them(
    casebook: Casebook, case: Case
) -> None:
    finds = [Find(4, 0.1), Find(5, 0.5, 0.4), Find(5, 0.5, 0.4), Find(99), Find(-1), Find(2**70)]
    assert casebook.collect(BEN, case.case_id, finds, FOUND_BY) == 1
    found = casebook.candidates(BEN, case.case_id)
    assert [one.item_id for one in found] == [1, 2, 3, 4, 5]
    assert all(one.found_by == FOUND_BY for one in found)
    assert (found[-1].score, found[-1].probability) == (0.5, 0.4)
    narrow = Actor(BEN.user_id, "Ben", BEN.permissions, cameras=("gate",))
    assert casebook.collect(narrow, case.case_id, [Find(6)], None) == 0


def test_two_people_confirm_and_one_person_cannot(casebook: Casebook, case: Case) -> None:
    one = casebook.candidates(ANNA, case.case_id)[0]
    after = casebook.decide(ANNA, one.candidate_id, Verdict.CONFIRM, version=0)
    assert after.state is State.CONFIRMED_ONCE
    again = refusal(casebook.decide, ANNA, one.candidate_id, Verdict.CONFIRM, version=1)
    assert again is Refusal.SAME_PERSON
    after = casebook.decide(BEN, one.candidate_id, Verdict.CONFIRM, version=1)
    assert after.state is State.CONFIRMED
    assert [entry.person.name for entry in after.opinions if entry.person] == ["Anna", "Ben"]
    assert after.seen_by == {1, 2}
    closed = casebook.decide(BEN, one.candidate_id, Verdict.CLOSE, version=2)
    assert closed.state is State.CLOSED


def test_a_decision_on_something_changed_since_is_refused_and_both_stay(
    casebook: Casebook, case: Case
) -> None:
    one = casebook.candidates(ANNA, case.case_id)[0]
    casebook.decide(ANNA, one.candidate_id, Verdict.CONFIRM, version=0)
    stale = refusal(
        casebook.decide, BEN, one.candidate_id, Verdict.REJECT, version=0, reason=Reason.BUILD
    )
    assert stale is Refusal.CHANGED
    after = casebook.decide(
        BEN, one.candidate_id, Verdict.REJECT, version=1, reason=Reason.BUILD, words="taller"
    )
    assert after.state is State.DISPUTED
    assert [(e.action, e.reason, e.words) for e in after.opinions] == [
        (Action.CONFIRM, None, None),
        (Action.REJECT, Reason.BUILD, "taller"),
    ]


def test_many_people_at_once_lose_no_decision(casebook: Casebook, case: Case) -> None:
    people = [Actor(10 + n, f"person {n}", ANNA.permissions) for n in range(8)]
    for person in people:
        casebook.add_member(ANNA, case.case_id, Person(person.user_id, person.name))
    number = casebook.candidates(ANNA, case.case_id)[0].candidate_id

    def insist(person: Actor) -> list[Refusal]:
        met: list[Refusal] = []
        while True:
            version = casebook.candidate(person, number).standing.version
            try:
                casebook.decide(person, number, Verdict.CONFIRM, version=version)
            except ReviewError as error:
                met.append(error.refusal)
            else:
                return met

    with ThreadPoolExecutor(8) as pool:
        met = [one for refusals in pool.map(insist, people) for one in refusals]
    assert set(met) <= {Refusal.CHANGED}
    after = casebook.candidate(ANNA, number)
    assert after.standing.version == 8
    assert {entry.person.user_id for entry in after.opinions if entry.person} == set(range(10, 18))


def test_a_closed_case_takes_no_more_and_opens_again_with_a_reason(
    casebook: Casebook, case: Case
) -> None:
    number, one = case.case_id, casebook.candidates(ANNA, case.case_id)[0]
    version = casebook.case(ANNA, number).version
    closed = casebook.close(ANNA, number, version=version, outcome="found at the desk")
    assert (closed.is_open, closed.outcome) == (False, "found at the desk")
    for call, arguments in (
        (casebook.decide, (BEN, one.candidate_id, Verdict.CONFIRM)),
        (casebook.note, (BEN, number, "late")),
        (casebook.collect, (BEN, number, [Find(6)], None)),
    ):
        more = {"version": 0} if call == casebook.decide else {}
        assert refusal(call, *arguments, **more) is Refusal.CASE_CLOSED
    assert casebook.open_cases(ANNA) == ()
    assert casebook.cases(BEN)[0].waiting == 0
    casebook.reopen(ANNA, number, version=closed.version, why="a new picture")
    assert casebook.cases(BEN)[0].waiting == 4


def test_notes_stand_on_the_case_or_on_a_candidate(casebook: Casebook, case: Case) -> None:
    one = casebook.candidates(ANNA, case.case_id)[0]
    casebook.note(ANNA, case.case_id, "called the desk")
    casebook.note(BEN, case.case_id, "same bag", candidate_id=one.candidate_id)
    notes = [e for e in casebook.history(ANNA, case.case_id) if e.action is Action.NOTE]
    assert [(e.words, e.candidate_id) for e in notes] == [
        ("called the desk", None),
        ("same bag", one.candidate_id),
    ]
    other = casebook.open(ANNA, title="Other", purpose="incident")
    wrong = refusal(casebook.note, ANNA, other.case_id, "x", candidate_id=one.candidate_id)
    assert wrong is Refusal.NO_CANDIDATE


def test_what_a_person_has_looked_at_is_theirs_and_audited_once(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    one = casebook.candidates(ANNA, case.case_id)[0]
    for _ in range(3):
        casebook.look(BEN, one.candidate_id)
    assert casebook.candidate(ANNA, one.candidate_id).seen_by == {BEN.user_id}
    views = [e for e in AuditLog(gallery.database).entries() if e.action == "item.view"]
    assert [(e.actor, e.details["item"]) for e in views] == [("Ben", 1)]


def test_every_change_is_in_the_audit_log_and_a_refused_one_is_not(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    one = casebook.candidates(ANNA, case.case_id)[0]
    casebook.decide(
        BEN, one.candidate_id, Verdict.REJECT, version=0, reason=Reason.OTHER, words="a stranger"
    )
    refusal(casebook.decide, BEN, one.candidate_id, Verdict.CONFIRM, version=0)
    entries = AuditLog(gallery.database).entries()
    assert [e.action for e in reversed(entries)] == [
        "case.open", "case.member.add", "case.collect", "review.reject",
    ]  # fmt: skip
    last = entries[0]
    assert (last.actor, last.purpose, last.case) == ("Ben", "missing_person", case.reference)
    assert last.details["item"] == 1
    assert last.details["state"] == "rejected"
    assert last.details["because"] == "other"
    assert last.personal is None  # the words stand in the history alone


@pytest.mark.usefixtures("case")
def test_the_history_refuses_change_in_the_ledger_itself(gallery: Gallery) -> None:
    for statement in (
        "DELETE FROM review_history",
        "UPDATE review_history SET person_id = 9",
        "UPDATE review_history SET words = 'other'",
    ):
        with (
            pytest.raises(GalleryError, match="append-only"),
            gallery.database.write() as connection,
        ):
            connection.exec_driver_sql(statement)


def test_an_erased_item_leaves_a_place_and_no_words(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    first, second, *_ = casebook.candidates(ANNA, case.case_id)
    casebook.note(ANNA, case.case_id, "zebra-scarf", candidate_id=first.candidate_id)
    casebook.decide(
        BEN, first.candidate_id, Verdict.REJECT, version=0, reason=Reason.OTHER, words="zebra-hat"
    )
    casebook.note(ANNA, case.case_id, "stays", candidate_id=second.candidate_id)
    gallery.delete([1])
    left = casebook.candidate(ANNA, first.candidate_id)
    assert (left.item_id, left.score, left.probability) == (None, None, None)
    assert left.state is State.REJECTED
    assert left.found_by == FOUND_BY  # three more items were found by it
    tale = [e for e in casebook.history(ANNA, case.case_id) if e.candidate_id == left.candidate_id]
    assert [(e.action, e.words) for e in tale] == [
        (Action.COLLECTED, None),
        (Action.NOTE, None),
        (Action.REJECT, None),
        (Action.ERASED, None),
    ]
    assert casebook.history(ANNA, case.case_id)[-2].words == "stays"
    gone = refusal(casebook.decide, ANNA, first.candidate_id, Verdict.CONFIRM, version=1)
    assert gone is Refusal.ERASED
    gallery.delete([2, 3, 4])
    emptied = casebook.candidate(ANNA, first.candidate_id).found_by
    assert emptied is not None
    assert (emptied.words, emptied.pictures) == ("", {})
    assert gallery.verify().ok


def test_the_pictures_of_a_query_are_kept_until_its_last_item_goes(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    number = case.case_id
    asked = FoundBy("", {"rgb": "cd" * 32}, "colours@1")
    casebook.collect(ANNA, number, [Find(5), Find(6)], asked, {"cd" * 32: b"a picture"})
    casebook.collect(ANNA, number, [Find(5)], asked, {"ef" * 32: b"found nothing new"})
    assert casebook.query_digests(BEN, number) == {"cd" * 32}
    assert casebook.query_picture(BEN, number, "cd" * 32) == b"a picture"
    assert refusal(casebook.query_picture, CHIE, number, "cd" * 32) is Refusal.NO_CASE
    gallery.delete([5])
    assert casebook.query_picture(BEN, number, "cd" * 32) == b"a picture"
    gallery.delete([6])
    assert casebook.query_picture(BEN, number, "cd" * 32) is None


def test_an_erasure_leaves_no_word_of_a_case_in_any_file(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    first = casebook.candidates(ANNA, case.case_id)[0]
    for secret in ("zebra-scarf-of-hers", "wartortle-bag"):
        casebook.note(ANNA, case.case_id, secret, candidate_id=first.candidate_id)
    governance = Governance(gallery, held_items)
    with pytest.raises(InputError, match="legal hold"):
        governance.erase([1], actor="officer", reference="R-1", reason="asked")
    casebook.change(
        ANNA, case.case_id, version=case.version, title=case.title, reference=case.reference,
        purpose=case.purpose, hold=False,
    )  # fmt: skip
    certificate = governance.erase([1], actor="officer", reference="R-1", reason="asked")
    assert certificate.complete
    ledger = b"".join(path.read_bytes() for path in gallery.folder.glob("ledger.sqlite*"))
    assert ledger
    assert b"wartortle-bag" not in ledger
    assert b"zebra-scarf-of-hers" not in ledger


def test_open_cases_hold_their_items_but_not_the_rejected(
    casebook: Casebook, case: Case, gallery: Gallery
) -> None:
    def held(*references: str) -> dict[int, str]:
        with gallery.database.read() as connection:
            return dict(held_items(connection, references))

    assert held() == dict.fromkeys((1, 2, 3, 4), case.reference)
    third = casebook.candidates(ANNA, case.case_id)[2]
    casebook.decide(ANNA, third.candidate_id, Verdict.REJECT, version=0, reason=Reason.CLOTHES)
    assert set(held()) == {1, 2, 4}
    version = casebook.case(ANNA, case.case_id).version
    casebook.close(ANNA, case.case_id, version=version, outcome="done")
    assert held() == {}
    # A hold that the privacy officer places on the case keeps everything in it.
    assert set(held(case.reference)) == {1, 2, 3, 4}
