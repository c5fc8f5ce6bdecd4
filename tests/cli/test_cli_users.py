"""`omnireid users`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_runs import Run

from omnireid.accounts import Accounts
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.service import trail_into


def accounts_of(gallery: Gallery) -> Accounts:
    return Accounts(gallery.database, trail_into(AuditLog(gallery.database)))


def test_a_user_from_the_first_code_to_the_last_sign_in(run: Run, site: Path) -> None:
    added = run("users", "add", "佐藤", "--role", "reviewer", "--role", "viewer", "-g", site)
    assert added.code == 0
    code = added.out.strip()
    assert re.fullmatch(r"([A-Z0-9]{5}-){3}[A-Z0-9]{5}", code)
    assert "/password" in added.err
    with Gallery.open(site) as gallery:
        accounts = accounts_of(gallery)
        accounts.new_password(code, "correct horse battery", address="a")
        secret = accounts.sign_in("佐藤", "correct horse battery", address="a", agent="")
        assert accounts.sessions.find(secret)
        assert run("users", "disable", "佐藤", "-g", site).code == 0
        assert accounts.sessions.find(secret) is None
        assert "佐藤" in run("users", "enable", "佐藤", "-g", site).out
        by = {entry.actor for entry in AuditLog(gallery.database).oldest_first()}
    assert any("command line" in name for name in by)


def test_roles_and_scope(run: Run, site: Path) -> None:
    run("users", "add", "ito", "--role", "viewer", "-g", site)
    roles = run("users", "roles", "ito", "--role", "searcher", "-g", site, "--json").document
    assert roles["roles"] == ["searcher"]
    scope = run("users", "scope", "ito", "--camera", "gate", "--camera", "yard",
                "--purpose", "incident", "-g", site, "--json").document  # fmt: skip
    assert (scope["cameras"], scope["purposes"]) == (["gate", "yard"], ["incident"])
    listed = run("users", "list", "-g", site, "--json").document
    assert listed == [scope]
    table = run("users", "list", "-g", site).out
    assert "gate, yard" in table
    assert "no password yet" in table


def test_a_key_is_printed_once_listed_and_revoked(run: Run, site: Path) -> None:
    run("users", "add", "ito", "--role", "searcher", "-g", site)
    made = run("users", "keys", "add", "ito", "--for", "report", "--permission", "search",
               "--days", "30", "--camera", "gate", "-g", site)  # fmt: skip
    secret = made.out.strip()
    listed = run("users", "keys", "list", "ito", "-g", site, "--json").document
    assert [one["prefix"] for one in listed] == [secret.rsplit("_", 1)[0][:12]]
    assert secret not in run("users", "keys", "list", "-g", site).out
    with Gallery.open(site) as gallery:
        actor = accounts_of(gallery).keys.find(secret)
        assert actor
        assert actor.cameras == ("gate",)
        assert run("users", "keys", "revoke", listed[0]["number"], "-g", site).code == 0
        assert accounts_of(gallery).keys.find(secret) is None


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list", "-g", "nowhere"], 5, "no gallery"),
        (["roles", "nobody"], 9, "nobody called nobody"),
        (["add", "abe", "--role", "administrator", "--role", "auditor"], 9, "nobody is both"),
        (["add", "abe", "--role", "king"], 2, "king"),
        (["add", "ITO"], 9, "the name ITO is taken"),
        (["disable", "ito"], 9, "nobody would be left"),
        (["keys", "revoke", "99"], 9, "number 99"),
        (["keys", "add", "ito", "--for", "x", "--permission", "audit"], 9, "may not: audit"),
    ],
)
def test_what_may_not_be(run: Run, site: Path, arguments: list[str], code: int, told: str) -> None:
    run("users", "add", "ito", "--role", "administrator", "-g", site)
    given = arguments if "-g" in arguments else [*arguments, "-g", site]
    ran = run("users", *given)
    assert ran.code == code
    assert told in ran.err


def test_a_link_signs_in(run: Run, site: Path) -> None:
    run("users", "add", "ito", "-g", site)
    document = run("users", "reset", "ito", "--link", "-g", site, "--json").document
    assert document["path"] == f"/enter?code={document['code']}"
    with Gallery.open(site) as gallery:
        assert accounts_of(gallery).follow_link(document["code"], address="a", agent="")
