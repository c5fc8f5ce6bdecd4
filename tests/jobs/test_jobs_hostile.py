"""Hostile files and archives: refused with the reason, and the job goes on."""

from __future__ import annotations

import io
import os
import stat
import struct
import threading
import zipfile
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np
import pytest
from hostile_files import HOSTILE, archive
from jobs_pictures import write_pictures

from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.jobs import (
    FolderOptions,
    JobQueue,
    Limits,
    NotesOptions,
    Result,
    Staging,
    State,
    VideoOptions,
    preview_notes,
    reading,
    work_off,
)
from omnireid.jobs.staging import MAX_NAME, shown_name
from omnireid.jobs.wire import Message

MEGABYTE = 1_000_000


def work(gallery: Gallery, limits: Limits) -> None:
    work_off(gallery, limits, threading.Event())


def test_hostile_pictures_are_listed_and_the_good_ones_go_in(
    queue: JobQueue, gallery: Gallery, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "mixed", 4)
    for name, make in HOSTILE.items():
        (folder / name).write_bytes(make())
    (folder / ("n" * 240 + ".png")).write_bytes(b"")
    job = queue.add(FolderOptions(path=folder), "Ito")
    work(gallery, Limits(memory=400 * MEGABYTE, seconds=120))
    done = queue.get(job.id)
    assert (done.state, done.added, done.skipped) == (State.DONE, 4, len(HOSTILE) + 1)
    reasons = {Path(o.name).name: o.reason or "" for o in queue.listed(job.id, Result.SKIPPED)}
    assert "claims far more than 64,000,000 pixels" in reasons["bomb.png"]
    assert "animation of more than 1,000 frames" in reasons["frames.gif"]
    assert "the file is empty" in reasons["empty.jpg"]
    assert all(reasons.values())


def test_a_name_that_is_no_text_is_listed(
    queue: JobQueue, gallery: Gallery, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "named", 1)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.png")).write_bytes(b"x")
    job = queue.add(FolderOptions(path=folder), "Ito")
    work(gallery, Limits(seconds=120))
    (skipped,) = queue.listed(job.id, Result.SKIPPED)
    assert "not UTF-8" in (skipped.reason or "")
    assert queue.get(job.id).added == 1


