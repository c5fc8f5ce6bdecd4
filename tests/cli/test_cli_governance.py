"""Audit, purposes, retention, erasure, access and backups from the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runs import Run
from PIL import Image

from colour_encoder import ColourEncoder
from omnireid import Observation
from omnireid.gallery import Gallery

Ok = Callable[..., str]


@pytest.fixture
def site(tmp_path: Path) -> str:
    folder = tmp_path / "site"
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as gallery:
        gallery.add(
            Observation(
                rgb=Image.effect_noise((40, 80 + n), 90).convert("RGB"),
                camera=f"gate {n % 2}",
                time=None,
            )
            for n in range(6)
        )
    return str(folder)


@pytest.fixture
def ok(run: Run) -> Callable[..., str]:
    """What a command that must succeed prints."""

    def succeed(*arguments: str) -> str:
        done = run(*arguments)
        assert done.code == 0, done.err
        return done.out

    return succeed


def test_audit_list_verify_head_and_export(run: Run, ok: Ok, site: str, tmp_path: Path) -> None:
    ok("retention", "set", "30", "--camera", "gate 0", "-g", site)
    ok("purposes", "set", "safety", "--camera", "gate 1", "-g", site)
    assert json.loads(ok("audit", "list", "--json", "-g", site))["total"] == 2
    assert "retention.rule" in ok("audit", "list", "-g", site)
    head = str(tmp_path / "head.json")
    ok("audit", "head", "--to", head, "-g", site)
    assert "whole" in ok("audit", "verify", "--anchor", head, "-g", site)
    ok("audit", "export", str(tmp_path / "log.csv"), "--format", "csv", "-g", site)
    assert "retention.rule" in (tmp_path / "log.csv").read_text("utf-8")
    ledger = sqlite3.connect(Path(site) / "ledger.sqlite")
    ledger.execute("DROP TRIGGER audit_entries_no_update")
    ledger.execute("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 1")
    ledger.commit()
    ledger.close()
    broken = run("audit", "verify", "--json", "-g", site)
    assert broken.code == 7
    found = json.loads(broken.out)["findings"]
    assert {(one["kind"], one["entry"]) for one in found} == {("changed", 1), ("guard", 0)}
    assert run("audit", "verify", "--anchor", str(tmp_path / "no"), "-g", site).code == 3


def test_purposes_are_listed_changed_and_retired(run: Run, ok: Ok, site: str) -> None:
    ok("purposes", "set", "tours", "--en", "Guided tours", "--ja", "館内案内", "-g", site)
    ok("purposes", "retire", "system_test", "-g", site)
    listed = {p["key"]: p for p in json.loads(ok("purposes", "list", "--json", "-g", site))}
    assert listed["tours"]["name_ja"] == "館内案内"
    assert not listed["system_test"]["active"]
    assert run("purposes", "set", "new_one", "--en", "x", "-g", site).code == 3
    assert run("purposes", "retire", "nosiness", "-g", site).code == 3


def test_retention_and_holds(run: Run, ok: Ok, site: str) -> None:
    ok("holds", "place", "item", "1", "--reason", "court", "-g", site)
    assert json.loads(ok("holds", "list", "--json", "-g", site))[0]["reason"] == "court"
    ok("retention", "set", "30", "-g", site)
    plan = json.loads(ok("retention", "plan", "--json", "-g", site))
    assert [one["due"] for one in plan] == [[], []]
    report = json.loads(ok("retention", "run", "--yes", "--json", "-g", site))
    assert report["deleted"] == 0
    assert run("delete", "1", "--yes", "-g", site).code == 3
    ok("holds", "release", "1", "-g", site)
    ok("delete", "1", "--yes", "-g", site)


def test_erase_with_certificate_and_backup(run: Run, ok: Ok, site: str, tmp_path: Path) -> None:
    shelf = str(tmp_path / "shelf")
    made = json.loads(ok("backup", "create", "--to", shelf, "--json", "-g", site))
    assert "2 pictures would be erased" in ok("erase", "1", "2", "--dry-run", "-g", site)
    cert = tmp_path / "cert"
    done = json.loads(
        ok("erase", "1", "2", "-r", "7", "--certificate", str(cert), "-y", "--json", "-g", site)
    )
    assert done[0]["complete"]
    assert sorted(p.suffix for p in cert.iterdir()) == [".html", ".html", ".json"]
    assert "No erasure" in ok("erase", "--resume", "-g", site)
    rehearsed = json.loads(ok("backup", "rehearse", made["path"], "--json"))
    assert (rehearsed["ok"], rehearsed["items"]) == (True, 4)
    assert json.loads(ok("backup", "list", "--json", "-g", site))[0]["state"] == "purged"
    new = str(tmp_path / "new")
    assert json.loads(ok("backup", "restore", made["path"], "--json", "-g", new))["items"] == 4
    picture = next(Path(made["path"]).rglob("*.jpg"))
    picture.write_bytes(b"x")
    assert run("backup", "drop", "9", "--yes", "-g", site).code == 3
    assert run("backup", "rehearse", made["path"]).code == 7
    assert run("backup", "restore", made["path"], "-g", str(tmp_path / "n2")).code == 5
    assert run("erase", "3", "-r", "", "-y", "-g", site).code == 3


def test_what_was_done_is_told_to_machines_too(run: Run, ok: Ok, site: str, tmp_path: Path) -> None:
    def told(*words: str) -> dict[str, object]:
        document = json.loads(ok(*words, "--json", "-g", site))
        assert isinstance(document, dict)
        return document

    assert told("purposes", "set", "lost", "--en", "Lost", "--ja", "遺失物")["added"] is True
    assert told("purposes", "set", "lost", "--camera", "gate")["changed"] is True
    assert told("purposes", "retire", "lost")["retired"] is True
    assert told("retention", "set", "30")["days"] == 30
    assert told("retention", "drop")["dropped"] is True
    hold = told("holds", "place", "item", "1", "--reason", "court")["hold"]
    assert told("holds", "release", str(hold)) == {"hold": hold, "released": True}
    log = str(tmp_path / "log.jsonl")
    written = told("audit", "export", log)
    assert written["entries"] == len(Path(log).read_text("utf-8").splitlines())
    head = told("audit", "head", "--to", str(tmp_path / "head.json"))
    assert head == json.loads((tmp_path / "head.json").read_text("utf-8"))
    assert run("audit", "export", "-", "--json", "-g", site).code == 3


def test_notices_are_written_for_each_camera(ok: Ok, site: str, tmp_path: Path) -> None:
    text = ok("notices", "--operator", "北駅", "--contact", "a@b", "--to", str(tmp_path / "n"),
              "-g", site)  # fmt: skip
    assert "gate 1" in text
    assert len(list((tmp_path / "n").glob("*.html"))) == 2
