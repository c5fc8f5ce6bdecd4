"""Searches on the page: purpose, scope, mixtures, examples, what the log holds of them."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from fastapi.testclient import TestClient

from colour_encoder import picture
from omnireid.accounts import Role
from omnireid.governance import Asked, Purpose
from omnireid.search import Zones
from omnireid.service.site import Site


def cameras(html: str) -> list[str]:
    """The cameras of the tiles, in order."""
    return re.findall(r'<span class="camera">(.*?)</span>', html)


def items(html: str) -> list[int]:
    """The items of the tiles, in order."""
    return [int(number) for number in re.findall(r'data-item="(\d+)"', html)]


def next_page(html: str) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', html)
    return unescape(found[1]) if found else None


def forget_purposes(site: Site) -> None:
    for user in site.accounts.users.all():
        for session in site.accounts.sessions.of(user.user_id):
            site.accounts.sessions.choose(session.session_id, purpose=None, matter=None)


def test_a_search_waits_for_a_purpose_and_the_newest_items_do_not(
    client: TestClient, site: Site
) -> None:
    forget_purposes(site)
    assert items(client.get("/").text)
    refused = client.get("/", params={"text": "a red coat"})
    assert refused.status_code == 422
    assert "no purpose is chosen" in refused.text
    assert 'value="a red coat"' in refused.text
    assert not items(refused.text)
    assert not site.audit.entries(Asked(action="search"))
    # The form of the refusal asks for one; a purpose that is not on the list is none.
    for wrong in ("", "gossip"):
        again = client.post("/search", data={"text": "a red coat", "purpose": wrong})
        assert again.status_code == 422
    found = client.post("/search", data={"text": "a red coat", "purpose": "lost_property"})
    assert found.status_code == 200
    assert items(found.text)
    (entry,) = site.audit.entries(Asked(action="search"))
    assert entry.purpose == "lost_property"


def test_the_log_tells_what_was_asked_shown_and_of_which_version(
    client: TestClient, site: Site
) -> None:
    client.post("/purpose", data={"purpose": "incident", "case": "2026-014", "back": "/"})
    page = client.post(
        "/search",
        data={"text": "red", "camera": "red gate", "weight_text": "50"},
        files={"rgb": ("a.png", picture("red"))},
    )
    (entry,) = site.audit.entries(Asked(action="search"))
    assert (entry.purpose, entry.case) == ("incident", "2026-014")
    assert entry.details["shown"] == items(page.text)
    assert entry.details["parts"] == {"rgb": 100, "text": 50}
    assert entry.details["cameras"] == ["red gate"]
    assert entry.details["model"] == "colours@1"
    assert entry.details["total"] == 10
    # What was typed and shown is kept apart, where it can be redacted.
    assert entry.personal["text"] == "red"
    assert len(entry.personal["query_pictures"]["rgb"]) == 64
    client.get(f"/items/{items(page.text)[0]}")
    (view,) = site.audit.entries(Asked(action="item.view"))
    assert view.details["item"] == items(page.text)[0]


def test_purpose_and_scope_limit_what_is_found(client_as, site: Site) -> None:
    site.governance.purposes.put(
        Purpose("safety", "Safety", "安全", cameras=("red gate", "blue gate")), actor="test"
    )
    client = client_as(Role.SEARCHER, cameras=["blue gate", "green gate"])
    assert set(cameras(client.get("/").text)) == {"blue gate", "green gate"}
    red = client.get("/", params={"text": "red"})
    assert set(cameras(red.text)) == {"blue gate", "green gate"}
    client.post("/purpose", data={"purpose": "safety"})
    assert set(cameras(client.get("/", params={"text": "red"}).text)) == {"blue gate"}
    assert client.get("/", params={"text": "red", "camera": "green gate"}).status_code == 422
    # Item 1 is one of the red gate: not there for this person, in whatever way.
    for address in ("/items/1", "/items/1?text=red", "/items/1/heat?text=red", "/?like=1"):
        answer = client.get(address)
        assert answer.status_code in (404, 422)
        assert "red gate" not in answer.text


def test_a_purpose_outside_ones_own_is_not_offered(client_as) -> None:
    client = client_as(Role.SEARCHER, purposes=["incident"])
    page = client.get("/purpose").text
    assert re.findall(r'name="purpose" value="(\w+)"', page) == ["incident"]
    assert client.post("/purpose", data={"purpose": "lost_property"}).status_code == 422


def test_a_viewer_looks_and_does_not_search(client_as) -> None:
    client = client_as(Role.VIEWER)
    page = client.get("/")
    assert items(page.text)
    assert 'name="text"' not in page.text
    assert client.get(next_page(page.text)).status_code == 200
    for address in ("/?text=red", "/?camera=desk", "/?like=1", "/items/1?text=red"):
        assert client.get(address).status_code == 403
    assert client.get("/items/1").status_code == 200


def test_unequal_weights_decide_between_the_parts(client: TestClient) -> None:
    def best(**weights: int) -> str:
        form = {"text": "red", "modality": "rgb", **{f"weight_{k}": v for k, v in weights.items()}}
        page = client.post("/search", data=form, files={"rgb": ("a.png", picture("blue"))})
        return cameras(page.text)[0]

    assert best(text=100, rgb=5) == "red gate"
    assert best(text=5, rgb=100) == "blue gate"
    assert best(text=0, rgb=100) == "blue gate"
    assert best(text=100, rgb=0) == "red gate"


def test_examples_pull_and_push_and_are_chips(client: TestClient) -> None:
    # Items 1 to 10 are of the red gate, 11 to 20 of the green, 21 to 30 of the blue.
    liked = client.get("/", params={"like": 25, "modality": "rgb"})
    assert set(cameras(liked.text)[:10]) == {"blue gate"}
    both = client.get("/", params={"like": [5, 25], "unlike": 5, "modality": "rgb"})
    assert "like item 5" in both.text
    pushed = client.get("/", params={"text": "red green", "unlike": 15, "modality": "rgb"})
    assert cameras(pushed.text)[0] == "red gate"
    assert "not like item 15" in pushed.text
    chip = re.search(r'class="chip removable against" href="([^"]+)"', pushed.text)
    assert "unlike" not in chip[1]


def test_sorted_by_time_and_paged_to_the_end_by_cursor(client: TestClient) -> None:
    for order in ("relevance", "newest", "oldest"):
        page = client.get("/", params={"text": "red", "modality": "rgb", "order": order})
        seen: list[int] = items(page.text)
        while following := next_page(page.text):
            page = client.get(following, headers={"HX-Request": "true", "HX-Target": "more"})
            assert "<!doctype" not in page.text
            seen += items(page.text)
        assert sorted(seen) == list(range(1, 31)), order
        if order == "oldest":
            assert [(number - 1) % 10 for number in seen] == sorted((n - 1) % 10 for n in seen)


def test_zones_narrow_a_search_to_their_cameras(client: TestClient, site: Site) -> None:
    made = client.post("/zones", data={"name": "East", "camera": ["red gate", "desk"]})
    assert "East" in made.text
    found = client.get("/", params={"text": "red", "zone": "East"})
    assert set(cameras(found.text)) == {"red gate", "desk"}
    both = client.get("/", params={"text": "red", "zone": "East", "camera": ["desk", "blue gate"]})
    assert set(cameras(both.text)) == {"desk"}
    none = client.get("/", params={"text": "red", "zone": "East", "camera": "blue gate"})
    assert none.status_code == 422
    client.post("/zones/remove", data={"name": "East"})
    assert Zones(site.gallery.database).all() == ()
    assert [e.action for e in site.audit.entries(Asked())][:1] == ["zone.remove"]


def test_a_search_is_saved_done_again_and_forgotten_by_its_owner(
    client: TestClient, client_as
) -> None:
    address = "/?text=red&camera=red+gate"
    page = client.post("/searches", data={"name": "red <coats>", "address": address})
    assert "red &lt;coats&gt;" in page.text
    number = re.search(r"/searches/(\d+)/remove", page.text)[1]
    other = client_as(Role.SEARCHER)
    assert "red &lt;coats&gt;" not in other.get("/").text
    assert other.post(f"/searches/{number}/remove").status_code == 404
    assert "red &lt;coats&gt;" not in client.post(f"/searches/{number}/remove").text


def test_the_reasons_of_a_mixture_add_up_to_its_similarity(client: TestClient) -> None:
    page = client.post("/search", data={"text": "green"}, files={"rgb": ("a.png", picture("blue"))})
    link = unescape(re.search(r'class="why" href="([^"]+)"', page.text)[1])
    why = client.get(link.replace(f"/items/{items(page.text)[0]}", "/items/25"))
    shares = [float(one) for one in re.findall(r"<span>([+-]\d\.\d\d)</span>", why.text)]
    total = float(re.search(r"similarity of (\d\.\d\d)", why.text)[1])
    assert len(shares) == 2
    assert np.isclose(sum(shares), total, atol=0.011)
    assert shares[0] > shares[1]  # a blue picture speaks for a blue item more than "green" does
    fragment = client.get(link, headers={"HX-Request": "true"})
    assert "<!doctype" not in fragment.text


def test_a_heat_map_is_a_picture_made_once(client: TestClient, site: Site, monkeypatch) -> None:
    calls: list[int] = []
    encode = site.encoder.encode

    def counted(observations):
        calls.append(len(observations))
        return encode(observations)

    monkeypatch.setattr(site.encoder, "encode", counted, raising=False)
    first = client.get("/items/3/heat", params={"text": "red"})
    assert first.headers["content-type"] == "image/png"
    assert client.get("/items/3/heat", params={"text": "red"}).content == first.content
    assert sorted(calls) == [1, 51]
    assert client.get("/items/31/heat", params={"text": "red"}).status_code == 404  # a note


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999999", "abc", "1.5"])
def test_numbers_of_no_item_are_no_page(client: TestClient, number: str) -> None:
    assert client.get(f"/items/{number}").status_code in (404, 422)
    assert client.get(f"/items/{number}/heat?text=red").status_code in (404, 422)
