"""A real browser: first start, sign out, sign in, a colleague's first day, the account's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import omnireid
from PIL import Image

from omnireid.gallery import Gallery
from omnireid.observation import Observation
from omnireid.runtime import Encoder, find_model_folder
from served import Served

playwright = pytest.importorskip("playwright.sync_api")

PASSWORD = "correct horse battery"
OTHER = "a better password"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`omnireid serve` over a gallery without a user."""
    place = tmp_path_factory.mktemp("accounts")
    folder = place / "site"
    with Gallery.create(folder, Encoder(find_model_folder("default"))) as gallery:
        gallery.add(
            Observation(rgb=Image.new("RGB", (64, 128), (200, shade, 40)), camera=camera)
            for shade, camera in ((20, "gate"), (90, "yard"), (160, "北口"))
        )
    with Served.start(folder, place) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


def visit(browser: playwright.Browser, complaints: list[str], **options: object) -> playwright.Page:
    context = browser.new_context(**{"locale": "en-GB", **options})
    page = context.new_page()
    page.set_default_timeout(120_000)
    # What the browser itself says of an answer of 401 is expected here; all else is a complaint.
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type in ("error", "warning") and "status of 4" not in message.text
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def test_from_the_first_start_to_a_colleagues_first_day(
    served: Served, browser: playwright.Browser
) -> None:
    complaints: list[str] = []
    page = visit(browser, complaints)
    page.goto(served.url)
    assert page.url == f"{served.url}/start"
    page.get_by_label("One-time code").fill(served.told["start_code"].lower())
    page.get_by_label("User name").fill("sato")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Privacy officer").check()
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url(f"{served.url}/")
    assert page.locator("nav.places").get_by_role("link", name="Users").is_visible()

    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")
    # The way back to the picture that was on the page is closed as well.
    page.go_back()
    assert page.get_by_role("button", name="Sign in").is_visible()

    page.goto(f"{served.url}/users")
    assert page.url == f"{served.url}/sign-in?back=%2Fusers"
    page.get_by_label("User name").fill("sato")
    page.get_by_label("Password").fill("wrong password")
    page.keyboard.press("Enter")
    assert "is wrong" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("User name").input_value() == "sato"
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/users")

    page.get_by_label("User name").fill("伊藤")
    page.get_by_label("Searcher").check()
    page.get_by_role("button", name="Add a user").click()
    code = page.locator("output.secret").inner_text()
    page.locator(".chip", has_text="gate").click()
    with page.expect_navigation():
        page.locator("form[action$='/scope']").get_by_role("button", name="Save").click()

    colleague = visit(browser, complaints, locale="ja-JP")
    colleague.goto(served.url)
    colleague.get_by_role("link", name="ワンタイムコードを使う").click()
    colleague.get_by_label("ワンタイムコード").fill(code)
    colleague.get_by_label("新しいパスワード").fill(OTHER)
    colleague.get_by_role("button", name="設定してサインイン").click()
    colleague.wait_for_url(f"{served.url}/")
    assert colleague.locator("[data-item]").count() == 1
    assert colleague.locator("nav.places").get_by_role("link", name="利用者").count() == 0
    colleague.goto(f"{served.url}/users")
    assert "許可されていません" in colleague.get_by_role("alert").inner_text()

    page.goto(f"{served.url}/users")
    page.get_by_role("link", name="伊藤").click()
    page.get_by_role("button", name="Disable").click()
    assert page.locator(".badge.bad").inner_text() == "disabled"
    colleague.goto(f"{served.url}/")
    assert colleague.url == f"{served.url}/sign-in"
    assert complaints == []


def test_a_key_made_on_the_page_works_for_a_program(
    served: Served, browser: playwright.Browser
) -> None:
    complaints: list[str] = []
    page = visit(browser, complaints)
    page.goto(f"{served.url}/sign-in?back=/account")
    page.get_by_label("User name").fill("sato")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    page.get_by_text("Make a key", exact=True).click()
    page.get_by_label("What it is for").fill("nightly report")
    page.locator(".chip", has_text="see sightings").click()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("output.secret").inner_text()
    program = browser.new_context()
    answer = program.request.get(
        f"{served.url}/api/v1/items", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.json()["total"] == 3
    page.get_by_role("button", name="Revoke").click()
    page.wait_for_url("**/account#keys")
    assert page.locator(".badge.bad").inner_text() == "revoked"
    assert program.request.get(
        f"{served.url}/api/v1/items", headers={"Authorization": f"Bearer {secret}"}
    ).status == 401  # fmt: skip
    assert complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_signs_in_who_opens_it_and_nobody_after(
    served: Served, browser: playwright.Browser, scripts: bool
) -> None:
    complaints: list[str] = []
    path = omnireid(
        "users", "reset", "sato", "--link", "--gallery", served.log_file.parent / "site"
    )["path"]
    # What a mail program does that looks at links before anybody clicks.
    assert browser.new_context().request.get(served.url + path).ok
    page = visit(browser, complaints, java_script_enabled=scripts)
    # With scripts the page goes on by itself before it is whole.
    page.goto(served.url + path, wait_until="commit")
    if not scripts:
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{served.url}/")
    assert page.locator("header").get_by_text("sato").count() == 1
    late = visit(browser, complaints)
    late.goto(served.url + path, wait_until="commit")
    late.get_by_text("The one-time code does not work").wait_for()
    assert complaints == []
