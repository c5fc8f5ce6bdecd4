"""Every page in a real browser: no barrier that axe finds, light and wide, dark and narrow.

A new page goes into PAGES: its address, and what is done on it before it is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from search_site import Served

from omnireid.accounts import Role
from omnireid.review import Find

playwright = pytest.importorskip("playwright.sync_api")

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BUDGET = 200_000
"""Bytes of a first page in all: markup, style, scripts, pictures."""


def _nothing(page: Any) -> None:
    """Look at the page as it comes."""


def _open_folds(page: Any) -> None:
    for fold in page.locator("details summary").all():
        fold.click()


def _open_reasons(page: Any) -> None:
    page.locator("a.why").first.click()
    page.wait_for_selector("#why[open] .why-panel")


def _open_drawing(page: Any) -> None:
    page.get_by_role("button", name="Draw").or_(page.get_by_role("button", name="描く")).click()


PAGES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "newest": ("/", _nothing),
    "search with filters": (
        "/?text=red+coat&camera=gate&like=3&unlike=5&attribute=gender:woman", _open_folds
    ),
    "calibrated results": ("/?text=red+coat&modality=rgb", _nothing),
    "reasons": ("/?text=a+man+in+a+red+coat&modality=rgb", _open_reasons),
    "reasons on a page": ("/items/5?text=a+man+in+a+red+coat", _nothing),
    "a note": ("/items/61", _nothing),
    "drawing": ("/", _open_drawing),
    "nothing found": ("/?camera=nowhere", _nothing),
    "a refused search": ("/?since=soon", _nothing),
    "no such page": ("/items/99999", _nothing),
    "purpose": ("/purpose", _nothing),
    "zones": ("/zones", _nothing),
    "account": ("/account", _nothing),
    "users": ("/users", _nothing),
    "cases": ("/cases", _nothing),
    "review": ("/review", _nothing),
    "jobs": ("/jobs", _nothing),
    "privacy": ("/privacy", _nothing),
    "purposes": ("/privacy/purposes", _nothing),
    "retention": ("/privacy/retention", _nothing),
    "legal holds": ("/privacy/holds", _nothing),
    "requests": ("/privacy/requests", _nothing),
    "erasures": ("/privacy/erasures", _nothing),
    "backups": ("/backups", _nothing),
    "a user": ("/users/1", _nothing),
    "a new case": ("/cases/new", _nothing),
    "a case": ("/cases/{case}", _nothing),
    "its candidates": ("/cases/{case}/review", _nothing),
    "a new job": ("/jobs/new", _nothing),
    "audit": ("/audit", _nothing),
    "signing in": ("/sign-in", _nothing),
}  # fmt: skip

LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark phone in Japanese": {
        "viewport": {"width": 375, "height": 740},
        "has_touch": True,
        "color_scheme": "dark",
    },
}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=LOOKS)
def page(browser: Any, search_site: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser in one look, with somebody signed in who may see every page."""
    # The policy of the pages lets no foreign script in, as it should: axe is one.
    context = browser.new_context(**LOOKS[request.param], bypass_csp=True)
    context.set_default_timeout(120_000)
    language = "ja" if "Japanese" in request.param else "en"
    roles = [role for role in Role if role is not Role.AUDITOR]
    everyone = search_site.cookie(*roles, language=language)
    context.add_cookies(everyone)
    opened = context.new_page()
    opened.case = _case(search_site)
    # An administrator is no auditor, and who is signed in needs no door.
    opened.cookies = {
        "audit": search_site.cookie(Role.AUDITOR, language=language),
        "signing in": everyone[1:],
    }
    yield opened
    context.close()


def _case(search_site: Served) -> int:
    """A case with candidates, of the user made last."""
    review, users = search_site.site.review, search_site.site.accounts.users.all()
    actor = users[-1].actor()
    case = review.open(actor, reference=f"A-{len(users)}", title="Lost", purpose="system_test")
    review.collect(actor, case.case_id, [Find(1, 0.5, 0.6), Find(2), Find(61)], None)
    return case.case_id


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_barrier(page: Any, search_site: Served, name: str) -> None:
    address, prepare = PAGES[name]
    before = page.context.cookies()
    if name in page.cookies:
        page.context.clear_cookies()
        page.context.add_cookies(page.cookies[name])
    answer = page.goto(search_site.url + address.format(case=page.case))
    page.context.clear_cookies()
    page.context.add_cookies(before)
    refused = {"nothing found": 200, "a refused search": 422, "no such page": 404}
    assert answer.status == refused.get(name, 200)
    prepare(page)
    page.evaluate(AXE)
    found = page.evaluate("only => axe.run(document, {runOnly: only})", RULES)
    barriers = [
        f"{one['id']}: {node['html'][:160]} | {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert not barriers, json.dumps(barriers, indent=1, ensure_ascii=False)
    assert found["passes"] or found["incomplete"], "axe looked at nothing"
    width, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= inner, "the page scrolls sideways"


def test_axe_would_find_a_barrier(page: Any, search_site: Served) -> None:
    page.goto(search_site.url + "/purpose")
    page.evaluate("document.querySelector('label[for=case]').remove()")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {runOnly: ['label']})")
    assert [one["id"] for one in found["violations"]] == ["label"]


def test_the_first_page_is_light(browser: Any, search_site: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    context.add_cookies(search_site.cookie(Role.SEARCHER))
    page = context.new_page()
    sizes: dict[str, int] = {}
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(search_site.url)
    page.wait_for_load_state("networkidle")
    for answer in answers:
        one = answer.request.sizes()
        sizes[answer.url] = one["responseBodySize"] + one["responseHeadersSize"]
    assert any(url.endswith("htmx.min.js") for url in sizes)
    assert any("/pictures/" in url for url in sizes)
    assert sum(sizes.values()) < BUDGET, sizes
    context.close()
