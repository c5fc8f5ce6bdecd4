"""API keys: scope, expiry, revocation, and never more than their owner may."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from account_fakes import Clock, Trail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnireid.accounts import Accounts, Permission, Role, User
from omnireid.errors import AccountError
from omnireid.gallery import Gallery

SEARCH = [Permission.SEARCH, Permission.VIEW]


def key_of(accounts: Accounts, user: User, **options: object) -> str:
    given = {"permissions": SEARCH, "lasts": timedelta(days=30), **options}
    permissions = given.pop("permissions")
    return accounts.keys.add(user.user_id, "nightly report", permissions, by="sato", **given)[0]  # type: ignore[arg-type]


def test_a_key_acts_for_its_owner_with_its_permissions_alone(
    accounts: Accounts, sato: User
) -> None:
    actor = accounts.keys.find(key_of(accounts, sato, cameras=["gate"]))
    assert actor
    assert (actor.user_id, actor.name) == (sato.user_id, "sato")
    assert actor.permissions == set(SEARCH)
    assert actor.cameras == ("gate",)
    assert actor.key_id == accounts.keys.all()[0].key_id


def test_the_secret_is_kept_nowhere(
    accounts: Accounts, sato: User, gallery: Gallery, trail: Trail
) -> None:
    secret = key_of(accounts, sato)
    mark, prefix, rest = secret.split("_", 2)
    assert mark == "omr"
    assert len(rest) >= 43
    assert accounts.keys.all()[0].prefix == prefix
    on_disk = b"".join(path.read_bytes() for path in gallery.folder.glob("ledger.sqlite*"))
    assert prefix.encode() in on_disk
    assert rest.encode() not in on_disk
    assert rest not in repr(trail.events)
    assert trail.events[-1][1] == "account.key"


def test_wrong_keys_are_nobody(accounts: Accounts, sato: User) -> None:
    secret = key_of(accounts, sato)
    for wrong in ("", "omr", "omr_", secret[:-1], secret + "x", secret.upper(), "omr_00000000_x",
                  secret.replace("omr", "xxx"), "\ud800"):  # fmt: skip
        assert accounts.keys.find(wrong) is None
    assert accounts.keys.find(secret)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.text(max_size=80) | st.text(string.ascii_letters + "_", max_size=60))
def test_any_text_is_no_key(accounts: Accounts, text: str) -> None:
    assert accounts.keys.find(text) is None
    assert accounts.keys.find("omr_" + text) is None


def test_a_key_ends_on_its_day(accounts: Accounts, sato: User, clock: Clock) -> None:
    secret = key_of(accounts, sato)
    clock.move(days=29, hours=23)
    assert accounts.keys.find(secret)
    clock.move(hours=1)
    assert accounts.keys.find(secret) is None


def test_a_revoked_key_ends_at_once(accounts: Accounts, sato: User, trail: Trail) -> None:
    secret, other = key_of(accounts, sato), key_of(accounts, sato)
    number = accounts.keys.find(secret).key_id  # type: ignore[union-attr]
    stranger = accounts.users.add("ito", [Role.SEARCHER], by="sato")
    with pytest.raises(AccountError) as error:
        accounts.keys.revoke(number, by="ito", of_user=stranger.user_id)
    assert error.value.refusal == "unknown_key"
    assert accounts.keys.revoke(number, by="sato", of_user=sato.user_id).revoked
    assert accounts.keys.find(secret) is None
    assert accounts.keys.find(other)
    accounts.keys.revoke(number, by="sato")
    assert trail.actions.count("account.key_revoke") == 1


def test_a_key_loses_what_its_owner_loses(accounts: Accounts, sato: User) -> None:
    user = accounts.users.add("ito", [Role.REVIEWER], by="sato")
    secret = key_of(accounts, user, permissions=[*SEARCH, Permission.EXPORT])
    accounts.users.set_roles(user.user_id, [Role.SEARCHER], by="sato")
    assert accounts.keys.find(secret).permissions == set(SEARCH)  # type: ignore[union-attr]
    accounts.users.set_enabled(user.user_id, False, by="sato")
    assert accounts.keys.find(secret) is None
    assert sato.disabled is None


def test_both_the_keys_and_the_owners_cameras_hold(accounts: Accounts, sato: User) -> None:
    def rescope(*cameras: str) -> None:
        accounts.users.set_scope(sato.user_id, cameras=cameras, purposes=["theft"], by="sato")

    whole, part = key_of(accounts, sato), key_of(accounts, sato, cameras=["gate", "yard"])
    rescope("gate", "hall")
    assert accounts.keys.find(whole).cameras == ("gate", "hall")  # type: ignore[union-attr]
    assert accounts.keys.find(part).cameras == ("gate",)  # type: ignore[union-attr]
    assert accounts.keys.find(part).purposes == ("theft",)  # type: ignore[union-attr]
    rescope("hall")
    # No camera left is not every camera.
    assert accounts.keys.find(part).permissions == frozenset()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"permissions": []}, "key_empty"),
        ({"permissions": [Permission.AUDIT]}, "key_permissions"),
        ({"cameras": ["gate", "vault"]}, "key_cameras"),
        ({"lasts": timedelta()}, "key_lasts"),
        ({"lasts": timedelta(days=-1)}, "key_lasts"),
        ({"lasts": timedelta(days=367)}, "key_lasts"),
    ],
)
def test_keys_that_are_not_made(
    accounts: Accounts, sato: User, options: dict[str, object], reason: str
) -> None:
    accounts.users.set_scope(sato.user_id, cameras=["gate"], purposes=[], by="(test)")
    with pytest.raises(AccountError) as error:
        key_of(accounts, sato, **options)
    assert error.value.refusal == reason
    assert accounts.keys.all() == ()


def test_a_key_is_named(accounts: Accounts, sato: User) -> None:
    for label in ("", "  ", "x" * 81, "a\nb"):
        with pytest.raises(AccountError) as error:
            accounts.keys.add(sato.user_id, label, SEARCH, by="sato", lasts=timedelta(days=1))
        assert error.value.refusal == "key_label"


def test_when_a_key_was_last_used(accounts: Accounts, sato: User, clock: Clock) -> None:
    secret = key_of(accounts, sato)
    assert accounts.keys.all()[0].used is None
    clock.move(minutes=5)
    accounts.keys.find(secret)
    first = clock.now
    clock.move(seconds=30)
    accounts.keys.find(secret)
    assert accounts.keys.all(sato.user_id)[0].used == first
    clock.move(seconds=31)
    accounts.keys.find(secret)
    assert accounts.keys.all()[0].used == clock.now
