"""A real browser over the search page: every way of asking, reading and going on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from search_site import DEMO, PAGE_SIZE, Served

from omnireid.accounts import Role
from omnireid.governance import Asked

playwright = pytest.importorskip("playwright.sync_api")

PICTURE = DEMO / "rgb" / "012-1.jpg"
ITEMS = 62


@dataclass
class Visitor:
    """One page of one browser, and everything it complained about or asked of other hosts."""

    page: playwright.Page
    url: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


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
def cookies(search_site: Served) -> list[dict[str, Any]]:
    """Somebody signed in who searches and reviews, and has chosen a purpose."""
    return search_site.cookie(Role.REVIEWER)[:1]


@pytest.fixture
def visitor(
    browser: playwright.Browser,
    search_site: Served,
    cookies: list[dict[str, Any]],
    request: pytest.FixtureRequest,
) -> Iterator[Visitor]:
    options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}
    context = browser.new_context(**(options | getattr(request, "param", {})))
    context.set_default_timeout(120_000)
    context.add_cookies(cookies)
    one = Visitor(context.new_page(), search_site.url)
    one.page.on("console", lambda message: one.complaints.append(message.text))
    one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
    one.page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((search_site.url, "blob:"))
            else one.elsewhere.append(asked.url)
        ),
    )
    one.page.goto(search_site.url)
    yield one
    context.close()
    assert one.complaints == []
    assert one.elsewhere == []


def shown(page: Any) -> list[int]:
    """The items of the tiles, in order."""
    return [int(number) for number in page.locator(".tile").evaluate_all(
        "tiles => tiles.map(tile => tile.dataset.item)"
    )]  # fmt: skip


def search(page: Any) -> None:
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_selector(".score")


def draw_person(page: Any) -> None:
    """A head and a body by the mouse."""
    frame = page.locator("#paper").bounding_box()
    left, top, width, height = (frame[name] for name in ("x", "y", "width", "height"))
    for points in (
        [(0.45, 0.1), (0.55, 0.1), (0.55, 0.2), (0.45, 0.2), (0.45, 0.1)],
        [
            (0.35, 0.25),
            (0.65, 0.25),
            (0.6, 0.6),
            (0.6, 0.95),
            (0.4, 0.95),
            (0.4, 0.6),
            (0.35, 0.25),
        ],
    ):
        across, down = points[0]
        page.mouse.move(left + across * width, top + down * height)
        page.mouse.down()
        for across, down in points[1:]:
            page.mouse.move(left + across * width, top + down * height, steps=3)
        page.mouse.up()


def ink(page: Any) -> int:
    """How many pixels of the paper are dark."""
    counted: int = page.evaluate(
        """() => {
            const paper = document.querySelector("#paper");
            const copy = new OffscreenCanvas(paper.width, paper.height);
            const seen = copy.getContext("2d", {willReadFrequently: true});
            seen.drawImage(paper, 0, 0);
            const pixels = seen.getImageData(0, 0, paper.width, paper.height);
            return pixels.data.filter((value, at) => at % 4 === 0 && value < 128).length;
        }"""
    )
    return counted


def test_words_typed_and_entered_give_bands_and_the_way_back(visitor: Visitor) -> None:
    page = visitor.page
    assert len(shown(page)) == PAGE_SIZE
    assert page.locator(".score").count() == 0
    page.get_by_label("Describe the person").fill("a man in a red coat")
    page.keyboard.press("Enter")
    page.wait_for_selector(".score")
    assert page.get_by_label("Describe the person").input_value() == "a man in a red coat"
    said = page.locator(".score").all_inner_texts()
    assert any(re.fullmatch(r"(likely|possible|unlikely) \d+%", one) for one in said)
    page.go_back()
    page.wait_for_selector(".score", state="detached")


@pytest.mark.parametrize("modality", ["rgb", "infrared", "sketch"])
def test_a_chosen_picture_is_previewed_searched_and_removed(
    visitor: Visitor, modality: str
) -> None:
    page = visitor.page
    zone = page.locator(f"[data-zone={modality}]")
    page.set_input_files(f"#{modality}", PICTURE)
    assert zone.locator(".preview").get_attribute("src").startswith("blob:")
    assert PICTURE.name in zone.inner_text()
    search(page)
    assert zone.locator(".preview").get_attribute("src").startswith("/held/")
    if modality == "rgb":
        assert 38 in shown(page)[:3]  # the same picture is the 38th item
    zone.locator("a.remove").click()
    page.wait_for_selector(".score", state="detached")
    zone.locator(".preview").wait_for(state="hidden")


def test_a_mixture_with_weights(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_label("Describe the person").fill("green trousers")
    page.set_input_files("#rgb", PICTURE)
    assert page.locator("#weights").get_attribute("open") is not None
    page.locator("[name=weight_rgb]").fill("0")
    assert page.locator("[data-part=rgb] output").inner_text() == "0"
    search(page)
    words_alone = shown(page)
    page.goto(f"{visitor.url}/?text=green+trousers")
    assert shown(page) == words_alone
    assert "weight_rgb=0" not in page.url


def test_a_drawing_by_pen_eraser_undo_and_redo_is_searched_with(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Draw").click()
    use = page.get_by_role("button", name="Use this drawing")
    assert use.is_disabled()
    draw_person(page)
    drawn = ink(page)
    assert drawn > 500
    page.get_by_role("button", name="Undo").click()
    head = ink(page)
    assert 0 < head < drawn
    page.keyboard.press("Control+Shift+z")
    assert ink(page) == drawn
    page.get_by_role("button", name="Eraser").click()
    draw_person(page)
    assert ink(page) < head
    page.get_by_role("button", name="Clear").click()
    assert ink(page) == 0
    assert use.is_disabled()
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert ink(page) == drawn
    use.click()
    page.wait_for_selector("#draw:not([open])", state="attached")
    assert page.evaluate("document.querySelector('#sketch').files[0].type") == "image/png"
    search(page)
    assert page.locator("[data-zone=sketch] .preview").get_attribute("src").startswith("/held/")


@pytest.mark.parametrize(
    "visitor", [{"viewport": {"width": 375, "height": 740}, "has_touch": True}], indirect=True
)
def test_a_finger_draws(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Draw").tap()
    frame = page.locator("#paper").bounding_box()
    finger = page.context.new_cdp_session(page)
    for step, kind in enumerate(("touchStart", "touchMove", "touchMove", "touchEnd")):
        point = {"x": frame["x"] + 30 + 20 * step, "y": frame["y"] + 40 + 30 * step}
        touched = [] if kind == "touchEnd" else [point]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
    assert ink(page) > 50


def test_filters_become_chips_that_are_taken_off_one_by_one(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_label("Describe the person").fill("blue")
    page.locator("#filters summary").click()
    page.locator(".chip", has_text="North side").click()
    page.locator(".chip", has_text="Colour picture").click()
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**zone=North**")
    assert len(set(page.locator(".camera").all_inner_texts())) <= 2
    narrow = len(shown(page))
    page.get_by_role("link", name="Remove: zone North side").click()
    page.wait_for_url(lambda url: "zone" not in url)
    assert len(shown(page)) > narrow
    page.get_by_role("link", name="Start over").click()
    page.wait_for_url(visitor.url + "/")


def test_more_and_less_like_this(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/?text=a+red+coat&modality=rgb")
    best = shown(page)[0]
    page.get_by_role("link", name=f"Not like item {best}").click()
    page.wait_for_url("**unlike=**")
    assert shown(page)[0] != best
    page.get_by_role("link", name=f"More like item {best}").or_(
        page.get_by_role("link", name=f"Remove: not like item {best}")
    ).first.click()
    page.wait_for_url(lambda url: "unlike" not in url)
    assert shown(page)[0] == best


def test_more_is_shown_to_the_end_without_a_repeat(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/?text=a+red+coat")
    while (more := page.get_by_role("link", name="Show more")).count():
        before = len(shown(page))
        more.click()
        page.wait_for_selector(f".tile:nth-child({before + 1})")
        # The next link is a plain one until htmx has looked at it.
        page.wait_for_function("() => !document.querySelector('.htmx-added, .htmx-settling')")
    found = shown(page)
    assert len(found) == len(set(found)) == ITEMS
    assert f"of {ITEMS}" in page.locator(".range").inner_text()


def test_the_reasons_open_in_a_window(visitor: Visitor, search_site: Served) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/?text=a+man+in+a+red+coat&modality=rgb")
    item = shown(page)[0]
    page.get_by_role("link", name=f"Why item {item} was found").click()
    panel = page.locator("#why[open] .why-panel")
    panel.wait_for()
    assert "Coat or jacket" in panel.locator("table").inner_text()
    assert panel.locator(".shares dt").all_inner_texts() == ["Words"]
    panel.locator("img.heat").evaluate("image => image.decode()")
    assert panel.locator(".around .self").count() == 1
    page.keyboard.press("Escape")
    page.locator("#why").wait_for(state="hidden")
    assert search_site.site.audit.entries(Asked(action="item.view"))[0].details["item"] == item


def test_no_good_match_is_said_plainly(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/?text=zzz+qqq&modality=rgb")
    assert page.locator("#no-match").inner_text().startswith("No good match")
    assert set(page.locator(".score").all_inner_texts()) >= {"unlikely 1%"}
    page.goto(f"{visitor.url}/?text=a+red+coat&modality=rgb")
    assert page.locator("#no-match").count() == 0
    page.goto(f"{visitor.url}/?text=a+red+coat&modality=infrared")
    assert "not calibrated" in page.locator(".note-line").inner_text()
    assert re.fullmatch(r"-?\d\.\d\d", page.locator(".score").first.inner_text())


def test_a_file_is_dropped_onto_a_zone_and_taken_back(visitor: Visitor) -> None:
    page = visitor.page
    data = page.evaluate_handle(
        """async bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "drawn.png", {type: "image/png"}));
            return transfer;
        }""",
        list(PICTURE.read_bytes()),
    )
    zone = page.locator("[data-zone=sketch]")
    zone.dispatch_event("drop", {"dataTransfer": data})
    assert page.evaluate("document.querySelector('#sketch').files[0].name") == "drawn.png"
    zone.locator("button.remove").click()
    assert page.evaluate("document.querySelector('#sketch').files.length") == 0


def test_everything_is_reached_by_the_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    def tab_to(test: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate(f"(e => {test})(document.activeElement)"):
                return
        raise AssertionError(f"the keyboard never reaches {test}")

    tab_to("e.id === 'text'")
    page.keyboard.type("a red coat")
    tab_to("e.id === 'rgb'")
    tab_to("e.dataset.opens === 'draw'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#draw[open]")
    page.keyboard.press("Escape")
    tab_to("e.tagName === 'SUMMARY' && e.parentElement.id === 'filters'")
    page.keyboard.press("Enter")
    tab_to("e.name === 'modality'")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**modality=rgb**")
    tab_to("e.classList.contains('why')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why[open] .why-panel")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.classList.contains('why')")


def test_the_interface_changes_to_japanese_and_stays_so(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/?text=red&camera=gate")
    page.get_by_role("link", name="日本語").click()
    page.wait_for_selector("html[lang=ja]")
    assert page.get_by_role("heading", level=1).inner_text() == "人物をさがす"
    assert "camera=gate" in page.url
    page.reload()
    assert page.get_by_role("button", name="検索", exact=True).is_visible()


@pytest.mark.parametrize(
    "visitor",
    [{"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}, {}],
    indirect=True,
    ids=["dark", "light"],
)
def test_the_page_is_dark_where_the_machine_is(visitor: Visitor) -> None:
    light, ground = visitor.page.evaluate(
        """[matchMedia("(prefers-color-scheme: light)").matches,
            getComputedStyle(document.body).backgroundColor]"""
    )
    brightness = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (brightness > 600) == light


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_the_page_works_without_scripts(visitor: Visitor) -> None:
    page = visitor.page
    page.set_input_files("#rgb", PICTURE)
    search(page)
    first = shown(page)
    page.get_by_role("link", name="Show more").click()
    page.wait_for_url("**after=**")
    assert not set(shown(page)) & set(first)
    page.get_by_role("link", name="First page").click()
    page.locator("a.why").first.click()
    page.wait_for_url("**/items/**")
    assert page.locator(".why-panel").is_visible()
    page.get_by_role("link", name="Back to the results").click()
    page.wait_for_selector(".score")


def test_a_purpose_is_chosen_with_the_first_search(
    browser: playwright.Browser, search_site: Served
) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(120_000)
    context.add_cookies(search_site.cookie(Role.SEARCHER)[:1])
    accounts = search_site.site.accounts
    newest = accounts.users.all()[-1]
    (session,) = accounts.sessions.of(newest.user_id)
    accounts.sessions.choose(session.session_id, purpose=None, matter=None)
    page = context.new_page()
    page.goto(search_site.url)
    page.get_by_label("Describe the person").fill("red")
    page.get_by_label("What do you search for?").select_option("lost_property")
    search(page)
    assert "Finding the owner of lost property" in page.locator(".purpose").inner_text()
    entry = search_site.site.audit.entries(Asked(action="search"))[0]
    assert entry.purpose == "lost_property"
    context.close()
