"""Cases over HTTP: forms without scripts, what is refused, scope, and the export."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from service_clients import ClientAs

from colour_encoder import ColourEncoder, picture
from omnireid.accounts import Role
from omnireid.gallery import Gallery
from omnireid.observation import Modality
from omnireid.review import Find, Person
from omnireid.service.site import Site


@pytest.fixture
def anna(client_as: ClientAs) -> TestClient:
    return client_as(Role.REVIEWER, name="anna")


@pytest.fixture
def ben(client_as: ClientAs) -> TestClient:
    return client_as(Role.REVIEWER, name="ben")


@pytest.fixture
def case(anna: TestClient, ben: TestClient, site: Site) -> int:
    """Anna's case with Ben in it and the first three sightings."""
    assert anna
    assert ben
    owner, member = (site.accounts.users.named(name) for name in ("anna", "ben"))
    opened = site.review.open(owner.actor(), title="A <red> coat", purpose=purpose(site))
    site.review.add_member(owner.actor(), opened.case_id, Person(member.user_id, member.name))
    site.review.collect(owner.actor(), opened.case_id, [Find(n, 0.9) for n in (1, 2, 3)], None)
    return opened.case_id


def purpose(site: Site) -> str:
    return site.governance.purposes.all()[0].key


def refused(text: str) -> str:
    found = re.search(r'role="alert">\s*<p><strong>(.*?)</strong>', text)
    return found[1] if found else ""


def test_a_case_is_opened_by_its_form_and_shown(anna: TestClient, site: Site) -> None:
    form = anna.get("/cases/new").text
    assert 'name="title"' in form
    page = anna.post(
        "/cases", data={"title": "迷子", "purpose": purpose(site), "hold": "1", "item": [4, 5]}
    )
    assert page.status_code == 200
    assert str(page.url).endswith("/cases/1")
    assert page.text.count('class="case-tile"') == 2
    assert "迷子" in anna.get("/cases").text
    assert "2 candidates" in anna.get("/review").text


def test_what_a_case_shows_is_in_the_audit_log(ben: TestClient, case: int, site: Site) -> None:
    ben.get(f"/cases/{case}")
    entry = site.audit.entries(limit=1)[0]
    assert (entry.action, entry.actor) == ("items.list", "ben")
    (summary,) = site.review.cases(site.accounts.users.named("ben").actor())
    assert entry.case == summary.case.reference
    assert entry.details == {"shown": [1, 2, 3]}
    ben.get(f"/cases/{case}?tab=history")
    ben.get(f"/cases/{case}?tab=confirmed")  # of which there is none
    assert site.audit.entries(limit=1)[0].seq == entry.seq


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"title": "", "purpose": "?"}, "its purpose is not one"),
        ({"title": " "}, "a field that is needed is empty"),
        ({"title": "x" * 300}, "a title or reference has up to"),
        ({"title": "x", "reference": "taken"}, "another case has this reference"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    anna: TestClient, site: Site, fields: dict[str, str], what: str
) -> None:
    anna.post("/cases", data={"title": "1", "purpose": purpose(site), "reference": "taken"})
    page = anna.post("/cases", data={"purpose": purpose(site), **fields})
    assert page.status_code in (409, 422)
    assert what in page.text
    assert f'value="{fields.get("reference", "")}"' in page.text


def test_outsiders_find_nothing_and_other_roles_may_not(
    case: int, client_as: ClientAs, site: Site
) -> None:
    stranger = client_as(Role.REVIEWER, name="chie")
    for address in (
        f"/cases/{case}", f"/cases/{case}/review", f"/cases/{case}/review/1",
        f"/cases/{case}/export", "/cases/99", f"/cases/{2**63 - 1}",
    ):  # fmt: skip
        assert stranger.get(address).status_code == 404, address
    decision = {"verdict": "confirm", "version": 0}
    assert stranger.post(f"/cases/{case}/review/1", data=decision).status_code == 404
    assert stranger.post(f"/cases/{case}/items", data={"item": 9}).status_code == 404
    searcher = client_as(Role.SEARCHER, name="dai")
    for address in ("/cases", "/review", f"/cases/{case}", f"/cases/{case}/export"):
        assert searcher.get(address).status_code == 403
    assert "Cases" not in searcher.get("/").text
    assert site.review.candidate(site.accounts.users.named("anna").actor(), 1).decisions == ()


def test_the_title_is_escaped(anna: TestClient, case: int) -> None:
    assert "A &lt;red&gt; coat" in anna.get(f"/cases/{case}").text
    assert "<red>" not in anna.get("/cases").text


