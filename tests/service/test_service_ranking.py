"""A gallery of pictures and notes on the page and in the API, with a calibrated model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service_clients import PASSWORD, bearer

from colour_encoder import CalibratedColours, picture
from omnireid.accounts import Permission, Role
from omnireid.runtime import Calibration
from omnireid.service.site import Site

# A note that says "red" has the cosine 1 to the words "red", and says little.
NOTES = Calibration(slope=20, offset=-19.5, no_match=0.2, strict=0.5)
PICTURES = Calibration(slope=20, offset=-10, no_match=0.2, strict=0.5)
BOTH = {"text>rgb": PICTURES, "text>text": NOTES}
RED_NOTE, BLUE_NOTE = 31, 32


def calibrate(site: Site, **changed: Calibration) -> None:
    """The model of the site is calibrated for words from now on."""
    kinds = {f"text>{kind}": calibration for kind, calibration in changed.items()}
    site.encoder.info = CalibratedColours({**BOTH, **kinds}).info


def items(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-item="(\d+)"', html)]


def percents(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="score \w+"[^>]*>\w+ (\d+)%', html)]


def page_after_page(client: TestClient, address: str) -> Iterator[str]:
    while True:
        html = client.get(address).text
        yield html
        following = re.search(r'rel="next" href="([^"]+)"', html)
        if following is None:
            return
        address = unescape(following[1])


@pytest.fixture
def api(app: FastAPI, site: Site) -> TestClient:
    user = site.accounts.users.add("robot", [Role.SEARCHER], by="(test)", password=PASSWORD)
    secret, _ = site.accounts.keys.add(
        user.user_id, "test", [Permission.SEARCH], by="(test)", lasts=timedelta(days=1)
    )
    return bearer(app, secret)


def test_notes_stand_before_pictures_by_cosine_and_after_them_by_probability(
    client: TestClient, site: Site
) -> None:
    raw = client.get("/?text=red").text
    assert RED_NOTE in items(raw)[:2]  # beside the one picture of the very colour
    assert "not calibrated" in raw
    calibrate(site)
    pages = list(page_after_page(client, "/?text=red"))
    found = [item for page in pages for item in items(page)]
    assert sorted(found) == list(range(1, 33))
    assert set(found[:10]) == set(range(1, 11))  # the red gate
    likely = [percent for page in pages for percent in percents(page)]
    assert len(likely) == 32
    assert likely == sorted(likely, reverse=True)
    assert likely[found.index(RED_NOTE)] == 62
    assert "not calibrated" not in pages[0]


def test_examples_and_uneven_weights_are_ranked_by_cosine(client: TestClient, site: Site) -> None:
    calibrate(site)
    assert RED_NOTE not in items(client.get("/?text=red").text)[:2]
    assert RED_NOTE in items(client.get(f"/?text=red&like={RED_NOTE}").text)[:2]
    form = {"text": "red", "weight_rgb": "1"}
    page = client.post("/search", data=form, files={"rgb": ("a.png", picture("red"))})
    assert percents(page.text) == []


@pytest.mark.parametrize("order", ["relevance", "newest", "oldest"])
def test_the_best_candidate_decides_whether_there_is_a_match(
    client: TestClient, site: Site, order: str
) -> None:
    address = f"/?text=red&order={order}"
    calibrate(site)
    assert "No good match" not in client.get(address).text
    # The note passes, and is not the best.
    calibrate(site, rgb=PICTURES.model_copy(update={"no_match": 1.1}))
    first, *rest = page_after_page(client, address)
    assert "No good match" in first
    assert rest
    assert not any("No good match" in page for page in rest)
    # The pictures pass, and are not the best.
    better = NOTES.model_copy(update={"offset": 0, "no_match": 1.1})
    calibrate(site, text=better)
    assert "No good match" in client.get(address).text


def test_a_program_gets_score_and_probability_to_the_end(api: TestClient, site: Site) -> None:
    calibrate(site)
    asked = {"text": "red", "purpose": "system_test", "limit": "5"}
    after, found = "", []
    while after is not None:
        told = api.post("/api/v1/search", data={**asked, "after": after}).json()
        assert not told["no_match"]
        found += told["items"]
        after = told["next"]
    assert sorted(one["id"] for one in found) == list(range(1, 33))
    likely = [one["probability"] for one in found]
    assert likely == sorted(likely, reverse=True)
    scores = [one["score"] for one in found]
    assert scores != sorted(scores, reverse=True)
    for one in found:
        calibration = NOTES if one["modalities"] == ["text"] else PICTURES
        assert one["probability"] == pytest.approx(calibration.probability(one["score"]))


def test_a_page_does_not_go_on_by_another_calibration(api: TestClient, site: Site) -> None:
    calibrate(site)
    asked = {"text": "red", "purpose": "system_test", "limit": "5"}
    after = api.post("/api/v1/search", data=asked).json()["next"]
    calibrate(site, rgb=PICTURES.model_copy(update={"slope": 21}))
    refused = api.post("/api/v1/search", data={**asked, "after": after})
    assert refused.status_code == 422
    assert "no longer hold" in refused.text


def test_without_a_calibration_for_notes_all_are_ranked_by_cosine(
    api: TestClient, site: Site
) -> None:
    site.encoder.info = CalibratedColours({"text>rgb": PICTURES}).info
    asked = {"text": "red", "purpose": "system_test", "limit": "50"}
    found = api.post("/api/v1/search", data=asked).json()["items"]
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert {one["id"] for one in found if one["probability"] is None} == {RED_NOTE, BLUE_NOTE}
    only = api.post("/api/v1/search", data={**asked, "modality": "rgb"}).json()["items"]
    assert None not in {one["probability"] for one in only}
