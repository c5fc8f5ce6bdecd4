"""Retention deletes what is due and nothing else, holds keep, and a kill is made good."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder, walk
from governance_child import run
from hypothesis import given
from hypothesis import strategies as st

from omnireid import Observation
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery
from omnireid.governance import Asked, Event, Governance, HeldBy, Purpose, Rule
from omnireid.governance.retention import days_kept

# The walks are of 2026-11-23, 08:00 to 08:11 UTC; item n is walk n-1, past camera (n-1) % 3.
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def rule(governance: Governance, camera: str, purpose: str, days: int) -> None:
    governance.retention.set_rule(Rule(camera, purpose, days), actor="dpo")


def due(governance: Governance, days_later: float) -> dict[str, tuple[int, ...]]:
    plans = governance.retention.plan(NOON + timedelta(days=days_later))
    return {plan.camera: plan.due for plan in plans}


def test_without_a_rule_nothing_is_due(governance: Governance) -> None:
    assert set(due(governance, 10_000).values()) == {()}
    assert governance.retention.run(actor="dpo", now=NOON + timedelta(days=10_000)).deleted == 0


def test_rules_by_camera_and_purpose(governance: Governance) -> None:
    for purpose in governance.purposes.all():
        if purpose.key not in ("incident", "safety"):
            governance.purposes.put(
                Purpose(purpose.key, purpose.name_en, purpose.name_ja, (), False), actor="dpo"
            )
    governance.purposes.put(
        Purpose("incident", "Incident", "事件", ("camera 0", "camera 1")), actor="dpo"
    )
    rule(governance, "*", "*", 10)
    rule(governance, "*", "incident", 30)
    rule(governance, "camera 1", "incident", 60)
    days = {plan.camera: plan.days for plan in governance.retention.plan()}
    assert days == {"camera 0": 30, "camera 1": 60, "camera 2": 10}
    assert due(governance, 11) == {"camera 0": (), "camera 1": (), "camera 2": (3, 6, 9, 12)}
    governance.retention.drop_rule("camera 1", "incident", actor="dpo")
    assert due(governance, 31)["camera 1"] == (2, 5, 8, 11)
    with pytest.raises(InputError):
        governance.retention.drop_rule("camera 1", "incident", actor="dpo")
    for days_wrong in (0, -1, 36_501):
        with pytest.raises(InputError):
            Rule("*", "*", days_wrong)
    with pytest.raises(InputError, match="not on the list"):
        rule(governance, "*", "nosiness", 3)


def test_a_run_deletes_what_is_due_and_tells(governance: Governance, gallery: Gallery) -> None:
    rule(governance, "camera 2", "*", 10)
    now = NOON + timedelta(days=11)
    report = governance.retention.run(actor="dpo", now=now)
    assert (report.deleted, report.held) == (4, 0)
    assert gallery.count() == 8
    assert gallery.verify().ok
    entry = governance.audit.entries(Asked(action="retention.delete"))[0]
    assert entry.details == {"camera": "camera 2", "days": 10, "items": [3, 6, 9, 12]}
    assert governance.retention.last_run() is not None
    assert governance.retention.run(actor="dpo", now=now).deleted == 0


def test_items_without_a_time_count_from_when_they_were_added(
    governance: Governance, gallery: Gallery
) -> None:
    gallery.add([Observation(text="a note without a time", camera="desk")])
    rule(governance, "desk", "*", 10)
    late = datetime.now(UTC) + timedelta(days=11)
    plans = governance.retention.plan(late)
    assert {p.camera: p.due for p in plans}["desk"] == (13,)
    assert governance.retention.plan()[-1].due == ()


def test_holds_keep_by_item_camera_and_case(gallery: Gallery) -> None:
    governance = Governance(gallery, lambda _, cases: {6: "C-1"} if "C-1" in cases else {})
    rule(governance, "*", "*", 10)
    now = NOON + timedelta(days=11)
    item = governance.holds.place(HeldBy.ITEM, "3", reason="court", actor="dpo")
    governance.holds.place(HeldBy.CAMERA, "camera 0", reason="police 118", actor="dpo")
    governance.holds.place(HeldBy.CASE, "C-1", reason="open case", actor="dpo")
    held = {k: v for plan in governance.retention.plan(now) for k, v in plan.held.items()}
    assert held == {
        1: "camera camera 0: police 118",
        4: "camera camera 0: police 118",
        7: "camera camera 0: police 118",
        10: "camera camera 0: police 118",
        3: "item 3: court",
        6: "case C-1: open case",
    }
    assert governance.retention.run(actor="dpo", now=now).deleted == 6
    assert sorted(i.item_id for i in gallery.items(k=50)) == [1, 3, 4, 6, 7, 10]
    governance.holds.release(item.hold_id, actor="dpo")
    assert governance.retention.run(actor="dpo", now=now).deleted == 1
    with pytest.raises(InputError, match="under legal hold"):
        governance.delete([6], actor="dpo")
    assert governance.delete([999], actor="dpo") == 0


def test_a_held_case_that_nobody_can_look_up_stops_everything(governance: Governance) -> None:
    rule(governance, "*", "*", 10)
    governance.holds.place(HeldBy.CASE, "C-1", reason="open case", actor="dpo")
    with pytest.raises(GalleryError, match="not known here"):
        governance.retention.run(actor="dpo", now=NOON + timedelta(days=11))
    assert governance.gallery.count() == 12


def test_a_hold_ends_by_itself(governance: Governance) -> None:
    end = datetime.now(UTC) + timedelta(days=1)
    hold = governance.holds.place(HeldBy.ITEM, "3", reason="court", actor="dpo", until=end)
    assert hold.active(datetime.now(UTC))
    assert not hold.active(end)
    for wrong in (
        {"subject": "three"},
        {"subject": "999"},
        {"subject": "9" * 30},
        {"subject": "camera 99", "kind": HeldBy.CAMERA},
        {"subject": ""},
        {"reason": " "},
        {"until": datetime(2020, 1, 1, tzinfo=UTC)},
    ):
        with pytest.raises(InputError):
            governance.holds.place(
                **{"kind": HeldBy.ITEM, "subject": "3", "reason": "x", "actor": "dpo", **wrong}
            )
    assert governance.holds.all() == (hold,)


def test_the_words_of_old_entries_are_redacted(governance: Governance) -> None:
    governance.audit.record(Event("aya", "search", details={"query": "old words"}))
    later = datetime.now(UTC) + timedelta(days=400)
    report = governance.retention.run(actor="dpo", now=later, words_days=365)
    assert report.words_redacted >= 1
    assert governance.audit.entries(Asked(action="search"))[0].redacted
    assert governance.audit.verify().ok


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.parametrize(
    "point", ["retention.recorded", "delete.rows_removed", "retention.deleted"]
)
def test_killed_the_next_run_goes_on(gallery: Gallery, folder: Path, point: str) -> None:
    gallery.add(
        Observation(text=f"old note {n}", camera="old", time=datetime(2020, 1, 1, 0, 0, n))
        for n in range(5)
    )
    rule(Governance(gallery), "old", "*", 10)
    gallery.close()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["governance_child"])
    child = context.Process(target=run, args=(folder, "retention", point, None))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with Gallery.open(folder, FakeEncoder()) as again:
        Governance(again).retention.run(actor="dpo")
        assert again.count() == 12
        assert again.verify().ok
        assert again.search(walk(4), k=1)[0].item_id == 5


names = st.sampled_from(["gate", "hall"])
keys = st.sampled_from(["incident", "safety"])


@given(
    rules=st.dictionaries(
        st.tuples(names | st.just("*"), keys | st.just("*")),
        st.integers(1, 100),
    ),
    cameras=st.dictionaries(keys, st.none() | st.lists(names, unique=True).map(tuple), min_size=1),
    camera=names,
)
def test_days_are_the_longest_of_the_most_specific_rules(rules, cameras, camera) -> None:
    purposes = [Purpose(key, "x", "x", allowed) for key, allowed in cameras.items()]

    def slow() -> int | None:
        found = []
        for purpose in [p.key for p in purposes if p.allows(camera)] or ["*"]:
            for place in [(camera, purpose), (camera, "*"), ("*", purpose), ("*", "*")]:
                if place in rules:
                    found.append(rules[place])
                    break
        return max(found, default=None)

    assert days_kept(camera, purposes, rules) == slow()
