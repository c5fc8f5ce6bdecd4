"""What is out of somebody's scope is not there, by whatever route it is asked for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from service_clients import ClientAs, bearer

from colour_encoder import picture
from omnireid.accounts import Role
from omnireid.gallery import Filters, Gallery, Item
from omnireid.service.app import ROUTERS
from omnireid.service.site import Site

EVERYTHING = [role for role in Role if role is not Role.AUDITOR]
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.fixture
def red(gallery: Gallery) -> Item:
    """An item of the red gate."""
    return gallery.items(filters=Filters(cameras=["red gate"]), k=1)[0]


@pytest.fixture
def scoped(client_as: ClientAs, red: Item) -> TestClient:
    """Someone with every role but the auditor's, who sees the blue gate alone; and is a member of
    a case of a colleague's that holds an item of the red gate."""
    client = client_as(*EVERYTHING, name="scoped", cameras=["blue gate"])
    colleague = client_as(*EVERYTHING, name="colleague")
    made = colleague.post("/api/v1/cases", json={"title": "Bag", "purpose": "system_test"})
    assert made.status_code == 201
    case = f"/api/v1/cases/{made.json()['id']}"
    items = {"items": [red.item_id], "text": "red"}
    assert colleague.post(f"{case}/candidates", json=items).json() == {"added": 1}
    who = client.get("/api/v1/me").json()["user_id"]
    assert colleague.post(f"{case}/members", json={"user_id": who}).status_code < 300
    return client


def hidden(gallery: Gallery) -> list[str]:
    """What would give an item of another camera away: its picture's hash and its source."""
    items = gallery.items(filters=Filters(cameras=["red gate", "green gate", "desk"]), k=100)
    digests = [item.picture_path.stem for item in items if item.picture_path]
    return [*digests, *(item.source for item in items if item.source)]


def addresses(route: APIRoute, red: Item) -> str:
    assert red.picture_path
    values = {"digest": red.picture_path.stem, "case_id": 1, "candidate_id": 1, "job_id": 1}
    return re.sub(r"\{(\w+)[^}]*\}", lambda name: str(values.get(name[1], red.item_id)), route.path)


def test_no_page_and_no_answer_shows_an_item_of_another_camera(
    scoped: TestClient, red: Item, gallery: Gallery
) -> None:
    secrets = hidden(gallery)
    assert len(secrets) > 40
    shown = 0
    for route in ROUTES:
        if "GET" not in route.methods or route.path.startswith("/language"):
            continue
        address = addresses(route, red)
        for query in ("", "?text=red", "?camera=red+gate", "?words=backpack", "?source=red",
                      f"?like={red.item_id}"):  # fmt: skip
            answer = scoped.get(address + query)
            assert answer.status_code < 500, address + query
            told = answer.text + str(answer.headers)
            assert not [one for one in secrets if one in told], address + query
            shown += "/pictures/" in told
        asks_for_the_item = "{number}" in route.path or "{item_id}" in route.path
        if asks_for_the_item or "{digest}" in route.path:
            assert scoped.get(address).status_code == 404, address
    assert shown  # those in scope are there


@pytest.mark.parametrize(
    "body",
    [
        {"text": "red"},
        {"text": "red", "camera": "red gate"},
        {"text": "red", "camera": ["red gate", "blue gate"]},
        {"text": "red", "words": "backpack"},
        {"text": "red", "source": "red"},
        {"text": "red", "modality": "text"},
    ],
)
def test_a_search_reaches_no_further_than_the_scope(
    scoped: TestClient, gallery: Gallery, body: dict[str, object]
) -> None:
    fields = {"purpose": "system_test", "limit": "200", **body}
    api = scoped.post("/api/v1/search", data=fields)
    page = scoped.post("/search", data=body, files={"rgb": ("a.png", picture("red"))})
    for answer in (api, page):
        assert answer.status_code in (200, 422)
        assert not [one for one in hidden(gallery) if one in answer.text]
    if api.status_code == 200:
        assert {item["camera"] for item in api.json()["items"]} <= {"blue gate"}


def test_counts_tell_of_the_scope_alone(scoped: TestClient) -> None:
    assert scoped.get("/api/v1/items").json()["total"] == 10
    assert "10 sightings" in scoped.get("/").text
    assert "red gate" not in scoped.get("/").text


def test_items_of_another_camera_cannot_be_collected_compared_or_explained(
    scoped: TestClient, red: Item
) -> None:
    assert scoped.post("/api/v1/cases/1/candidates",
                       json={"items": [red.item_id]}).json() == {"added": 0}  # fmt: skip
    for address in (f"/api/v1/items/{red.item_id}/similar", f"/api/v1/items/{red.item_id}/reasons"):
        answer = scoped.post(address, data={"purpose": "system_test", "text": "red"})
        assert answer.status_code in (404, 422), address


def test_pictures_that_two_cameras_share_are_seen_by_both(client_as: ClientAs, red: Item) -> None:
    assert red.picture_path
    address = f"/pictures/{red.picture_path.stem}"
    assert client_as(Role.VIEWER, cameras=["red gate"]).get(address).status_code == 200
    assert client_as(Role.VIEWER, cameras=["red gate", "desk"]).get(address).status_code == 200
    assert client_as(Role.VIEWER, cameras=["desk"]).get(address).status_code == 404
    assert client_as(Role.VIEWER).get(address).status_code == 200


def test_a_keys_cameras_hold_too(app: FastAPI, site: Site, client: TestClient, red: Item) -> None:
    assert client.get("/account").status_code == 200
    owner = site.accounts.users.named("everyone")
    secret, _ = site.accounts.keys.add(
        owner.user_id, "test", owner.permissions, by="(test)", lasts=timedelta(days=1),
        cameras=["blue gate"],
    )  # fmt: skip
    program = bearer(app, secret)
    assert program.get("/api/v1/items").json()["total"] == 10
    assert program.get(f"/api/v1/items/{red.item_id}").status_code == 404
    assert client.get(f"/api/v1/items/{red.item_id}").status_code == 200


def test_a_purpose_out_of_scope_cannot_be_searched_for(client_as: ClientAs) -> None:
    client = client_as(Role.SEARCHER, purposes=["system_test"])
    asked = {"text": "red", "purpose": "system_test"}
    assert client.post("/api/v1/search", data=asked).status_code == 200
    others = [one["key"] for one in client.get("/api/v1/purposes").json()["purposes"]]
    assert others == ["system_test"]
    wider = client_as(Role.SEARCHER)
    every = [one["key"] for one in wider.get("/api/v1/purposes").json()["purposes"]]
    assert len(every) > 1
    for key in every:
        expected = 200 if key == "system_test" else 422
        got = client.post("/api/v1/search", data={"text": "red", "purpose": key}).status_code
        assert got in ({200} if expected == 200 else {403, 422}), key
