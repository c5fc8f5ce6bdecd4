from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gallery_fakes import FakeEncoder
from PIL import Image

from omnireid import Modality, Observation
from omnireid.errors import GalleryError, InputError, ModelError
from omnireid.gallery import AddReport, Gallery, Order

Person = Callable[[int], Observation]


def test_what_was_added_is_there_after_opening_again(
    folder: Path, encoder: FakeEncoder, person: Person
) -> None:
    with Gallery.create(folder, encoder, timezone="Asia/Tokyo") as gallery:
        assert gallery.add(person(n) for n in range(5)) == AddReport(added=5)
    with Gallery.open(folder, encoder) as gallery:
        item = gallery.search(person(3), k=1)[0]
        assert gallery.verify().ok
    given = person(3)
    assert (item.camera, item.source, item.note) == (given.camera, given.source, given.text)
    assert item.time == given.time
    assert item.time.utcoffset().total_seconds() == 9 * 3600
    assert item.modalities == (Modality.RGB, Modality.TEXT)
    assert item.picture_path.parent.parent == folder / "pictures"
    assert item.picture_path.read_bytes()[:2] == b"\xff\xd8"
    assert item.score == pytest.approx(1, abs=1e-3)


def test_adding_again_adds_nothing(filled: Gallery, person: Person, encoder: FakeEncoder) -> None:
    before, calls = filled.items(), encoder.calls
    report = filled.add([person(n) for n in range(12)] + [person(12), person(12)], batch_size=5)
    assert report == AddReport(added=1, duplicates=13)
    assert encoder.calls == calls + 1
    assert [i for i in filled.items() if i.item_id <= 12] == list(before)


def test_bad_observations_are_listed_with_reasons_and_the_job_goes_on(
    gallery: Gallery, person: Person, tmp_path: Path
) -> None:
    empty, damaged = tmp_path / "empty.jpg", tmp_path / "damaged.png"
    empty.write_bytes(b"")
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    report = gallery.add(
        [
            person(0),
            Observation(rgb=empty),
            Observation(rgb=damaged, source="camera card 7"),
            Observation(infrared=tmp_path / "missing.png"),
            Observation(rgb=b"<svg/>"),
            Observation(text="refuse me", source="notes.csv#4"),
            person(1),
        ],
        batch_size=4,
    )
    assert (report.added, report.duplicates) == (2, 0)
    reasons = {s.source: s.reason for s in report.skipped}
    assert set(reasons) == {
        str(empty),
        "camera card 7",
        str(tmp_path / "missing.png"),
        "observation 5",
        "notes.csv#4",
    }
    assert "empty" in reasons[str(empty)]
    assert "damaged or of an unknown format" in reasons["camera card 7"]
    assert "No such file" in reasons[str(tmp_path / "missing.png")]
    assert "does not like it" in reasons["notes.csv#4"]
    assert gallery.count() == 2
    assert gallery.verify().ok


def test_nothing_usable_is_no_error(gallery: Gallery) -> None:
    assert gallery.add([]) == AddReport()
    assert len(gallery.add([Observation(rgb=b"")]).skipped) == 1
    assert gallery.search(np.ones(256)) == ()


def test_progress_counts_what_was_dealt_with(gallery: Gallery, person: Person) -> None:
    seen: list[tuple[int, int]] = []
    many = [person(0), Observation(rgb=b""), person(0), person(1), person(2)]
    gallery.add(many, batch_size=2, progress=lambda done: seen.append((done, gallery.count())))
    # What is counted is already stored when progress is told.
    assert seen == [(2, 1), (4, 2), (5, 3)]


def test_hostile_names_never_become_paths(gallery: Gallery, folder: Path, person: Person) -> None:
    names = ["../../evil.jpg", "/etc/passwd", "C:\\evil", "a\0b.jpg", "x" * 5000, "ＬＯＧ\u202egpj"]
    for number, name in enumerate(names):
        observation = person(number)
        gallery.add([Observation(rgb=observation.rgb, source=name, camera=name)])
    items = gallery.items(order=Order.OLDEST)
    assert [item.source for item in items] == names
    assert [item.camera for item in items] == names
    for item in items:
        assert item.picture_path.is_relative_to(folder / "pictures")
        assert item.picture_path.stem.isalnum()
    outside = [p for p in folder.parent.rglob("*") if not p.is_relative_to(folder)]
    assert outside == []


@pytest.mark.parametrize(
    ("vectors", "why"),
    [
        (np.zeros((1, 256)), "not of length 1"),
        (np.full((1, 256), np.nan), "not finite"),
        (np.ones((1, 128)), "shape"),
        (np.ones((2, 256)), "shape"),
    ],
)
def test_vectors_that_cannot_be_compared_are_never_stored(
    gallery: Gallery, encoder: FakeEncoder, vectors: np.ndarray, why: str, monkeypatch
) -> None:
    monkeypatch.setattr(encoder, "encode", lambda _: vectors)
    with pytest.raises(ModelError, match=why):
        gallery.add([Observation(text="one")])
    assert gallery.count() == 0


def test_adding_needs_a_model_and_a_batch(folder: Path, gallery: Gallery, person: Person) -> None:
    with pytest.raises(InputError, match="batch_size"):
        gallery.add([person(0)], batch_size=0)
    with Gallery.open(folder) as reader, pytest.raises(GalleryError, match="no model is loaded"):
        reader.add([person(0)])


def test_threads_that_add_the_same_leave_one_of_each(gallery: Gallery, person: Person) -> None:
    reports: list[AddReport] = []

    def work() -> None:
        reports.append(gallery.add((person(n) for n in range(20)), batch_size=3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(r.added for r in reports) == 20 == gallery.count()
    assert sum(r.duplicates for r in reports) == 60
    assert gallery.verify().ok


def test_a_text_item_has_no_picture(gallery: Gallery) -> None:
    gallery.add([Observation(text="赤い帽子の人")])
    (item,) = gallery.items()
    assert item.picture_path is None
    assert item.camera is item.time is item.source is None
    assert item.modalities == (Modality.TEXT,)


def test_pictures_that_pillow_or_numpy_choke_on_are_skipped(
    gallery: Gallery, person: Person, tmp_path: Path
) -> None:
    path = tmp_path / "cut.png"
    Image.fromarray(person(0).rgb).save(path)
    path.write_bytes(path.read_bytes()[:600])
    lazily_opened = Image.open(path)
    objects = np.array([[None, "a"], [1, 2]], dtype=object)
    report = gallery.add([Observation(rgb=lazily_opened), Observation(rgb=objects), person(1)])
    assert (report.added, len(report.skipped)) == (1, 2)


def test_a_picture_damaged_since_is_made_whole_by_the_next_item_that_has_it(
    filled: Gallery, person: Person
) -> None:
    path = filled.items(order=Order.OLDEST, k=1)[0].picture_path
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    assert not filled.verify().ok
    filled.add([Observation(rgb=person(0).rgb, camera="another")])
    assert path.read_bytes() == whole
    assert filled.verify().ok
