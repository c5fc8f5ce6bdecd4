"""Folders of pictures."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation
from omnireid.sources import Skipped, read_folder


def picture(path: Path, size: tuple[int, int] = (8, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "blue").save(path, format="PNG")
    return path


def split(found: object) -> tuple[list[Observation], dict[str, str]]:
    items = list(found)  # type: ignore[call-overload]
    seen = [item for item in items if isinstance(item, Observation)]
    left = {item.source: item.reason for item in items if isinstance(item, Skipped)}
    assert len(seen) + len(left) == len(items)
    return seen, left


def test_pictures_by_content_in_all_folders(tmp_path: Path) -> None:
    one = picture(tmp_path / "b.png")
    two = picture(tmp_path / "a" / "deep" / "photo.without-suffix")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "vector.jpg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "cut.png").write_bytes(one.read_bytes()[:40])
    picture(tmp_path / ".hidden" / "x.png")
    (tmp_path / ".DS_Store").write_text("x")
    seen, left = split(read_folder(tmp_path, camera="gate"))
    assert {item.source for item in seen} == {str(one), str(two)}
    assert {item.camera for item in seen} == {"gate"}
    assert {Path(name).name for name in left} == {"empty.jpg", "text.jpg", "vector.jpg", "cut.png"}
    assert left[str(tmp_path / "empty.jpg")] == "the file is empty"
    assert "damaged or of an unknown format" in left[str(tmp_path / "text.jpg")]


def test_the_modality_is_the_users(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    (only,) = read_folder(tmp_path, modality=Modality.INFRARED)
    assert isinstance(only, Observation)
    assert only.images(Modality.INFRARED) == (path,)
    assert only.modalities == (Modality.INFRARED,)
    with pytest.raises(InputError, match="read a file of notes"):
        read_folder(tmp_path, modality=Modality.TEXT)


def test_camera_and_time_from_names(tmp_path: Path) -> None:
    picture(tmp_path / "gate_20240305-140700_1.png")
    wrong = picture(tmp_path / "holiday.png")
    seen, left = split(
        read_folder(tmp_path, pattern="{camera}_{time:%Y%m%d-%H%M%S}_{}", camera="unused")
    )
    assert [(item.camera, item.time) for item in seen] == [("gate", datetime(2024, 3, 5, 14, 7))]
    assert "does not fit the pattern" in left[str(wrong)]


def test_a_folder_above_may_be_the_camera(tmp_path: Path) -> None:
    picture(tmp_path / "site" / "gate" / "1.png")
    (only,) = read_folder(tmp_path, pattern="{camera}/{}.png")
    assert isinstance(only, Observation)
    assert only.camera == "gate"


def test_camera_and_time_from_a_table(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path / "2.png")
    unnamed = picture(tmp_path / "3.png")
    undated = picture(tmp_path / "4.png")
    table = tmp_path / "list.csv"
    table.write_bytes(
        "File,Camera,Time,Text\r\n"
        "a\\1.png,門,2024/3/5 14:07,赤い上着\r\n"
        "./2.png,駅,,\r\n"
        "4.png,駅,never,\r\n"
        "none.png,駅,,\r\n"
        "2.png,again,,\r\n".encode("cp932")
    )
    seen, left = split(read_folder(tmp_path, table=table))
    assert [(item.camera, item.time, item.text) for item in seen] == [
        ("駅", None, None),
        ("門", datetime(2024, 3, 5, 14, 7), "赤い上着"),
    ]
    assert left[str(unnamed)] == "list.csv has no row for it"
    assert "'never' was not understood" in left[str(undated)]
    assert left[f"{table}#row=5"] == "there is no picture 'none.png' in the folder"
    assert left[f"{table}#row=6"] == "an earlier row names '2.png' too"
    assert len(left) == 4


def test_a_table_without_the_columns(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("file,when\na,b\n")
    with pytest.raises(InputError, match="its columns are: file, when"):
        read_folder(tmp_path, table=table)


def test_options_are_checked_at_once(tmp_path: Path) -> None:
    for folder, why in (("none", "there is no such folder"), ("file", "it is not a folder")):
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match=why):
            read_folder(tmp_path / folder)
    with pytest.raises(InputError, match="one of them alone"):
        read_folder(tmp_path, pattern="{camera}", table="x.csv")
    with pytest.raises(InputError, match="cannot be used"):
        read_folder(tmp_path, pattern="{kamera}")


def test_a_ring_of_links_ends(tmp_path: Path) -> None:
    path = picture(tmp_path / "a" / "1.png")
    try:
        (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "dangling.png").symlink_to(tmp_path / "nothing")
    except OSError:
        pytest.skip("this file system has no links")
    seen, left = split(read_folder(tmp_path))
    assert [item.source for item in seen] == [str(path)]
    assert list(left) == [str(tmp_path / "dangling.png")]


def test_names_that_are_no_text_do_not_stop_the_rest(tmp_path: Path) -> None:
    path = picture(tmp_path / "good.png")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    seen, left = split(read_folder(tmp_path))
    assert [item.source for item in seen] == [str(path)]
    assert len(left) == 1


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert list(read_folder(tmp_path)) == []
