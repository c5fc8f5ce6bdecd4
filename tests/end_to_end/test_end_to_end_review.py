"""Reviewing in a real browser: twenty-five candidates by keyboard alone, two people at once."""

from __future__ import annotations

import re
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from argon2 import PasswordHasher
from PIL import Image

from colour_encoder import ColourEncoder
from omnireid import Observation
from omnireid.accounts import Passwords, Role
from omnireid.gallery import Gallery
from omnireid.review import Find, FoundBy, Person, Reason, State, Verdict
from omnireid.service import create_app
from omnireid.service.site import Site
from omnireid.settings import Settings
from served import PASSWORD, sign_in

playwright = pytest.importorskip("playwright.sync_api")

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CANDIDATES = 25


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """The service in a thread, over forty pictures; anna, ben and their empty gallery of cases."""
    folder = tmp_path_factory.mktemp("review") / "site"
    rng = np.random.default_rng(7)
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as gallery:
        gallery.add(
            Observation(
                rgb=Image.fromarray(rng.integers(0, 255, (128, 64, 3), dtype=np.uint8)),
                camera=("gate", "yard")[step % 2],
                time=datetime(2026, 11, 23, 8, step),
            )
            for step in range(40)
        )
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        app = create_app(gallery, ColourEncoder(), Settings(), passwords=cheap)
        shared: Site = app.state.site
        for name in ("anna", "ben"):
            shared.accounts.users.add(name, [Role.REVIEWER], by="(test)", password=PASSWORD)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.05)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield shared, f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=120)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture
def case(site: tuple[Site, str]) -> int:
    """A fresh case of anna's and ben's with twenty-five candidates."""
    review, users = site[0].review, site[0].accounts.users
    anna, ben = users.named("anna"), users.named("ben")
    key = site[0].governance.purposes.all()[0].key
    opened = review.open(anna.actor(), title="Lost child", purpose=key)
    review.add_member(anna.actor(), opened.case_id, Person(ben.user_id, ben.name))
    finds = [Find(number, 0.9 - number / 100) for number in range(1, CANDIDATES + 1)]
    review.collect(anna.actor(), opened.case_id, finds, FoundBy("a red coat", {}, "colours@1"))
    return opened.case_id


complaints: list[str] = []


@pytest.fixture(autouse=True)
def no_complaints() -> Iterator[None]:
    """No page may meet an error in its scripts."""
    complaints.clear()
    yield
    assert complaints == []


def enter(browser: playwright.Browser, url: str, name: str, **options: object) -> playwright.Page:
    """A page of a browser of one's own, in which `name` is signed in."""
    context = browser.new_context(locale="en-GB", accept_downloads=True, **options)
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, url, name)
    return page


def shown(page: playwright.Page) -> int:
    """The number of the candidate on the page."""
    return int(re.sub(r"\D", "", page.locator("#candidate-title").inner_text()))


def wait_for(page: playwright.Page, number: int) -> None:
    page.wait_for_function(
        "n => document.getElementById('candidate-title')?.textContent === `Candidate ${n}`",
        arg=number,
    )


def states(site: Site, case: int) -> list[State]:
    actor = site.accounts.users.named("anna").actor()
    return [one.state for one in site.review.candidates(actor, case)]


