"""Every page as a Japanese reader gets it: no sentence of it is English."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from omnireid.accounts import Role
from omnireid.governance import HeldBy
from omnireid.review import Find
from omnireid.service.app import ROUTERS
from omnireid.service.site import Site

PAGES = sorted(
    {
        re.sub(r"\{[^}]*\}", "1", route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        and "GET" in route.methods
        and not route.path.startswith(("/api/", "/language/"))
    }
)
SEARCHES = (
    "/?text=red",
    "/?text=red&camera=red+gate&modality=rgb&since=2026-11-01&words=x&source=red",
    "/?like=1&unlike=2&order=newest",
    "/items/1?text=red",
    "/audit?action=search",
)
FORMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/users", {}),
    ("/users", {"name": "x"}),
    ("/sign-in", {}),
    ("/start", {}),
    ("/zones", {}),
    ("/account/password", {"current": "a", "new": "b"}),
    ("/account/keys", {"label": "k", "permission": ["erase"], "days": "0"}),
    ("/cases", {"title": ""}),
    ("/cases/1/review/1", {"verdict": "nope", "version": "0"}),
    ("/cases/1/review/2", {"verdict": "reject", "version": "0"}),
    ("/privacy/erasures", {"item": "1", "reference": "r", "reason": "x"}),
    ("/privacy/erasures/plan", {"items": "1 999999", "reference": "r"}),
    ("/privacy/retention", {"days": "0"}),
    ("/jobs/folder", {"path": "/etc"}),
    ("/audit/verify", {"anchor": "{}"}),
)
SAME_IN_BOTH = {"JSON Lines"}
DATA = ("red gate", "green gate", "blue gate", "<b>red</b>", "system_test")
"""What the gallery of the tests says itself."""

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


class _Seen(HTMLParser):
    """What a person sees of a page, or hears: its texts, and the attributes that hold one."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "code")
        told = ("placeholder", "aria-label", "title", "alt")
        self.texts += [value for name, value in attrs if name in told and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data.strip())


def english(page: str) -> set[str]:
    seen = _Seen()
    seen.feed(page)
    return {
        text
        for text in seen.texts
        if ENGLISH.search(text)
        and not JAPANESE.search(text)
        and text not in SAME_IN_BOTH
        and not any(one in text for one in DATA)
    }


@pytest.fixture
def readers(client: TestClient, client_as: Any, site: Site) -> list[TestClient]:
    """Someone of every role but the auditor's, with a case and a hold, and an auditor."""
    owner = site.accounts.users.named("everyone").actor()
    case = site.review.open(owner, title="X", purpose="missing_person")
    site.review.collect(owner, case.case_id, [Find(n, 0.9) for n in (1, 2, 3)], None)
    site.governance.holds.place(HeldBy.ITEM, "1", reason="x", actor="everyone")
    both: list[TestClient] = [client, client_as(Role.AUDITOR)]
    for reader in both:
        reader.headers["Accept-Language"] = "ja"
    return both


def test_no_page_shows_a_japanese_reader_english(readers: list[TestClient]) -> None:
    found: dict[str, set[str]] = {}
    shown = 0
    for reader in readers:
        for address in (*PAGES, *SEARCHES):
            answer = reader.get(address)
            if "html" in answer.headers.get("content-type", ""):
                assert answer.status_code < 500, address
                shown += 1
                if left := english(answer.text):
                    found[address] = left
    assert found == {}
    assert shown > 60


def test_no_form_answers_a_japanese_reader_in_english(readers: list[TestClient]) -> None:
    found: dict[str, set[str]] = {}
    for reader in readers:
        for address, data in FORMS:
            answer = reader.post(address, data=data)
            assert answer.status_code < 500, address
            if left := english(answer.text):
                found[f"{address} {data}"] = left
    assert found == {}


def test_a_right_that_is_missing_has_its_name(readers: list[TestClient]) -> None:
    _, auditor = readers
    assert "権限「検索」" in auditor.post("/search").text
    told = auditor.post("/search", headers={"Accept-Language": "en"}).text
    assert "the permission &#34;search&#34;" in told
