"""The client against a service in a process of its own, with the shipped model."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw

import omnireid
from omnireid import Observation
from omnireid.accounts import Permission, Role
from omnireid.client import ApiError, Client
from omnireid.gallery import Gallery
from served import Served, make_key

COLOURS = {"red": (200, 30, 40), "blue": (30, 50, 200), "green": (20, 160, 60)}
SECRET_WORDS = "a woman in a vermilion raincoat called Hanako"


@dataclass(frozen=True)
class Site:
    """A running service, its folder for ingest, and keys."""

    service: Served
    folder: Path
    inbox: Path
    reviewer: str
    colleague: str
    administrator: str
    auditor: str
    officer: str


def person(colour: tuple[int, int, int]) -> Image.Image:
    """Someone in a coat of this colour."""
    picture = Image.new("RGB", (64, 128), (150, 150, 150))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((24, 6, 40, 28), fill=(210, 170, 140))
    draw.rectangle((18, 30, 46, 72), fill=colour)
    draw.rectangle((20, 72, 44, 122), fill=(30, 30, 40))
    return picture


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("site")
    folder, inbox = place / "gallery", place / "inbox"
    inbox.mkdir()
    with Gallery.create(folder, omnireid.load(), timezone="UTC") as gallery:
        gallery.add(
            Observation(rgb=person(tuple(max(c - 8 * n, 0) for c in colour)), camera=f"{name} gate")
            for name, colour in COLOURS.items()
            for n in range(6)
        )
    keys = {
        name: make_key(folder, name, roles)
        for name, roles in {
            "Sato Reviewer": [Role.REVIEWER],
            "Suzuki Colleague": [Role.REVIEWER],
            "Tanaka Administrator": [Role.ADMINISTRATOR],
            "Ito Auditor": [Role.AUDITOR],
            "Mori Officer": [Role.PRIVACY_OFFICER],
        }.items()
    }
    environment = {"OMNIREID_INGEST_ROOTS": json.dumps([str(inbox)])}
    with Served.start(folder, place, environment=environment) as service:
        yield Site(service, folder, inbox, *keys.values())


@pytest.fixture
def reviewer(site: Site) -> Iterator[Client]:
    with Client(site.service.url, site.reviewer) as client:
        yield client


def test_who_calls_and_for_what(reviewer: Client) -> None:
    me = reviewer.me()
    assert me.name == "Sato Reviewer"
    assert me.permissions == {"view", "search", "review", "export"}
    assert "missing_person" in {purpose.key for purpose in reviewer.purposes()}


def test_search_by_words_and_picture_page_after_page(reviewer: Client, tmp_path: Path) -> None:
    person((190, 30, 40)).save(tmp_path / "crop.png")
    page = reviewer.search(
        purpose="missing_person", text="red coat", rgb=tmp_path / "crop.png", limit=4
    )
    assert page.total == 18
    assert page.items[0].camera == "red gate"
    scores = [item.score for item in page.items]
    assert all(score is not None for score in scores)
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    every = list(reviewer.all_found(purpose="missing_person", text=SECRET_WORDS, limit=5))
    assert len({item.id for item in every}) == len(every) == 18
    assert reviewer.picture(every[0])[:2] == b"\xff\xd8"  # type: ignore[index]
    similar = reviewer.similar(page.items[0].id, purpose="missing_person", limit=3)
    assert similar.items[0].id == page.items[0].id
    told = reviewer.reasons(page.items[0].id, purpose="missing_person", text="red coat")
    assert sum(told.shares.values()) == pytest.approx(told.item.score, abs=1e-3)
    assert reviewer.item(page.items[0].id).camera == "red gate"
    assert reviewer.items(limit=2).next


def test_two_people_confirm_a_candidate(site: Site, reviewer: Client) -> None:
    found = reviewer.search(purpose="missing_person", text="blue coat", limit=3)
    case = reviewer.open_case("Blue coat of Hanako", purpose="missing_person")
    assert reviewer.add_to_case(case.id, found.items, text="blue coat") == 3
    kept = {one.item: one.score for one in reviewer.candidates(case.id)}
    assert kept == {one.id: pytest.approx(one.score, abs=1e-3) for one in found.items}
    assert reviewer.add_to_case(case.id, [found.items[0].id]) == 0
    first = reviewer.candidates(case.id)[0]
    once = reviewer.decide(first, "confirm")
    assert once.state == "confirmed_once"
    with pytest.raises(ApiError) as refused:
        reviewer.decide(once, "confirm")
    assert refused.value.status == 409
    with Client(site.service.url, site.colleague) as colleague:
        with pytest.raises(ApiError) as unseen:
            colleague.candidates(case.id)
        assert unseen.value.status == 404
        other = colleague.me().user_id
        answer = httpx.post(
            f"{site.service.url}/api/v1/cases/{case.id}/members",
            json={"user_id": other},
            headers={"Authorization": f"Bearer {site.reviewer}"},
            timeout=60,
        )
        assert answer.status_code == 200
        with pytest.raises(ApiError, match="colleague") as stale:
            colleague.decide(first, "confirm")
        assert stale.value.status == 409
        assert colleague.decide(once, "confirm").state == "confirmed"
    assert case.id in {one.id for one in reviewer.cases()}


def test_jobs_take_in_a_folder_and_an_upload(site: Site, tmp_path: Path) -> None:
    (site.inbox / "night").mkdir()
    for number in range(4):
        person((200, 200, 40 * number)).save(site.inbox / "night" / f"{number}.png")
    (site.inbox / "night" / "broken.jpg").write_bytes(b"\xff\xd8 broken")
    with Client(site.service.url, site.administrator) as client:
        job = client.wait(
            client.start_job("folder", path=str(site.inbox / "night"), camera="yard"), seconds=240
        )
        assert (job.state, job.added, job.skipped) == ("done", 4, 1)
        assert [one.name for one in client.skipped(job.id)] == ["broken.jpg"]
        person((1, 200, 200)).save(tmp_path / "one.png")
        uploaded = client.wait(client.upload([tmp_path / "one.png"], camera="desk"), seconds=240)
        assert (uploaded.state, uploaded.added) == ("done", 1)
        with pytest.raises(ApiError) as outside:
            client.start_job("folder", path="/etc")
        assert outside.value.status == 403
        with pytest.raises(ApiError):
            client.start_job("folder", path=str(site.inbox / ".." / ".."))
        assert client.jobs()[0].id == uploaded.id


def test_a_folder_is_watched_and_let_go(site: Site) -> None:
    folder = site.inbox / "watched"
    folder.mkdir()
    with Client(site.service.url, site.administrator) as client:
        watch = client.watch("folder", path=str(folder), camera="yard")
        assert (watch.kind, watch.path, watch.camera) == ("folder", str(folder), "yard")
        assert watch.id in {one.id for one in client.watches()}
        with pytest.raises(ApiError, match="watched already"):
            client.watch("folder", path=str(folder))
        assert client.unwatch(watch.id).id == watch.id
        assert watch.id not in {one.id for one in client.watches()}


def test_a_case_is_handed_out(reviewer: Client) -> None:
    case = reviewer.open_case("Red coat", purpose="missing_person")
    found = reviewer.search(purpose="missing_person", text="red coat", limit=2)
    reviewer.add_to_case(case.id, found.items)
    with zipfile.ZipFile(io.BytesIO(reviewer.export_case(case.id, candidates="all"))) as archive:
        assert len(json.loads(archive.read("manifest.json"))["exhibits"]) == 2
    assert reviewer.export_case(case.id, form="pdf", language="ja").startswith(b"%PDF-")


def test_a_person_gets_their_data_and_has_it_erased(site: Site, tmp_path: Path) -> None:
    person(COLOURS["green"]).save(tmp_path / "me.png")
    with Client(site.service.url, site.officer) as client:
        request = client.open_subject_request(
            tmp_path / "me.png", reference="2026-07", threshold=0.5
        )
        assert request.id in {one.id for one in client.subject_requests()}
        found = client.subject_items(request.id)
        assert found[0].item.camera == "green gate"
        theirs = [found[0].item.id]  # green: items of the cases above are held
        assert client.judge_subject_request(request.id, theirs) == tuple(theirs)
        with zipfile.ZipFile(io.BytesIO(client.export_subject_request(request.id))) as archive:
            assert f"pictures/{theirs[0]}.jpg" in archive.namelist()
        assert client.plan_erasure(theirs).items == tuple(theirs)
        made = client.erase(theirs, reference="2026-07", reason="the person asked for it")
        erasure = client.erasures()[0]
        assert (erasure.step, erasure.sha256) == ("finished", made.sha256)
        assert client.certificate(erasure.id) == made
        assert client.resume_erasures() == client.erasures()
        assert client.close_subject_request(request.id).closed is not None
        with pytest.raises(ApiError) as gone:
            client.erase(theirs, reference="2026-07", reason="again")
        assert gone.value.status == 404


def test_errors_are_told_in_three_parts(site: Site, reviewer: Client) -> None:
    with pytest.raises(ApiError) as refused:
        reviewer.jobs()
    error = refused.value
    assert (error.status, error.code) == (403, "FORBIDDEN")
    assert error.what
    assert error.why
    assert error.to_do
    assert error.request_id
    assert site.service.logs(error.request_id)
    with Client(site.service.url, "omr_0000_wrong") as nobody, pytest.raises(ApiError) as unknown:
        nobody.me()
    assert unknown.value.status == 401
    with Client("http://127.0.0.1:9", "k") as lost, pytest.raises(ApiError) as silent:
        lost.me()
    assert (silent.value.status, silent.value.code) == (0, "CONNECTION")


def test_a_write_that_breaks_is_sent_again_and_done_once(site: Site) -> None:
    class Breaking(httpx.HTTPTransport):
        """Loses the first answer to a write, after the service has done it."""

        lost = False

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if request.method == "POST" and not self.lost:
                self.lost = True
                answer.read()
                raise httpx.ReadError("the connection broke", request=request)
            return answer

    with Client(site.service.url, site.reviewer, transport=Breaking()) as client:
        before = len(client.cases())
        client.open_case("Once", purpose="missing_person")
        assert len(client.cases()) == before + 1


def test_the_same_key_at_once_opens_one_case(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.reviewer}", "Idempotency-Key": "eight-at-once"}

    def send(_: int) -> httpx.Response:
        asked = {"title": "Eight at once", "purpose": "missing_person"}
        address = f"{site.service.url}/api/v1/cases"
        return httpx.post(address, json=asked, headers=headers, timeout=60)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7


def test_figures_for_prometheus(site: Site) -> None:
    metrics_key = make_key(
        site.folder, "Prometheus", [Role.ADMINISTRATOR], permissions=[Permission.OPERATE]
    )
    bearer = {"Authorization": f"Bearer {metrics_key}"}
    text = httpx.get(f"{site.service.url}/metrics", headers=bearer, timeout=60).text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines["omnireid_items"]) >= 18
    for stage in ("encode", "index", "ledger"):
        assert float(lines[f'omnireid_search_stage_seconds_count{{stage="{stage}"}}']) >= 1
    search = 'method="POST",route="/api/v1/search",status="200"'
    assert float(lines[f"omnireid_requests_total{{{search}}}"]) >= 1
    assert float(lines['omnireid_jobs{state="done"}']) >= 1
    assert float(lines["omnireid_disk_free_bytes"]) > 0
    for private in ("Sato", "vermilion", "red gate", "Hanako", str(site.inbox)):
        assert private not in text
    for key in ("", "Bearer nonsense", f"Bearer {site.reviewer}"):
        refused = httpx.get(
            f"{site.service.url}/metrics", headers={"Authorization": key}, timeout=60
        )
        assert refused.status_code in (401, 403)


def test_the_audit_log_has_it_all(site: Site) -> None:
    with Client(site.service.url, site.auditor) as auditor:
        searches = auditor.audit(action="search")
        assert any((one.personal or {}).get("text") == SECRET_WORDS for one in searches)
        assert {one.actor for one in searches} == {"Sato Reviewer"}
    answer = httpx.post(
        f"{site.service.url}/api/v1/audit/verify",
        headers={"Authorization": f"Bearer {site.auditor}"},
        timeout=60,
    )
    assert answer.json()["ok"] is True


def test_the_log_says_nothing_about_anyone(site: Site) -> None:
    """After all that is above: entries with ids, routes and times, and no personal data."""
    log = site.service.log
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["logger"] == "omnireid.request"]
    assert len(requests) > 30
    assert {"request_id", "method", "route", "status", "ms"} <= requests[0].keys()
    assert any(line["route"] == "/api/v1/candidates/{candidate_id}/decisions" for line in requests)
    assert any(line.get("user") for line in requests)
    private = ("Sato", "Suzuki", "Tanaka", "Ito Auditor", "Hanako", "vermilion", "red coat",
               "red gate", "omr_", "Bearer", "eight-at-once", "night", ".png")  # fmt: skip
    assert [word for word in private if word in log] == []
