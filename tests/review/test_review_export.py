"""The export of a case: hashes that fit, heads blurred, formulas disarmed, readable pages."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from review_people import ANNA, BEN, FOUND_BY

from omnireid import Observation
from omnireid.accounts.permissions import Actor
from omnireid.gallery import Gallery
from omnireid.review import Case, Casebook, Find, Reason, ReviewError, Verdict
from omnireid.review.export import Choice, Export, gather, pack
from omnireid.review.export.lettering import marked, runs
from omnireid.review.export.report import sentences
from omnireid.review.export.table import harmless

EXPORTED = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)
CAUTION = "A similarity, not evidence of identity."


@pytest.fixture
def decided(gallery: Gallery, casebook: Casebook, case: Case) -> Case:
    """The case with one candidate confirmed by two, one rejected, one confirmed once, and a note
    that a spreadsheet would run."""
    noise = np.random.default_rng(3).integers(0, 255, (120, 60, 3), dtype=np.uint8)
    gallery.add(
        [Observation(rgb=noise, text="=cmd|' /C calc'!A1", camera="@gate", source="-1+1.png")]
    )
    casebook.collect(ANNA, case.case_id, [Find(7, 0.99, 0.95)], FOUND_BY)
    numbers = [one.candidate_id for one in casebook.candidates(ANNA, case.case_id)]
    for number in (numbers[0], numbers[4]):
        casebook.decide(ANNA, number, Verdict.CONFIRM, version=0)
        casebook.decide(BEN, number, Verdict.CONFIRM, version=1, words="同じ鞄")
    casebook.decide(ANNA, numbers[1], Verdict.REJECT, version=0, reason=Reason.CLOTHES)
    casebook.decide(ANNA, numbers[2], Verdict.CONFIRM, version=0)
    casebook.note(BEN, case.case_id, "asked at the <desk> & 北口")
    return casebook.case(ANNA, case.case_id)


def exported(
    gallery: Gallery, casebook: Casebook, case: Case, choice: Choice, actor: Actor = ANNA
) -> Export:
    contents = gather(
        gallery, casebook, actor, case.case_id, choice, purpose="Missing person", exported=EXPORTED
    )
    return pack(contents)


def files_of(export: Export) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export.archive)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_hash_fits_and_the_report_names_the_manifest(
    gallery: Gallery, casebook: Casebook, decided: Case, tmp_path: Path
) -> None:
    export = exported(gallery, casebook, decided, Choice())
    files = files_of(export)
    assert sorted(files) == [
        "SHA256SUMS", "items.csv", "manifest.json", "pictures/0001.jpg", "pictures/0002.jpg",
        "report.pdf",
    ]  # fmt: skip
    manifest = json.loads(files["manifest.json"])
    for name, told in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == told["sha256"]
        assert len(files[name]) == told["bytes"]
    assert {*manifest["files"], "manifest.json", "report.pdf", "SHA256SUMS"} == set(files)
    assert hashlib.sha256(files["manifest.json"]).hexdigest() == export.manifest_sha256
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(export.report)).pages)
    assert export.manifest_sha256 in re.sub(r"\s", "", text)
    for name, data in files.items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=True, timeout=60
    )
    assert manifest["audit_head"]["entry"] == gallery_head(gallery)


def gallery_head(gallery: Gallery) -> int:
    from omnireid.governance import AuditLog

    return AuditLog(gallery.database).head().seq


def test_the_same_case_at_the_same_time_gives_the_same_bytes(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    first, second = (exported(gallery, casebook, decided, Choice("ja")) for _ in range(2))
    assert first == second


def test_confirmed_candidates_alone_unless_all_are_asked_for(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    def told(choice: Choice) -> list[tuple[int, str]]:
        manifest = json.loads(
            files_of(exported(gallery, casebook, decided, choice))["manifest.json"]
        )
        assert manifest["case"]["candidates"] == {
            "candidate": 1, "confirmed_once": 1, "confirmed": 2, "rejected": 1,
        }  # fmt: skip
        return [(one["item"], one["state"]) for one in manifest["exhibits"]]

    assert told(Choice()) == [(1, "confirmed"), (7, "confirmed")]
    assert told(Choice(everything=True)) == [
        (1, "confirmed"), (2, "rejected"), (3, "confirmed_once"), (4, "candidate"),
        (7, "confirmed"),
    ]  # fmt: skip


def test_decisions_reasons_and_the_query_are_in_the_manifest(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    files = files_of(exported(gallery, casebook, decided, Choice(everything=True)))
    exhibits = json.loads(files["manifest.json"])["exhibits"]
    assert [(d["person"], d["action"], d["words"]) for d in exhibits[0]["decisions"]] == [
        ("Anna", "confirm", None),
        ("Ben", "confirm", "同じ鞄"),
    ]
    assert exhibits[1]["decisions"][0]["reason"] == "clothes"
    assert exhibits[0]["found_by"]["words"] == "a red coat 赤い上着"
    assert exhibits[0]["found_by"]["pictures"] == {"sketch": "ab" * 32}
    assert exhibits[4]["band"] == "likely"


def test_heads_are_blurred_but_the_subject_s_only_when_asked(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    def head(choice: Choice, column: slice) -> float:
        """How far the head region is from the stored picture, in mean levels."""
        files = files_of(exported(gallery, casebook, decided, choice))
        found = np.asarray(Image.open(io.BytesIO(files["pictures/0002.jpg"])), np.float32)
        path = gallery.browse.items_of([7])[7].picture_path
        assert path is not None
        stored = np.asarray(Image.open(path), np.float32)
        return float(np.abs(found - stored)[:30, column].mean())

    middle, side = slice(20, 40), slice(0, 12)
    assert head(Choice(), middle) < 12
    assert head(Choice(), side) > 30
    assert head(Choice(blur_subject=True), middle) > 30


def test_a_spreadsheet_finds_no_formula(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    files = files_of(exported(gallery, casebook, decided, Choice()))
    assert files["items.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(files["items.csv"].decode("utf-8-sig"))))
    assert [row["item"] for row in rows] == ["1", "7"]
    assert rows[1]["note"] == "'=cmd|' /C calc'!A1"
    assert rows[1]["camera"] == "'@gate"
    assert rows[1]["source"] == "'-1+1.png"
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


@given(st.text())
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    assert not harmless(cell).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_caution_stands_on_every_page(
    gallery: Gallery, casebook: Casebook, decided: Case, language: str
) -> None:
    choice = Choice(language, everything=True)  # type: ignore[arg-type]
    export = exported(gallery, casebook, decided, choice)
    pages = PdfReader(io.BytesIO(export.report)).pages
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert CAUTION in text
        assert f"{number}" in text
        if language == "ja":
            assert sentences("ja")["caution"] in re.sub(r"\s", "", text)


def can_draw_japanese() -> bool:
    """Whether pdftoppm is here with a Japanese font."""
    if shutil.which("pdftoppm") is None or shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=ja"], capture_output=True, timeout=60).stdout)


@pytest.mark.skipif(not can_draw_japanese(), reason="no poppler-utils, or no Japanese font")
def test_japanese_is_drawn_and_not_left_blank(
    gallery: Gallery, casebook: Casebook, decided: Case, tmp_path: Path
) -> None:
    renamed = casebook.change(
        ANNA, decided.case_id, version=decided.version, title="迷子の捜索" * 3,
        reference=decided.reference, purpose=decided.purpose, hold=True,
    )  # fmt: skip
    file = tmp_path / "report.pdf"
    file.write_bytes(exported(gallery, casebook, renamed, Choice("ja")).report)
    command = ["pdftoppm", "-r", "72", "-f", "1", "-l", "1", "-gray", str(file)]
    page = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    drawn = np.asarray(Image.open(io.BytesIO(page)))
    # The title: fifteen characters of 19 points, each with ink of its own.
    line = drawn[60:95, 57 : 57 + 15 * 19].reshape(35, 15, 19)
    assert ((line < 128).sum(axis=(0, 2)) > 15).all()


@given(st.text(max_size=80))
def test_any_text_becomes_markup_in_fonts_that_have_it(text: str) -> None:
    drawn = "".join(part for _, part in runs(text))
    assert all(ord(character) <= 0xFFFF for character in drawn)
    assert re.sub(r"<[^>]*>", "", marked(text).replace("<br/>", "\n")).count("<") == 0


def test_an_erased_item_is_told_as_such_and_a_scope_hides_the_rest(
    gallery: Gallery, casebook: Casebook, decided: Case
) -> None:
    gallery.delete([1])
    everything = Choice(everything=True)
    files = files_of(exported(gallery, casebook, decided, everything))
    exhibits = json.loads(files["manifest.json"])["exhibits"]
    assert (exhibits[0]["erased"], exhibits[0]["item"], exhibits[0]["picture"]) == (
        True, None, None,
    )  # fmt: skip
    assert "pictures/0001.jpg" not in files
    narrow = replace(ANNA, cameras=("gate",))
    seen = files_of(exported(gallery, casebook, decided, everything, narrow))
    assert [one["camera"] for one in json.loads(seen["manifest.json"])["exhibits"]] == [
        None, "gate",
    ]  # fmt: skip
    with pytest.raises(ReviewError):
        exported(gallery, casebook, decided, everything, replace(ANNA, user_id=9))


def test_both_languages_of_the_report_hold_the_same_sentences() -> None:
    english, japanese = sentences("en"), sentences("ja")
    assert english.keys() == japanese.keys()
    for key, sentence in english.items():
        fields = re.findall(r"{\w+}", sentence)
        assert sorted(fields) == sorted(re.findall(r"{\w+}", japanese[key])), key
