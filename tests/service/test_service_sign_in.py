"""The ways in and out, as a browser goes them."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from service_clients import ADDRESS, PASSWORD, ClientAs

from omnireid.accounts import SENTENCES, CodeKind, Role
from omnireid.service.language import strings
from omnireid.service.site import Site


def form(client: TestClient, address: str, **fields: object) -> dict[str, object]:
    """The fields of the form at an address, filled in."""
    found = re.search(r'name="csrf" value="(\w+)"', client.get(address).text)
    assert found
    return {"csrf": found[1], **fields}


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Response:
    fields = form(client, "/sign-in", name=name, password=password, **more)
    return client.post("/sign-in", data=fields)


def browser(app: FastAPI, address: str = ADDRESS) -> TestClient:
    return TestClient(
        app, base_url=address, headers={"Accept-Language": "en", "Accept": "text/html"}
    )


def test_a_person_signs_in_goes_on_and_signs_out(app: FastAPI, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    asked = page.get("/cases?state=open")
    assert asked.url.path == "/sign-in"
    assert 'name="back" value="/cases?state=open"' in asked.text
    entered = sign_in(page, "Sato", back="/cases?state=open")
    assert str(entered.url) == f"{ADDRESS}/cases?state=open"
    assert page.get("/sign-in").url.path == "/"
    left = page.post("/sign-out", data=form(page, "/account"))
    assert left.url.path == "/sign-in"
    assert left.history[0].headers["clear-site-data"] == '"cache"'
    assert page.get("/cases").url.path == "/sign-in"


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example", "/\\evil.example",
                                  "javascript:alert(1)", "", "/\t/evil.example"])  # fmt: skip
def test_signing_in_leads_nowhere_else(app: FastAPI, client_as: ClientAs, back: str) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    fields = form(page, "/sign-in", name="sato", password=PASSWORD, back=back)
    answer = page.post("/sign-in", data=fields, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_wrong_names_and_wrong_passwords_look_alike(app: FastAPI, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    wrong, unknown = sign_in(page, "sato", "wrong password"), sign_in(page, "nobody", PASSWORD)
    assert wrong.status_code == unknown.status_code == 401
    strip = re.compile(r'value="(sato|nobody)"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)
    assert "is wrong" in wrong.text
    assert PASSWORD not in unknown.text
    assert (
        "正しくない"
        in page.post(
            "/sign-in",
            data=form(page, "/sign-in", name="sato", password="x"),
            headers={"Accept-Language": "ja"},
        ).text
    )


def test_after_many_tries_the_page_says_how_long_to_wait(app: FastAPI, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    answers = [sign_in(page, "sato", "wrong password") for _ in range(6)]
    assert [one.status_code for one in answers] == [401] * 5 + [429]
    said = re.search(r"wait (\d+) seconds", answers[-1].text)
    assert said
    assert answers[-1].headers["retry-after"] == said[1]


def test_a_link_is_used_by_its_button_and_not_by_looking_at_it(
    app: FastAPI, client_as: ClientAs, site: Site
) -> None:
    client_as(Role.REVIEWER, name="sato")
    sato = site.accounts.users.named("sato")
    code = site.accounts.reset(sato.user_id, CodeKind.LINK, by="ito")
    for ahead in (browser(app), browser(app)):
        looked = ahead.get(f"/enter?code={code}")
        assert looked.status_code == 200
        assert code in looked.text
        assert ahead.get("/").url.path == "/sign-in"
    page = browser(app)
    fields = form(page, f"/enter?code={code}", code=code)
    assert page.post("/enter", data=fields).url.path == "/"
    assert page.get("/account").status_code == 200
    late = browser(app)
    refused = late.post("/enter", data=form(late, "/enter", code=code))
    assert refused.status_code == 403
    assert browser(app).post("/enter", data={"code": code}).status_code == 403


def test_the_cookie_is_out_of_reach(app: FastAPI, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    fields = form(page, "/sign-in", name="sato", password=PASSWORD)
    answer = page.post("/sign-in", data=fields, follow_redirects=False)
    session = next(c for c in answer.headers.get_list("set-cookie") if "session" in c)
    assert session.startswith("omnireid-session-")
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Secure" not in session
    assert "expires" not in session.lower()
    assert "max-age" not in session.lower()


def test_over_tls_the_cookie_is_of_this_host_alone(app: FastAPI, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app, "https://127.0.0.1")
    fields = form(page, "/sign-in", name="sato", password=PASSWORD)
    answer = page.post("/sign-in", data=fields, follow_redirects=False)
    for cookie in answer.headers.get_list("set-cookie"):
        if "omnireid-" in cookie:
            assert cookie.startswith("__Host-omnireid-")
            assert "Secure" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie


def test_a_new_session_at_every_sign_in(app: FastAPI, client_as: ClientAs, site: Site) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    name = f"omnireid-session-{site.accounts.place}"
    page.cookies.set(name, "planted by somebody", domain="127.0.0.1")
    sign_in(page, "sato")
    assert {cookie.value for cookie in page.cookies.jar if cookie.name == name} != {
        "planted by somebody"
    }
    assert site.accounts.sessions.find("planted by somebody") is None


def test_the_first_start(app: FastAPI, site: Site) -> None:
    page = browser(app)
    assert page.get("/cases").url.path == "/start"
    assert page.get("/sign-in").url.path == "/start"
    code = site.accounts.codes.new(CodeKind.START)
    wrong = page.post(
        "/start", data=form(page, "/start", code="AAAAA", name="sato", password=PASSWORD)
    )
    assert wrong.status_code == 403
    assert 'value="sato"' in wrong.text
    assert PASSWORD not in wrong.text
    forged = page.post(
        "/start",
        data=form(page, "/start", code=code, name="sato", password=PASSWORD, role="auditor"),
    )
    assert forged.url.path == "/users"
    assert site.accounts.users.named("sato").roles == {Role.ADMINISTRATOR}
    assert browser(app).get("/start").url.path == "/sign-in"
    again = page.post("/start", data=form(page, "/account", code=code, name="x", password=PASSWORD))
    assert again.status_code == 409


def test_a_one_time_code_sets_a_password(app: FastAPI, client_as: ClientAs, site: Site) -> None:
    client_as(Role.REVIEWER, name="sato")
    user = site.accounts.users.named("sato")
    code = site.accounts.reset(user.user_id, CodeKind.PASSWORD, by="(test)")
    page = browser(app)
    fields = form(page, "/password", code=code.lower(), password="a better password")
    assert page.post("/password", data=fields).url.path == "/"
    assert sign_in(browser(app), "sato").status_code == 401
    assert sign_in(browser(app), "sato", "a better password").url.path == "/"


def test_my_account(app: FastAPI, client_as: ClientAs, site: Site) -> None:
    client = client_as(Role.REVIEWER, name="sato")
    user = site.accounts.users.named("sato")
    elsewhere = browser(app)
    sign_in(elsewhere, "sato")
    assert client.get("/account").text.count("/end") == 2  # the other browser, and all of them
    refused = client.post("/account/password", data={"current": "no", "password": "x" * 20})
    assert refused.status_code == 422
    changed = client.post(
        "/account/password", data={"current": PASSWORD, "password": "a better password"}
    )
    assert "is changed" in changed.text
    assert elsewhere.get("/account").url.path == "/sign-in"
    assert client.get("/account").status_code == 200
    client.post("/account/language", data={"language": "ja"})
    assert site.accounts.users.get(user.user_id).language == "ja"
    # In whatever browser, whatever that asks for.
    later = browser(app)
    assert '<html lang="ja">' in sign_in(later, "sato", "a better password").text
    other = next(s for s in site.accounts.sessions.of(user.user_id) if s.agent != "test")
    client.post(f"/account/sessions/{other.session_id}/end")
    assert later.get("/account").url.path == "/sign-in"
    ended = client.post("/account/sessions/end")
    assert ended.url.path == "/sign-in"
    assert site.accounts.sessions.of(user.user_id) == []


def test_sessions_and_keys_of_others_are_out_of_reach(client_as: ClientAs, site: Site) -> None:
    mine, theirs = client_as(Role.REVIEWER, name="sato"), client_as(Role.REVIEWER, name="ito")
    other = site.accounts.users.named("ito")
    session = site.accounts.sessions.of(other.user_id)[0]
    assert mine.post(f"/account/sessions/{session.session_id}/end").status_code == 404
    theirs.post("/account/keys", data={"label": "x", "permission": "view", "days": "1"})
    key = site.accounts.keys.all(other.user_id)[0]
    assert mine.post(f"/account/keys/{key.key_id}/revoke").status_code == 404
    assert site.accounts.keys.all(other.user_id)[0].revoked is None
    assert theirs.get("/account").status_code == 200


def test_a_key_is_shown_once_and_works(app: FastAPI, client_as: ClientAs, site: Site) -> None:
    client = client_as(Role.REVIEWER, name="sato")
    made = client.post(
        "/account/keys",
        data={"label": "report", "permission": ["view", "search"], "camera": "red gate",
              "days": "30"},
    )  # fmt: skip
    shown = re.search(r"omr_[0-9a-f]{8}_[\w-]{43}", made.text)
    assert shown
    assert shown[0] not in client.get("/account").text
    program = TestClient(app, base_url=ADDRESS, headers={"Authorization": f"Bearer {shown[0]}"})
    items = program.get("/api/v1/items", params={"limit": 200}).json()["items"]
    assert {item["camera"] for item in items} == {"red gate"}
    number = site.accounts.keys.all()[0].key_id
    client.post(f"/account/keys/{number}/revoke")
    assert program.get("/api/v1/items").status_code == 401
    refused = client.post("/account/keys", data={"label": "x", "permission": "audit", "days": "1"})
    assert refused.status_code == 422
    assert "may not: audit" in refused.text


def test_what_accounts_refuse_is_said_alike_on_the_page_and_on_the_command_line() -> None:
    english, japanese = strings("en"), strings("ja")
    for reason, sentences in SENTENCES.items():
        for part, sentence in zip(("what", "why", "to_do"), sentences, strict=True):
            key = f"error_account_{reason}_{part}"
            assert english[key].lower() == sentence.lower(), key
            assert japanese[key]


def test_a_session_that_ends_in_the_middle_of_a_form_leads_back_to_it(
    app: FastAPI, client_as: ClientAs, site: Site
) -> None:
    client_as(Role.REVIEWER, name="sato")
    page = browser(app)
    sign_in(page, "sato")
    fields = form(page, "/cases/new?item=3", title="Red coat", purpose="system_test")
    for session in site.accounts.sessions.of(site.accounts.users.named("sato").user_id):
        site.accounts.sessions.close(session.session_id, by="sato")
    address = f"{ADDRESS}/cases/new?item=3"
    told = page.post("/cases/new", data=fields, headers={"Referer": address})
    assert told.status_code == 401
    assert 'href="/sign-in?back=%2Fcases%2Fnew%3Fitem%3D3"' in told.text
    elsewhere = page.post("/cases/new", data=fields, headers={"Referer": "https://evil.example//x"})
    assert 'href="/sign-in?back=%2F"' in elsewhere.text
    assert site.review.cases(site.accounts.users.named("sato").actor()) == ()