def test_twenty_five_candidates_by_keyboard_alone(
    site: tuple[Site, str], browser: playwright.Browser, case: int
) -> None:
    shared, url = site
    page = enter(browser, url, "anna")
    page.goto(f"{url}/cases/{case}/review")
    page.evaluate("window.loaded = 'once'")
    took = []
    for number in range(1, CANDIDATES + 1):
        wait_for(page, number)
        # The picture has to be there before a person can decide.
        page.wait_for_function("() => document.querySelector('.large img').complete")
        began = time.perf_counter()
        if number % 5 == 0:
            page.keyboard.press("r")
            page.keyboard.press("1")
        else:
            page.keyboard.press("c")
        if number < CANDIDATES:
            wait_for(page, number + 1)
            page.wait_for_function("() => document.querySelector('.large img').complete")
        else:
            page.wait_for_selector("[data-finished]")
        took.append(time.perf_counter() - began)
    print(f"\nper candidate: median {np.median(took):.3f} s, longest {max(took):.3f} s")  # noqa: T201
    # What makes more than 20 a minute possible: two keys at most, and never a new page.
    assert page.evaluate("window.loaded") == "once"
    found = states(shared, case)
    assert [state is State.REJECTED for state in found] == [n % 5 == 0 for n in range(1, 26)]
    assert set(found) == {State.REJECTED, State.CONFIRMED_ONCE}
    actor = shared.accounts.users.named("anna").actor()
    everyone = shared.review.candidates(actor, case)
    assert all(actor.user_id in one.seen_by for one in everyone)
    assert page.evaluate("document.activeElement.matches('[data-finished]')")
    page.context.close()


def test_every_key_does_what_the_help_says(
    site: tuple[Site, str], browser: playwright.Browser, case: int
) -> None:
    shared, url = site
    page = enter(browser, url, "anna")
    page.goto(f"{url}/cases/{case}/review")
    press = page.keyboard.press
    for forward, backward in (("j", "k"), ("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp")):
        wait_for(page, 1)
        press(forward)
        wait_for(page, 2)
        assert page.url.endswith("/2") or "/review/" in page.url
        press(backward)
    wait_for(page, 1)
    press("?")
    page.locator("dialog#keys").wait_for()
    press("Escape")
    page.locator("dialog#keys").wait_for(state="hidden")
    press("s")
    page.locator("[data-beside]").wait_for()
    press("s")
    press("n")
    page.keyboard.type("cj: keys typed into a note are words")
    press("Tab")
    press("Enter")
    page.wait_for_selector("text=keys typed into a note are words")
    assert shown(page) == 1
    press("r")
    assert page.evaluate("document.activeElement.name") == "reason"
    press("Escape")
    page.locator("[data-panel=reject]").wait_for(state="hidden")
    press("r")
    press("6")
    page.keyboard.type("a stranger")
    press("Enter")
    wait_for(page, 2)
    press("u")
    wait_for(page, 1)
    page.wait_for_selector(".badge:text('undecided')")
    actor = shared.accounts.users.named("anna").actor()
    first = shared.review.candidates(actor, case)[0]
    assert [entry.action.value for entry in first.decisions] == ["reject", "withdraw"]
    assert first.decisions[0].words == "a stranger"
    outline = page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + document.activeElement.tagName"
    )
    assert outline == "solidARTICLE"
    page.context.close()


def test_two_people_confirm_and_neither_loses_a_decision(
    site: tuple[Site, str], browser: playwright.Browser, case: int
) -> None:
    shared, url = site
    anna, ben = (enter(browser, url, name) for name in ("anna", "ben"))
    for page in (anna, ben):
        page.goto(f"{url}/cases/{case}/review")
        wait_for(page, 1)
    anna.keyboard.press("c")
    wait_for(anna, 2)
    # Ben's page shows the candidate as it was before.
    ben.keyboard.press("c")
    ben.wait_for_selector("[role=alert]:has-text('a colleague was a moment faster')")
    assert shown(ben) == 1
    assert "anna" in ben.locator(".history").inner_text()
    assert states(shared, case)[0] is State.CONFIRMED_ONCE
    ben.keyboard.press("c")
    wait_for(ben, 2)
    assert states(shared, case)[0] is State.CONFIRMED
    # Anna cannot be the second person.
    anna.keyboard.press("c")
    wait_for(anna, 3)
    anna.keyboard.press("k")
    wait_for(anna, 2)
    anna.keyboard.press("c")
    anna.wait_for_selector("[role=alert]:has-text('has to be another person')")
    # Ben disagrees, and both see it.
    ben.reload()
    wait_for(ben, 2)
    ben.keyboard.press("r")
    ben.keyboard.press("2")
    wait_for(ben, 3)
    assert states(shared, case)[1] is State.DISPUTED
    anna.goto(f"{url}/cases/{case}")
    assert anna.locator(".case-tile").nth(1).locator(".badge").inner_text() == "disputed"
    for page in (anna, ben):
        page.context.close()


