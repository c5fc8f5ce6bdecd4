"""`omnireid demo` and `omnireid serve`, up to the moment the page answers."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli_runs import Run
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image

from colour_encoder import COLOURS
from omnireid.cli import demo, serve
from omnireid.settings import Settings


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small stand-in for the shipped rendered people, in the same form."""
    root = tmp_path / "package" / "data" / "demo"
    for modality in ("rgb", "infrared"):
        (root / modality).mkdir(parents=True)
        rows = ["file,camera,time,text"]
        for name, colour in COLOURS.items():
            Image.new("RGB", (32, 64), colour).save(root / modality / f"{name}.png")
            rows.append(f"{name}.png,{name} gate,2026-11-23 08:00,")
        (root / modality / "pictures.csv").write_text("\n".join(rows))
    (root / "notes.csv").write_text(
        "text,camera,time\n赤い上着の男,desk,2026-11-23 09:00\n", "utf-8"
    )
    package = SimpleNamespace(files=lambda _: tmp_path / "package")
    monkeypatch.setattr(demo, "resources", package)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[TestClient]:
    """In place of a server that never ends: what the page would have answered."""
    clients: list[TestClient] = []

    def once(
        app: FastAPI, opened: socket.socket, _: Settings, *, started: Callable[[], None]
    ) -> None:
        client = TestClient(app, base_url="http://127.0.0.1")
        assert client.get("/health/ready").status_code == 200
        clients.append(client)
        started()
        opened.close()

    monkeypatch.setattr(serve, "run", once)
    return clients


@pytest.mark.usefixtures("colours", "shipped")
def test_the_demo_fills_a_gallery_once(run: Run, answered: list[TestClient]) -> None:
    first = run("demo", "--no-browser", "--port", "0")
    assert first.code == 0
    assert "7 added, 0 already there" in first.out
    assert "http://127.0.0.1:" in first.out
    again = run("demo", "--no-browser", "--port", "0")
    assert "0 added, 7 already there" in again.out
    assert len(answered) == 2


@pytest.mark.usefixtures("colours", "shipped")
def test_the_demo_as_json_is_one_document(run: Run, answered: list[TestClient]) -> None:
    document = run("demo", "--no-browser", "--port", "0", "--json").document
    assert document["items"] == 7
    assert document["url"].startswith("http://127.0.0.1:")
    assert list(document["sign_in"]) == ["demo", "colleague"]
    for link in document["sign_in"].values():
        assert link.startswith(document["url"] + "enter?code=")
    assert answered


@pytest.mark.usefixtures("colours", "shipped")
def test_the_link_of_the_demo_leads_to_the_search_page_once(
    run: Run, answered: list[TestClient]
) -> None:
    document = run("demo", "--no-browser", "--port", "0", "--json").document
    path = document["sign_in"]["demo"].removeprefix(document["url"].rstrip("/"))
    page = follow(answered[0], path)
    assert page.status_code == 200
    assert page.url.path == "/"
    assert "Find a person" in page.text
    answered[0].cookies.clear()
    again = follow(answered[0], path)
    assert again.status_code == 403
    assert "does not work" in again.text


def follow(client: TestClient, link: str) -> Response:
    """Open a one-time link and press the button on its page."""
    shown = client.get(link, headers={"Accept-Language": "en"})
    fields = dict(re.findall(r'name="(csrf|code)" value="([^"]+)"', shown.text))
    answer: Response = client.post("/enter", data=fields, headers={"Accept-Language": "en"})
    return answer


@pytest.mark.usefixtures("colours")
def test_the_demo_adds_nobody_to_a_gallery_with_users(
    run: Run, site: Path, answered: list[TestClient]
) -> None:
    run("users", "add", "sato", "--role", "administrator", "-g", site)
    ran = run("demo", "-g", site, "--no-browser", "--port", "0")
    assert ran.code == 0
    assert "enter?code" not in ran.out
    assert [user["name"] for user in run("users", "list", "-g", site, "--json").document] == [
        "sato"
    ]
    assert answered


@pytest.mark.usefixtures("colours", "shipped", "answered")
def test_the_demo_opens_a_browser_unless_told_not_to(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    run("demo", "--port", "0", "--no-browser")
    assert opened == []
    run("demo", "--port", "0")
    assert len(opened) == 1
    assert "/enter?code=" in opened[0]


@pytest.mark.usefixtures("colours", "shipped", "answered")
def test_the_demo_evades_a_taken_default_port_but_keeps_a_given_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("OMNIREID_PORT", str(port))
        assert run("demo", "--no-browser").code == 0
        refused = run("demo", "--no-browser", "--port", port)
        assert refused.code == 3
        assert str(port) in refused.err


def test_serve_refuses_the_network_unless_told(run: Run, site: Path) -> None:
    ran = run("serve", "--host", "0.0.0.0", "-g", site)
    assert ran.code == 3
    assert "--allow-network" in ran.err


def test_serve_prints_its_address(run: Run, site: Path, answered: list[TestClient]) -> None:
    ran = run("serve", "-g", site, "--port", "0")
    assert ran.code == 0
    assert "http://127.0.0.1:" in ran.out
    page = answered[0].get("/", headers={"Accept-Language": "en", "Accept": "text/html"})
    assert page.url.path == "/start"
    code = re.search(r"one-time code ([A-Z0-9-]{23})", ran.out)
    assert code
    form = {
        "code": code[1].lower().replace("-", " "),
        "name": "sato",
        "password": "correct horse battery",
        "role": "searcher",
        "csrf": re.search(r'name="csrf" value="(\w+)"', page.text)[1],
    }
    started = answered[0].post("/start", data=form, headers={"Accept-Language": "en"})
    assert started.status_code == 200
    assert started.url.path == "/"
    # With a user there is no code any more.
    assert "one-time code" not in run("serve", "-g", site, "--port", "0").out


def test_a_network_address_needs_tls_or_a_proxy(
    run: Run, site: Path, answered: list[TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = ("serve", "-g", site, "--host", "0.0.0.0", "--port", "0", "--allow-network")
    refused = run(*wide)
    assert refused.code == 3
    assert "tls_certificate" in refused.err
    assert run(*wide, "--behind-proxy").code == 0
    monkeypatch.setenv("OMNIREID_TLS_CERTIFICATE", str(site / "none.pem"))
    assert "tls_key" in run(*wide).err
    monkeypatch.setenv("OMNIREID_TLS_KEY", str(site / "none.key"))
    assert "cannot be used" in run(*wide).err
    assert len(answered) == 1
