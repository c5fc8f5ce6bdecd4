"""Jobs from the queue to the gallery: what is counted, listed, paused, resumed, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jobs_pictures import write_pictures
from PIL import Image

from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.jobs import (
    FolderOptions,
    Job,
    JobQueue,
    NearDuplicatesOptions,
    NotesOptions,
    ReindexOptions,
    Result,
    State,
    read_options,
)

Work = Callable[[], int]


def counts(job: Job) -> tuple[int, int, int]:
    return job.added, job.duplicates, job.skipped


def test_a_folder_is_indexed_and_what_was_not_is_listed(
    queue: JobQueue, gallery: Gallery, pictures: Path, work: Work
) -> None:
    (pictures / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    (pictures / "zz_again.png").write_bytes((pictures / "gate_0003.png").read_bytes())
    job = queue.add(FolderOptions(path=pictures, camera="gate"), "Ito")
    assert job.state is State.QUEUED
    assert work() == 1
    done = queue.get(job.id)
    assert done.state is State.DONE
    assert counts(done) == (12, 1, 1)
    assert done.handled == done.total == 14
    assert gallery.count() == 12
    (skipped,) = queue.listed(job.id, Result.SKIPPED)
    assert Path(skipped.name).name == "torn.jpg"
    assert "damaged" in (skipped.reason or "")
    (double,) = queue.listed(job.id, Result.DUPLICATE)
    assert Path(double.name).name == "zz_again.png"
    item = next(one for one in gallery.items(k=99) if one.item_id == double.item_id)
    assert Path(item.source or "").name == "gate_0003.png"


def test_camera_and_time_come_from_names(
    queue: JobQueue, gallery: Gallery, tmp_path: Path, work: Work
) -> None:
    folder = tmp_path / "named"
    folder.mkdir()
    Image.new("RGB", (8, 16), "red").save(folder / "yard_20261123_080000.png")
    Image.new("RGB", (8, 16), "blue").save(folder / "nonsense.png")
    queue.add(FolderOptions(path=folder, pattern="{camera}_{time:%Y%m%d_%H%M%S}"), "Ito")
    work()
    (item,) = gallery.items()
    assert item.camera == "yard"
    assert item.time is not None
    assert item.time.isoformat() == "2026-11-23T08:00:00+00:00"
    (skipped,) = queue.listed(1, Result.SKIPPED)
    assert "does not fit the pattern" in (skipped.reason or "")


def test_notes_are_mapped_by_their_columns(
    queue: JobQueue, gallery: Gallery, tmp_path: Path, work: Work
) -> None:
    file = tmp_path / "目撃.csv"
    file.write_bytes(
        "特徴,日時,場所\n赤い上着,2026/11/23 8:00,正門\n,,\n青い帽子,いつか,裏門\n".encode("cp932")
    )
    options = NotesOptions(path=file, text_column="特徴", time_column="日時", camera_column="場所")
    job = queue.add(options, "Ito")
    work()
    assert counts(queue.get(job.id)) == (1, 0, 1)
    (item,) = gallery.items()
    assert (item.note, item.camera) == ("赤い上着", "正門")
    (skipped,) = queue.listed(job.id, Result.SKIPPED)
    assert skipped.name.endswith("#row=4")


def test_a_job_that_cannot_be_done_fails_with_the_reason_and_can_be_resumed(
    queue: JobQueue, gallery: Gallery, tmp_path: Path, work: Work
) -> None:
    job = queue.add(FolderOptions(path=tmp_path / "later"), "Ito")
    work()
    failed = queue.get(job.id)
    assert failed.state is State.FAILED
    assert failed.trouble is not None
    assert "no such folder" in failed.trouble.why
    write_pictures(tmp_path / "later", 3)
    assert queue.resume(job.id, "Ito").trouble is None
    work()
    assert queue.get(job.id).state is State.DONE
    assert gallery.count() == 3


def test_waiting_jobs_are_paused_resumed_and_cancelled(
    queue: JobQueue, gallery: Gallery, pictures: Path, work: Work
) -> None:
    first = queue.add(FolderOptions(path=pictures), "Ito")
    second = queue.add(FolderOptions(path=pictures), "Ito")
    assert queue.pause(first.id, "Sato").state is State.PAUSED
    assert queue.cancel(second.id, "Sato").state is State.CANCELLED
    assert work() == 0
    assert gallery.count() == 0
    assert queue.resume(first.id, "Sato").state is State.QUEUED
    work()
    assert gallery.count() == 12
    for turn in (queue.pause, queue.resume, queue.cancel):
        with pytest.raises(InputError, match="it is done"):
            turn(first.id, "Sato")
        with pytest.raises(InputError, match="there is no job 99"):
            turn(99, "Sato")
    with pytest.raises(InputError, match="there is no job"):
        queue.get(2**70)
    actions = [(entry.actor, entry.action) for entry in AuditLog(gallery.database).entries()]
    assert sorted(actions) == sorted(
        [
            ("Ito", "job.start"),
            ("Ito", "job.start"),
            ("Sato", "job.pause"),
            ("Sato", "job.cancel"),
            ("Sato", "job.resume"),
            ("worker", "job.done"),
        ]
    )


def test_jobs_are_listed_newest_first_and_by_who_asked(queue: JobQueue, tmp_path: Path) -> None:
    for actor in ("Ito", "Sato", "Ito"):
        queue.add(FolderOptions(path=tmp_path), actor)
    assert [job.id for job in queue.jobs()] == [3, 2, 1]
    assert [job.id for job in queue.jobs(actor="Ito", limit=1, offset=1)] == [1]
    assert (queue.count(), queue.count(actor="Sato")) == (3, 1)


def test_a_deleted_item_takes_the_names_of_its_duplicates_along(
    queue: JobQueue, gallery: Gallery, pictures: Path, work: Work
) -> None:
    queue.add(FolderOptions(path=pictures), "Ito")
    again = queue.add(FolderOptions(path=pictures), "Ito")
    work()
    assert counts(queue.get(again.id)) == (0, 12, 0)
    gallery.delete([gallery.items()[0].item_id])
    assert len(queue.listed(again.id, Result.DUPLICATE)) == 11


def test_the_index_is_written_anew(
    queue: JobQueue, gallery: Gallery, pictures: Path, work: Work
) -> None:
    queue.add(FolderOptions(path=pictures), "Ito")
    work()
    for file in (gallery.folder / "index").iterdir():
        file.write_bytes(b"damaged")
    job = queue.add(ReindexOptions(), "Ito")
    work()
    assert queue.get(job.id).state is State.DONE
    assert gallery.verify().problems == ()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"kind": "folder"}, "path"),
        ({"kind": "folder", "path": "x", "modality": "text"}, "modality"),
        ({"kind": "folder", "path": "x", "pattern": "{weather}"}, "pattern"),
        ({"kind": "folder", "path": "x", "colour": "red"}, "colour"),
        ({"kind": "video", "path": "x", "start": "yesterday"}, "start"),
        ({"kind": "near_duplicates", "bits": 99}, "bits"),
        ({"kind": "dance"}, "kind"),
        ("[]", "kind"),
    ],
)
def test_options_that_do_not_fit_are_named(values: object, named: str) -> None:
    with pytest.raises(InputError, match=f"'{named}'"):
        read_options(values)


def test_options_survive_the_ledger(queue: JobQueue, tmp_path: Path) -> None:
    for options in (
        FolderOptions(path=tmp_path, table=tmp_path / "t.csv", camera="門"),
        NearDuplicatesOptions(bits=3),
    ):
        assert queue.get(queue.add(options, "Ito").id).options == options
