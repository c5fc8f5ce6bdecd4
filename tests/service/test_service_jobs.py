"""The pages of jobs: uploads, columns of notes, folders of the server, who may do what."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from colour_encoder import ColourEncoder, picture
from omnireid.accounts import Passwords, Role
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog, HeldBy
from omnireid.jobs import FolderOptions, JobQueue, Limits, State, work_off
from omnireid.service import create_app
from omnireid.service.site import Site
from omnireid.settings import Settings

ClientAs = Callable[..., TestClient]

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FIELDS = {"camera": "yard", "modality": "rgb"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the server that the page may read, with one picture in a folder below."""
    folder = tmp_path / "server" / "night"
    folder.mkdir(parents=True)
    (folder / "one.png").write_bytes(picture((7, 8, 9)))
    return folder.parent


@pytest.fixture
def app(gallery: Gallery, root: Path) -> FastAPI:
    settings = Settings(
        page_size=12, max_upload_mb=1, max_ingest_mb=2, ingest_roots=(root,), job_worker=False
    )
    return create_app(gallery, ColourEncoder(), settings, passwords=Passwords(CHEAP))


@pytest.fixture
def queue(gallery: Gallery) -> JobQueue:
    return JobQueue(gallery)


@pytest.fixture
def operator(client_as: ClientAs) -> TestClient:
    return client_as(Role.ADMINISTRATOR, name="operator")


def work(gallery: Gallery) -> None:
    work_off(gallery, Limits(memory=500_000_000, seconds=120), threading.Event())


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)
    return file.getvalue()


def upload(client: TestClient, *files: tuple[str, bytes], to: str = "pictures", **fields: str):
    return client.post(
        f"/jobs/{to}",
        data={**FIELDS, **fields},
        files=[("files", (name, data)) for name, data in files],
        follow_redirects=False,
    )


def test_pictures_and_an_archive_are_taken_in_and_shown(
    operator: TestClient, gallery: Gallery, queue: JobQueue
) -> None:
    before = gallery.count()
    packed = archive({"night/a.png": picture((1, 2, 3)), "night/b.png": picture((4, 5, 6))})
    answer = upload(
        operator, ("c.png", picture((9, 9, 1))), ("torn.jpg", b"\xff\xd8 torn"), ("n.zip", packed)
    )
    assert answer.status_code == 303
    job = queue.get(int(answer.headers["location"].rsplit("/", 1)[1]))
    assert (job.state, job.total) == (State.QUEUED, 4)
    assert "0 of 4" in operator.get("/jobs").text
    work(gallery)
    assert gallery.count() == before + 3
    new = [item for item in gallery.items(k=999) if item.camera == "yard"]
    assert {item.source for item in new} == {
        f"upload/{job.id}/c.png",
        f"upload/{job.id}/night/a.png",
        f"upload/{job.id}/night/b.png",
    }
    page = operator.get(f"/jobs/{job.id}").text
    assert "Done" in page
    assert "torn.jpg" in page
    assert "damaged" in page
    # What was uploaded is gone once it is taken in.
    assert [entry.name for entry in (gallery.folder / "jobs").iterdir()] == ["locks"]


