"""Lists and tables that are not as published: a diagnosis, never an assertion or a wrong number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from miniature_sets import document, pictures

from omnireid.datasets import DataSet, load_dataset
from omnireid.errors import InputError


def _captioned(root: Path, captions: Any, identity: Any = 1) -> DataSet:
    pictures(root / "imgs", ["a.jpg"])
    record = {"id": identity, "file_path": "a.jpg", "split": "test", "captions": captions}
    document(root / "reid_raw.json", [record])
    return load_dataset("cuhk_pedes", root)


def _reasons(data: DataSet) -> list[str]:
    return [problem.reason for problem in data.problems if not problem.wrong_count]


@pytest.mark.parametrize("captions", [None, 3, {}, [None, 7], [" "]])
def test_a_photo_whose_captions_are_no_texts_stays_in_the_gallery(
    tmp_path: Path, captions: Any
) -> None:
    data = _captioned(tmp_path, captions)
    assert set(data.splits) == {"test.images"}
    assert _reasons(data) == ["the photo has no caption"]


def test_a_lone_caption_is_not_read_letter_by_letter(tmp_path: Path) -> None:
    (caption,) = _captioned(tmp_path, "A man.").split("test.captions")
    assert caption.text == "A man."


@pytest.mark.parametrize("identity", [None, " ", "", True, [1], 1.5])
def test_a_record_that_names_nobody_is_left_out(tmp_path: Path, identity: Any) -> None:
    data = _captioned(tmp_path, ["A man."], identity)
    assert not data.splits
    (reason,) = _reasons(data)
    assert "unknown person" in reason


@pytest.mark.parametrize("written", [7, 7.0, "7", " 7 "])
def test_numbers_and_words_name_the_same_person(tmp_path: Path, written: Any) -> None:
    (caption,) = _captioned(tmp_path, ["A man."], written).split("test.captions")
    assert caption.identity == "7"


@pytest.mark.parametrize("content", [None, 4, {"id": 1}])
def test_a_list_that_is_none_is_named(tmp_path: Path, content: Any) -> None:
    document(tmp_path / "synthpedes-dataset.json", content)
    with pytest.raises(InputError, match="it holds no JSON array"):
        load_dataset("synth_pedes", tmp_path)
    (tmp_path / "imgs").mkdir()
    document(tmp_path / "reid_raw.json", content)
    with pytest.raises(InputError, match="it holds no JSON array"):
        load_dataset("cuhk_pedes", tmp_path)


def test_synth_pedes_without_captions_or_slots_is_listed(tmp_path: Path) -> None:
    pictures(tmp_path, ["a.jpg"])
    record = {"id": 1, "file_path": "a.jpg", "captions": None, "attributes": 3}
    document(tmp_path / "synthpedes-dataset.json", [record])
    data = load_dataset("synth_pedes", tmp_path)
    assert _reasons(data) == [
        "the photo has no caption",
        "1 attribute slots, not 6: '3'; left out",
    ]


def test_orbench_tasks_and_rows_that_are_no_lists_are_listed(tmp_path: Path) -> None:
    pictures(tmp_path, ["vis/0601/a.jpg"])
    gallery = [[601, "vis/0601/a.jpg"], [None, "vis/0601/a.jpg"], ["", "vis/0601/a.jpg"]]
    lists = {"RGB_GALLERY": gallery, "NIR": None, "TEXT": [[601, ""], [601, None], [601, "red"]]}
    document(tmp_path / "test_gallery_and_queries.json", lists)
    data = load_dataset("orbench", tmp_path)
    assert {name: len(samples) for name, samples in data.splits.items()} == {
        "gallery": 1,
        "TEXT": 1,
    }
    assert [problem.where for problem in data.problems if not problem.wrong_count] == [
        "RGB_GALLERY, row 2",
        "RGB_GALLERY, row 3",
        "NIR",
        "TEXT, row 1",
        "TEXT, row 2",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'identity,text\n1,a\n2,"never closed\n3,b\n', "below line 2: unexpected end of data"),
        (b"identity,text\n1," + b"x" * 200_000, "field larger than field limit"),
        ("identity,text\n1,a\n".encode("utf-16"), "neither UTF-8 nor Shift_JIS"),
    ],
)
def test_a_table_that_would_lose_rows_in_silence_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_dataset("folder", table)


def test_a_sentence_in_the_column_of_a_picture_is_listed(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("identity,rgb\n1," + "a man in red " * 400, encoding="utf-8")
    data = load_dataset("folder", table)
    assert not data.splits
    (reason,) = _reasons(data)
    assert reason.startswith("listed, but no path")
