"""Users, passwords, roles and scope."""

from __future__ import annotations

import sqlite3

import pytest
from account_fakes import PASSWORD, Trail
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnireid.accounts import Accounts, Passwords, Permission, Role, User
from omnireid.errors import AccountError
from omnireid.gallery import Gallery


def refusal(error: pytest.ExceptionInfo[AccountError]) -> str:
    return error.value.refusal


def test_a_user_has_what_its_roles_grant_together(accounts: Accounts, sato: User) -> None:
    assert sato.permissions == {
        Permission.VIEW, Permission.SEARCH, Permission.ACCOUNTS, Permission.INGEST,
        Permission.OPERATE,
    }  # fmt: skip
    assert accounts.users.get(sato.user_id) == accounts.users.named(" ＳＡＴＯ ") == sato
    assert accounts.users.all() == (sato,)
    assert accounts.users.exist()


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\x00b", "\u202eevil"])
def test_unusable_names(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError) as error:
        accounts.users.add(name, [], by="(test)")
    assert refusal(error) == "name"


def test_a_name_is_taken_whatever_its_letters_look_like(accounts: Accounts, sato: User) -> None:
    for name in ("sato", "SATO", "ｓａｔｏ", " sato "):
        with pytest.raises(AccountError) as error:
            accounts.users.add(name, [], by="(test)")
        assert refusal(error) == "name_taken"
    assert accounts.users.all() == (sato,)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "password_short"),
        ("elevenchars", "password_short"),
        ("x" * 201, "password_long"),
        ("aaaaaaaabbbbbbbb", "password_guessed"),
        ("sato-sato-sato-12", "password_guessed"),
    ],
)
def test_weak_passwords(accounts: Accounts, password: str, reason: str) -> None:
    with pytest.raises(AccountError) as error:
        accounts.users.add("sato", [], by="(test)", password=password)
    assert refusal(error) == reason
    assert not accounts.users.exist()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(password=st.text(min_size=12, max_size=60).filter(lambda text: len(set(text)) >= 12))
def test_any_password_opens_its_own_account_and_no_other(accounts: Accounts, password: str) -> None:
    try:
        kept = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)).hash(password)
    except UnicodeEncodeError:
        return  # half a character, which no keyboard sends
    passwords = accounts._passwords
    assert passwords.fits(password, kept)
    assert not passwords.fits(password + "x", kept)
    assert not passwords.fits(password, None)
    assert not passwords.fits(password, "no hash")


