"""A real browser over the page of a served gallery."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageDraw

playwright = pytest.importorskip("playwright.sync_api")


@dataclass
class Visitor:
    """One page of one browser, and everything it complained about or asked of other hosts."""

    page: playwright.Page
    url: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


class Served(NamedTuple):
    """The address of the page, and a link that signs in once."""

    url: str
    link: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`omnireid serve` in a process of its own, over 40 drawn people and a note."""
    folder = tmp_path_factory.mktemp("site")
    rng = np.random.default_rng(5)
    (folder / "pictures").mkdir()
    for number in range(40):
        camera = ("gate", "北口")[number % 2]
        path = folder / "pictures" / f"{camera}_20261123_08{number:02}00.jpg"
        person(tuple(rng.integers(0, 255, 3))).save(path)
    (folder / "notes.csv").write_text("text\n赤い上着の男、リュック\n", encoding="utf-8")
    command = [sys.executable, "-m", "omnireid"]
    environment = {name: value for name, value in os.environ.items() if "OMNIREID" not in name}
    for source in (
        ["folder", "pictures", "--pattern", "{camera}_{time:%Y%m%d_%H%M%S}"],
        ["notes", "notes.csv"],
    ):
        subprocess.run(
            [*command, "index", *source], cwd=folder, env=environment, check=True, timeout=200
        )
    users = [*command, "users"]
    for arguments in (
        ["add", "tester", "--role", "reviewer"],
        ["reset", "tester", "--link", "--json"],
    ):
        ran = subprocess.run(
            [*users, *arguments],
            cwd=folder, env=environment, check=True, timeout=200, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    link = json.loads(ran.stdout)["path"].lstrip("/")
    server = subprocess.Popen(
        [*command, "serve", "--port", "0"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        told = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
        assert told
        yield Served(told[0], told[0] + link)
    finally:
        server.terminate()
        assert server.wait(timeout=30) in (0, -15)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def signed_in(browser: playwright.Browser, served: Served) -> dict[str, Any]:
    """The cookies of a browser in which a reviewer is signed in."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(served.link)
    assert page.url == served.url
    state: dict[str, Any] = context.storage_state()
    context.close()
    return state


@pytest.fixture
def visitor(
    browser: playwright.Browser,
    served: Served,
    signed_in: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Iterator[Visitor]:
    address = served.url
    options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}
    options |= getattr(request, "param", {})
    context = browser.new_context(**options, storage_state=signed_in)
    one = Visitor(context.new_page(), address)
    one.page.on("console", lambda message: one.complaints.append(message.text))
    one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
    one.page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "blob:")) else one.elsewhere.append(asked.url)
        ),
    )
    one.page.goto(address)
    yield one
    context.close()
    assert one.complaints == []
    assert one.elsewhere == []


def person(colour: tuple[int, ...]) -> Image.Image:
    """Someone in a coat of this colour."""
    picture = Image.new("RGB", (64, 128), (150, 150, 150))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((24, 6, 40, 28), fill=(210, 170, 140))
    draw.rectangle((18, 30, 46, 72), fill=tuple(int(part) for part in colour))
    draw.rectangle((20, 72, 44, 122), fill=(30, 30, 40))
    return picture


@pytest.fixture
def query(tmp_path: Path) -> Path:
    """A picture of a person on the asker's disk."""
    path = tmp_path / "query.png"
    person((200, 30, 40)).save(path)
    return path


def test_words_are_searched_with_the_enter_key(visitor: Visitor) -> None:
    page = visitor.page
    assert page.locator(".tile").count() == 24
    assert page.locator(".score").count() == 0
    page.get_by_label("Describe the person").fill("a man in a red coat")
    page.keyboard.press("Enter")
    page.wait_for_selector(".score")
    scores = [float(text) for text in page.locator(".score").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert page.get_by_label("Describe the person").input_value() == "a man in a red coat"


@pytest.mark.parametrize("modality", ["rgb", "infrared", "sketch"])
def test_a_chosen_picture_is_previewed_searched_and_removed(
    visitor: Visitor, query: Path, modality: str
) -> None:
    page = visitor.page
    zone = page.locator(".zone", has=page.locator(f"#{modality}"))
    page.set_input_files(f"#{modality}", query)
    assert zone.locator(".preview").get_attribute("src").startswith("blob:")
    assert "query.png" in zone.inner_text()
    page.get_by_role("button", name="Search").click()
    page.wait_for_selector(".score")
    assert zone.locator(".preview").get_attribute("src").startswith("/held/")
    zone.locator("a.remove").click()
    page.wait_for_selector(".score", state="detached")
    assert not zone.locator(".preview").is_visible()


def test_a_file_is_dropped_onto_a_zone_and_taken_back(visitor: Visitor, query: Path) -> None:
    page = visitor.page
    data = page.evaluate_handle(
        """async bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "drawn.png", {type: "image/png"}));
            return transfer;
        }""",
        list(query.read_bytes()),
    )
    zone = page.locator(".zone", has=page.locator("#sketch"))
    zone.dispatch_event("drop", {"dataTransfer": data})
    assert page.evaluate("document.querySelector('#sketch').files[0].name") == "drawn.png"
    zone.locator("button.remove").click()
    assert page.evaluate("document.querySelector('#sketch').files.length") == 0


def test_pages_filters_and_the_way_back(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2")
    assert page.locator(".tile").count() == 41 - 24
    page.go_back()
    page.locator(".filters summary").click()
    page.locator(".chip", has_text="北口").click()
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**camera=**")
    assert set(page.locator(".camera").all_inner_texts()) == {"北口"}
    page.get_by_role("link", name="Start over").click()
    assert page.locator(".tile").count() == 24


def test_every_picture_of_the_grid_is_shown(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    widths = page.evaluate("[...document.querySelectorAll('.frame img')].map(i => i.naturalWidth)")
    assert len(widths) >= 20
    assert all(widths)


def test_the_interface_changes_to_japanese_and_stays_so(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="日本語").click()
    assert page.get_by_role("heading", level=1).inner_text() == "人物をさがす"
    page.reload()
    assert page.get_by_role("button", name="検索").is_visible()
    assert page.locator("html").get_attribute("lang") == "ja"


@pytest.mark.parametrize(
    "visitor",
    [
        {"viewport": {"width": 360, "height": 740}, "locale": "ja-JP"},
        {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    ],
    indirect=True,
    ids=["phone in Japanese", "dark phone", "dark desktop"],
)
def test_phones_and_the_dark_are_served_well(visitor: Visitor) -> None:
    page = visitor.page
    width, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= inner
    light, ground = page.evaluate(
        """[matchMedia("(prefers-color-scheme: light)").matches,
            getComputedStyle(document.body).backgroundColor]"""
    )
    brightness = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (brightness > 600) == light


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_the_page_works_without_scripts(visitor: Visitor, query: Path) -> None:
    page = visitor.page
    page.set_input_files("#rgb", query)
    page.get_by_role("button", name="Search").click()
    page.wait_for_selector(".score")
    assert page.locator(".tile").count() == 24
