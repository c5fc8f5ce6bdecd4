"""Waits after failed sign-ins: by name, by address, over restarts, never for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from account_fakes import CHEAP, PASSWORD, Clock, Trail

from omnireid.accounts import Accounts, User
from omnireid.errors import AccountError
from omnireid.gallery import Gallery


def fail(accounts: Accounts, name: str, address: str) -> str:
    with pytest.raises(AccountError) as error:
        accounts.sign_in(name, "wrong password", address=address, agent="")
    return error.value.refusal


@pytest.mark.usefixtures("sato")
def test_a_name_waits_longer_and_longer_and_then_no_longer(
    accounts: Accounts, clock: Clock
) -> None:
    assert [fail(accounts, "sato", f"10.0.0.{n}") for n in range(5)] == ["credentials"] * 5
    waits = []
    for n in range(8):
        assert fail(accounts, "sato", "10.0.1.1") == "too_many"
        with pytest.raises(AccountError) as error:
            # Not even the right password is looked at, from whatever address.
            accounts.sign_in("SATO", PASSWORD, address="10.0.1.2", agent="")
        waits.append(error.value.values["seconds"])
        clock.move(seconds=float(waits[-1]))
        assert fail(accounts, "sato", f"10.0.2.{n}") == "credentials"
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    clock.move(seconds=60)
    assert accounts.sign_in("sato", PASSWORD, address="10.0.3.1", agent="")
    assert fail(accounts, "sato", "10.0.3.1") == "credentials"


@pytest.mark.usefixtures("sato")
def test_trying_during_a_wait_does_not_lengthen_it(accounts: Accounts, clock: Clock) -> None:
    for n in range(5):
        fail(accounts, "sato", f"10.0.0.{n}")
    for _ in range(50):
        assert fail(accounts, "sato", "10.0.1.1") == "too_many"
    clock.move(seconds=2)
    assert accounts.sign_in("sato", PASSWORD, address="10.0.1.1", agent="")


@pytest.mark.usefixtures("sato")
def test_an_address_waits_though_it_changes_the_name(accounts: Accounts, clock: Clock) -> None:
    reasons = [fail(accounts, f"user{n}", "192.0.2.7") for n in range(25)]
    assert reasons == ["credentials"] * 20 + ["too_many"] * 5
    assert accounts.sign_in("sato", PASSWORD, address="192.0.2.8", agent="")
    clock.move(hours=25)
    assert accounts.sign_in("sato", PASSWORD, address="192.0.2.7", agent="")


def test_a_network_of_ipv6_addresses_counts_as_one(accounts: Accounts) -> None:
    reasons = [fail(accounts, f"user{n}", f"2001:db8::{n:x}:1") for n in range(22)]
    assert reasons[-2:] == ["too_many", "too_many"]
    assert fail(accounts, "userx", "2001:db8:0:1::1") == "credentials"


def test_one_who_knows_a_password_cannot_wash_an_address_clean(
    accounts: Accounts, sato: User, clock: Clock
) -> None:
    for n in range(19):
        fail(accounts, f"user{n}", "192.0.2.7")
        accounts.sign_in("sato", PASSWORD, address="192.0.2.7", agent="")
    assert fail(accounts, "user20", "192.0.2.7") == "credentials"
    assert fail(accounts, "user21", "192.0.2.7") == "too_many"
    clock.move(seconds=2)
    assert accounts.sign_in(sato.name, PASSWORD, address="192.0.2.7", agent="")


def test_wrong_codes_wait_too(accounts: Accounts, clock: Clock) -> None:
    def begin() -> str:
        with pytest.raises(AccountError) as error:
            accounts.start("AAAAA-AAAAA-AAAAA-AAAAA", "sato", PASSWORD, [], address="192.0.2.7")
        return error.value.refusal

    assert [begin() for _ in range(22)][-3:] == ["code", "too_many", "too_many"]
    clock.move(seconds=2)
    assert begin() == "code"


@pytest.mark.usefixtures("sato")
def test_many_at_once_are_counted_as_many(accounts: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(lambda n: fail(accounts, "sato", f"10.0.0.{n}"), range(24)))
    assert reasons.count("credentials") == 5


@pytest.mark.usefixtures("sato")
def test_a_restart_forgives_nothing(
    accounts: Accounts, gallery: Gallery, clock: Clock, trail: Trail
) -> None:
    for n in range(5):
        fail(accounts, "sato", f"10.0.0.{n}")
    again = Accounts(gallery.database, trail, passwords=CHEAP, clock=clock)
    assert fail(again, "sato", "10.0.1.1") == "too_many"


@pytest.mark.usefixtures("sato")
def test_a_clock_set_back_locks_nobody_out(accounts: Accounts, clock: Clock) -> None:
    for n in range(5):
        fail(accounts, "sato", f"10.0.0.{n}")
    clock.move(days=-400)
    # The count goes on: one more failure, and the wait is longer than the first was.
    assert fail(accounts, "sato", "10.0.1.1") == "credentials"
    assert fail(accounts, "sato", "10.0.1.1") == "too_many"
    clock.move(seconds=2)
    assert fail(accounts, "sato", "10.0.1.1") == "too_many"
    clock.move(seconds=2)
    assert accounts.sign_in("sato", PASSWORD, address="10.0.1.1", agent="")