def test_two_people_confirm_without_scripts(anna: TestClient, ben: TestClient, case: int) -> None:
    page = anna.get(f"/cases/{case}/review")
    assert str(page.url).endswith(f"/cases/{case}/review/1")
    following = anna.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": 0})
    assert str(following.url).endswith(f"/cases/{case}/review/2")
    again = anna.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": 1})
    assert again.status_code == 409
    assert refused(again.text) == "The confirmation was not counted"
    stale = ben.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": 0})
    assert stale.status_code == 409
    assert "a colleague was a moment faster" in refused(stale.text)
    assert 'name="version" value="1"' in stale.text
    assert "confirmed by one" in stale.text
    ben.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": 1})
    assert "confirmed by two" in anna.get(f"/cases/{case}?tab=confirmed").text
    rejected = {"verdict": "reject", "version": 0, "reason": "clothes"}
    for number in (2, 3):
        last = anna.post(f"/cases/{case}/review/{number}", data=rejected)
    assert "You have decided on every candidate" in last.text


def test_a_part_is_only_the_candidate_and_counts_as_seen_when_told(
    anna: TestClient, case: int, site: Site
) -> None:
    actor = site.accounts.users.named("anna").actor()
    part = anna.get(f"/cases/{case}/review/1", headers={"X-Part": "1"})
    assert part.text.lstrip().startswith("<article")
    assert site.review.candidate(actor, 1).seen_by == frozenset()
    assert anna.post(f"/cases/{case}/review/1/seen").status_code == 204
    assert site.review.candidate(actor, 1).seen_by == {actor.user_id}


@pytest.mark.parametrize(
    "data",
    [
        {"verdict": "hang", "version": 0},
        {"verdict": "confirm"},
        {"verdict": "confirm", "version": "x"},
        {"verdict": "confirm", "version": 2**70},
        {"verdict": "reject", "version": 0, "reason": "because"},
        {"verdict": "reject", "version": 0},
        {"verdict": "reject", "version": 0, "reason": "other"},
        {"verdict": "reject", "version": 0, "reason": "other", "words": "x" * 4001},
    ],
)
def test_nonsense_decisions_are_refused(
    anna: TestClient, case: int, site: Site, data: dict[str, str | int]
) -> None:
    assert anna.post(f"/cases/{case}/review/1", data=data).status_code == 422
    actor = site.accounts.users.named("anna").actor()
    assert site.review.candidate(actor, 1).decisions == ()


def test_the_owner_changes_closes_and_reopens(anna: TestClient, ben: TestClient, case: int) -> None:
    version = {"version": re.findall(r'name="version" value="(\d+)"', settings(anna, case))[0]}
    denied = ben.post(f"/cases/{case}/close", data={**version, "outcome": "done"})
    assert denied.status_code == 403
    assert "Only the owner changes the case" in denied.text
    closed = anna.post(f"/cases/{case}/close", data={**version, "outcome": "found"})
    assert "found" in closed.text
    assert anna.post(f"/cases/{case}/notes", data={"words": "late"}).status_code == 409
    reopened = anna.post(
        f"/cases/{case}/reopen", data={"version": int(version["version"]) + 1, "why": "again"}
    )
    assert 'action="/cases/1/close"' in reopened.text
    anna.post(f"/cases/{case}/notes", data={"words": "<b>note</b>"})
    assert "&lt;b&gt;note&lt;/b&gt;" in anna.get(f"/cases/{case}?tab=notes").text


def settings(client: TestClient, case: int) -> str:
    return client.get(f"/cases/{case}?tab=settings").text


def test_members_are_reviewers_alone(
    anna: TestClient, case: int, client_as: ClientAs, site: Site
) -> None:
    client_as(Role.REVIEWER, name="emi")
    client_as(Role.VIEWER, name="fumi")
    page = settings(anna, case)
    assert "emi" in page
    assert "fumi" not in page
    users = site.accounts.users
    anna.post(f"/cases/{case}/members", data={"user": users.named("fumi").user_id})
    anna.post(f"/cases/{case}/members", data={"user": users.named("emi").user_id})
    inside = site.review.case(users.named("anna").actor(), case).members
    assert sorted(one.name for one in inside) == ["anna", "ben", "emi"]
    anna.post(f"/cases/{case}/members/{users.named('emi').user_id}/remove")
    assert "emi" in settings(anna, case)


def test_sightings_are_added_with_the_score_of_their_search(
    anna: TestClient, case: int, site: Site
) -> None:
    token = site.held.hold({Modality.SKETCH: picture("green")})
    link = f"/?text=green&held={token}"
    chosen = anna.post("/cases/choose", data={"item": [11, 12], "query": link})
    assert "Add 2 sightings" in chosen.text
    assert f'name="case" value="{case}"' in chosen.text
    assert f"/cases/new?item=11&amp;item=12&amp;query={quote(link, safe='')}" in chosen.text
    anna.post("/cases/items", data={"case": case, "item": [11, 12], "query": link})
    found = site.review.candidates(site.accounts.users.named("anna").actor(), case)[3:]
    assert [one.item_id for one in found] == [11, 12]
    first = found[0]
    assert first.found_by is not None
    assert first.found_by.words == "green"
    held = site.held.find(token)
    assert held is not None
    assert first.found_by.pictures == {
        "sketch": hashlib.sha256(next(iter(held.values()))).hexdigest()
    }
    assert first.found_by.model_id == ColourEncoder.model_id
    shown = f"/cases/{case}/queries/{first.found_by.pictures['sketch']}"
    assert shown in anna.get(f"/cases/{case}/review/{first.candidate_id}").text
    assert anna.get(shown).content == next(iter(held.values()))
    assert anna.get(f"/cases/{case}/queries/{'0' * 64}").status_code == 404
    assert first.score is not None
    assert first.score > 0.95  # the very colour


