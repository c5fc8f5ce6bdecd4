from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from gallery_fakes import FakeEncoder

import omnireid.gallery.migrations
import omnireid.governance.schema
import omnireid.jobs.schema
import omnireid.review.schema
import omnireid.search.schema
import omnireid.service.schema
from omnireid import Observation
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery, is_gallery
from omnireid.gallery.schema import SCHEMA_VERSION, metadata

Person = Callable[[int], Observation]


def test_a_folder_without_a_gallery(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        assert not is_gallery(path)
        with pytest.raises(GalleryError, match="there is no gallery in it"):
            Gallery.open(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("gallery")
def test_a_gallery_is_made_once(folder: Path, encoder: FakeEncoder) -> None:
    assert is_gallery(folder)
    with pytest.raises(GalleryError, match="there is one already"):
        Gallery.create(folder, encoder)


def test_a_gallery_is_made_in_new_and_empty_folders_alone(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    Gallery.create(tmp_path / "a" / "b", encoder).close()
    (tmp_path / "empty").mkdir()
    Gallery.create(tmp_path / "empty", encoder).close()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    for path, why in (("photos", "holds other files"), ("photos/a.jpg", "it is a file")):
        with pytest.raises(GalleryError, match=why):
            Gallery.create(tmp_path / path, encoder)
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["a.jpg"]
    with pytest.raises(InputError, match="time zone"):
        Gallery.create(tmp_path / "c", encoder, timezone="Nowhere")
    assert not (tmp_path / "c").exists()


def test_another_model_is_refused_by_name(filled: Gallery, folder: Path, person: Person) -> None:
    for other in (FakeEncoder("other@2+ffff"), FakeEncoder(width=128)):
        with pytest.raises(GalleryError) as refused:
            Gallery.open(folder, other)
        assert "fake@1+0000" in str(refused.value)
        assert other.model_id in str(refused.value)
        assert "omnireid index" in refused.value.to_do
    assert filled.search(person(0), k=1)[0].item_id == 1


def test_the_ledger_of_a_newer_release_is_refused_untouched(filled: Gallery, folder: Path) -> None:
    filled.close()
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = (folder / "ledger.sqlite").read_bytes()
    with pytest.raises(GalleryError, match="schema 9999") as refused:
        Gallery.open(folder)
    assert "newer omnireid" in refused.value.to_do
    assert (folder / "ledger.sqlite").read_bytes() == before


def test_a_gallery_whose_making_was_killed_can_be_made_again(
    folder: Path, encoder: FakeEncoder, person: Person
) -> None:
    folder.mkdir()
    connection = sqlite3.connect(folder / "ledger.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert not is_gallery(folder)
    with pytest.raises(GalleryError):
        Gallery.open(folder, encoder)
    with Gallery.create(folder, encoder) as gallery:
        assert gallery.add([person(0)]).added == 1


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" * 100])
def test_a_ledger_that_is_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "ledger.sqlite").write_bytes(content)
    with pytest.raises(GalleryError, match=r"damaged|cannot be") as refused:
        Gallery.open(folder)
    assert refused.value.to_do


def test_a_database_of_something_else(folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    with pytest.raises(GalleryError, match="not the ledger of a gallery"):
        Gallery.open(folder)


def test_the_migrations_make_the_tables_that_the_code_uses(gallery: Gallery) -> None:
    folder = Path(omnireid.gallery.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == SCHEMA_VERSION
    with gallery._store.database.read() as connection:
        words_search = {
            "notes",
            *(f"notes_{x}" for x in ("data", "idx", "content", "docsize", "config")),
        }
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name not in words_search
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_ledger_is_set_to_lose_nothing(gallery: Gallery) -> None:
    with gallery._store.database.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


def test_a_backup_put_back_does_not_meet_the_index_of_later(
    folder: Path, encoder: FakeEncoder, person: Person
) -> None:
    with Gallery.create(folder, encoder) as gallery:
        gallery.add([person(0)])
    backup = (folder / "ledger.sqlite").read_bytes()
    with Gallery.open(folder, encoder) as gallery:
        gallery.add([person(1)])
        assert gallery.search(person(1), k=1)[0].note == person(1).text
    (folder / "ledger.sqlite").write_bytes(backup)
    with Gallery.open(folder, encoder) as gallery:
        # The same number of changes and the same ids, of another history.
        gallery._store.index.close()
        assert gallery.add([person(2)]).added == 1
        assert gallery.search(person(2), k=1)[0].score == pytest.approx(1, abs=1e-3)
        assert gallery.search(person(1), k=1)[0].score < 0.99
        # All that is left of the later history is its picture, and it is named.
        assert [p.kind for p in gallery.verify().problems] == ["stray"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_may_not_be_written(encoder: FakeEncoder, person: Person) -> None:
    # Not under pytest's own folder, which other users may not enter.
    base = Path(tempfile.mkdtemp())
    try:
        folder = base / "gallery"
        with Gallery.create(folder, encoder) as gallery:
            gallery.add([person(0)])
        for path in (*folder.rglob("*"), folder, base):
            path.chmod(0o555 if path.is_dir() else 0o444)
        refusals = _as_nobody(
            lambda: Gallery.open(folder, encoder).add([person(1)]),
            lambda: Gallery.create(base / "other", encoder),
        )
        assert len(refusals) == 2
        for refusal in refusals:
            assert "What to do" in refusal
            assert "permissions" in refusal
        base.chmod(0o755)
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o755 if path.is_dir() else 0o644)
        with Gallery.open(folder, encoder) as gallery:
            assert gallery.count() == 1
            assert gallery.verify().ok
    finally:
        shutil.rmtree(base)


def _as_nobody(*calls: Callable[[], object]) -> list[str]:
    """The GalleryErrors of calls made in a child that is not root, whom permissions bind."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setuid(65534)
        for call in calls:
            try:
                call()
            except GalleryError as error:
                os.write(write, f"{error}\n".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        output = pipe.read().decode()
    os.waitpid(child, 0)
    return output.splitlines()
