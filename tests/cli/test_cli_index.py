"""`omnireid index` for folders and notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import Run

PATTERN = "{camera}_{time:%Y%m%d_%H%M%S}"


@pytest.mark.usefixtures("colours")
def test_a_folder_goes_in_and_bad_files_are_listed_with_reasons(run: Run, pictures: Path) -> None:
    ran = run("index", "folder", pictures, "--gallery", "new", "--pattern", PATTERN)
    assert ran.code == 0
    assert "3 added, 0 already there, 3 skipped. The gallery holds 3 items." in ran.out
    assert "empty-gate_20261123_090000.png: the file is empty" in ran.err
    assert "torn-gate_20261123_090100.jpg: its bytes are damaged" in ran.err
    assert "readme.txt" in ran.err


@pytest.mark.usefixtures("colours")
def test_json_is_all_that_stdout_holds_and_names_every_skip(run: Run, pictures: Path) -> None:
    document = run("index", "folder", pictures, "-g", "new", "--json").document
    assert document["gallery"] == "new"
    assert (document["added"], document["already_there"], document["items"]) == (3, 0, 3)
    assert len(document["skipped"]) == 3
    assert all(one["source"] and one["reason"] for one in document["skipped"])


def test_a_second_run_adds_nothing(run: Run, pictures: Path, site: Path) -> None:
    again = run("index", "folder", pictures, "-g", site, "--pattern", PATTERN, "--json").document
    assert (again["added"], again["already_there"], again["items"]) == (0, 3, 3)


@pytest.mark.usefixtures("colours")
def test_a_folder_without_a_single_picture_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes only").mkdir()
    (tmp_path / "notes only" / "a.txt").write_text("x")
    ran = run("index", "folder", "notes only", "-g", "new")
    assert ran.code == 3
    assert "nothing was indexed" in ran.err


@pytest.mark.usefixtures("colours")
def test_a_missing_folder_makes_no_gallery(run: Run, tmp_path: Path) -> None:
    ran = run("index", "folder", "nowhere", "-g", "new")
    assert ran.code == 3
    assert "there is no such folder" in ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("colours")
def test_notes_in_shift_jis_with_japanese_columns(run: Run, tmp_path: Path) -> None:
    rows = [
        "特徴,場所,日時",
        "赤いコートの女性,北口,2026/11/23 8:00",
        ",南口,2026/11/23 9:00",
        "青い帽子,南口,いつか",
    ]
    (tmp_path / "notes.csv").write_bytes("\n".join(rows).encode("cp932"))
    ran = run("index", "notes", "notes.csv", "-g", "new", "--text-column", "特徴",
              "--camera-column", "場所", "--time-column", "日時", "--json")  # fmt: skip
    assert ran.document["added"] == 1
    assert {one["source"] for one in ran.document["skipped"]} == {
        "notes.csv#row=3",
        "notes.csv#row=4",
    }
    found = run("search", "--text", "赤", "-g", "new", "--json").document
    assert found[0]["text"] == "赤いコートの女性"
    assert found[0]["camera"] == "北口"
    assert found[0]["time"].startswith("2026-11-23T08:00:00")


@pytest.mark.usefixtures("colours")
def test_a_missing_column_names_those_that_are_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("description,gate\nred coat,north\n")
    ran = run("index", "notes", "notes.csv", "-g", "new")
    assert ran.code == 3
    assert "no column named 'text'" in ran.err
    assert "description, gate" in ran.err


def test_an_unknown_modality_is_wrong_use(run: Run, pictures: Path) -> None:
    ran = run("index", "folder", pictures, "--modality", "x-ray")
    assert ran.code == 2
    assert "infrared" in ran.err


def test_text_is_no_modality_of_pictures(run: Run, pictures: Path) -> None:
    assert run("index", "folder", pictures, "--modality", "text").code == 3


def test_the_settings_file_names_the_gallery(run: Run, site: Path, tmp_path: Path) -> None:
    (tmp_path / "omnireid.toml").write_text(f'gallery = "{site.name}"\n')
    assert run("verify", "--json").document["items"] == 3
