"""A disk that refuses: clear errors, and nothing that was reported is lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder

from omnireid import Observation
from omnireid.errors import GalleryError
from omnireid.gallery import Gallery
from omnireid.gallery.segment import Segment

Person = Callable[[int], Observation]


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_no_room_for_pictures(gallery: Gallery, person: Person, monkeypatch) -> None:
    left = 5

    def some_room(_descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            refuse()

    with monkeypatch.context() as patch:
        patch.setattr("omnireid.gallery.pictures.os.fsync", some_room)
        with pytest.raises(GalleryError, match="No space left") as refused:
            gallery.add((person(n) for n in range(20)), batch_size=1)
    stored = gallery.count()
    assert 0 < stored < 20
    assert f"{stored} new items were stored before that" in refused.value.why
    assert "free some space" in refused.value.to_do
    report = gallery.add(person(n) for n in range(20))
    assert (report.added, report.duplicates) == (20 - stored, stored)
    assert gallery.verify().ok


def test_no_room_for_the_ledger(gallery: Gallery, person: Person) -> None:
    gallery.add([person(0)])
    with gallery._store.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(GalleryError, match="the disk is full"):
        gallery.add((person(n) for n in range(1, 200)), batch_size=1)
    stored = gallery.count()
    assert 1 <= stored < 200
    assert gallery.search(person(0), k=1)[0].item_id == 1
    # Erasing must be possible on a full disk.
    assert gallery.delete([1]) == 1
    with gallery._store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert gallery.add(person(n) for n in range(1, 200)).duplicates == stored - 1
    assert gallery.verify().ok


@pytest.mark.parametrize("part", ["append", "header"])
def test_no_room_for_the_index(
    gallery: Gallery, folder: Path, encoder: FakeEncoder, person: Person, part: str, monkeypatch
) -> None:
    gallery.add([person(0)])
    with monkeypatch.context() as patch:
        if part == "append":
            patch.setattr(Segment, "append", refuse)
        else:
            patch.setattr("omnireid.gallery.header.write_durably", refuse)
        # The items are safe: that the index lags behind does not take the report away.
        assert gallery.add([person(1)]).added == 1
        with pytest.raises(GalleryError, match="No space left"):
            gallery.search(person(1))
        with pytest.raises(GalleryError, match="No space left"):
            gallery.rebuild_index()
        assert len(gallery.search(words="walk")) == 2
        # A full disk is no damage.
        with pytest.raises(GalleryError, match="No space left"):
            gallery.verify()
    assert gallery.search(person(1), k=1)[0].item_id == 2
    with Gallery.open(folder, encoder) as again:
        assert again.search(person(1), k=1)[0].item_id == 2
        assert again.verify().ok


def test_an_erasure_that_the_disk_stopped_is_finished_later(
    gallery: Gallery, person: Person, monkeypatch
) -> None:
    gallery.add(person(n) for n in range(3))
    with monkeypatch.context() as patch:
        patch.setattr(Segment, "blank", refuse)
        with pytest.raises(GalleryError, match="No space left"):
            gallery.delete([2])
        assert gallery.count() == 2
    assert {m.item_id for m in gallery.search(person(1))} == {1, 3}
    assert gallery.verify().ok
