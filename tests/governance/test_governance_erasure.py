"""Erased means gone from every file, proven by reading them, also after a kill and a restore."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from gallery_fakes import FakeEncoder, walk
from governance_child import run

from omnireid import Observation
from omnireid.errors import InputError
from omnireid.gallery import Blur, Gallery, metadata
from omnireid.governance import (
    Asked,
    Event,
    Governance,
    HeldBy,
    backup_problems,
    create_backup,
    list_backups,
    rehearse,
    restore,
)
from omnireid.governance.erasure import POINTS

BACKUP_POINTS = ("erase.backup_prepared", "erase.backup_ready", "erase.backup_swapped")
GALLERY_POINTS = (
    "delete.rows_removed",
    "delete.committed",
    "sweep.picture_unlinked",
    "index.rows_blanked",
    "index.header_renamed",
)
NOTE = "an unusual orange umbrella with 白い水玉"


def traces(gallery: Gallery, item: int) -> dict[str, bytes]:
    """What one item leaves in files, read before it is erased."""
    tables = metadata.tables
    with gallery.database.read() as connection:
        row = connection.execute(tables["items"].select().where(tables["items"].c.id == item)).one()
        vector = connection.execute(
            tables["vectors"].select().where(tables["vectors"].c.item_id == item)
        ).one()
        links = connection.execute(
            tables["item_pictures"].select().where(tables["item_pictures"].c.item_id == item)
        ).all()
    left = {
        "token": row.token.encode(),
        "content": row.content_hash.encode(),
        "vector": vector.data,
        "index": np.frombuffer(vector.data, "<f2").astype("<f4").tobytes(),
    }
    for link in links:
        left["digest"] = link.digest.encode()
        left["picture"] = gallery.picture(link.digest).read_bytes()[-100:-20]
    return left


def everything(*folders: Path) -> bytes:
    return b"".join(p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file())


@pytest.fixture
def marked(gallery: Gallery, governance: Governance) -> Gallery:
    """Item 13 has a note of its own, and the log holds searches for it and for others."""
    gallery.add(
        [
            Observation(
                rgb=np.random.default_rng(99).integers(0, 255, (48, 24, 3), dtype=np.uint8),
                text=NOTE,
                camera="camera 0",
            )
        ]
    )
    gallery.search(walk(0), k=1)
    for query in (NOTE, "red coat"):
        governance.audit.record(
            Event("aya", "search", "incident", details={"shown": [13, 2], "query": query})
        )
    return gallery


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


def test_nothing_is_left_in_gallery_and_backup(
    marked: Gallery, governance: Governance, folder: Path, shelf: Path
) -> None:
    backup = create_backup(marked, shelf, actor="ops")
    left = traces(marked, 13)
    before = everything(folder, shelf)
    assert all(data in before for data in (*left.values(), NOTE.encode()))
    certificate = governance.erase([13], actor="dpo", reference="request 7", reason="asked by mail")
    assert certificate.complete, certificate.body
    after = everything(folder, shelf)
    assert {name for name, data in left.items() if data in after} == set()
    assert NOTE.encode() not in after
    # The others are as they were, in the gallery and in the backup.
    assert marked.count() == 12
    assert marked.verify().ok
    assert governance.audit.verify().ok
    assert marked.search(walk(3), k=1)[0].note == walk(3).text
    assert [b.state for b in list_backups(marked.database)] == ["purged"]
    assert backup_problems(backup.path) == ()
    rehearsal = rehearse(backup.path)
    assert rehearsal.ok, rehearsal.problems
    assert rehearsal.items == 12


@pytest.mark.usefixtures("marked")
def test_the_certificate_tells_what_was_read(governance: Governance, folder: Path) -> None:
    certificate = governance.erase([13, 2], actor="dpo", reference="request 7", reason="asked")
    body = json.loads(certificate.text)
    assert body["items"] == [2, 13]
    assert body["reference"] == "request 7"
    assert body["scan"]["files"] >= 4
    assert body["scan"]["bytes"] > (folder / "ledger.sqlite").stat().st_size // 2
    assert set(body["scan"]["needles"]) == {
        "token", "content", "vector", "index", "digest", "picture", "note",
    }  # fmt: skip
    assert body["scan"]["needles"]["token"] == 2
    entry = governance.audit.entries(Asked(action="erase"), limit=1)[0]
    assert entry.details["certificate"] == certificate.sha256
    assert governance.erasures.all()[0].certificate == certificate
    for language, *labels in (
        ("en", "Certificate of erasure", "Numbers of the erased items"),
        ("ja", "消去証明書", "消去した項目の番号"),
    ):
        page = certificate.html(language)
        for label in labels:
            assert label in page
        assert certificate.sha256 in page
        assert "umbrella" not in page


def test_what_is_still_there_is_told(marked: Gallery, governance: Governance, folder: Path) -> None:
    """The scan is no formality: a copy that somebody put into the folder is found."""
    left = traces(marked, 13)
    (folder / "copy.bin").write_bytes(b"x" * 5000 + left["vector"] + b"y" * 100)
    (folder / "copy.txt").write_bytes(b"seen: " + left["token"])
    certificate = governance.erase([13], actor="dpo", reference="7", reason="asked")
    assert not certificate.complete
    found = {(hit["file"], hit["kind"]) for hit in certificate.body["scan"]["found"]}
    assert found == {("copy.bin", "vector"), ("copy.txt", "token")}
    assert "copy.bin" in certificate.html("en")


def test_the_words_of_searches_for_it_go_and_others_stay(
    marked: Gallery, governance: Governance
) -> None:
    governance.erase([13], actor="dpo", reference="7", reason="asked")
    entries = governance.audit.entries(Asked(action="search"))
    assert [(e.redacted, e.personal) for e in entries] == [
        (False, {"query": "red coat"}),
        (True, None),
    ]
    assert marked.database is governance.audit.database


def test_erased_content_is_not_taken_in_again(marked: Gallery, governance: Governance) -> None:
    picture = marked.picture(traces(marked, 3)["digest"].decode()).read_bytes()
    governance.erase([3], actor="dpo", reference="7", reason="asked")
    original = walk(2)
    elsewhere = Observation(rgb=original.rgb, camera="another", source="again.jpg")
    kept = Observation(rgb=picture, source="kept.jpg")
    report = marked.add([original, elsewhere, kept, walk(77)])
    assert report.added == 1
    assert [s.reason for s in report.skipped] == ["erased on request"] * 3


@pytest.mark.parametrize("blur", [Blur.THUMBNAILS, Blur.EMBEDDING])
def test_content_erased_unblurred_is_refused_with_a_blur_too(
    marked: Gallery, governance: Governance, folder: Path, blur: Blur
) -> None:
    governance.erase([3], actor="dpo", reference="7", reason="asked")
    with Gallery.open(folder, FakeEncoder(), blur=blur) as blurring:
        report = blurring.add([Observation(rgb=walk(2).rgb), walk(78)])
        assert (report.added, len(report.skipped)) == (1, 1)
        item = blurring.items(k=1)[0].item_id
        with blurring.database.read() as connection:
            table = metadata.tables["items"]
            query = table.select().where(table.c.id == item)
            assert connection.execute(query).one().blur == blur.value
        again = Governance(blurring)
        again.erase([item], actor="dpo", reference="8", reason="asked")
    assert marked.add([Observation(rgb=walk(78).rgb)]).skipped[0].reason == "erased on request"


def test_the_list_of_the_refused_holds_no_hash_of_content(
    marked: Gallery, governance: Governance, folder: Path, shelf: Path
) -> None:
    create_backup(marked, shelf, actor="ops")
    left = traces(marked, 3)
    governance.erase([3], actor="dpo", reference="7", reason="asked")
    assert left["digest"] not in everything(folder, shelf)
    assert (folder / "erasure.key").stat().st_mode & 0o077 == 0


def test_a_picture_that_another_item_shares_stays_for_it(
    gallery: Gallery, governance: Governance
) -> None:
    twin = walk(2)
    gallery.add([Observation(rgb=twin.rgb, text="another person", camera="x")])
    plan = governance.erasures.plan([3])
    assert (plan.items, plan.pictures, plan.shared) == ((3,), 0, 1)
    certificate = governance.erase([3], actor="dpo", reference="7", reason="asked")
    assert certificate.complete
    assert gallery.verify().ok
    assert gallery.items(k=1, offset=0)
    assert gallery.count() == 12


def test_a_held_item_is_not_erased(gallery: Gallery, governance: Governance) -> None:
    hold = governance.holds.place(HeldBy.ITEM, "3", reason="court order", actor="dpo")
    assert governance.erasures.plan([3, 4]).held == {3: "item 3: court order"}
    with pytest.raises(InputError, match="court order"):
        governance.erase([3, 4], actor="dpo", reference="7", reason="asked")
    assert gallery.count() == 12
    governance.holds.release(hold.hold_id, actor="dpo")
    assert governance.erase([3, 4], actor="dpo", reference="7", reason="asked").complete


def test_nothing_and_no_reference(governance: Governance) -> None:
    assert governance.erasures.plan([400]).unknown == (400,)
    for items, reference in (([400], "7"), ([], "7"), ([1], " ")):
        with pytest.raises(InputError):
            governance.erase(items, actor="dpo", reference=reference, reason="asked")


def test_a_waiting_upload_of_it_goes(marked: Gallery, governance: Governance, folder: Path) -> None:
    waiting = folder / "jobs" / "a1"
    waiting.mkdir(parents=True)
    kept = marked.picture(traces(marked, 13)["digest"].decode()).read_bytes()
    (waiting / "000000.jpg").write_bytes(kept)
    (waiting / "000001.txt").write_bytes(b"other")
    assert governance.erase([13], actor="dpo", reference="7", reason="asked").complete
    assert [p.name for p in waiting.iterdir()] == ["000001.txt"]


def test_a_backup_out_of_reach_is_outstanding_and_purged_later(
    marked: Gallery, governance: Governance, shelf: Path, tmp_path: Path
) -> None:
    backup = create_backup(marked, shelf, actor="ops")
    left = traces(marked, 13)
    shelf.rename(tmp_path / "in the safe")
    certificate = governance.erase([13], actor="dpo", reference="7", reason="asked")
    assert not certificate.complete
    assert [b["state"] for b in certificate.body["backups"]] == ["missing"]
    (tmp_path / "in the safe").rename(shelf)
    assert left["token"] in everything(shelf)
    assert [p.state for p in governance.erasures.purge_backups(actor="ops")] == ["purged"]
    assert left["token"] not in everything(shelf)
    assert backup_problems(backup.path) == ()


def test_a_damaged_backup_is_dropped_and_that_is_said(
    marked: Gallery, governance: Governance, shelf: Path
) -> None:
    backup = create_backup(marked, shelf, actor="ops")
    (backup.path / "ledger.sqlite").write_bytes(b"damaged")
    certificate = governance.erase([13], actor="dpo", reference="7", reason="asked")
    assert [b["state"] for b in certificate.body["backups"]] == ["dropped"]
    assert not backup.path.exists()


def test_a_copy_of_a_backup_from_before_forgets_when_it_is_restored(
    marked: Gallery, governance: Governance, shelf: Path, tmp_path: Path
) -> None:
    """Somebody copied the backup away; the list beside the backups purges it all the same."""
    backup = create_backup(marked, shelf, actor="ops")
    left = traces(marked, 13)
    shutil.copytree(backup.path, tmp_path / "copy")
    governance.erase([13], actor="dpo", reference="7", reason="asked")
    shutil.rmtree(backup.path)
    (tmp_path / "copy").rename(backup.path)
    restored = restore(backup.path, tmp_path / "new", actor="ops")
    assert (restored.items, restored.forgotten) == (12, 1)
    assert left["token"] not in everything(tmp_path / "new")
    assert left["picture"] not in everything(tmp_path / "new")
    with Gallery.open(tmp_path / "new", FakeEncoder()) as new:
        assert new.verify().ok
        report = new.add([Observation(rgb=np.random.default_rng(99).integers(
            0, 255, (48, 24, 3), dtype=np.uint8))])  # fmt: skip
        assert report.skipped[0].reason == "erased on request"


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.parametrize(
    "point",
    [
        *POINTS,
        *BACKUP_POINTS[1:],
        *(pytest.param(p, marks=pytest.mark.slow) for p in (*GALLERY_POINTS, BACKUP_POINTS[0])),
    ],
)
def test_killed_at_each_step_it_is_resumed(
    marked: Gallery, folder: Path, shelf: Path, point: str
) -> None:
    backup = create_backup(marked, shelf, actor="ops")
    left = traces(marked, 13)
    marked.close()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["governance_child"])
    child = context.Process(target=run, args=(folder, "erase", point, [13]))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with Gallery.open(folder, FakeEncoder()) as gallery:
        governance = Governance(gallery)
        resumed = governance.erasures.resume()
        assert len(resumed) == (0 if point == "erase.finished" else 1)
        certificate = governance.erasures.all()[0].certificate
        assert certificate is not None
        assert certificate.complete, certificate.body
        assert governance.audit.count(Asked(action="erase")) == 1
        assert governance.audit.verify().ok
        assert gallery.count() == 12
        assert gallery.verify().problems == ()
        assert backup_problems(backup.path) == ()
        gallery.database.checkpoint()
        after = everything(folder, shelf)
        assert {name for name, data in left.items() if data in after} == set()
        assert NOTE.encode() not in after
        assert governance.erasures.resume() == ()
