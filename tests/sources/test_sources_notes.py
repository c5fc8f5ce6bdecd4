"""Files of notes, as people keep them."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation
from omnireid.sources import Found, NoteColumns, Skipped, read_notes

JAPANESE = (
    "記述,カメラ,日時\n赤い上着の女性、①番口,門,令和6年3月5日 14時7分\n黒いコート,駅,2024/3/6\n"
)
COLUMNS = NoteColumns(text="記述", camera="カメラ", time="日時")


def notes(path: Path, columns: NoteColumns, **options: str) -> list[Observation]:
    found = list(read_notes(path, columns=columns, **options))
    assert all(isinstance(item, Observation) for item in found)
    return [item for item in found if isinstance(item, Observation)]


def skipped(found: list[Found]) -> list[Skipped]:
    return [item for item in found if isinstance(item, Skipped)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(JAPANESE.encode(encoding))
    first, second = notes(path, COLUMNS)
    assert (first.text, first.camera) == ("赤い上着の女性、①番口", "門")
    assert first.time == datetime(2024, 3, 5, 14, 7)
    assert second.time == datetime(2024, 3, 6)
    assert first.source == f"{path}#row=2"
    assert first.modalities == (Modality.TEXT,)


@pytest.mark.parametrize("name", ["euc_jp", "Shift_JIS", "sjis", "UTF8"])
def test_the_encoding_is_given(tmp_path: Path, name: str) -> None:
    path = tmp_path / "notes.csv"
    text = JAPANESE.replace("①", "一")
    path.write_bytes(text.encode(name))
    assert notes(path, COLUMNS, encoding=name)[0].text == "赤い上着の女性、一番口"


def test_a_wrong_or_unknown_encoding(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(JAPANESE.encode("cp932"))
    with pytest.raises(InputError, match="do not fit utf-8"):
        read_notes(path, columns=COLUMNS, encoding="utf-8")
    with pytest.raises(InputError, match="unknown encoding 'klingon'"):
        read_notes(path, columns=COLUMNS, encoding="klingon")
    path.write_bytes(b"text\n\x80\xff\xfe\x81")
    with pytest.raises(InputError, match="give its encoding"):
        read_notes(path, columns=NoteColumns())


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_separator_is_found(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(f'text{mark}camera\n"a man, tall; in | red"{mark}gate\n')
    (note,) = notes(path, NoteColumns(camera="camera"))
    assert (note.text, note.camera) == ("a man, tall; in | red", "gate")


def test_a_missing_column_names_those_there(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("Note,Place\nred coat,gate\n")
    with pytest.raises(InputError, match=r"no column named 'text'.*its columns are: Note, Place"):
        read_notes(path, columns=NoteColumns())
    with pytest.raises(InputError, match="no column named 'where'"):
        read_notes(path, columns=NoteColumns(text="note", camera="where"))
    path.write_text("text,Text\na,b\n")
    with pytest.raises(InputError, match="two columns named 'text'"):
        read_notes(path, columns=NoteColumns())


def test_names_of_columns_are_read_kindly(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(" ＴＥＸＴ , Camera\nred coat,gate\n", encoding="utf-8")
    assert notes(path, NoteColumns(text="text", camera="CAMERA"))[0].camera == "gate"


def test_rows_that_cannot_be_used_are_listed_by_number(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(
        "text,time,camera\n"
        "red coat,2024-03-05 14:07,gate\n"
        ",2024-03-05 14:08,gate\n"
        "\n"
        ",,\n"
        "blue coat,yesterday,gate\n"
        "   ,2024-03-05,gate\n"
        "green coat\n"
        '"two\nlines",2024/3/5,gate\n'
    )
    found = list(read_notes(path, columns=NoteColumns(time="time", camera="camera")))
    texts = [item.text for item in found if isinstance(item, Observation)]
    assert texts == ["red coat", "green coat", "two\nlines"]
    lines = [str(item) for item in skipped(found)]
    assert [line.split("#row=")[1].split(":")[0] for line in lines] == ["3", "6", "7"]
    assert "the text is empty" in lines[0]
    assert "'yesterday'" in lines[1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n \n", "the file is empty"),
        (b",,\n", "no row with content"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel format"),
        (b'text\n"' + b"x" * 200_000, "damaged at line"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=why):
        read_notes(path, columns=NoteColumns())


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not be opened"):
        read_notes(tmp_path / "none.csv", columns=NoteColumns())


def test_a_header_alone_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("text\n")
    assert list(read_notes(path, columns=NoteColumns())) == []


def workbook(path: Path, rows: list[list[object]], title: str = "notes") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    workbook(
        path,
        [
            [None, None, None],
            ["記述", "カメラ", "日時"],
            ["赤い上着", 3, datetime(2024, 3, 5, 14, 7)],
            [None, None, None],
            ["黒いコート", 4.0, "令和6年3月5日 14時7分"],
            ["#N/A", "x", None],
            [None, "x", None],
        ],
    )
    found = list(read_notes(path, columns=COLUMNS))
    first, second = (item for item in found if isinstance(item, Observation))
    assert (first.text, first.camera, first.time) == ("赤い上着", "3", datetime(2024, 3, 5, 14, 7))
    assert (second.camera, second.time) == ("4", datetime(2024, 3, 5, 14, 7))
    assert first.source == f"{path}#row=3"
    assert [item.source for item in skipped(found)] == [f"{path}#row=6", f"{path}#row=7"]


def test_merged_cells_count_for_every_row(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    book = workbook(path, [["text", "camera"], ["red", "gate"], ["blue", None], ["green", None]])
    book.active.merge_cells("B2:B4")
    book.save(path)
    assert [note.camera for note in notes(path, NoteColumns(camera="camera"))] == ["gate"] * 3


def test_a_formula_that_was_never_computed_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    workbook(path, [["text"], ['="red "&"coat"']])
    (only,) = read_notes(path, columns=NoteColumns())
    assert isinstance(only, Skipped)
    assert only.reason == "the cell A2: it is a formula without a stored result"


def test_sheets_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    book = workbook(path, [["other"]], title="cover")
    book.create_sheet("3月").append(["text"])
    book["3月"].append(["red coat"])
    book.save(path)
    assert notes(path, NoteColumns(), sheet="3月")[0].text == "red coat"
    with pytest.raises(InputError, match="its sheets are: cover, 3月"):
        read_notes(path, columns=NoteColumns(), sheet="4月")
    csv = tmp_path / "notes.csv"
    csv.write_text("text\nx\n")
    with pytest.raises(InputError, match="it is a text file"):
        read_notes(csv, columns=NoteColumns(), sheet="3月")


def test_a_damaged_workbook_and_a_zip_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "not a workbook")
    with pytest.raises(InputError, match="could not be read as a workbook"):
        read_notes(path, columns=NoteColumns())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.xlsx"
    workbook(path, [["text"], ["red"]])
    monkeypatch.setattr("omnireid.sources.workbook.MAX_UNPACKED", 1000)
    with pytest.raises(InputError, match="was refused"):
        read_notes(path, columns=NoteColumns())


def test_pictures_beside_the_notes(tmp_path: Path) -> None:
    Image.new("RGB", (8, 16), "red").save(tmp_path / "a.png")
    (tmp_path / "broken.png").write_bytes(b"no")
    inner = tmp_path / "inner"
    inner.mkdir()
    path = inner / "notes.csv"
    Image.new("RGB", (8, 16), "red").save(inner / "b.png")
    path.write_text(
        "text,picture\nred coat,b.png\nno picture,\nmissing,none.png\noutside,../a.png\n"
        "absolute,/etc/hostname\nodd,b.png\0\n"
    )
    columns = NoteColumns(picture="picture", modality=Modality.SKETCH)
    found = list(read_notes(path, columns=columns))
    first, second = (item for item in found if isinstance(item, Observation))
    assert first.modalities == (Modality.SKETCH, Modality.TEXT)
    (picture,) = first.images(Modality.SKETCH)
    assert np.asarray(Image.open(str(picture))).shape == (16, 8, 3)
    assert second.modalities == (Modality.TEXT,)
    reasons = [item.reason for item in skipped(found)]
    assert len(reasons) == 4
    assert "could not be opened" in reasons[0]
    assert "outside the folder" in reasons[1]
    assert "outside the folder" in reasons[2]
