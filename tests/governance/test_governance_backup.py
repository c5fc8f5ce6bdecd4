"""Backups: whole while the service runs, checked to the byte, and put back without the erased."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import threading
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder, walk
from governance_child import run

from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery
from omnireid.governance import (
    AuditLog,
    Event,
    Governance,
    backup_problems,
    create_backup,
    drop_backup,
    list_backups,
    rehearse,
    restore,
)

POINTS = ("backup.announced", "backup.ledger_copied", "backup.filled", "backup.renamed")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


def test_a_backup_is_whole_and_carries(gallery: Gallery, shelf: Path) -> None:
    AuditLog(gallery.database).record(Event("aya", "search"))
    backup = create_backup(gallery, shelf, actor="ops")
    assert (backup.state, backup.items) == ("whole", 12)
    assert backup_problems(backup.path) == ()
    assert [b.path for b in list_backups(gallery.database)] == [backup.path]
    rehearsal = rehearse(backup.path)
    assert rehearsal.ok, rehearsal.problems
    assert (rehearsal.items, rehearsal.pictures, rehearsal.searched) == (12, 12, True)
    # The rehearsal leaves the backup as it was.
    assert backup_problems(backup.path) == ()


def test_a_backup_is_put_back(gallery: Gallery, shelf: Path, tmp_path: Path) -> None:
    backup = create_backup(gallery, shelf, actor="ops")
    restored = restore(backup.path, tmp_path / "new", actor="ops")
    assert (restored.items, restored.forgotten, restored.aside) == (12, 0, None)
    with Gallery.open(tmp_path / "new", FakeEncoder()) as new:
        assert new.verify().ok
        assert new.search(walk(3), k=1)[0].note == walk(3).text
        log = AuditLog(new.database)
        assert log.verify().ok
        assert log.entries(limit=1)[0].action == "backup.restore"


def test_a_gallery_in_the_way_is_set_aside_on_request(
    gallery: Gallery, folder: Path, shelf: Path
) -> None:
    backup = create_backup(gallery, shelf, actor="ops")
    gallery.add([walk(50)])
    gallery.close()
    with pytest.raises(GalleryError, match="not empty"):
        restore(backup.path, folder, actor="ops")
    restored = restore(backup.path, folder, actor="ops", replace=True)
    with Gallery.open(folder) as now, Gallery.open(restored.aside) as before:
        assert (now.count(), before.count()) == (12, 13)


def test_no_backup_in_the_gallery_itself(gallery: Gallery, folder: Path) -> None:
    with pytest.raises(GalleryError, match="lies in the gallery"):
        create_backup(gallery, folder / "backups", actor="ops")


def test_a_backup_made_while_others_write_is_one_state(gallery: Gallery, shelf: Path) -> None:
    stop = threading.Event()

    def busy() -> None:
        number = 100
        while not stop.is_set():
            gallery.add([walk(number), walk(number + 1)])
            newest = max(item.item_id for item in gallery.items(k=1000))
            gallery.delete([newest])
            number += 2

    worker = threading.Thread(target=busy)
    worker.start()
    try:
        made = [create_backup(gallery, shelf, actor="ops") for _ in range(3)]
    finally:
        stop.set()
        worker.join()
    for backup in made:
        assert rehearse(backup.path).problems == ()


@pytest.mark.parametrize("seed", range(6))
def test_a_flipped_bit_is_found_and_refused(
    gallery: Gallery, shelf: Path, tmp_path: Path, seed: int
) -> None:
    backup = create_backup(gallery, shelf, actor="ops")
    dice = random.Random(seed)
    files = sorted(p for p in backup.path.rglob("*") if p.is_file())
    chosen = (
        backup.path / ("ledger.sqlite", "manifest.json", "manifest.sha256")[seed]
        if seed < 3
        else dice.choice(files)
    )
    data = bytearray(chosen.read_bytes())
    data[dice.randrange(min(len(data), 64) if seed == 2 else len(data))] ^= 1 << dice.randrange(8)
    chosen.write_bytes(data)
    assert backup_problems(backup.path)
    assert not rehearse(backup.path).ok
    with pytest.raises(GalleryError):
        restore(backup.path, tmp_path / "new", actor="ops")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("change", ["cut", "removed", "added"])
def test_files_cut_removed_and_added_are_found(gallery: Gallery, shelf: Path, change: str) -> None:
    backup = create_backup(gallery, shelf, actor="ops")
    picture = next((backup.path / "pictures").rglob("*.jpg"))
    if change == "cut":
        picture.write_bytes(picture.read_bytes()[:100])
    elif change == "removed":
        picture.unlink()
    else:
        (backup.path / "more.txt").touch()
    assert len(backup_problems(backup.path)) == 1


def test_a_picture_damaged_already_is_left_out_by_name(
    gallery: Gallery, folder: Path, shelf: Path
) -> None:
    picture = next((folder / "pictures").rglob("*.jpg"))
    picture.write_bytes(b"noise")
    backup = create_backup(gallery, shelf, actor="ops")
    assert backup_problems(backup.path) == ()
    assert any(picture.stem in problem for problem in rehearse(backup.path).problems)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_is_made(gallery: Gallery, folder: Path, shelf: Path, point: str) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["governance_child"])
    child = context.Process(target=run, args=(folder, "backup", point, shelf))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert [b.state for b in list_backups(gallery.database)] == ["making"]
    backup = create_backup(gallery, shelf, actor="ops")
    assert rehearse(backup.path).ok
    states = [b.state for b in list_backups(gallery.database)]
    # One that was whole when the kill came is kept; a half one is gone from the disk.
    assert states == ["whole", "whole" if point == "backup.renamed" else "dropped"]
    assert [p.name for p in shelf.glob(".omnireid*")] == []
    kept = [p for p in shelf.iterdir() if p.is_dir()]
    assert len(kept) == states.count("whole")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_killed_while_it_is_put_back(gallery: Gallery, folder: Path, shelf: Path) -> None:
    backup = create_backup(gallery, shelf, actor="ops")
    gallery.close()
    for point in ("restore.laid_out", "restore.set_aside"):
        context = multiprocessing.get_context("forkserver")
        child = context.Process(target=run, args=(folder, "restore", point, backup.path))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    # After the second kill the old gallery stands aside, whole, and restoring again ends it.
    assert not folder.exists()
    restore(backup.path, folder, actor="ops")
    with Gallery.open(folder) as again:
        assert again.count() == 12
        assert again.verify().ok


def test_a_backup_is_deleted_or_noted_as_destroyed(gallery: Gallery, shelf: Path) -> None:
    first, second = (create_backup(gallery, shelf, actor="ops") for _ in range(2))
    assert drop_backup(gallery.database, first.backup_id, actor="ops").state == "whole"
    assert not first.path.exists()
    shutil.rmtree(shelf)
    assert drop_backup(gallery.database, second.backup_id, actor="ops").state == "missing"
    assert [b.state for b in list_backups(gallery.database)] == ["dropped", "dropped"]
    certificate = Governance(gallery).erase([1], actor="dpo", reference="7", reason="asked")
    assert certificate.complete
    for number in (first.backup_id, 99):
        with pytest.raises(InputError):
            drop_backup(gallery.database, number, actor="ops")


def test_a_backup_taken_away_is_said_to_be_missing(gallery: Gallery, shelf: Path) -> None:
    create_backup(gallery, shelf, actor="ops")
    shutil.rmtree(shelf)
    assert [b.state for b in list_backups(gallery.database)] == ["missing"]
