from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder

from omnireid import Observation
from omnireid.gallery import Gallery, Problem, VerifyReport

Person = Callable[[int], Observation]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def remove(path: Path) -> None:
    path.unlink()


FAULTS = [truncate, empty, zero, flip, remove]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["vectors-*.f32", "columns-*.bin", "header.json"])
def test_a_damaged_index_is_found_and_then_rebuilt(
    filled: Gallery, folder: Path, encoder: FakeEncoder, person: Person, name: str, fault
) -> None:
    expected = filled.search(person(3), k=50)
    filled.close()
    (path,) = (folder / "index").glob(name)
    fault(path)
    with Gallery.open(folder, encoder) as gallery:
        report = gallery.verify()
        assert [p.kind for p in report.problems] == ["index"]
        assert gallery.search(person(3), k=50) == expected
        assert gallery.verify().ok


def test_an_index_folder_that_is_gone_is_made_again(
    filled: Gallery, folder: Path, encoder: FakeEncoder, person: Person
) -> None:
    filled.close()
    for path in (folder / "index").iterdir():
        path.unlink()
    (folder / "index").rmdir()
    with Gallery.open(folder, encoder) as gallery:
        assert gallery.info().index_bytes == 0
        assert gallery.search(person(3), k=1)[0].item_id == 4
        assert gallery.verify().ok


def test_an_index_with_sound_checksums_and_wrong_rows_is_found(filled: Gallery) -> None:
    with filled._store.database.write() as connection:
        connection.exec_driver_sql("UPDATE items SET camera_id = 1 WHERE id = 2")
    report = filled.verify()
    assert report.problems == (
        Problem(
            "index", "index", "item 2 differs from the ledger", "run `omnireid verify --repair`"
        ),
    )
    filled.rebuild_index()
    assert filled.verify().ok


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_picture_is_named(filled: Gallery, fault) -> None:
    item = filled.items()[0]
    fault(item.picture_path)
    report = filled.verify()
    (problem,) = report.problems
    assert problem.kind == "picture"
    assert problem.subject == f"item 12, {item.picture_path.name}"
    assert (report.items, report.pictures, report.ok) == (12, 12, False)


def test_files_that_no_item_uses_are_named(filled: Gallery, folder: Path) -> None:
    strays = [folder / "pictures" / "note.txt", folder / "pictures" / "ab" / f"{'0' * 64}.jpg"]
    for path in strays:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    problems = filled.verify().problems
    assert {p.subject for p in problems} == {str(p) for p in strays}
    assert {p.kind for p in problems} == {"stray"}


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("data = zeroblob(512)", "bytes have changed"),
        ("data = zeroblob(100)", "100 bytes instead of 512"),
        ("data = zeroblob(512), crc = CRC", "length is 0.000"),
        ("crc = crc + 1", "bytes have changed"),
    ],
)
def test_a_damaged_vector_is_named_and_searching_goes_on(
    filled: Gallery, person: Person, change: str, detail: str
) -> None:
    change = change.replace("CRC", str(zlib.crc32(bytes(512))))
    with filled._store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE vectors SET {change} WHERE item_id = 3")
    vectors = [p for p in filled.verify().problems if p.kind == "vector"]
    assert [p.subject for p in vectors] == ["item 3"]
    assert detail in vectors[0].detail
    filled.rebuild_index()
    found = filled.search(person(2), k=50)
    assert len(found) == 12
    assert found[0].item_id != 3
    assert len(filled.search(words="walk 2")) == 1


def test_a_vector_that_is_missing_is_named(filled: Gallery) -> None:
    with filled._store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM vectors WHERE item_id = 3")
    problems = [p for p in filled.verify().problems if p.kind == "vector"]
    assert [p.subject for p in problems] == ["item 3"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notes SET tokens = 'blue' WHERE rowid = 1",
        "DELETE FROM notes WHERE rowid = 1",
        "INSERT INTO notes (rowid, tokens) VALUES (99, 'ghost')",
    ],
)
def test_words_that_are_not_of_their_note_are_named_and_rebuilt(
    filled: Gallery, change: str
) -> None:
    with filled._store.database.write() as connection:
        connection.exec_driver_sql(change)
    problems = filled.verify().problems
    assert [p.kind for p in problems] == ["words"]
    assert problems[0].subject in ("item 1", "item 99")
    filled.rebuild_index()
    assert filled.verify().ok
    assert {m.item_id for m in filled.search(words="red")} == {1, 5, 9}


def test_a_damaged_index_of_words_is_named_and_rebuilt(filled: Gallery) -> None:
    with filled._store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM notes_idx")
        connection.exec_driver_sql("UPDATE notes_data SET block = zeroblob(20) WHERE id > 10")
    assert {p.kind for p in filled.verify().problems} == {"words"}


def test_damaged_pages_of_the_ledger_are_reported_not_raised(filled: Gallery, folder: Path) -> None:
    filled.close()
    path = folder / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    with sqlite3.connect(path) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'items'"
        ).fetchone()[0]
    connection.close()
    size = int.from_bytes(data[16:18], "big")
    data[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(data)
    with Gallery.open(folder) as gallery:
        report: VerifyReport = gallery.verify()
    assert report.problems
    assert all(p.kind == "ledger" for p in report.problems)
    assert "backup" in report.problems[0].to_do


def test_verify_repairs_nothing_and_an_index_behind_is_no_problem(
    filled: Gallery, person: Person, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("omnireid.gallery.store.Store.synchronise", lambda _: None)
        filled.add([person(20)])
    assert filled.verify().ok
    assert filled.search(person(20), k=1)[0].item_id == 13