def test_camera_and_time_of_uploads_come_from_their_names(
    operator: TestClient, gallery: Gallery
) -> None:
    upload(
        operator,
        ("gate7_20261123_081500.png", picture((3, 1, 4))),
        camera="",
        pattern="{camera}_{time:%Y%m%d_%H%M%S}",
    )
    work(gallery)
    (item,) = [item for item in gallery.items(k=999) if item.camera == "gate7"]
    assert item.time is not None
    assert item.time.isoformat() == "2026-11-23T08:15:00+00:00"


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        ([], {}, "no file was chosen"),
        ([("a.zip", b"PK\x03\x04 no archive")], {}, "could not be unpacked"),
        ([("a.zip", archive({"../../evil.png": picture("red")}))], {}, "leads out of the archive"),
        ([("a.png", picture("red"))], {"pattern": "{weather}"}, "is no field"),
        ([("a.png", picture("red"))], {"modality": "smell"}, "modality"),
    ],
)
def test_an_upload_that_cannot_be_used_says_why_and_leaves_nothing(
    operator: TestClient,
    gallery: Gallery,
    queue: JobQueue,
    files: list[tuple[str, bytes]],
    fields: dict[str, str],
    said: str,
) -> None:
    answer = upload(operator, *files, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert queue.count() == 0
    folder = gallery.folder / "jobs"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_upload_above_the_limit_is_refused_packed_or_not(
    operator: TestClient, queue: JobQueue
) -> None:
    assert upload(operator, ("a.png", bytes(3_000_000))).status_code == 413
    # Within the limit as a body, above it unpacked.
    noise = bytes(range(256)) * 20
    grown = archive({f"{n}.png": noise * 20 for n in range(30)})
    assert len(grown) < 2_000_000
    answer = upload(operator, ("a.zip", grown))
    assert answer.status_code == 422
    assert "max_ingest_mb" in answer.text
    assert queue.count() == 0
    # Elsewhere the smaller limit stays.
    elsewhere = operator.post("/jobs/folder", files={"path": ("a.png", bytes(1_500_000))})
    assert elsewhere.status_code == 413


def test_the_columns_of_notes_are_guessed_shown_and_chosen(
    operator: TestClient, gallery: Gallery, queue: JobQueue
) -> None:
    notes = "特徴,日時,場所\n<b>赤い</b>上着,2026-11-23 08:00,正門\n青い帽子,いつか,裏門\n"
    page = upload(operator, ("目撃.csv", notes.encode("cp932")), to="notes")
    assert page.status_code == 200
    assert "&lt;b&gt;赤い&lt;/b&gt;上着" in page.text
    assert '<option value="特徴" selected>' in page.text
    assert '<option value="日時" selected>' in page.text
    token = page.text.split('action="/jobs/notes/')[1].split('"')[0]
    chosen = {"name": "目撃.csv", "text": "特徴", "time": "日時", "camera": "場所"}
    wrong = operator.post(
        f"/jobs/notes/{token}", data={**chosen, "again": "true", "encoding": "utf-8"}
    )
    assert wrong.status_code == 422
    answer = operator.post(f"/jobs/notes/{token}", data=chosen, follow_redirects=False)
    assert answer.status_code == 303
    work(gallery)
    job = queue.get(1)
    assert (job.state, job.added, job.skipped) == (State.DONE, 1, 1)
    (item,) = [item for item in gallery.items(k=999) if item.camera == "正門"]
    assert item.note == "<b>赤い</b>上着"
    assert item.source == "upload/1/目撃.csv#row=2"
    # Taken in once: the file is gone.
    assert operator.post(f"/jobs/notes/{token}", data=chosen).status_code == 410
    for other in ("0" * 32, "..", "locks"):
        assert operator.post(f"/jobs/notes/{other}", data=chosen).status_code in (404, 405, 410)


def test_folders_of_the_server_below_an_allowed_root_alone(
    operator: TestClient, gallery: Gallery, queue: JobQueue, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    for path in (outside, root / ".." / "secret", root / "link", "relative", "/etc", f"{root}\0"):
        for address in ("/jobs/folder", "/jobs/watches"):
            answer = operator.post(address, data={"path": str(path), **FIELDS})
            assert answer.status_code == 403, path
    answer = operator.post(
        "/jobs/folder", data={"path": str(root / "night"), **FIELDS}, follow_redirects=False
    )
    assert answer.status_code == 303
    work(gallery)
    assert queue.get(1).added == 1


def test_a_folder_is_watched_and_forgotten_on_the_page(
    operator: TestClient, gallery: Gallery, root: Path
) -> None:
    night = str(root / "night")
    assert night in operator.post("/jobs/watches", data={"path": night, **FIELDS}).text
    again = operator.post("/jobs/watches", data={"path": night, **FIELDS})
    assert again.status_code == 422
    assert "watched already" in again.text
    assert "No folder is watched" in operator.post("/jobs/watches/1/remove").text
    assert operator.post("/jobs/watches/1/remove").status_code == 404
    actions = [entry.action for entry in AuditLog(gallery.database).entries()]
    assert {"watch.add", "watch.remove"} <= set(actions)


def test_a_folder_is_watched_and_forgotten_over_the_api(
    operator: TestClient, gallery: Gallery, root: Path
) -> None:
    address = "/api/v1/watches"
    asked = {"kind": "folder", "path": str(root / "night"), "camera": "gate"}
    keyed = {"Idempotency-Key": "one"}
    made = operator.post(address, json=asked, headers=keyed)
    assert made.status_code == 201, made.text
    assert made.json()["path"] == str(root / "night")
    assert operator.post(address, json=asked, headers=keyed).json() == made.json()
    assert operator.post(address, json=asked).status_code == 422
    assert operator.get(address).json() == {"watches": [made.json()]}
    assert str(root / "night") in operator.get("/jobs").text
    one = f"{address}/{made.json()['id']}"
    assert operator.delete(one).json() == made.json()
    gone = operator.delete(one)
    assert (gone.status_code, gone.json()["code"]) == (404, "MISSING")
    actions = [entry.action for entry in AuditLog(gallery.database).entries()]
    assert actions.count("watch.add") == actions.count("watch.remove") == 1


def test_what_cannot_be_watched_is_a_problem(
    operator: TestClient, client_as: ClientAs, root: Path
) -> None:
    address, night = "/api/v1/watches", str(root / "night")
    for asked, status in (
        ({"kind": "folder", "path": "/etc"}, 403),
        ({"kind": "folder", "path": "relative"}, 403),
        ({"kind": "folder", "path": f"{root}\0"}, 403),
        ({"kind": "folder", "path": str(root / "nowhere")}, 422),
        ({"kind": "folder", "path": night, "table": str(root / "table.csv")}, 422),
        ({"kind": "video", "path": night, "start": "2026-11-23T08:00"}, 422),
        ({"kind": "folder", "path": night, "modality": "text"}, 422),
        ({"kind": "notes", "path": night}, 422),
        ({"kind": "folder"}, 422),
    ):
        answer = operator.post(address, json=asked)
        assert answer.status_code == status, asked
        assert answer.headers["content-type"] == "application/problem+json"
    made = operator.post(address, json={"kind": "video", "path": night, "camera": "gate"}).json()
    narrow = client_as(Role.ADMINISTRATOR, name="narrow", cameras=["yard"])
    assert narrow.get(address).json() == {"watches": []}
    assert narrow.delete(f"{address}/{made['id']}").status_code == 404
    foreign = {"kind": "folder", "path": str(root), "camera": "gate"}
    assert narrow.post(address, json=foreign).status_code == 403
    assert narrow.post(address, json={**foreign, "camera": "yard"}).status_code == 201


def test_jobs_are_paused_resumed_and_cancelled_on_the_page(
    operator: TestClient, queue: JobQueue, root: Path
) -> None:
    queue.add(FolderOptions(path=root), "operator")
    assert "Paused" in operator.post("/jobs/1/pause").text
    assert "Waiting" in operator.post("/jobs/1/resume").text
    assert "Cancelled" in operator.post("/jobs/1/cancel").text
    assert operator.post("/jobs/1/resume").status_code == 422
    assert operator.post("/jobs/99/pause").status_code == 404


def test_the_report_is_harmless_to_a_spreadsheet(operator: TestClient, gallery: Gallery) -> None:
    upload(operator, ("=HYPERLINK(0).png", b"torn"), ("ok.png", picture((7, 8, 9))))
    work(gallery)
    answer = operator.get("/jobs/1/report.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["source", "result", "reason", "item"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_live_parts_stop_asking_once_all_is_done(
    operator: TestClient, gallery: Gallery, queue: JobQueue, root: Path
) -> None:
    queue.add(FolderOptions(path=root), "operator")
    assert 'hx-trigger="every 2s"' in operator.get("/jobs/1/part").text
    assert 'hx-trigger="every 2s"' in operator.get("/jobs/part").text
    work(gallery)
    assert "hx-trigger" not in operator.get("/jobs/1/part").text
    assert 'hx-trigger="every 15s"' in operator.get("/jobs/part").text


def test_who_may_take_in_and_who_may_not(client_as: ClientAs, queue: JobQueue, root: Path) -> None:
    queue.add(FolderOptions(path=root), "somebody")
    for role in (Role.VIEWER, Role.SEARCHER, Role.REVIEWER, Role.AUDITOR, Role.PRIVACY_OFFICER):
        other = client_as(role)
        assert other.get("/jobs").status_code == 403
        assert upload(other, ("a.png", picture("red"))).status_code == 403
        assert other.post("/jobs/1/cancel").status_code == 403
    assert client_as(Role.ADMINISTRATOR).get("/jobs/near-duplicates").status_code == 403
    assert queue.get(1).state is State.QUEUED
    assert queue.count() == 1


def test_an_operator_of_one_camera_stays_with_it(
    client_as: ClientAs, queue: JobQueue, root: Path
) -> None:
    queue.add(FolderOptions(path=root), "somebody else")
    narrow = client_as(Role.ADMINISTRATOR, name="narrow", cameras=["yard"])
    assert "Nothing has been taken in yet" in narrow.get("/jobs").text
    for address in ("/jobs/1", "/jobs/1/part", "/jobs/1/report.csv"):
        assert narrow.get(address).status_code == 404
    assert narrow.post("/jobs/1/cancel").status_code == 404
    one = ("a.png", picture("red"))
    assert upload(narrow, one, camera="gate").status_code == 403
    assert upload(narrow, one, camera="").status_code == 403
    assert upload(narrow, one, camera="yard", pattern="{camera}").status_code == 403
    assert upload(narrow, one, camera="yard").status_code == 303
    assert queue.get(2).actor == "narrow"


def test_near_duplicates_are_shown_side_by_side_and_one_is_deleted(
    client_as: ClientAs, operator: TestClient, gallery: Gallery, site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "alike"
    folder.mkdir()
    drawn = Image.linear_gradient("L").resize((64, 128)).rotate(30).convert("RGB")
    drawn.save(folder / "a.png")
    drawn.resize((48, 96)).save(folder / "b.jpg", quality=80)
    Image.radial_gradient("L").resize((64, 128)).convert("RGB").save(folder / "c.png")
    JobQueue(gallery).add(FolderOptions(path=folder, camera="yard"), "operator")
    operator.post("/jobs/scan")
    work(gallery)
    officer = client_as(Role.PRIVACY_OFFICER, name="officer")
    page = officer.get("/jobs/near-duplicates").text
    assert str(folder / "a.png") in page
    assert str(folder / "b.jpg") in page
    assert str(folder / "c.png") not in page
    entry = site.audit.entries(limit=1)[0]
    assert (entry.action, entry.actor, len(entry.details["shown"])) == ("items.list", "officer", 2)
    by_source = {item.source: item.item_id for item in gallery.items(k=999)}
    doomed = by_source[str(folder / "b.jpg")]
    hold = site.governance.holds.place(HeldBy.ITEM, str(doomed), reason="case", actor="officer")
    assert officer.post(f"/jobs/near-duplicates/{doomed}/delete").status_code == 409
    site.governance.holds.release(hold.hold_id, actor="officer")
    unrelated = by_source[str(folder / "c.png")]
    assert officer.post(f"/jobs/near-duplicates/{unrelated}/delete").status_code == 404
    officer.post(f"/jobs/near-duplicates/{doomed}/delete")
    entry = site.audit.entries(limit=1)[0]
    assert (entry.action, entry.details) == ("item.delete", {"items": [doomed]})
    left = {item.source for item in gallery.items(k=999)}
    assert str(folder / "b.jpg") not in left
    assert str(folder / "a.png") in left
    assert "b.jpg" not in officer.get("/jobs/near-duplicates").text
    scoped = client_as(Role.PRIVACY_OFFICER, name="scoped", cameras=["elsewhere"])
    assert "a.png" not in scoped.get("/jobs/near-duplicates").text


@pytest.mark.parametrize("address", ["/jobs", "/jobs/new", "/jobs/1"])
def test_the_pages_speak_japanese(
    operator: TestClient, queue: JobQueue, root: Path, address: str
) -> None:
    queue.add(FolderOptions(path=root), "operator")
    page = operator.get(address, headers={"Accept-Language": "ja"}).text
    assert 'lang="ja"' in page
    for word in ("Pause", "Upload", "Waiting", "Camera<"):
        assert word not in page


def test_the_api_takes_uploads_as_large_as_the_page_does_and_of_ones_own_cameras_alone(
    operator: TestClient, client_as: ClientAs
) -> None:
    noise = io.BytesIO()
    Image.effect_noise((1250, 1000), 90).save(noise, "BMP")
    large = noise.getvalue()
    assert 1_000_000 < len(large) < 2_000_000
    to = "/api/v1/jobs/upload"
    taken = operator.post(to, files=[("files", ("a.bmp", large))], data={"camera": "yard"})
    assert taken.status_code == 201, taken.text
    refused = operator.post(to, files=[("files", (n, large)) for n in ("a.bmp", "b.bmp")])
    assert (refused.status_code, refused.json()["code"]) == (413, "JOBS_TOO_LARGE")
    narrow = client_as(Role.ADMINISTRATOR, name="narrow", cameras=["yard"])
    small = [("files", ("a.png", picture((1, 2, 4))))]
    assert narrow.post(to, files=small, data={"camera": "gate"}).status_code == 403
    named = {"camera": "yard", "pattern": "{camera}_{}"}
    assert narrow.post(to, files=small, data=named).status_code == 403
    assert narrow.post(to, files=small, data={"camera": "yard"}).status_code == 201
    assert narrow.get("/api/v1/jobs").json()["total"] == 1
    assert narrow.get(f"/api/v1/jobs/{taken.json()['id']}").status_code == 404
    assert narrow.post(f"/api/v1/jobs/{taken.json()['id']}/cancel").status_code == 404
