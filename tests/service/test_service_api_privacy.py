"""Over the API: requests of a person, erasures and certificates, runs by the retention rules."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from colour_encoder import picture
from omnireid.accounts import Role
from omnireid.gallery import Gallery, metadata
from omnireid.governance import Asked, Rule
from omnireid.service.site import Site

REQUESTS = "/api/v1/subject-requests"


@pytest.fixture
def officer(client_as: Any) -> TestClient:
    client: TestClient = client_as(Role.PRIVACY_OFFICER, name="dpo")
    return client


def opened(client: TestClient, colour: str = "red", **fields: str) -> dict[str, Any]:
    answer = client.post(
        REQUESTS,
        data={"reference": "2026-07", "threshold": "0.9", **fields},
        files={"rgb": ("me.png", picture(colour))},
    )
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def items_of(client: TestClient, number: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = client.get(f"{REQUESTS}/{number}/items").json()["items"]
    return told


def test_a_request_from_picture_to_zip_to_certificate(
    officer: TestClient, site: Site, gallery: Gallery
) -> None:
    request = opened(officer)
    assert (request["reference"], request["opened_by"], request["closed"]) == (
        "2026-07", "dpo", None,
    )  # fmt: skip
    assert officer.get(REQUESTS).json() == {"requests": [request]}
    address = f"{REQUESTS}/{request['id']}"
    assert officer.get(address).json() == request
    found = items_of(officer, request["id"])
    assert {one["item"]["camera"] for one in found} == {"red gate", "desk"}
    assert {one["theirs"] for one in found} == {None}
    scores = [one["item"]["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= 0.9
    theirs = [one["item"]["id"] for one in found if one["item"]["camera"] == "red gate"][:2]
    assert officer.post(f"{address}/judge", json={"theirs": theirs}).json() == {
        "theirs": sorted(theirs)
    }
    judged = {one["item"]["id"] for one in items_of(officer, request["id"]) if one["theirs"]}
    assert judged == set(theirs)
    answer = officer.post(f"{address}/export", json={"language": "ja"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {row["item"] for row in json.loads(archive.read("items.json"))} == set(theirs)
        assert 'lang="ja"' in archive.read("index.html").decode()
    asked = {"items": theirs, "reference": "2026-07", "reason": "asked"}
    made = officer.post("/api/v1/erasures", json=asked).json()
    assert made["complete"]
    (erasure,) = officer.get("/api/v1/erasures").json()["erasures"]
    assert (erasure["step"], erasure["sha256"]) == ("finished", made["sha256"])
    proof = officer.get(f"/api/v1/erasures/{erasure['id']}/certificate").json()
    assert proof == made
    assert gallery.browse.item(theirs[0]) is None
    assert officer.post(f"{address}/close").json()["closed"] is not None
    assert items_of(officer, request["id"]) == []
    actions = [entry.action for entry in site.audit.entries(Asked(actor="dpo"))]
    assert [one for one in reversed(actions) if one.startswith(("access", "erase"))] == [
        "access.open", "access.view", "access.judge", "access.view", "access.export",
        "erase.start", "erase", "access.close",
    ]  # fmt: skip
    (out,) = site.audit.entries(Asked(action="access.export"))
    assert out.details["sha256"] == hashlib.sha256(answer.content).hexdigest()
    first = site.audit.entries(Asked(action="access.view"))[-1]
    assert first.details["shown"] == [one["item"]["id"] for one in found]


def test_page_and_api_show_the_same_requests(officer: TestClient) -> None:
    number = opened(officer)["id"]
    assert f"/privacy/requests/{number}" in officer.get("/privacy/requests").text
    officer.post(f"/privacy/requests/{number}/close")
    assert officer.get(f"{REQUESTS}/{number}").json()["closed"] is not None


def test_what_is_no_request_is_a_problem(officer: TestClient) -> None:
    sound = {"reference": "7", "threshold": "0.5"}
    for fields, file in (
        ({"reference": ""}, picture("red")),
        ({"reference": " "}, picture("red")),
        ({"threshold": "7"}, picture("red")),
        ({"threshold": "nan"}, picture("red")),
        ({}, b"<svg/>"),
        ({}, None),
    ):
        files = {"rgb": ("me.png", file)} if file is not None else None
        answer = officer.post(REQUESTS, data={**sound, **fields}, files=files)
        assert answer.status_code == 422, fields
        assert answer.headers["content-type"] == "application/problem+json"
    assert officer.get(REQUESTS).json() == {"requests": []}
    for answer in (
        officer.get(f"{REQUESTS}/9"),
        officer.get(f"{REQUESTS}/9/items"),
        officer.post(f"{REQUESTS}/9/judge", json={"theirs": []}),
        officer.post(f"{REQUESTS}/9/export", json={}),
        officer.post(f"{REQUESTS}/9/close"),
        officer.get("/api/v1/erasures/9/certificate"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "MISSING")
    number = opened(officer)["id"]
    foreign = officer.post(f"{REQUESTS}/{number}/judge", json={"theirs": [999_999]})
    assert foreign.status_code == 422
    officer.post(f"{REQUESTS}/{number}/close")
    late = officer.post(f"{REQUESTS}/{number}/judge", json={"theirs": []})
    assert late.status_code == 422


def test_a_repetition_opens_one_request_and_no_zip_is_kept(
    officer: TestClient, gallery: Gallery
) -> None:
    parts = {"data": {"reference": "7"}, "files": {"rgb": ("me.png", picture("red"))}}
    request = officer.build_request(
        "POST", REQUESTS, headers={**officer.headers, "Idempotency-Key": "one"}, **parts
    )
    request.read()
    first, again = officer.send(request), officer.send(request)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(officer.get(REQUESTS).json()["requests"]) == 1
    export = f"{REQUESTS}/{first.json()['id']}/export"
    for _ in range(2):
        answer = officer.post(export, json={}, headers={"Idempotency-Key": "two"})
        assert "idempotency-replayed" not in answer.headers
    kept = metadata.tables["idempotency_keys"]
    with gallery.database.read() as connection:
        zips = select(func.count()).where(kept.c.media_type == "application/zip")
        assert connection.scalar(zips) == 0


def test_an_officer_of_some_cameras_stays_with_them(officer: TestClient, client_as: Any) -> None:
    narrow = client_as(Role.PRIVACY_OFFICER, name="narrow", cameras=["blue gate"])
    number = opened(narrow, threshold="0")["id"]
    found = items_of(narrow, number)
    assert {one["item"]["camera"] for one in found} == {"blue gate"}
    whole = opened(officer)["id"]
    red = items_of(officer, whole)[0]["item"]["id"]
    assert items_of(narrow, whole) == []
    refused = narrow.post(f"{REQUESTS}/{whole}/judge", json={"theirs": [red]})
    assert refused.status_code == 404
    officer.post(f"{REQUESTS}/{whole}/judge", json={"theirs": [red]})
    assert narrow.post(f"{REQUESTS}/{whole}/export", json={}).status_code == 404


def test_backups_and_interrupted_erasures_are_finished_on_demand(
    officer: TestClient, site: Site
) -> None:
    assert officer.post("/api/v1/erasures/resume").json() == {"erasures": []}
    assert officer.post("/api/v1/erasures/backups").json() == {"backups": []}
    assert site.audit.entries(limit=1)[0].action == "erase.backups"


def test_what_is_due_is_deleted_by_the_rules(
    officer: TestClient, site: Site, gallery: Gallery
) -> None:
    days = (datetime.now(UTC) - datetime(2026, 11, 23, tzinfo=UTC)) // timedelta(days=1)
    site.governance.retention.set_rule(Rule("red gate", "*", max(days - 1, 1)), actor="dpo")
    due = {
        one["camera"]: len(one["due"])
        for one in officer.get("/api/v1/retention/plan").json()["cameras"]
    }
    told = officer.post("/api/v1/retention/run").json()
    assert told["deleted"] == due["red gate"]
    left = [one for one in gallery.items(k=999) if one.camera == "red gate"]
    assert len(left) == 10 - due["red gate"]