def only_waits_for(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of seconds holds for this file of a job: a busy machine fails no other one."""
    receive, poll = reading.receive, Connection.poll
    under_way: list[object] = []

    def follow(connection: Connection) -> Message:
        message = receive(connection)
        if "at" in message:
            under_way.append(message["at"])
        return message

    def wait(connection: Connection, seconds: float) -> bool:
        return poll(connection, seconds if under_way[-1:] == [file] else 120)

    monkeypatch.setattr(reading, "receive", follow)
    monkeypatch.setattr(Connection, "poll", wait)


def test_a_picture_that_takes_too_long_is_given_up(
    queue: JobQueue, gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pictures(tmp_path / "slow", 3)
    # Opening a pipe without a writer waits for ever.
    os.mkfifo(folder / "gate_0001b.png")
    only_waits_for(3, monkeypatch)
    job = queue.add(FolderOptions(path=folder), "Ito")
    work(gallery, Limits(seconds=2))
    assert queue.get(job.id).added == 3
    (skipped,) = queue.listed(job.id, Result.SKIPPED)
    assert "given up after 2 seconds" in (skipped.reason or "")


def test_a_picture_that_needs_too_much_memory_is_named(
    queue: JobQueue, gallery: Gallery, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "large", 1)
    # Within the limit of pixels; stretched from 16 bits it takes 8 bytes a pixel, several times.
    cv2.imwrite(str(folder / "large.png"), np.zeros((6000, 6000), np.uint16))
    job = queue.add(FolderOptions(path=folder), "Ito")
    work(gallery, Limits(memory=300 * MEGABYTE, seconds=120))
    assert queue.get(job.id).added == 1
    (skipped,) = queue.listed(job.id, Result.SKIPPED)
    assert "memory" in (skipped.reason or "")


def test_a_video_that_lies_about_its_length_is_read_to_its_end(
    queue: JobQueue, gallery: Gallery, film: Path, tmp_path: Path
) -> None:
    data, claimed = bytearray(film.read_bytes()), 2**31 - 1
    # The number of frames, in the main header and in that of the stream.
    struct.pack_into("<I", data, data.index(b"avih") + 8 + 16, claimed)
    struct.pack_into("<I", data, data.index(b"strh") + 8 + 32, claimed)
    liar = tmp_path / "liar.avi"
    liar.write_bytes(data)
    job = queue.add(VideoOptions(path=liar), "Ito")
    work(gallery, Limits(seconds=120))
    done = queue.get(job.id)
    assert done.state is State.DONE
    assert done.added >= 1
    assert done.share == 1.0


def test_a_video_that_is_none_fails_with_the_reason(
    queue: JobQueue, gallery: Gallery, tmp_path: Path
) -> None:
    (tmp_path / "none.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(500))
    job = queue.add(VideoOptions(path=tmp_path / "none.mp4"), "Ito")
    work(gallery, Limits(seconds=120))
    failed = queue.get(job.id)
    assert failed.state is State.FAILED
    assert failed.trouble is not None
    assert "could not be read as a video" in failed.trouble.what


def test_an_upload_that_cannot_be_read_is_named_as_it_was_called(
    queue: JobQueue, gallery: Gallery
) -> None:
    for options in (VideoOptions(path=Path("gate.mp4")), NotesOptions(path=Path("notes.csv"))):
        staging = Staging.new(gallery, 1000)
        staging.take(options.path.name, io.BytesIO(b"neither a film nor a column called text"))
        job = queue.add(options, "Ito", staged=staging.name)
        work(gallery, Limits(seconds=120))
        trouble = queue.get(job.id).trouble
        assert trouble is not None
        assert trouble.what.startswith(options.path.name)
        assert "000000" not in trouble.what


def test_notes_may_name_no_picture_outside_their_folder(
    queue: JobQueue, gallery: Gallery, tmp_path: Path
) -> None:
    file = tmp_path / "notes" / "notes.csv"
    file.parent.mkdir()
    file.write_bytes(b"text,p\nred,../secret.png\nblue,a\x00b.png\ngreen,/etc/passwd\nred coat,\n")
    job = queue.add(NotesOptions(path=file, picture_column="p"), "Ito")
    work(gallery, Limits(seconds=120))
    done = queue.get(job.id)
    assert (done.added, done.skipped) == (1, 3)


def test_a_hostile_workbook_does_not_reach_the_page(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    data = bytearray(archive({"xl/worksheets/sheet1.xml": b"<sheet/>"}).getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 2_000_000_000)
    file.write_bytes(data)
    with pytest.raises(InputError, match="unpacks to"):
        preview_notes(NotesOptions(path=file), Limits(seconds=120))


def test_an_archive_gives_its_pictures_and_refuses_the_rest(gallery: Gallery) -> None:
    packed = archive(
        {
            "a/one.png": b"1",
            "a/two.png": b"2",
            "a/../../evil.png": b"x",
            "/etc/evil.png": b"x",
            "C:\\evil.png": b"x",
            ".hidden": b"x",
            "n" * 300 + ".png": b"x",
            "bomb.png": bytes(5 * MEGABYTE),
            "inner.zip": archive({"deep.png": b"x"}).getvalue(),
        }
    )
    with zipfile.ZipFile(packed, "a") as more:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        more.writestr(link, "/etc/passwd")
    packed.seek(0)
    staging = Staging.new(gallery, 100 * MEGABYTE)
    staging.unpack("upload.zip", packed)
    assert [name for name, _ in staging.names] == ["a/one.png", "a/two.png"]
    reasons = " ".join(one.reason for one in staging.refused)
    assert len(staging.refused) == 8
    for said in ("leads out", "hidden", "too long", "grows over", "archive inside", "link"):
        assert said in reasons
    stored = {path.name for path in staging.folder.iterdir()}
    assert stored == {"000000.png", "000001.png"}
    assert not (gallery.folder.parent / "evil.png").exists()


def test_archives_that_are_traps_are_refused_whole(gallery: Gallery) -> None:
    staging = Staging.new(gallery, 10_000)
    with pytest.raises(InputError, match="max_ingest_mb"):
        staging.unpack("a.zip", archive({f"{n}.png": os.urandom(3000) for n in range(5)}))
    many = bytearray(archive({"one.png": b"1"}).getvalue())
    struct.pack_into("<2H", many, many.rindex(b"PK\x05\x06") + 8, 65_535, 65_535)
    with pytest.raises(InputError, match="more than 60,000 entries"):
        staging.unpack("many.zip", io.BytesIO(bytes(many)))
    with pytest.raises(InputError, match="could not be unpacked"):
        staging.unpack("none.zip", io.BytesIO(b"PK\x03\x04" + bytes(100)))
    staging.discard()
    assert not staging.folder.exists()


def test_names_are_shown_without_what_deceives() -> None:
    assert shown_name("../../etc/passwd") == "etc/passwd"
    assert shown_name("a\u202egnp.exe") == "a\N{REPLACEMENT CHARACTER}gnp.exe"
    assert shown_name("a\0b\nc.png") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c.png"
    assert len(shown_name("x" * 5000)) == MAX_NAME


def test_uploads_of_one_name_stay_apart(gallery: Gallery) -> None:
    staging = Staging.new(gallery, MEGABYTE)
    for _ in range(3):
        staging.take("IMG_1.jpg", io.BytesIO(b"x"))
    assert [name for name, _ in staging.names] == ["IMG_1.jpg", "IMG_1 (2).jpg", "IMG_1 (3).jpg"]
