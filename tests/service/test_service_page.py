"""The page as a browser gets it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from colour_encoder import picture


def cameras(html: str) -> list[str]:
    """The cameras of the tiles, in order."""
    return re.findall(r'<span class="camera">(.*?)</span>', html)


def test_first_page_shows_the_newest_items_without_scores(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.text.count('<li class="tile"') == 12
    assert cameras(page.text)[0] == "no camera"  # the note of the 24th is the newest
    assert "32 sightings" in page.text
    assert '<span class="score"' not in page.text
    assert "1–12 of 32" in page.text


@pytest.mark.parametrize("text", ["a red coat", "赤いコート"])
def test_words_find_their_colour_in_both_languages(client: TestClient, text: str) -> None:
    found = cameras(client.get("/", params={"text": text, "modality": "rgb"}).text)
    assert found[:10] == ["red gate"] * 10


@pytest.mark.parametrize("modality", ["rgb", "infrared", "sketch"])
def test_an_uploaded_picture_is_held_shown_and_searched(client: TestClient, modality: str) -> None:
    page = client.post("/search", files={modality: ("a.png", picture("blue"), "image/png")})
    assert page.status_code == 200
    assert len(page.history) == 1
    assert page.history[0].status_code == 303
    assert next(name for name in cameras(page.text) if name != "no camera") == "blue gate"
    shown = re.search(r'src="(/held/[^"]+)"', page.text)
    assert shown
    assert client.get(shown[1]).headers["content-type"] == "image/jpeg"


def test_a_mixture_of_picture_and_words(client: TestClient) -> None:
    form = {"text": "green", "modality": "rgb"}
    page = client.post("/search", data=form, files={"rgb": ("a.png", picture("green"))})
    assert cameras(page.text)[:10] == ["green gate"] * 10
    assert 'value="green"' in page.text


def test_pages_go_to_the_end_and_keep_the_query(client: TestClient) -> None:
    page = client.post(
        "/search",
        data={"since": "2026-11-23T08:00", "until": "2026-11-24T00:00"},
        files={"rgb": ("a.png", picture("red"))},
    )
    seen: list[str] = []
    for _ in range(10):
        seen += re.findall(r'data-item="(\d+)"', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not following:
            break
        page = client.get(following[1].replace("&amp;", "&"))
    assert len(seen) == len(set(seen)) == 30
    assert "First page" in page.text


def test_refining_keeps_the_picture_and_removing_drops_it(client: TestClient) -> None:
    page = client.post("/search", files={"rgb": ("a.png", picture("red"))})
    held = parse_qs(urlsplit(str(page.url)).query)["held"][0]
    refined = client.post("/search", data={"held": held, "camera": "red gate"})
    assert set(cameras(refined.text)) == {"red gate"}
    remove = re.search(r'class="remove" href="([^"]+)"', refined.text)
    assert remove
    without = client.get(remove[1].replace("&amp;", "&"))
    assert "held" not in str(without.url)
    assert set(cameras(without.text)) == {"red gate"}
    assert '<span class="score"' not in without.text


def test_filters_narrow_by_camera_time_kind_and_words(client: TestClient) -> None:
    def get(**filters: str | list[str]) -> str:
        return client.get("/", params=filters).text

    assert set(cameras(get(camera=["red gate", "desk"]))) == {"red gate", "desk"}
    assert cameras(get(since="2026-11-24")) == ["no camera"]
    assert len(cameras(get(until="2026-11-23T08:02"))) == 6
    assert len(cameras(get(modality="text"))) == 2
    assert cameras(get(words="リュック")) == ["no camera"]
    assert cameras(get(words="backpack", text="red")) == ["desk"]
    assert "Nothing fits" in get(camera="nowhere")


def test_notes_are_escaped(client: TestClient) -> None:
    html = client.get("/", params={"text": "<script>x</script>", "modality": "text"}).text
    assert "&lt;b&gt;red&lt;/b&gt; &amp; a backpack" in html
    assert "<script>x" not in html
    assert "<b>red" not in html


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.jpg", b""),
        ("drawing.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("cut.png", picture((1, 2, 3))[:40]),
        ("paper.jpg", b"%PDF-1.7 not a picture"),
    ],
)
def test_an_unreadable_picture_is_named_and_the_words_are_kept(
    client: TestClient, name: str, data: bytes
) -> None:
    page = client.post("/search", data={"text": "red coat"}, files={"sketch": (name, data)})
    assert page.status_code == 422
    assert f"{name} could not be read as a picture" in page.text
    assert "What to do:" in page.text
    assert 'value="red coat"' in page.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_large_upload_is_refused(client: TestClient, announced: bool) -> None:
    body = b"x" * 1_200_000
    content = (
        body if announced else (body[start : start + 65536] for start in range(0, len(body), 65536))
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    page = client.post("/search", content=content, headers=headers)
    assert page.status_code == 413
    assert "larger than 1 MB" in page.text


def test_a_forgotten_picture_is_said_plainly(client: TestClient) -> None:
    page = client.get("/", params={"held": "gone", "text": "red"})
    assert page.status_code == 410
    assert "no longer held" in page.text
    assert 'value="red"' in page.text


@pytest.mark.parametrize(
    "query", ["after=x", "after=WyJyZWxldmFuY2UiLCIxIiwxXQ&order=newest", "order=best", "shown=-1",
              "like=abc", "attribute=red", "weight_rgb=200&text=a", "zone=nowhere", "since=soon",
              "modality=x-ray", "since=2026-11-24&until=2026-11-23", "words=%21%21",
              "like=9999", "text=red&weight_text=0"],
)  # fmt: skip
def test_nonsense_in_the_address_is_an_error_page(client: TestClient, query: str) -> None:
    page = client.get(f"/?{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text


def test_japanese_by_browser_and_by_choice(client: TestClient) -> None:
    page = client.get("/", headers={"Accept-Language": "fr;q=0.9, ja-JP;q=0.8, en;q=0.5"})
    assert '<html lang="ja">' in page.text
    assert "人物をさがす" in page.text
    chosen = client.get("/language/ja", params={"back": "/?text=red"})
    assert "人物をさがす" in chosen.text
    assert 'value="red"' in chosen.text
    assert '<html lang="en">' in client.get("/language/en").text


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_language_switch_leads_nowhere_else(client: TestClient, back: str) -> None:
    answer = client.get("/language/ja", params={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"
