"""Keys for repeated writes, the integrity check, the log, the description of the API."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from omnireid.accounts import Role
from omnireid.errors import GalleryError
from omnireid.gallery import Gallery
from omnireid.service.integrity import Findings, IntegrityWatch, timed
from omnireid.service.kept_answers import KeptAnswers
from omnireid.service.logs import JsonLines, PlainLines, configure_log, entry
from omnireid.service.operations import check
from omnireid.service.site import Site
from omnireid.settings import Settings

CASE = {"title": "Red coat", "purpose": "missing_person"}


def cases(client: TestClient) -> int:
    return len(client.get("/api/v1/cases").json()["cases"])


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_a_repetition_gets_the_first_answer_and_does_nothing(client: TestClient) -> None:
    first = client.post("/api/v1/cases", json=CASE, headers=keyed("one"))
    again = client.post("/api/v1/cases", json=CASE, headers=keyed("one"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert cases(client) == 1
    client.post("/api/v1/cases", json=CASE, headers=keyed("two"))
    assert cases(client) == 2


def test_another_request_with_the_key_is_refused(client: TestClient) -> None:
    client.post("/api/v1/cases", json=CASE, headers=keyed("one"))
    other = client.post("/api/v1/cases", json={**CASE, "title": "Blue"}, headers=keyed("one"))
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CHANGED")
    assert cases(client) == 1


def test_a_key_belongs_to_its_caller(client: TestClient, client_as: Any) -> None:
    other = client_as(Role.REVIEWER)
    client.post("/api/v1/cases", json=CASE, headers=keyed("one"))
    assert other.post("/api/v1/cases", json=CASE, headers=keyed("one")).status_code == 201
    assert cases(client) == cases(other) == 1


def test_what_was_refused_can_be_corrected_with_the_same_key(client: TestClient) -> None:
    bad = client.post("/api/v1/cases", json={**CASE, "purpose": "x"}, headers=keyed("one"))
    assert bad.status_code == 422
    assert client.post("/api/v1/cases", json=CASE, headers=keyed("one")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "é"])
def test_an_unusable_key_is_refused(client: TestClient, key: str) -> None:
    answer = client.post(
        "/api/v1/cases", json=CASE, headers={"Idempotency-Key": key.encode("latin-1")}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY")
    assert cases(client) == 0


def test_a_body_above_the_limit_is_refused_with_a_key_too(client: TestClient) -> None:
    def unannounced() -> Iterator[bytes]:
        yield from [b"x" * 100_000] * 30

    for content in (b"x" * 3_000_000, unannounced()):
        answer = client.post("/api/v1/cases", content=content, headers=keyed("large"))
        assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert client.post("/api/v1/cases", json=CASE, headers=keyed("large")).status_code == 201


def test_an_upload_may_be_repeated_and_waits_on_the_disk(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnireid.service.idempotency._IN_MEMORY", 1_000)
    monkeypatch.setattr("omnireid.service.idempotency._PART", 4_096)
    noise = io.BytesIO()
    Image.effect_noise((200, 100), 90).save(noise, "BMP")
    request = client.build_request(
        "POST",
        "/api/v1/jobs/upload",
        files=[("files", (f"{n}.bmp", noise.getvalue())) for n in range(3)],
        headers={**client.headers, **keyed("u")},
    )
    request.read()
    first, again = client.send(request), client.send(request)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert client.get("/api/v1/jobs").json()["total"] == 1
    (folder,) = (site.gallery.folder / "jobs").iterdir()
    taken = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert taken.count(noise.getvalue()) == 3


def test_a_secret_is_not_kept_and_not_made_twice(client: TestClient, site: Site) -> None:
    asked = {"label": "nightly", "permissions": ["search"], "days": 3}
    first = client.post("/api/v1/keys", json=asked, headers=keyed("k"))
    assert first.json()["secret"].startswith("omr_")
    again = client.post("/api/v1/keys", json=asked, headers=keyed("k"))
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_SECRET")
    assert len(client.get("/api/v1/keys").json()["keys"]) == 1
    secret = first.json()["secret"].encode()
    for path in site.gallery.folder.glob("ledger.sqlite*"):
        assert secret not in path.read_bytes()


def test_a_kept_answer_does_not_outlive_the_item_that_it_speaks_of(
    client: TestClient, site: Site
) -> None:
    case = client.post("/api/v1/cases", json=CASE).json()["id"]
    client.post(f"/api/v1/cases/{case}/candidates", json={"items": [1]})
    (candidate,) = client.get(f"/api/v1/cases/{case}/candidates").json()["candidates"]
    words = "limps, carries a birdcage"
    asked = {"verdict": "reject", "version": 0, "reason": "other", "words": words}
    address = f"/api/v1/candidates/{candidate['id']}/decisions"
    first = client.post(address, json=asked, headers=keyed("k"))
    assert words in first.text
    assert client.post(address, json=asked, headers=keyed("k")).text == first.text
    site.governance.erase([1], actor="dpo", reference="7", reason="asked")
    site.gallery.database.checkpoint()
    for path in site.gallery.folder.glob("ledger.sqlite*"):
        assert words.encode() not in path.read_bytes()
    again = client.post(address, json=asked, headers=keyed("k"))
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_SECRET")


def test_an_interrupted_request_is_told_as_such(client: TestClient, site: Site) -> None:
    body = json.dumps(CASE).encode()
    headers = {**keyed("cut"), "Content-Type": "application/json"}
    client.post("/api/v1/cases", content=body, headers=headers)
    # As a kill between the work and its answer leaves it.
    with site.gallery.database.write() as connection:
        connection.exec_driver_sql("UPDATE idempotency_keys SET status = NULL")
    again = client.post("/api/v1/cases", content=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_UNFINISHED")
    assert cases(client) == 1


def test_kept_answers_expire(gallery: Gallery) -> None:
    kept = KeptAnswers(gallery.database, hours=1e-9)
    assert kept.begin("user 1", "k", "r") is None
    time.sleep(0.01)
    assert kept.begin("user 1", "k", "another") is None


def test_a_search_may_be_repeated_with_a_key_and_is_not_kept(
    client: TestClient, site: Site
) -> None:
    data = {"purpose": "incident", "text": "red"}
    answers = [
        client.post("/api/v1/search", data=data, headers=keyed("s")).status_code for _ in range(2)
    ]
    assert answers == [200, 200]
    with site.gallery.database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM idempotency_keys").scalar()
    assert left == 0


def test_a_sound_gallery_is_whole_and_a_damaged_one_is_not(site: Site) -> None:
    found = timed(lambda: check(site))
    assert found.whole
    assert (found.items, found.pictures) == (32, 30)
    assert found.audit_head == site.audit.head().digest
    next(path for path in (site.gallery.folder / "pictures").rglob("*.jpg")).write_bytes(b"x")
    damaged = timed(lambda: check(site))
    assert not damaged.whole
    assert damaged.problems == {"picture": 1}


def test_a_changed_audit_entry_is_found(site: Site, client: TestClient) -> None:
    client.get("/api/v1/items")
    with site.gallery.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entries_no_update")
        connection.exec_driver_sql("UPDATE audit_entries SET actor = 'someone' WHERE seq = 1")
    assert not timed(lambda: check(site)).audit_whole


def test_a_check_that_fails_is_a_finding() -> None:
    def refuse() -> Findings:
        raise GalleryError("no", "the disk refuses", "check it")

    found = timed(refuse)
    assert (found.fault, found.whole) == ("GALLERY", False)
    assert found.seconds >= 0


@pytest.fixture
def running(app: FastAPI, client: TestClient) -> Iterator[TestClient]:
    """The client while what runs in the background runs."""
    app.state.operations.start()
    yield client
    app.state.operations.stop()


def test_integrity_runs_in_the_background_when_asked_for(running: TestClient) -> None:
    before = running.get("/health/integrity").json()
    assert (before["status"], before["checked"]) == ("unchecked", None)
    assert running.post("/health/integrity").status_code == 202
    until = time.monotonic() + 120
    while (told := running.get("/health/integrity").json())["status"] == "unchecked":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert told["status"] == "whole"
    assert told["items"] == 32
    assert len(told["audit_head"]) == 64
    text = running.get("/metrics").text
    assert "omnireid_integrity_whole 1.0" in text


def test_the_watch_checks_again_and_again_and_ends() -> None:
    checks: list[float] = []

    def look() -> Findings:
        checks.append(time.monotonic())
        return timed(lambda: (_ for _ in ()).throw(ValueError("secret")))

    watch = IntegrityWatch(look, interval_seconds=0.01)
    watch.start()
    until = time.monotonic() + 120
    while len(checks) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    watch.stop()
    assert len(checks) >= 3
    assert watch.last is not None
    assert watch.last.fault == "ValueError"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_operations_are_for_who_operates(client_as: Any, role: Role) -> None:
    someone = client_as(role)
    for address in ("/metrics", "/health/integrity"):
        assert someone.get(address).status_code == 403


def test_a_gallery_that_cannot_be_read_is_a_figure(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise GalleryError("no", "the disk refuses", "check it")

    monkeypatch.setattr(Gallery, "info", damaged)
    text = client.get("/metrics").text
    assert "omnireid_gallery_readable 0.0" in text
    assert "omnireid_disk_free_bytes" in text


def _faulty() -> None:
    raise ValueError("'a woman called Hanako' is not a time")


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_a_fault_is_logged_by_class_and_place_alone(form: logging.Formatter) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    log = logging.getLogger("omnireid.test")
    log.addHandler(handler)
    try:
        _faulty()
    except ValueError as error:
        log.error("fault", exc_info=error, extra=entry(request_id="abc", user=None))
    finally:
        log.removeHandler(handler)
    told = stream.getvalue()
    assert "builtins.ValueError" in told
    assert "_faulty" in told
    assert "abc" in told
    assert "user" not in told
    assert "Hanako" not in told


def test_libraries_write_no_lesser_entries_into_the_log() -> None:
    root, stream = logging.getLogger(), io.StringIO()
    kept, level = root.handlers[:], root.level
    try:
        configure_log(Settings(log_format="json", log_level="info"), stream)
        logging.getLogger("httpx").info("GET http://provider/?code=secret")
        logging.getLogger("omnireid.request").info("request", extra=entry(status=200))
        logging.getLogger("omnireid.request").debug("more")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
        logging.getLogger("omnireid").setLevel(logging.NOTSET)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["status"] == 200


def test_each_request_has_an_id_of_its_own(client: TestClient) -> None:
    ids = {client.get("/health/live").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    sent = client.get("/health/live", headers={"X-Request-Id": "mine"})
    assert sent.headers["x-request-id"] != "mine"


def test_openapi_names_the_permission_of_each_operation(app: FastAPI) -> None:
    document = app.openapi()
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations["get", "/health/live"]["x-permission"] == "public"
    assert operations["get", "/health/live"]["security"] == []
    assert operations["post", "/api/v1/search"]["x-permission"] == "search"
    assert operations["post", "/api/v1/users"]["x-permission"] == "accounts"
    assert operations["get", "/api/v1/me"]["x-permission"] == "signed_in"
    for (method, path), operation in operations.items():
        assert operation["x-permission"] != "none declared: refused", path
        assert operation.get("description"), f"{method} {path} has no description"
        names = {one["name"] for one in operation.get("parameters", [])}
        question = path.endswith(
            ("/search", "/similar", "/reasons", "/audit/verify", "/erasures/plan", "/export")
        )
        writes = method in ("post", "put", "patch", "delete") and not question
        assert ("Idempotency-Key" in names) == writes, path
        problem = operation["responses"]["422"]["content"]["application/problem+json"]
        assert problem["schema"]["$ref"].endswith("/Problem")


def test_the_api_is_described_to_who_is_signed_in_or_not(anonymous: TestClient) -> None:
    assert anonymous.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_the_lifespan_starts_and_stops_the_watch(app: FastAPI) -> None:
    async def live() -> bool:
        async with app.router.lifespan_context(app):
            thread = app.state.operations.integrity._thread
            return bool(thread is not None and thread.is_alive())

    assert asyncio.run(live())
    app.state.operations.integrity._thread.join(120)
    assert not app.state.operations.integrity._thread.is_alive()