def test_results_are_collected_and_the_case_is_exported(
    site: tuple[Site, str], browser: playwright.Browser, case: int, tmp_path: Path
) -> None:
    _, url = site
    page = enter(browser, url, "anna")
    page.goto(f"{url}/cases/{case}")
    assert page.locator(".case-tile").count() == CANDIDATES
    page.goto(url)
    ticks = page.locator(".pick input")
    for place in range(3):
        ticks.nth(place).check()
    page.get_by_role("button", name="Add the selected ones to a case").click()
    chosen = page.locator("dialog[open] .choose button").first
    assert "Lost child" in chosen.inner_text()
    chosen.click()
    page.wait_for_selector("dialog[open] .notice.good:has-text('3 added')")
    page.get_by_role("link", name="Open the case").click()
    page.locator(".case-tile").nth(CANDIDATES + 2).wait_for()
    assert page.locator(".case-tile").count() == CANDIDATES + 3
    page.get_by_role("link", name="Export").click()
    page.get_by_label(re.compile("All, with what was decided")).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="ZIP").click()
    saved = tmp_path / "case.zip"
    download.value.save_as(saved)
    with zipfile.ZipFile(saved) as archive:
        assert len([n for n in archive.namelist() if n.startswith("pictures/")]) == CANDIDATES + 3
    page.context.close()


def test_reviewing_works_without_scripts(
    site: tuple[Site, str], browser: playwright.Browser, case: int
) -> None:
    shared, url = site
    page = enter(browser, url, "ben", java_script_enabled=False)
    page.goto(f"{url}/cases/{case}/review")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    page.locator("#candidate-title", has_text=re.compile("^Candidate 2$")).wait_for()
    page.get_by_label(re.compile("Other clothing")).check()
    page.get_by_role("button", name="Reject", exact=True).click()
    page.locator("#candidate-title", has_text=re.compile("^Candidate 3$")).wait_for()
    assert states(shared, case)[:2] == [State.CONFIRMED_ONCE, State.REJECTED]
    page.context.close()


LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark phone": {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_barrier_is_found_on_any_page(
    site: tuple[Site, str], browser: playwright.Browser, case: int, look: str
) -> None:
    shared, url = site
    ben = shared.accounts.users.named("ben").actor()
    anna = shared.accounts.users.named("anna").actor()
    first, second, third, *_ = shared.review.candidates(ben, case)
    for actor, version in ((ben, 0), (anna, 1)):
        shared.review.decide(actor, first.candidate_id, Verdict.CONFIRM, version=version)
    for actor, verdict in ((ben, Verdict.CONFIRM), (anna, Verdict.REJECT)):
        shared.review.decide(
            actor,
            second.candidate_id,
            verdict,
            version=0 if actor is ben else 1,
            reason=Reason.BUILD,
        )
    shared.review.note(ben, case, "A note on a candidate", candidate_id=third.candidate_id)
    page = enter(browser, url, "anna", **LOOKS[look])
    here = f"/cases/{case}"
    for address, keys in (
        ("/cases/new", ""), (here, ""), (f"{here}?tab=notes", ""), (f"{here}?tab=settings", ""),
        (f"{here}/export", ""), (f"{here}/review/{first.candidate_id}", ""),
        (f"{here}/review/{second.candidate_id}", "s"), (f"{here}/review/{third.candidate_id}", "r"),
        (f"{here}/review/{third.candidate_id}", "?"),
    ):  # fmt: skip
        page.goto(url + address)
        if keys:
            page.keyboard.press(keys)
        page.evaluate(AXE)
        found = page.evaluate("tags => axe.run({runOnly: tags})", RULES)
        told = [(one["id"], [n["html"][:120] for n in one["nodes"]]) for one in found["violations"]]
        assert told == [], (address, keys)
        width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= inner, (address, keys)
    page.context.close()
