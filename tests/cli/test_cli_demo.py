"""`omnireid demo` and `omnireid serve`, up to the moment the page answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runs import Run
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from colour_encoder import COLOURS
from omnireid.cli import demo, serve


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
    monkeypatch.setattr(demo.resources, "files", lambda _: tmp_path / "package")


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[TestClient]:
    """In place of a server that never ends: what the page would have answered."""
    clients: list[TestClient] = []

    def once(app: FastAPI, opened: socket.socket, *, started: Callable[[], None]) -> None:
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
    assert "3 sightings" in answered[0].get("/", headers={"Accept-Language": "en"}).text
