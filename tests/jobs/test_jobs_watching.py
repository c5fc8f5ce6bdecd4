"""Watched folders: taken once at rest, exactly once, whatever happens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jobs_pictures import write_pictures

from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.jobs import FolderOptions, JobQueue, State, VideoOptions, Watcher, Watches

Work = Callable[[], int]


@pytest.fixture
def watches(gallery: Gallery) -> Watches:
    return Watches(gallery)


@pytest.fixture
def watcher(gallery: Gallery) -> Watcher:
    """Takes what is the same in two looks."""
    return Watcher(gallery, settled=0)


def test_files_are_taken_once_they_rest_and_never_twice(
    watches: Watches,
    watcher: Watcher,
    queue: JobQueue,
    gallery: Gallery,
    tmp_path: Path,
    work: Work,
) -> None:
    folder = write_pictures(tmp_path / "in", 3)
    watches.add(FolderOptions(path=folder, camera="gate"), "Ito")
    assert watcher.look() == 0  # seen for the first time
    assert watcher.look() == 3
    assert watcher.look() == 0
    work()
    assert gallery.count() == 3
    assert {item.camera for item in gallery.items()} == {"gate"}
    write_pictures(folder, 2, first=10)
    watcher.look()
    assert watcher.look() == 2
    work()
    assert gallery.count() == 5
    assert [job.watch_id for job in queue.jobs()] == [1, 1]
    assert all(job.actor == "Ito" for job in queue.jobs())


def test_a_file_that_still_grows_is_left_alone(
    watches: Watches, watcher: Watcher, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    watches.add(FolderOptions(path=folder), "Ito")
    growing = folder / "copy.png"
    for size in (10, 20, 30):
        growing.write_bytes(bytes(size))
        assert watcher.look() == 0
    assert watcher.look() == 1


def test_a_file_must_rest_for_as_long_as_said(
    gallery: Gallery, watches: Watches, tmp_path: Path
) -> None:
    watches.add(FolderOptions(path=write_pictures(tmp_path / "in", 1)), "Ito")
    patient = Watcher(gallery, settled=3600)
    assert [patient.look() for _ in range(3)] == [0, 0, 0]


def test_what_was_taken_is_remembered_by_a_new_watcher(
    watches: Watches, watcher: Watcher, gallery: Gallery, queue: JobQueue, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "in", 2)
    watches.add(FolderOptions(path=folder), "Ito")
    watcher.look()
    watcher.look()
    again = Watcher(gallery, settled=0)
    assert [again.look() for _ in range(3)] == [0, 0, 0]
    assert queue.get(1).total == 2


def test_new_files_join_the_job_that_has_not_ended(
    watches: Watches,
    watcher: Watcher,
    queue: JobQueue,
    gallery: Gallery,
    tmp_path: Path,
    work: Work,
) -> None:
    folder = write_pictures(tmp_path / "in", 2)
    watches.add(FolderOptions(path=folder), "Ito")
    watcher.look()
    watcher.look()
    write_pictures(folder, 2, first=10)
    watcher.look()
    watcher.look()
    assert queue.count() == 1
    work()
    done = queue.get(1)
    assert (done.state, done.added, done.total, gallery.count()) == (State.DONE, 4, 4, 4)


def test_names_of_taken_files_do_not_outlive_their_items(
    watches: Watches, watcher: Watcher, gallery: Gallery, tmp_path: Path, work: Work
) -> None:
    folder = write_pictures(tmp_path / "in", 1)
    (folder / "gate_0000.png").rename(folder / "tanaka_taro.png")
    watches.add(FolderOptions(path=folder), "Ito")
    watcher.look()
    watcher.look()
    work()
    gallery.delete([item.item_id for item in gallery.items()])
    gallery.database.checkpoint()
    assert b"tanaka_taro" not in (gallery.folder / "ledger.sqlite").read_bytes()
    assert watcher.look() == 0


def test_videos_become_a_job_each(
    watches: Watches,
    watcher: Watcher,
    queue: JobQueue,
    gallery: Gallery,
    tmp_path: Path,
    work: Work,
    film: Path,
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(film, folder / "gate_20261123_080000.avi")
    (folder / "readme.txt").write_text("no film")
    options = VideoOptions(path=folder, pattern="{camera}_{time:%Y%m%d_%H%M%S}")
    watches.add(options, "Ito")
    watcher.look()
    assert watcher.look() == 1
    work()
    assert (queue.get(1).state, queue.get(1).kind) == (State.DONE, "video")
    items = gallery.items()
    assert items
    assert {item.camera for item in items} == {"gate"}
    assert all(item.time and item.time.isoformat() >= "2026-11-23T08:00" for item in items)


def test_a_folder_that_goes_away_is_said_and_taken_up_again(
    watches: Watches, watcher: Watcher, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "drive", 1)
    watches.add(FolderOptions(path=folder), "Ito")
    folder.rename(tmp_path / "unplugged")
    assert watcher.look() == 0
    assert "No such file" in (watches.get(1).trouble or "")
    (tmp_path / "unplugged").rename(folder)
    watcher.look()
    assert watcher.look() == 1
    assert watches.get(1).trouble is None


def test_what_cannot_be_watched_is_refused(watches: Watches, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        watches.add(FolderOptions(path=tmp_path / "none"), "Ito")
    watches.add(FolderOptions(path=tmp_path), "Ito")
    with pytest.raises(InputError, match="watched already"):
        watches.add(FolderOptions(path=tmp_path / "."), "Ito")
    with pytest.raises(InputError, match="with a table"):
        watches.add(FolderOptions(path=tmp_path, table=tmp_path / "t.csv"), "Ito")
    with pytest.raises(InputError, match="no watch 9"):
        watches.remove(9, "Ito")