def test_the_strength_shipped_is_that_of_the_standard() -> None:
    kept = Passwords().hash(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert "m=65536,t=3,p=4" in kept
    assert not Passwords().outdated(kept)


@pytest.mark.usefixtures("sato")
def test_a_hash_of_weaker_parameters_is_renewed_when_its_user_signs_in(
    gallery: Gallery, trail: Trail
) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    later = Accounts(gallery.database, trail, passwords=stronger)
    later.sign_in("sato", PASSWORD, address="a", agent="")
    with sqlite3.connect(gallery.database.path) as connection:
        kept = connection.execute("SELECT password FROM users").fetchone()[0]
    assert "t=2" in kept
    assert later.sign_in("sato", PASSWORD, address="a", agent="")


@pytest.mark.usefixtures("sato")
def test_the_administrator_is_never_the_auditor(accounts: Accounts) -> None:
    with pytest.raises(AccountError) as error:
        accounts.users.add("abe", [Role.ADMINISTRATOR, Role.AUDITOR], by="(test)")
    assert refusal(error) == "administrator_and_auditor"
    other = accounts.users.add("ito", [Role.ADMINISTRATOR], by="(test)")
    for roles in ([Role.AUDITOR], [Role.AUDITOR, Role.ADMINISTRATOR]):
        with pytest.raises(AccountError) as error:
            accounts.users.set_roles(other.user_id, roles, by="(test)")
        assert refusal(error) == "administrator_and_auditor"
    # Nor by way of having neither role for a while.
    accounts.users.set_roles(other.user_id, [Role.VIEWER], by="(test)")
    with pytest.raises(AccountError):
        accounts.users.set_roles(other.user_id, [Role.AUDITOR], by="(test)")
    assert accounts.users.get(other.user_id).roles == {Role.VIEWER}
    auditor = accounts.users.add("mori", [Role.AUDITOR], by="(test)")
    with pytest.raises(AccountError):
        accounts.users.set_roles(auditor.user_id, [Role.ADMINISTRATOR], by="(test)")
    assert accounts.users.set_roles(auditor.user_id, [Role.AUDITOR, Role.VIEWER], by="(test)")


def test_somebody_always_administers(accounts: Accounts, sato: User) -> None:
    for change in (
        lambda: accounts.users.set_roles(sato.user_id, [Role.SEARCHER], by="(test)"),
        lambda: accounts.users.set_enabled(sato.user_id, False, by="(test)"),
    ):
        with pytest.raises(AccountError) as error:
            change()
        assert refusal(error) == "last_administrator"
    assert accounts.users.get(sato.user_id) == sato
    accounts.users.add("ito", [Role.ADMINISTRATOR], by="(test)")
    assert accounts.users.set_enabled(sato.user_id, False, by="(test)").permissions == frozenset()


def test_scope_is_set_and_taken_back(accounts: Accounts, sato: User) -> None:
    scoped = accounts.users.set_scope(
        sato.user_id, cameras=["yard", "gate", "gate"], purposes=["theft"], by="(test)"
    )
    assert scoped.cameras == ("gate", "yard")
    assert scoped.purposes == ("theft",)
    assert scoped.actor().cameras == ("gate", "yard")
    open_again = accounts.users.set_scope(sato.user_id, cameras=[], purposes=[], by="(test)")
    assert open_again == sato


@pytest.mark.usefixtures("sato")
def test_a_disabled_user_is_out_at_once(accounts: Accounts) -> None:
    user = accounts.users.add("ito", [Role.SEARCHER], by="(test)", password=PASSWORD)
    secret = accounts.sign_in("ito", PASSWORD, address="a", agent="")
    accounts.users.set_enabled(user.user_id, False, by="sato")
    assert accounts.sessions.find(secret) is None
    with pytest.raises(AccountError) as error:
        accounts.sign_in("ito", PASSWORD, address="a", agent="")
    assert refusal(error) == "credentials"
    accounts.users.set_enabled(user.user_id, True, by="sato")
    assert accounts.sign_in("ito", PASSWORD, address="a", agent="")
    assert accounts.sessions.find(secret) is None


def test_changing_the_password_ends_the_other_sessions(accounts: Accounts, sato: User) -> None:
    here, there = (accounts.sign_in("sato", PASSWORD, address="a", agent="") for _ in range(2))
    _, session = accounts.sessions.find(here)  # type: ignore[misc]
    with pytest.raises(AccountError) as error:
        accounts.change_password(
            sato.user_id, "wrong one", "another good one", address="a", keep=session.session_id
        )
    assert refusal(error) == "password_wrong"
    accounts.change_password(
        sato.user_id, PASSWORD, "another good one", address="a", keep=session.session_id
    )
    assert accounts.sessions.find(here)
    assert accounts.sessions.find(there) is None
    with pytest.raises(AccountError):
        accounts.sign_in("sato", PASSWORD, address="a", agent="")
    assert accounts.sign_in("sato", "another good one", address="a", agent="")


def test_every_change_is_taken_down_without_a_secret(
    accounts: Accounts, sato: User, trail: Trail, gallery: Gallery
) -> None:
    secret = accounts.sign_in("sato", PASSWORD, address="192.0.2.7", agent="")
    with pytest.raises(AccountError):
        accounts.sign_in("sato", "wrong", address="192.0.2.7", agent="")
    with pytest.raises(AccountError):
        accounts.sign_in("my password in the wrong field", "", address="192.0.2.7", agent="")
    accounts.users.set_roles(sato.user_id, [Role.ADMINISTRATOR], by="ito")
    accounts.sessions.close_all(sato.user_id, by="sato")
    assert trail.actions == [
        "account.add", "account.sign_in", "account.sign_in_failed", "account.sign_in_failed",
        "account.role", "account.sign_out",
    ]  # fmt: skip
    assert trail.events[4] == (
        "ito",
        "account.role",
        {
            "user": "sato",
            "before": ["administrator", "searcher"],
            "roles": ["administrator"],
        },
    )
    told = repr(trail.events)
    on_disk = b"".join(path.read_bytes() for path in gallery.folder.glob("ledger.sqlite*"))
    for hidden in (secret, PASSWORD, "my password in the wrong field"):
        assert hidden not in told
        assert hidden.encode() not in on_disk
