"""`omnireid cases` over a gallery with one case."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from cli_runs import Run

from omnireid.accounts.permissions import GRANTS, Actor, Role
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.review import Casebook, Find, Person, Verdict

ANNA = Actor(1, "Anna", GRANTS[Role.REVIEWER])
BEN = Actor(2, "Ben", GRANTS[Role.REVIEWER])


@pytest.fixture
def cased(site: Path) -> Path:
    """The gallery with a case: one candidate confirmed by two, one not decided on."""
    with Gallery.open(site) as gallery:
        book = Casebook(gallery.database)
        case = book.open(ANNA, title="迷子 [lost]", purpose="incident", reference="K-7")
        book.add_member(ANNA, case.case_id, Person(BEN.user_id, BEN.name))
        book.collect(ANNA, case.case_id, [Find(1, 0.5), Find(2)], None)
        for version, actor in enumerate((ANNA, BEN)):
            book.decide(actor, 1, Verdict.CONFIRM, version=version)
    return site


def test_cases_are_listed_and_shown(run: Run, cased: Path) -> None:
    listed = run("cases", "list", "-g", cased)
    assert listed.code == 0
    assert "迷子 [lost]" in listed.out
    [one] = run("cases", "list", "-g", cased, "--json").document
    assert one["candidates"] == {"confirmed": 1, "candidate": 1}
    assert "Anna confirm; Ben confirm" in run("cases", "show", "K-7", "-g", cased).out
    shown = run("cases", "show", "K-7", "-g", cased, "--json").document
    assert shown["members"] == ["Anna", "Ben"]
    assert [one["state"] for one in shown["candidates"]] == ["confirmed", "candidate"]


def test_a_gallery_without_cases_says_so(run: Run, site: Path) -> None:
    assert "No case yet" in run("cases", "list", "-g", site).out
    missing = run("cases", "export", "K-7", "-g", site)
    assert missing.code == 11
    assert "there is no such case" in missing.err


def test_a_case_is_exported_and_the_audit_log_knows(run: Run, cased: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.zip"
    told = run("cases", "export", "K-7", "-g", cased, "--all", "-o", file, "--json").document
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        digest = hashlib.sha256(archive.read("manifest.json")).hexdigest()
    assert told == {"file": str(file), "manifest_sha256": digest}
    assert sum(name.startswith("pictures/") for name in names) == 2
    with Gallery.open(cased) as gallery:
        entry = AuditLog(gallery.database).entries()[0]
    assert entry.action == "export"
    assert entry.actor.endswith("command line)") or entry.actor == "command line"
    assert entry.details["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    run("cases", "export", "K-7", "-g", cased, "--pdf", "--language", "ja")
    [report] = tmp_path.glob("case-K-7-*.pdf")
    assert report.read_bytes().startswith(b"%PDF-")


def test_an_export_that_cannot_be_written_says_why(run: Run, cased: Path, tmp_path: Path) -> None:
    ran = run("cases", "export", "K-7", "-g", cased, "-o", tmp_path / "none" / "out.zip")
    assert ran.code == 3
    assert "choose another --output" in ran.err
