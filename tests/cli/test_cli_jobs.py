"""`omnireid jobs`: the queue from the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli_runs import Run

PATTERN = "{camera}_{time:%Y%m%d_%H%M%S}"

pytestmark = pytest.mark.usefixtures("colours")


def test_a_folder_is_queued_worked_and_shown(run: Run, pictures: Path, tmp_path: Path) -> None:
    added = run("jobs", "add", "folder", pictures, "-g", "new", "--pattern", PATTERN)
    assert added.code == 0
    assert "Job 1 is queued" in added.out
    assert "queued" in run("jobs", "list", "-g", "new").out
    assert "1 jobs were worked on" in run("jobs", "work", "-g", "new").out
    shown = run("jobs", "show", 1, "-g", "new", "--export", tmp_path / "left.csv")
    assert "done, 100%" in shown.out
    assert "3 added, 0 already there, 3 skipped" in shown.out
    assert "the file is empty" in shown.out
    rows = list(csv.DictReader((tmp_path / "left.csv").open(encoding="utf-8-sig")))
    assert [row["result"] for row in rows] == ["skipped"] * 3
    assert "No job was waiting" in run("jobs", "work", "-g", "new").out


def test_json_tells_the_same(run: Run, pictures: Path) -> None:
    number = run("jobs", "add", "folder", pictures, "-g", "new", "--json").document["id"]
    assert run("jobs", "work", "-g", "new", "--json").document == {"jobs": 1}
    document = run("jobs", "show", number, "-g", "new", "--json").document
    assert (document["state"], document["added"], document["skipped"]) == ("done", 3, 3)
    assert {Path(one["source"]).name for one in document["skipped_files"]} == {
        "empty-gate_20261123_090000.png",
        "torn-gate_20261123_090100.jpg",
        "readme.txt",
    }
    (listed,) = run("jobs", "list", "-g", "new", "--json").document
    assert listed["id"] == number


def test_notes_are_queued_with_their_columns(run: Run, site: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("特徴,場所\n赤い上着,正門\n", encoding="utf-8")
    run("jobs", "add", "notes", file, "--text-column", "特徴", "-g", site)
    run("jobs", "work", "-g", site)
    assert run("jobs", "show", 1, "-g", site, "--json").document["added"] == 1


def test_pause_resume_cancel(run: Run, site: Path, pictures: Path) -> None:
    run("jobs", "add", "folder", pictures, "-g", site)
    assert "Job 1 is paused" in run("jobs", "pause", 1, "-g", site).out
    assert run("jobs", "work", "-g", site, "--json").document == {"jobs": 0}
    assert run("jobs", "resume", 1, "-g", site, "--json").document["state"] == "queued"
    assert "cancelled" in run("jobs", "cancel", 1, "-g", site).out
    refused = run("jobs", "resume", 1, "-g", site)
    assert refused.code == 3
    assert "it is cancelled" in refused.err


@pytest.mark.parametrize("wrong", [("--pattern", "{weather}"), ("--pattern", "{")])
def test_a_wrong_pattern_is_said_at_once(run: Run, pictures: Path, wrong: tuple[str, str]) -> None:
    ran = run("jobs", "add", "folder", pictures, *wrong, "-g", "new")
    assert ran.code == 3
    assert not Path("new").exists()


def test_folders_are_watched_and_forgotten(run: Run, site: Path, pictures: Path) -> None:
    watch = run("jobs", "watch", "add", pictures, "--camera", "gate", "-g", site, "--json").document
    assert (watch["folder"], watch["holds"]) == (str(pictures), "pictures")
    assert run("jobs", "watch", "add", pictures, "-g", site).code == 3
    (listed,) = run("jobs", "watch", "list", "-g", site, "--json").document
    assert listed["folder"] == str(pictures)
    # On a narrow screen the folder goes over several lines, and nothing of it is left out.
    assert "…" not in run("jobs", "watch", "list", "-g", site).out
    assert "watched no more" in run("jobs", "watch", "remove", watch["id"], "-g", site).out
    assert "No folder is watched" in run("jobs", "watch", "list", "-g", site).out
    assert run("jobs", "watch", "remove", watch["id"], "-g", site).code == 3
