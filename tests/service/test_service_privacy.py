"""The pages of privacy officer, auditor and administrator: audit, purposes, retention, erasure."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from service_clients import signed_in

from colour_encoder import COLOURS, ColourEncoder
from omnireid.accounts import Role
from omnireid.gallery import Gallery, faults
from omnireid.governance import Asked, Event, HeldBy, Rule
from omnireid.service import create_app
from omnireid.service.site import Site
from omnireid.settings import Settings


@pytest.fixture
def officer(client_as) -> TestClient:
    return client_as(Role.PRIVACY_OFFICER, name="dpo")


@pytest.fixture
def auditor(client_as) -> TestClient:
    return client_as(Role.AUDITOR, name="kansa")


def png(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 64), colour).save(file, "PNG")
    return file.getvalue()


def test_only_those_who_may_see_these_pages(client_as) -> None:
    places = {
        "/audit": Role.AUDITOR,
        "/privacy/retention": Role.PRIVACY_OFFICER,
        "/privacy/erasures": Role.PRIVACY_OFFICER,
        "/backups": Role.ADMINISTRATOR,
    }
    for role in (Role.AUDITOR, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR, Role.REVIEWER):
        browser = client_as(role)
        for place, allowed in places.items():
            assert browser.get(place).status_code == (200 if role is allowed else 403), place


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_in_both_languages(client_as, site: Site, language: str) -> None:
    # The auditor is not the administrator.
    auditor = client_as(Role.AUDITOR)
    everyone = client_as(*(role for role in Role if role is not Role.AUDITOR))
    site.governance.holds.place(HeldBy.CAMERA, "red gate", reason="court", actor="dpo")
    site.governance.retention.set_rule(Rule("*", "*", 30), actor="dpo")
    for place in (
        "/privacy", "/privacy/purposes", "/privacy/retention", "/privacy/holds",
        "/privacy/requests", "/privacy/erasures", "/backups",
    ):  # fmt: skip
        answer = everyone.get(place, headers={"Accept-Language": language})
        assert answer.status_code == 200, place
        assert f'<html lang="{language}">' in answer.text
    answer = auditor.get("/audit", headers={"Accept-Language": language})
    assert f'<html lang="{language}">' in answer.text


def test_the_auditor_reads_filters_and_verifies(auditor: TestClient, site: Site) -> None:
    for number in range(60):
        site.audit.record(
            Event("aya", "search", "incident", details={"query": f"<b>red {number}</b>"})
        )
    page = auditor.get("/audit", params={"who": "aya"}).text
    assert "&lt;b&gt;red 59&lt;/b&gt;" in page
    assert "<b>red" not in page
    older = re.search(r'href="(/audit\?[^"]*before=\d+)"', page)
    assert older is not None
    assert "red 9&lt;" in auditor.get(older[1].replace("&amp;", "&")).text
    assert "red 59" not in auditor.get("/audit", params={"until": "2020-01-01"}).text
    head = site.audit.head().to_json()
    report = auditor.post("/audit/verify", data={"anchor": head}).text
    assert "Whole:" in report
    assert auditor.post("/audit/verify", data={"anchor": "nonsense"}).status_code == 422
    assert auditor.get("/audit", params={"since": "yesterday"}).status_code == 422


def test_the_details_of_an_entry_are_named_in_the_readers_language(
    client: TestClient, auditor: TestClient
) -> None:
    client.get("/", params={"text": "red", "camera": "red gate"})
    for language, told in (
        ("ja", {"検索語", "表示した項目", "索引の版", "カメラ"}),
        ("en", {"Words searched for", "Items shown", "Index version", "Cameras"}),
    ):
        page = auditor.get("/audit?action=search", headers={"Accept-Language": language}).text
        entry = page.split("<tbody>")[1].split("</tr>")[0]
        names = set(re.findall(r"<(?:dt|b)>([^<]+)</", entry))
        assert told <= names
        if language == "ja":
            assert {name for name in names if name.isascii()} == {"sha-256"}
        values = set(re.findall(r"<dd>([^<]+)</dd>", entry))
        assert {"text 100", "red gate", "relevance"} <= values
        assert not any(sign in value for value in values for sign in "[]{}'")


def test_a_changed_entry_is_named_on_the_page(
    auditor: TestClient, site: Site, gallery: Gallery
) -> None:
    number = site.audit.record(Event("aya", "search", "incident"))
    with gallery.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entries_no_update")
        connection.exec_driver_sql(f"UPDATE audit_entries SET actor = 'ben' WHERE seq = {number}")
    page = auditor.post("/audit/verify").text
    assert f"Entry {number}." in page
    assert "changed" in page


def test_the_export_of_the_log_is_guarded_and_recorded(auditor: TestClient, site: Site) -> None:
    site.audit.record(Event("=HYPERLINK(1)", "search", details={"query": "赤い"}))
    table = auditor.post("/audit/export", data={"form": "csv", "who": "=HYPERLINK(1)"})
    assert table.headers["content-disposition"].endswith('.csv"')
    assert "'=HYPERLINK(1)" in table.text
    rows = auditor.post("/audit/export", data={"form": "jsonl"}).text.splitlines()
    assert any(json.loads(row)["personal"] == {"query": "赤い"} for row in rows)
    assert site.audit.count(Asked(action="audit.export")) == 2


def test_a_purpose_is_changed_and_limits_searches(officer: TestClient, site: Site) -> None:
    officer.post(
        "/privacy/purposes",
        data={
            "key": "lost_property",
            "name_en": "Lost property",
            "name_ja": "遺失物",
            "active": "true",
            "camera": ["red gate", "blue gate"],
        },
        follow_redirects=False,
    )
    assert site.governance.purposes.get("lost_property").cameras == ("blue gate", "red gate")
    assert site.governance.allowed_cameras("lost_property", ("red gate", "desk")) == ("red gate",)
    wrong = officer.post("/privacy/purposes", data={"key": "Not A Key", "name_en": "x"})
    assert wrong.status_code == 422


def test_retention_is_planned_and_run(officer: TestClient, site: Site, gallery: Gallery) -> None:
    days = (datetime.now(UTC) - datetime(2026, 11, 23, 12, tzinfo=UTC)).days
    officer.post("/privacy/retention", data={"days": max(days - 1, 1), "camera": "red gate"})
    if days < 2:  # the clock of this machine is before the sightings grow old
        site.governance.retention.run(actor="dpo", now=datetime.now(UTC) + timedelta(days=5))
    else:
        assert "Delete 10 items" in officer.get("/privacy/retention").text
        officer.post("/privacy/retention/run")
    assert "red gate" not in gallery.info().cameras
    assert site.audit.count(Asked(action="retention.run")) == 1


def test_a_hold_is_placed_and_released(officer: TestClient, site: Site) -> None:
    officer.post("/privacy/holds", data={"kind": "item", "subject": "3", "reason": "<i>court</i>"})
    page = officer.get("/privacy/holds").text
    assert "&lt;i&gt;court" in page
    assert officer.post(
        "/privacy/erasures", data={"item": [3], "reference": "7", "reason": "x"}
    ).status_code == 422  # fmt: skip
    officer.post("/privacy/holds/1/release")
    assert site.governance.holds.all()[0].released_by == "dpo"


def test_a_request_from_picture_to_zip_to_erasure(
    officer: TestClient, site: Site, gallery: Gallery
) -> None:
    opened = officer.post(
        "/privacy/requests",
        data={"reference": "request 7", "threshold": "0.9"},
        files={"rgb": ("me.png", png(COLOURS["red"]), "image/png")},
    )
    assert opened.status_code == 200
    found = [int(n) for n in re.findall(r'name="item" value="(\d+)"', opened.text)]
    assert found
    # The note about red is as similar to this encoder as red itself.
    assert {gallery.browse.item(item).camera for item in found} == {"red gate", "desk"}
    page = officer.post("/privacy/requests/1/judge", data={"item": found[:2]}).text
    assert page.count("checked") == 2
    answer = officer.post("/privacy/requests/1/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(n for n in archive.namelist() if n.startswith("pictures/")) == sorted(
            f"pictures/{item}.jpg" for item in found[:2]
        )
        rows = json.loads(archive.read("items.json"))
        assert [row["camera"] for row in rows] == ["red gate"] * 2
        seen = json.loads(archive.read("disclosures.json"))
        assert "access.open" in {one["action"] for one in seen}
        assert "Your data" in archive.read("index.html").decode()
    nothing = officer.post("/privacy/erasures/plan", data={"items": "six", "reference": "7"})
    assert nothing.status_code == 422
    assert "no number of an item was given" in nothing.text
    plan = officer.post(
        "/privacy/erasures/plan", data={"items": " ".join(map(str, found[:2])), "reference": "7"}
    ).text
    assert "Erase for good (2)" in plan
    done = officer.post(
        "/privacy/erasures", data={"item": found[:2], "reference": "request 7", "reason": "asked"}
    )
    assert "nothing left" in done.text
    certificate = officer.get("/privacy/erasures/1")
    assert "Certificate of erasure" in certificate.text
    assert "attachment" in certificate.headers["content-disposition"]
    assert json.loads(officer.get("/privacy/erasures/1/certificate.json").text)["complete"]
    assert gallery.browse.item(found[0]) is None
    officer.post("/privacy/requests/1/close")
    assert site.governance.subjects.get(1).closed is not None
    assert site.audit.verify().ok


def test_an_erasure_that_a_kill_interrupted_is_finished_at_the_next_start(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(point: str) -> None:
        if point == "erase.words":
            raise Killed

    app = create_app(gallery, ColourEncoder(), Settings())
    erasures = app.state.site.governance.erasures
    monkeypatch.setattr(faults, "trap", die)
    with pytest.raises(Killed):
        erasures.erase([1], actor="dpo", reference="7", reason="asked")
    monkeypatch.setattr(faults, "trap", None)
    assert gallery.browse.item(1) is not None
    with TestClient(app, base_url="http://127.0.0.1:8000"):
        for thread in threading.enumerate():
            if thread.name == "erasures":
                thread.join(60)
    assert gallery.browse.item(1) is None
    assert erasures.all()[0].certificate.complete


def test_an_officer_sees_and_erases_within_the_own_cameras_alone(
    client_as, gallery: Gallery
) -> None:
    officer = client_as(Role.PRIVACY_OFFICER, name="dpo2", cameras=["blue gate"])
    opened = officer.post(
        "/privacy/requests",
        data={"reference": "8", "threshold": "0"},
        files={"rgb": ("me.png", png(COLOURS["red"]), "image/png")},
    )
    found = [int(n) for n in re.findall(r'name="item" value="(\d+)"', opened.text)]
    assert {gallery.browse.item(item).camera for item in found} == {"blue gate"}
    red = next(i.item_id for i in gallery.items(k=100) if i.camera == "red gate")
    for place, field in (("/privacy/erasures", "item"), ("/privacy/erasures/plan", "items")):
        answer = officer.post(place, data={field: red, "reference": "8", "reason": "x"})
        assert answer.status_code == 404
    assert gallery.browse.item(red) is not None
    assert "red gate" not in officer.get("/privacy/retention").text.split("<select")[0]


def test_what_is_no_request(officer: TestClient) -> None:
    picture = ("me.png", png((1, 2, 3)), "image/png")
    for data, file in (
        ({"reference": "", "threshold": "0.5"}, picture),
        ({"reference": "7", "threshold": "7"}, picture),
        ({"reference": "7", "threshold": "nan"}, picture),
        ({"reference": "7", "threshold": "0.5"}, ("me.svg", b"<svg/>", "image/svg+xml")),
    ):
        assert officer.post("/privacy/requests", data=data, files={"rgb": file}).status_code == 422
    for answer in (
        officer.get("/privacy/requests/9"),
        officer.get(f"/privacy/requests/{2**70}"),
        officer.post("/privacy/requests/1/judge", data={"item": [1]}),
        officer.post("/privacy/requests/1/export"),
        officer.post("/privacy/requests/1/close"),
    ):
        assert answer.status_code == 404
    assert officer.get("/privacy/erasures/9").status_code == 404


def test_a_backup_is_made_and_rehearsed_on_the_page(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(backup_folder=tmp_path / "shelf")
    app: FastAPI = create_app(gallery, ColourEncoder(), settings)
    monkeypatch.setenv("HOME", str(tmp_path))
    site: Site = app.state.site
    site.accounts.users.add("ops", [Role.ADMINISTRATOR], by="(test)", password="correct horse 1")
    ops = signed_in(app, "ops")
    page = ops.post("/backups").text
    assert "omnireid-" in page
    report = ops.post("/backups/1/rehearse").text
    assert "It carries" in report, report[report.index("<main") :]
    assert ops.post("/backups/7/rehearse").status_code == 404
    assert site.audit.count(Asked(action="backup.create")) == 1
