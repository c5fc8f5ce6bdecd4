"""A real browser over a real service: material is taken in, one item is erased with proof, the log
is verified, and what was erased does not come back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from omnireid.accounts import Role
from omnireid.gallery import Gallery
from omnireid.observation import Observation
from omnireid.runtime import Encoder, find_model_folder
from served import Served, make_key, sign_in

playwright = pytest.importorskip("playwright.sync_api")

STAFF = {
    "operator": Role.ADMINISTRATOR,
    "officer": Role.PRIVACY_OFFICER,
    "auditor": Role.AUDITOR,
}
Visit = Callable[[str], "playwright.Page"]


@dataclass(frozen=True)
class Place:
    """A running service, its gallery, and files on somebody's desk."""

    served: Served
    folder: Path
    desk: Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder, desk = tmp_path / "site", tmp_path / "desk"
    desk.mkdir()
    for name, colour in (("red.png", (190, 30, 40)), ("blue.png", (30, 40, 190))):
        Image.new("RGB", (64, 128), colour).save(desk / name)
    (desk / "torn.jpg").write_bytes(b"\xff\xd8 torn")
    with Gallery.create(folder, Encoder(find_model_folder("default"))) as gallery:
        gallery.add([Observation(rgb=Image.new("RGB", (64, 128), (9, 200, 40)), camera="yard")])
    for name, role in STAFF.items():
        make_key(folder, name, [role])
    with Served.start(folder, tmp_path) as running:
        yield Place(running, folder, desk)


@pytest.fixture
def visit(chromium: str, place: Place) -> Iterator[Visit]:
    """Opens a browser of one's own, in which a member of the staff is signed in."""
    complaints: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )

        def enter(name: str) -> playwright.Page:
            page = browser.new_context(locale="en-GB", accept_downloads=True).new_page()
            page.set_default_timeout(120_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            sign_in(page, place.served.url, name)
            return page

        yield enter
        browser.close()
    assert complaints == []


def upload(page: playwright.Page, place: Place) -> None:
    """Send what lies on the desk, and watch the job until it is done, without a reload."""
    page.goto(f"{place.served.url}/jobs/new")
    form = page.locator("form[action='/jobs/pictures']")
    form.locator("input[type=file]").set_input_files(sorted(place.desk.iterdir()))
    form.get_by_label("Camera", exact=True).fill("gate")
    form.get_by_role("button", name="Upload and start").click()
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    page.locator(".badge", has_text="Done").wait_for()


def fact(page: playwright.Page, name: str) -> str:
    """What stands beside a name in a list of facts."""
    return page.locator(f"dt:text-is('{name}') + dd").inner_text()


def test_taken_in_erased_with_proof_verified_and_refused(place: Place, visit: Visit) -> None:
    operator = visit("operator")
    upload(operator, place)
    assert (fact(operator, "Added"), fact(operator, "Skipped")) == ("2", "1")
    assert "its bytes are damaged" in operator.get_by_role("row", name="torn.jpg").inner_text()
    operator.goto(f"{place.served.url}/backups")
    operator.get_by_role("button", name="Make a backup").click()
    operator.locator(".badge", has_text="whole").wait_for()

    with Gallery.open(place.folder) as gallery:
        (red,) = [item for item in gallery.items(k=10) if item.source == "upload/1/red.png"]
    officer = visit("officer")
    officer.goto(f"{place.served.url}/privacy/erasures")
    officer.get_by_label("Numbers of the items").fill(str(red.item_id))
    officer.get_by_label("Reference").fill("request 7")
    officer.get_by_role("button", name="Show what it would touch").click()
    assert fact(officer, "Backups") == "1"
    officer.get_by_label("Reason").fill("asked for")
    officer.get_by_label("I am sure").check()
    officer.get_by_role("button", name="Erase for good (1)").click()
    officer.locator(".badge", has_text="nothing left").wait_for()
    with officer.expect_download() as printed:
        officer.get_by_role("link", name="To print").click()
    certificate = printed.value.path().read_text("utf-8")
    assert f"<dd>{red.item_id}</dd>" in certificate
    assert "request 7" in certificate
    officer.get_by_role("link", name="JSON").click()
    proof = json.loads(officer.locator("body").inner_text())
    assert proof["complete"]
    assert proof["items"] == [red.item_id]
    assert [backup["state"] for backup in proof["backups"]] == ["purged"]
    with Gallery.open(place.folder) as gallery:
        assert red.item_id not in {item.item_id for item in gallery.items(k=10)}

    upload(operator, place)
    assert (fact(operator, "Added"), fact(operator, "Already there")) == ("0", "1")
    assert "erased on request" in operator.get_by_role("row", name="red.png").inner_text()

    auditor = visit("auditor")
    auditor.goto(f"{place.served.url}/audit")
    auditor.get_by_role("button", name="Verify").click()
    auditor.get_by_role("status").filter(has_text="Whole:").wait_for()
    auditor.get_by_label("Action").select_option("erase")
    auditor.get_by_role("button", name="Show").click()
    auditor.wait_for_url(re.compile("action=erase"))
    (entry,) = auditor.locator("tbody tr").all_inner_texts()
    assert "officer" in entry
    assert "Erased, with proof" in entry
