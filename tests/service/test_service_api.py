"""The JSON API and the health addresses."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from colour_encoder import picture


def test_search_by_picture_and_text_with_filters(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/search",
        data={"text": "red", "camera": ["red gate", "blue gate"], "limit": "3"},
        files={"rgb": ("a.png", picture("red"))},
    )
    assert answer.status_code == 200
    page = answer.json()
    assert page["model_id"] == "colours@1"
    assert page["total"] == 20
    assert page["next_offset"] == 3
    assert page["caution"]
    assert [item["camera"] for item in page["items"]] == ["red gate"] * 3
    scores = [item["score"] for item in page["items"]]
    assert scores == sorted(scores, reverse=True)
    first = page["items"][0]
    assert first["time"] == "2026-11-23T08:00:00Z"
    assert first["modalities"] == ["rgb"]
    assert client.get(first["picture"]).headers["content-type"] == "image/jpeg"


def test_offsets_reach_the_end_without_a_gap(client: TestClient) -> None:
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        data = {"text": "青", "limit": "7", "offset": str(offset)}
        page = client.post("/api/v1/search", data=data).json()
        seen += [item["id"] for item in page["items"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == 32


def test_filters_by_time_source_modality_and_words(client: TestClient) -> None:
    def total(**fields: str) -> int:
        return int(client.post("/api/v1/search", data={"text": "red", **fields}).json()["total"])

    assert total(since="2026-11-23T08:05Z", until="2026-11-23T08:07Z") == 6
    assert total(source="green") == 10
    assert total(modality="text") == 2
    assert total(words="リュック") == 1


def test_items_lists_the_newest_first(client: TestClient) -> None:
    page = client.get("/api/v1/items", params={"limit": 2, "offset": 1}).json()
    assert page["total"] == 32
    assert [item["time"] for item in page["items"]] == ["2026-11-23T08:09:00Z"] * 2
    assert page["items"][0]["score"] is None


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ({}, None),
        ({"text": "  "}, None),
        ({"text": "red", "modality": "x-ray"}, None),
        ({"text": "red", "since": "yesterday"}, None),
        ({"text": "red", "limit": "0"}, None),
        ({"text": "red", "limit": "100000"}, None),
        ({"text": "red", "offset": "-1"}, None),
        ({"text": "red", "words": "!!"}, None),
        ({"text": "r" * 5000}, None),
        ({}, {"rgb": ("a.png", b"not a picture")}),
        ({}, {"rgb": ("a.png", b"")}),
    ],
)
def test_bad_requests_are_problems_with_a_remedy(
    client: TestClient, data: dict[str, str], files: dict[str, tuple[str, bytes]] | None
) -> None:
    answer = client.post("/api/v1/search", data=data, files=files)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    for field in ("title", "detail", "to_do", "code"):
        assert problem[field]


def test_a_large_body_is_a_problem_too(client: TestClient) -> None:
    answer = client.post("/api/v1/search", files={"rgb": ("a.png", b"x" * 1_200_000)})
    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_LARGE"


def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    assert client.get("/api/v1/nowhere").json()["status"] == 404
    assert client.get("/api/v1/search").json()["status"] == 405


def test_health(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_openapi_is_there_and_pages_that_need_the_internet_are_not(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/v1/search", "/api/v1/items", "/health/live", "/health/ready"} <= set(paths)
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
