"""Purposes and requests: what may be searched, what a person is handed."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from gallery_fakes import walk
from PIL import Image

from omnireid import Observation
from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.governance import Asked, Event, Governance, LogFormat, Purpose, lines, notices
from omnireid.governance.exporting import guarded


def picture(number: int) -> Observation:
    return Observation(rgb=walk(number).rgb)


def test_a_fresh_gallery_has_purposes_in_both_languages(governance: Governance) -> None:
    found = governance.purposes.all()
    assert len(found) >= 5
    for one in found:
        assert one.name("en").isascii()
        assert not one.name("ja").isascii()
        assert one.cameras is None


def test_cameras_are_those_of_purpose_scope_and_question(governance: Governance) -> None:
    put = governance.purposes.put
    put(Purpose("lost_property", "Lost", "遺失物", ("gate", "hall")), actor="dpo")
    allowed = governance.allowed_cameras
    assert allowed("incident", ()) is None
    assert allowed("incident", ("yard",)) == ("yard",)
    assert allowed("lost_property", ()) == ("gate", "hall")
    assert allowed("lost_property", ("yard", "hall")) == ("hall",)
    assert allowed("lost_property", (), ("gate",)) == ("gate",)
    for scope, wanted in ((("yard",), ()), ((), ("yard",)), (("gate",), ("hall",))):
        with pytest.raises(InputError, match="nothing may be searched"):
            allowed("lost_property", scope, wanted)
    put(Purpose("lost_property", "Lost", "遺失物", ()), actor="dpo")
    with pytest.raises(InputError, match="nothing may be searched"):
        allowed("lost_property", ())
    put(Purpose("lost_property", "Lost", "遺失物", None, active=False), actor="dpo")
    for key in ("lost_property", "nosiness", ""):
        with pytest.raises(InputError, match="not on the list"):
            allowed(key, ())
    actions = [e.action for e in governance.audit.entries(limit=3)]
    assert actions == ["purpose.change"] * 3


@pytest.mark.parametrize("key", ["", "A", "1a", "a-b", "a" * 65, "目的"])
def test_keys_of_purposes(key: str) -> None:
    with pytest.raises(InputError):
        Purpose(key, "x", "x")


def test_a_judgement_stays_within_the_cameras_of_who_judges(
    governance: Governance, gallery: Gallery
) -> None:
    subjects = governance.subjects
    request = subjects.open(picture(3), threshold=0, reference="7", actor="dpo").request_id
    by_camera: dict[str | None, list[int]] = {}
    for one in subjects.items(request):
        by_camera.setdefault(one.item.camera, []).append(one.item.item_id)
    theirs, others = list(by_camera.values())[:2]
    second = next(camera for camera, items in by_camera.items() if items is others)
    subjects.judge(request, theirs, actor="dpo")
    subjects.judge(request, others[:1], actor="narrow", scope=[second])
    kept = {one.item.item_id for one in subjects.items(request, theirs_only=True)}
    assert kept == {*theirs, others[0]}
    with pytest.raises(InputError, match="not among the items"):
        subjects.judge(request, theirs[:1], actor="narrow", scope=[second])
    (opened,) = governance.audit.entries(Asked(action="access.open"))
    assert opened.details["scope"] == []
    assert opened.details["index"] == gallery.browse.generation()


def test_a_request_finds_is_judged_and_handed_out(governance: Governance, gallery: Gallery) -> None:
    subjects = governance.subjects
    governance.audit.record(
        Event("aya", "search", "incident", details={"shown": [{"item": 4, "rank": 1}, {"item": 9}]})
    )
    request = subjects.open(picture(3), threshold=0.05, reference="7", actor="dpo")
    found = subjects.items(request.request_id)
    assert found[0].item.item_id == 4
    assert [one.score for one in found] == sorted((o.score for o in found), reverse=True)
    assert all(one.theirs is None for one in found)
    subjects.judge(request.request_id, [4], actor="dpo")
    assert [o.item.item_id for o in subjects.items(request.request_id, theirs_only=True)] == [4]
    data = governance.export_for_subject(request.request_id, actor="dpo", language="ja")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == [
            "disclosures.json", "index.html", "items.csv", "items.json", "pictures/4.jpg",
        ]  # fmt: skip
        handed = np.asarray(Image.open(io.BytesIO(archive.read("pictures/4.jpg"))))
        original = np.asarray(Image.open(gallery.browse.item(4).picture_path))
        side = original.shape[1] // 6
        assert handed[:, :side].std() < 0.5 * original[:, :side].std()
        middle = slice(original.shape[1] * 2 // 5, original.shape[1] * 3 // 5)
        assert np.abs(handed[:, middle].astype(int) - original[:, middle]).mean() < 12
        row = json.loads(archive.read("items.json"))[0]
        assert row["camera"] == "camera 0"
        assert "事件・事故の調査" in row["purposes"]
        disclosed = json.loads(archive.read("disclosures.json"))
        assert {"action": "search", "purpose": "incident", "items": [4]}.items() <= (
            disclosed[0].items()
        )
        assert "aya" not in archive.read("disclosures.json").decode()
        assert "あなたの情報" in archive.read("index.html").decode()
    assert governance.audit.count(Asked(action="access.export", case="7")) == 1
    subjects.close(request.request_id, actor="dpo")
    assert subjects.items(request.request_id) == ()
    with pytest.raises(InputError, match="closed"):
        subjects.judge(request.request_id, [4], actor="dpo")


def test_requests_keep_to_the_cameras_of_who_asks(governance: Governance) -> None:
    request = governance.subjects.open(
        picture(3), threshold=0, reference="7", actor="dpo", scope=("camera 1",)
    )
    found = governance.subjects.items(request.request_id)
    assert {one.item.camera for one in found} == {"camera 1"}
    assert governance.subjects.items(request.request_id, scope=("camera 0",)) == ()


def test_requests_that_cannot_be(governance: Governance) -> None:
    subjects = governance.subjects
    for threshold, reference in ((2, "7"), (-0.1, "7"), (float("nan"), "7"), (0.5, " ")):
        with pytest.raises(InputError):
            subjects.open(picture(3), threshold=threshold, reference=reference, actor="dpo")
    with pytest.raises(InputError, match="no request 9"):
        subjects.get(9)
    request = subjects.open(picture(3), threshold=0.99, reference="7", actor="dpo")
    with pytest.raises(InputError, match="not among"):
        subjects.judge(request.request_id, [12], actor="dpo")


def test_the_log_as_csv_is_safe_to_open(governance: Governance) -> None:
    for actor in ("=1+1", "+1", "-1", "@x", "\tx", "plain"):
        governance.audit.record(Event(actor, "search", details={"query": '=cmd|"/c calc"'}))
    text = "".join(lines(governance.audit.oldest_first(), LogFormat.CSV))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["actor"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "plain"]
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values()
    )
    assert guarded(-5) == "'-5"
    assert len(list(lines(governance.audit.oldest_first(), LogFormat.JSONL))) == 6


def test_notices_say_what_is_set(governance: Governance) -> None:
    governance.purposes.put(Purpose("safety", "Safety", "安全", ("hall",)), actor="dpo")
    made = notices(
        ("gate", "hall"),
        governance.purposes.all(),
        {("gate", "*"): 14},
        blurred=True,
        operator="北駅",
        contact="privacy@example.jp",
    )
    gate, hall = made
    assert "14 日後に消去" in gate.text("ja")
    assert "after 14 days" in gate.text("en")
    assert "安全" not in gate.text("ja")
    assert "安全" in hall.text("ja")
    assert "privacy@example.jp" in hall.text("en")
    page = gate.html()
    assert 'lang="ja"' in page
    assert 'lang="en"' in page
