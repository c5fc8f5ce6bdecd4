"""A gallery of the first release opens, keeps everything, and is governed from then on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from gallery_fakes import FakeEncoder, walk

import omnireid.gallery.migrations
from omnireid.gallery import Database, Gallery
from omnireid.governance import Event, Governance, create_backup, rehearse

FIRST_TABLES = (
    "models", "gallery", "changes", "cameras", "sources", "items", "vectors", "pictures",
    "item_pictures", "loose_pictures", "removed",
)  # fmt: skip


@pytest.fixture
def old(folder: Path, tmp_path: Path) -> Path:
    """A gallery as schema 0001 wrote it: its migration alone, filled with the rows of today."""
    with Gallery.create(folder, FakeEncoder(), timezone="UTC") as gallery:
        gallery.add(walk(n) for n in range(8))
        gallery.delete([2])
    new = folder / "ledger.sqlite"
    made = tmp_path / "old.sqlite"
    database = Database(made)
    config = Config()
    config.set_main_option(
        "script_location", str(Path(omnireid.gallery.migrations.__file__).parent)
    )
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    database.close()
    driver = sqlite3.connect(made)
    driver.execute("ATTACH DATABASE ? AS new", (str(new),))
    for table in FIRST_TABLES:
        columns = [row[1] for row in driver.execute(f"PRAGMA main.table_info({table})")]
        names = ", ".join(columns)
        driver.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
    driver.execute("INSERT INTO main.notes (rowid, tokens) SELECT rowid, tokens FROM new.notes")
    driver.commit()
    driver.close()
    for path in folder.glob("ledger.sqlite*"):
        path.unlink()
    made.rename(new)
    return folder


def schema(folder: Path) -> str:
    driver = sqlite3.connect(folder / "ledger.sqlite")
    try:
        return str(driver.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        driver.close()


def test_everything_is_kept(old: Path) -> None:
    assert schema(old) == "0001"
    with Gallery.open(old, FakeEncoder()) as gallery:
        assert gallery.info().schema > "0001"
        assert gallery.count() == 7
        assert gallery.verify().problems == ()
        for number in (0, 2, 7):
            found = gallery.search(walk(number), k=1)[0]
            assert (found.note, found.camera) == (walk(number).text, walk(number).camera)
            assert found.score == pytest.approx(1, abs=1e-3)
        assert gallery.search(words="walk", k=50)
        assert gallery.add([walk(0)]).duplicates == 1
        assert gallery.add([walk(90)]).added == 1
    assert schema(old) > "0001"


def test_it_is_governed_from_then_on(old: Path, tmp_path: Path) -> None:
    with Gallery.open(old, FakeEncoder()) as gallery:
        governance = Governance(gallery)
        with gallery.database.read() as connection:
            tokens = [row[0] for row in connection.exec_driver_sql("SELECT token FROM items")]
        assert len(set(tokens)) == 7
        assert all(len(token) == 32 for token in tokens)
        governance.audit.record(Event("aya", "search"))
        assert {p.key for p in governance.purposes.all()} >= {"incident", "subject_request"}
        backup = create_backup(gallery, tmp_path / "shelf", actor="ops")
        assert governance.erase([1], actor="dpo", reference="7", reason="asked").complete
        assert governance.audit.verify().ok
        assert rehearse(backup.path).items == 6


def test_opened_twice_at_once_it_is_migrated_once(old: Path) -> None:
    first = Gallery.open(old)
    second = Gallery.open(old)
    assert first.count() == second.count() == 7
    first.close()
    second.close()
