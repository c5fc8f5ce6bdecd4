"""The report in a real browser: narrow, dark, printed, and alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from colour_people import ColourEncoder

from omnireid.datasets import load_dataset
from omnireid.evaluation import (
    EmbeddingCache,
    ModelFacts,
    Options,
    evaluate_protocol,
    find_protocol,
    make_report,
    table_row,
    write_report,
    write_table,
)

playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("OMNIREID_REQUIRE_BROWSER"):
            pytest.fail("chromium is not installed, and OMNIREID_REQUIRE_BROWSER is set")
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def pages(people: Path, encoder: ColourEncoder, tmp_path: Path) -> list[Path]:
    """`report.html` and `table.html`."""
    data, cache = load_dataset("folder", people), EmbeddingCache(None)
    evaluation = evaluate_protocol(encoder, data, find_protocol("folder"), cache)
    facts = ModelFacts(encoder.model_id, "Apache-2.0", "rendered people")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    report = make_report(encoder, facts, data, evaluation, cache, Options(), created=now)
    row = table_row(evaluation, facts, data)
    return [
        write_report(report, tmp_path / "out")[-1],
        write_table([row], [facts], tmp_path / "out", created=now)[-1],
    ]


def test_pages_fit_a_phone_show_every_picture_and_ask_nobody(
    browser: Any, pages: list[Path]
) -> None:
    for path in pages:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        complaints: list[str] = []
        asked: list[str] = []
        page.set_default_timeout(120_000)
        page.on("console", lambda message, heap=complaints: heap.append(message.text))
        page.on("request", lambda request, heap=asked: heap.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
        assert page.evaluate(broken) == 0
        assert complaints == []
        assert [url for url in asked if not url.startswith(("data:", path.as_uri()))] == []
        page.close()


def test_the_report_is_dark_where_wished_light_on_paper_and_its_links_lead(
    browser: Any, pages: list[Path]
) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800}, color_scheme="dark")
    page.set_default_timeout(120_000)
    page.goto(pages[0].as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(20, 25, 31)"
    assert page.evaluate("document.images.length") > 20
    for link in page.locator("nav a").all():
        link.click()
        assert page.evaluate("document.querySelector(':target') !== null")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    # Nothing is cut off on paper: no part scrolls sideways.
    page.set_viewport_size({"width": 688, "height": 900})
    parts = "[...document.querySelectorAll('.scroll,.list')]"
    cut = f"{parts}.filter(part => part.scrollWidth > part.clientWidth + 1).length"
    assert page.evaluate(f"{parts}.length") > 10
    assert page.evaluate(cut) == 0
    page.close()
