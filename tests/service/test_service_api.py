"""The JSON API: search, items, pictures, reasons; what every answer of it has in common."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from colour_encoder import picture
from omnireid.accounts import Role
from omnireid.governance import Asked
from omnireid.service.site import Site

AIM = {"purpose": "missing_person"}


def test_search_by_picture_and_text_with_filters(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/search",
        data={**AIM, "text": "red", "camera": ["red gate", "blue gate"], "limit": "3"},
        files={"rgb": ("a.png", picture("red"))},
    )
    assert answer.status_code == 200
    page = answer.json()
    assert page["model_id"] == "colours@1"
    assert page["total"] == 20
    assert page["next"]
    assert page["caution"]
    assert [item["camera"] for item in page["items"]] == ["red gate"] * 3
    scores = [item["score"] for item in page["items"]]
    assert scores == sorted(scores, reverse=True)
    first = page["items"][0]
    assert first["time"] == "2026-11-23T08:00:00Z"
    assert first["modalities"] == ["rgb"]
    assert client.get(first["picture"]).headers["content-type"] == "image/jpeg"


def test_the_pages_reach_the_end_without_a_gap(client: TestClient) -> None:
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        data = {**AIM, "text": "青", "limit": "7", "after": after}
        page = client.post("/api/v1/search", data=data).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 32


def test_filters_by_time_source_modality_and_words(client: TestClient) -> None:
    def total(**fields: str) -> int:
        asked = {**AIM, "text": "red", **fields}
        return int(client.post("/api/v1/search", data=asked).json()["total"])

    assert total(since="2026-11-23T08:05Z", until="2026-11-23T08:07Z") == 6
    assert total(source="green") == 10
    assert total(modality="text") == 2
    assert total(words="リュック") == 1


def test_weights_and_examples_move_the_search(client: TestClient) -> None:
    def first(**fields: str) -> str:
        files = {"rgb": ("a.png", picture("red"))}
        answer = client.post("/api/v1/search", data={**AIM, "text": "blue", **fields}, files=files)
        return str(answer.json()["items"][0]["camera"])

    assert first(weight_text="0") == "red gate"
    assert first(weight_rgb="0") == "blue gate"
    red = client.post("/api/v1/search", data={**AIM, "text": "red"}).json()["items"][0]["id"]
    alike = client.post(f"/api/v1/items/{red}/similar", json={**AIM, "limit": 5}).json()
    assert {item["camera"] for item in alike["items"]} <= {"red gate", "desk"}


def test_reasons_add_up(client: TestClient) -> None:
    data, files = {**AIM, "text": "red"}, {"rgb": ("a.png", picture("red"))}
    found = client.post("/api/v1/search", data=data, files=files).json()["items"][0]
    told = client.post(f"/api/v1/items/{found['id']}/reasons", data=data, files=files).json()
    assert told["item"]["score"] == pytest.approx(found["score"], abs=1e-3)
    assert {one["part"] for one in told["shares"]} == {"rgb", "text"}
    assert sum(one["share"] for one in told["shares"]) == pytest.approx(found["score"], abs=1e-3)


def test_items_lists_the_newest_first_and_shows_one_with_its_neighbours(client: TestClient) -> None:
    page = client.get("/api/v1/items", params={"limit": 3}).json()
    assert page["total"] == 32
    assert [item["time"] for item in page["items"][1:]] == ["2026-11-23T08:09:00Z"] * 2
    assert page["items"][0]["score"] is None
    one = page["items"][1]
    assert client.get(f"/api/v1/items/{one['id']}").json() == one
    around = client.get(f"/api/v1/items/{one['id']}/neighbours").json()
    assert {item["camera"] for item in around["before"]} == {one["camera"]}
    assert around["after"] == []
    assert client.get("/api/v1/items/999999").status_code == 404


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ({}, None),
        ({"text": "  "}, None),
        ({"text": "red", "purpose": ""}, None),
        ({"text": "red", "purpose": "curiosity"}, None),
        ({"text": "red", "modality": "x-ray"}, None),
        ({"text": "red", "since": "yesterday"}, None),
        ({"text": "red", "limit": "0"}, None),
        ({"text": "red", "limit": "100000"}, None),
        ({"text": "red", "after": "nowhere"}, None),
        ({"text": "red", "words": "!!"}, None),
        ({"text": "red", "attribute": "red"}, None),
        ({"text": "red", "weight_text": "0"}, None),
        ({"text": "red", "weight_text": "101"}, None),
        ({"like": "999999"}, None),
        ({"text": "r" * 5000}, None),
        ({}, {"rgb": ("a.png", b"not a picture")}),
        ({}, {"rgb": ("a.png", b"")}),
    ],
)
def test_bad_requests_are_problems_with_a_remedy(
    client: TestClient, data: dict[str, str], files: dict[str, tuple[str, bytes]] | None
) -> None:
    answer = client.post("/api/v1/search", data={**AIM, **data}, files=files)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    for field in ("title", "detail", "to_do", "code"):
        assert problem[field]


def test_a_search_without_a_purpose_is_refused(client: TestClient) -> None:
    assert client.post("/api/v1/search", data={"text": "red"}).status_code == 422


def test_searches_and_looks_are_in_the_audit_log(client: TestClient, site: Site) -> None:
    data = {**AIM, "case": "2026-0001", "text": "red", "limit": "2"}
    found = client.post("/api/v1/search", data=data).json()["items"]
    client.get(f"/api/v1/items/{found[0]['id']}")
    view, search = site.audit.entries(Asked(actor="everyone"), limit=2)
    assert (search.action, search.purpose, search.case) == (
        "search",
        "missing_person",
        "2026-0001",
    )
    assert search.details["shown"] == [item["id"] for item in found]
    assert search.personal is not None
    assert search.personal["text"] == "red"
    assert (view.action, view.details["item"]) == ("item.view", found[0]["id"])


def test_a_key_sees_its_owners_cameras_alone(client_as, site: Site) -> None:  # type: ignore[no-untyped-def]
    narrow = client_as(Role.SEARCHER, cameras=["red gate"])
    assert narrow.get("/api/v1/items").json()["total"] == 10
    page = narrow.post("/api/v1/search", data={**AIM, "text": "blue", "limit": "200"}).json()
    assert {item["camera"] for item in page["items"]} == {"red gate"}
    hidden = next(i.item_id for i in site.gallery.items() if i.camera == "blue gate")
    for answer in (
        narrow.get(f"/api/v1/items/{hidden}"),
        narrow.get(f"/api/v1/items/{hidden}/neighbours"),
        narrow.post(f"/api/v1/items/{hidden}/reasons", data={**AIM, "text": "blue"}),
    ):
        assert answer.status_code == 404
    similar = narrow.post(f"/api/v1/items/{hidden}/similar", json=AIM)
    assert similar.status_code == 422


def test_a_large_body_is_a_problem_too(client: TestClient) -> None:
    answer = client.post("/api/v1/search", files={"rgb": ("a.png", b"x" * 1_200_000)})
    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_LARGE"


def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    assert client.get("/api/v1/nowhere").json()["status"] == 404
    assert client.get("/api/v1/search").json()["status"] == 405


def test_health(anonymous: TestClient) -> None:
    assert anonymous.get("/health/live").json() == {"status": "live"}
    assert anonymous.get("/health/ready").json() == {"status": "ready"}


def test_pages_that_need_the_internet_are_not_there(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