@pytest.mark.parametrize(
    "link", ["", "nonsense", "/?held=gone&text=red", "/?after=broken", "/?like=999"]
)
def test_sightings_are_added_even_where_their_search_is_gone(
    anna: TestClient, case: int, site: Site, link: str
) -> None:
    page = anna.post(f"/cases/{case}/items", data={"item": [20, 20, 9999], "query": link})
    assert page.status_code == 200
    found = site.review.candidates(site.accounts.users.named("anna").actor(), case)[3:]
    assert [(one.item_id, one.score) for one in found] == [(20, None)]


def test_an_export_is_a_sound_zip_and_is_audited_with_its_hash(
    anna: TestClient, ben: TestClient, case: int, site: Site
) -> None:
    for client, version in ((anna, 0), (ben, 1)):
        client.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": version})
    assert "two people confirmed (1)" in anna.get(f"/cases/{case}/export").text
    answer = anna.post(f"/cases/{case}/export", data={"language": "ja", "candidates": "all"})
    assert answer.headers["content-type"] == "application/zip"
    assert re.search(r"case-\d{4}-0001-\d{8}\.zip", answer.headers["content-disposition"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert len(manifest["exhibits"]) == 3
    entry = site.audit.entries()[0]
    assert (entry.action, entry.actor, entry.case) == (
        "export", "anna", manifest["case"]["reference"],
    )  # fmt: skip
    assert entry.details["sha256"] == hashlib.sha256(answer.content).hexdigest()
    report = anna.post(f"/cases/{case}/export", data={"form": "pdf"})
    assert report.content.startswith(b"%PDF-")
    assert site.audit.entries()[0].details["sha256"] == hashlib.sha256(report.content).hexdigest()
    assert "exported the case" in anna.get(f"/cases/{case}?tab=history").text


def test_a_case_is_exported_over_the_api_as_on_the_page(
    anna: TestClient, client_as: ClientAs, case: int, site: Site
) -> None:
    address = f"/api/v1/cases/{case}/export"
    answer = anna.post(address, json={"candidates": "all", "language": "ja", "blur_subject": True})
    assert answer.headers["content-type"] == "application/zip"
    assert ".zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(json.loads(archive.read("manifest.json"))["exhibits"]) == 3
    entry = site.audit.entries()[0]
    assert (entry.action, entry.actor) == ("export", "anna")
    assert entry.details["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert (entry.details["language"], entry.details["subject_blurred"]) == ("ja", True)
    report = anna.post(address, json={"form": "pdf"})
    assert report.headers["content-type"] == "application/pdf"
    assert report.content.startswith(b"%PDF-")
    assert site.audit.entries()[0].details["exhibits"] == 0  # nobody confirmed one yet
    outsider = client_as(Role.REVIEWER, name="outsider")
    unseen = outsider.post(address, json={})
    assert (unseen.status_code, unseen.headers["content-type"]) == (404, "application/problem+json")
    assert anna.post(address, json={"form": "exe"}).status_code == 422
    assert client_as(Role.SEARCHER).post(address, json={}).status_code == 403


def test_a_scope_of_cameras_holds_in_cases_too(case: int, client_as: ClientAs, site: Site) -> None:
    narrow = client_as(Role.REVIEWER, name="gen", cameras=["green gate"])
    users = site.accounts.users
    gen, owner = users.named("gen"), users.named("anna").actor()
    site.review.add_member(owner, case, Person(gen.user_id, gen.name))
    site.review.collect(owner, case, [Find(11)], None)
    page = narrow.get(f"/cases/{case}").text
    assert page.count('class="case-tile"') == 1
    assert narrow.get(f"/cases/{case}/review/1").status_code == 404
    zipped = narrow.post(f"/cases/{case}/export", data={"candidates": "all"}).content
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert [e["item"] for e in json.loads(archive.read("manifest.json"))["exhibits"]] == [11]


def test_an_erased_sighting_is_shown_as_a_place(
    anna: TestClient, case: int, gallery: Gallery
) -> None:
    gallery.delete([2])
    assert "This sighting was erased" in anna.get(f"/cases/{case}").text
    page = anna.get(f"/cases/{case}/review/2")
    assert page.status_code == 200
    assert 'value="confirm"' not in page.text


def test_pages_are_in_japanese_too(anna: TestClient, case: int) -> None:
    anna.get("/language/ja")
    for address in ("/review", "/cases", "/cases/new", f"/cases/{case}", f"/cases/{case}/review/1"):
        page = anna.get(address)
        assert page.status_code == 200
        assert '<html lang="ja">' in page.text
    late = anna.post(f"/cases/{case}/review/1", data={"verdict": "confirm", "version": 7})
    assert "ほかのメンバーが先に変更しました" in late.text
