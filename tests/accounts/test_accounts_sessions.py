"""Sessions, one-time codes and the first start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from account_fakes import PASSWORD, Clock, Trail

from omnireid.accounts import Accounts, CodeKind, Role, User
from omnireid.errors import AccountError
from omnireid.gallery import Gallery

NEW = "another good one"


def test_a_session_ends_when_it_is_left_alone(accounts: Accounts, sato: User, clock: Clock) -> None:
    secret = accounts.sign_in("sato", PASSWORD, address="a", agent="Browser 1")
    for _ in range(3):
        clock.move(minutes=59)
        found = accounts.sessions.find(secret)
        assert found
        assert found[0] == sato.actor()
    clock.move(minutes=60)
    assert accounts.sessions.find(secret) is None
    assert accounts.sessions.of(sato.user_id) == []


@pytest.mark.usefixtures("sato")
def test_a_session_ends_at_last_though_it_is_used(accounts: Accounts, clock: Clock) -> None:
    secret = accounts.sign_in("sato", PASSWORD, address="a", agent="")
    for _ in range(23):
        clock.move(minutes=30)
        assert accounts.sessions.find(secret)
    clock.move(minutes=30)
    assert accounts.sessions.find(secret) is None


@pytest.mark.parametrize("cookie", ["", "x", "%00", "é" * 500, "\ud800"])
@pytest.mark.usefixtures("sato")
def test_an_invented_cookie_is_nobody(accounts: Accounts, cookie: str) -> None:
    accounts.sign_in("sato", PASSWORD, address="a", agent="")
    assert accounts.sessions.find(cookie) is None


def test_signing_out_here_and_everywhere(accounts: Accounts, sato: User) -> None:
    secrets = [accounts.sign_in("sato", PASSWORD, address="a", agent="") for _ in range(3)]
    _, first = accounts.sessions.find(secrets[0])  # type: ignore[misc]
    accounts.sessions.close(first.session_id, by="sato")
    assert [accounts.sessions.find(one) is None for one in secrets] == [True, False, False]
    assert accounts.sessions.close_all(sato.user_id, by="sato") == 2
    assert all(accounts.sessions.find(one) is None for one in secrets)


@pytest.mark.usefixtures("sato")
def test_the_purpose_stays_with_the_session(accounts: Accounts) -> None:
    one, other = (accounts.sign_in("sato", PASSWORD, address="a", agent="") for _ in range(2))
    _, session = accounts.sessions.find(one)  # type: ignore[misc]
    accounts.sessions.choose(session.session_id, purpose="theft", matter="2026-17")
    _, session = accounts.sessions.find(one)  # type: ignore[misc]
    assert (session.purpose, session.matter) == ("theft", "2026-17")
    assert accounts.sessions.find(other)[1].purpose is None  # type: ignore[index]


@pytest.mark.usefixtures("sato")
def test_sessions_outlive_the_process(
    accounts: Accounts, gallery: Gallery, clock: Clock, trail: Trail
) -> None:
    secret = accounts.sign_in("sato", PASSWORD, address="a", agent="")
    again = Accounts(gallery.database, trail, clock=clock)
    assert again.sessions.find(secret)


def test_the_first_start_makes_one_administrator(accounts: Accounts) -> None:
    code = accounts.codes.new(CodeKind.START)
    user = accounts.start(
        code.lower().replace("-", " "), "sato", PASSWORD, [Role.SEARCHER], address="a"
    )
    assert user.roles == {Role.ADMINISTRATOR, Role.SEARCHER}
    with pytest.raises(AccountError) as error:
        accounts.start(code, "ito", PASSWORD, [], address="a")
    assert error.value.refusal == "started"
    late = accounts.codes.new(CodeKind.START)
    with pytest.raises(AccountError) as error:
        accounts.start(late, "ito", PASSWORD, [], address="a")
    assert error.value.refusal == "started"


def test_the_first_start_needs_the_code_that_was_printed_last(
    accounts: Accounts, clock: Clock
) -> None:
    old = accounts.codes.new(CodeKind.START)
    code = accounts.codes.new(CodeKind.START)
    for wrong in (old, "", "AAAAA-AAAAA-AAAAA-AAAAA", code[:-1]):
        with pytest.raises(AccountError) as error:
            accounts.start(wrong, "sato", PASSWORD, [], address="a")
        assert error.value.refusal == "code"
    with pytest.raises(AccountError) as error:
        accounts.start(code, "sato", "short", [], address="a")
    assert error.value.refusal == "password_short"
    with pytest.raises(AccountError):
        accounts.start(code, "sato", PASSWORD, [Role.AUDITOR], address="a")
    assert not accounts.users.exist()
    clock.move(days=8)
    with pytest.raises(AccountError):
        accounts.start(code, "sato", PASSWORD, [], address="a")


def test_of_two_first_starts_at_once_one_succeeds(accounts: Accounts) -> None:
    code = accounts.codes.new(CodeKind.START)

    def begin(name: str) -> str:
        try:
            return accounts.start(code, name, PASSWORD, [], address=name).name
        except AccountError as error:
            return error.refusal

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(begin, ["sato", "ito", "abe", "mori"]))
    assert len(accounts.users.all()) == 1
    assert sum(one in ("started", "code") for one in ended) == 3


def test_a_password_code_works_once_and_ends_the_sessions(
    accounts: Accounts, sato: User, clock: Clock
) -> None:
    secret = accounts.sign_in("sato", PASSWORD, address="a", agent="")
    replaced = accounts.reset(sato.user_id, CodeKind.PASSWORD, by="ito")
    code = accounts.reset(sato.user_id, CodeKind.PASSWORD, by="ito")
    with pytest.raises(AccountError):
        accounts.new_password(replaced, NEW, address="a")
    with pytest.raises(AccountError):
        accounts.new_password(code, "short", address="a")
    assert accounts.sign_in("sato", PASSWORD, address="a", agent="")
    assert accounts.new_password(code, NEW, address="a").name == "sato"
    assert accounts.sessions.find(secret) is None
    assert accounts.sign_in("sato", NEW, address="a", agent="")
    with pytest.raises(AccountError):
        accounts.new_password(code, "yet another one", address="a")
    late = accounts.reset(sato.user_id, CodeKind.PASSWORD, by="ito")
    clock.move(days=3, seconds=1)
    with pytest.raises(AccountError):
        accounts.new_password(late, NEW, address="a")


def test_a_link_signs_in_once_and_is_no_password_code(accounts: Accounts, sato: User) -> None:
    code = accounts.reset(sato.user_id, CodeKind.LINK, by="ito")
    with pytest.raises(AccountError):
        accounts.new_password(code, NEW, address="a")
    secret = accounts.follow_link(code, address="a", agent="")
    assert accounts.sessions.find(secret)
    with pytest.raises(AccountError):
        accounts.follow_link(code, address="a", agent="")


@pytest.mark.usefixtures("sato")
def test_codes_of_a_disabled_user_are_dead(accounts: Accounts) -> None:
    user = accounts.users.add("ito", [], by="sato")
    link = accounts.reset(user.user_id, CodeKind.LINK, by="sato")
    code = accounts.reset(user.user_id, CodeKind.PASSWORD, by="sato")
    accounts.users.set_enabled(user.user_id, False, by="sato")
    with pytest.raises(AccountError):
        accounts.follow_link(link, address="a", agent="")
    with pytest.raises(AccountError):
        accounts.new_password(code, NEW, address="a")
