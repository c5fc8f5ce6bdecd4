"""What stands before every route."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import omnireid.service
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery
from omnireid.service import listen, url_of

_ROOM = Path(omnireid.service.__file__).parent
ADDRESSES = [
    "/", "/?page=x", "/static/style.css", "/static/nothing.css", "/nowhere", "/api/v1/items",
    "/health/live", "/pictures/x", "/?text=break",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_strict_headers(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code < 500 or "break" in address
    headers = answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_nothing_is_fetched_from_elsewhere_and_no_script_is_inline(client: TestClient) -> None:
    texts = [path.read_text("utf-8") for path in _ROOM.rglob("*") if path.suffix in (".css", ".js")]
    html = client.get("/?text=red").text
    for text in [*texts, html]:
        assert not re.search(r"(https?:)?//[\w.-]+\.\w{2,}/", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5:8000", ""])
def test_a_foreign_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_names_of_this_machine_are_served(client: TestClient, host: str) -> None:
    assert client.get("/health/live", headers={"Host": host}).status_code == 200


def test_pictures_are_served_by_hash_alone(client: TestClient, gallery: Gallery) -> None:
    stored = next(i.picture_path for i in gallery.items() if i.picture_path is not None)
    answer = client.get(f"/pictures/{stored.stem}")
    assert answer.content == stored.read_bytes()
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    for name in ("0" * 64, stored.stem.upper(), f"{stored.stem}.jpg", "..%2F..%2Fledger.sqlite",
                 "%2Fetc%2Fpasswd", "ledger.sqlite", "%00"):  # fmt: skip
        assert client.get(f"/pictures/{name}").status_code == 404


def test_a_fault_tells_the_browser_nothing(client: TestClient) -> None:
    page = client.get("/?text=break")
    assert page.status_code == 500
    assert "stopped at a fault" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text


def test_a_damaged_gallery_is_said_and_is_not_ready(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> int:
        raise GalleryError("the ledger cannot be read", "the disk refuses", "check the disk")

    monkeypatch.setattr(Gallery, "count", damaged)
    page = client.get("/?text=red")
    assert page.status_code == 503
    assert "the ledger cannot be read" in page.text
    assert client.get("/health/ready").json()["code"] == "GALLERY"
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_wide_bind_needs_an_explicit_option(host: str) -> None:
    with pytest.raises(InputError, match="--allow-network"):
        listen(host, 0, allow_network=False)


def test_a_wide_bind_is_possible_when_asked_for() -> None:
    with listen("0.0.0.0", 0, allow_network=True) as opened:
        assert opened.getsockname()[1] > 0


def test_port_0_takes_a_free_port_and_a_taken_one_is_said() -> None:
    with listen("127.0.0.1", 0, allow_network=False) as opened:
        port = opened.getsockname()[1]
        assert url_of(opened) == f"http://127.0.0.1:{port}/"
        with socket.create_connection(("127.0.0.1", port), timeout=60):
            pass
        with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
            listen("127.0.0.1", port, allow_network=False)
