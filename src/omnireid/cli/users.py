"""`omnireid users`: who may sign in, from the command line of the machine that serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.accounts import Accounts, CodeKind, Key, Permission, Role, User
from omnireid.cli.acting import command_line_actor
from omnireid.cli.opening import GalleryOption, gallery_folder
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.service import trail_into

users = typer.Typer(
    no_args_is_help=True, help="Users, their roles and scope, one-time codes and API keys."
)
keys = typer.Typer(no_args_is_help=True, help="API keys: list, add, revoke.")
users.add_typer(keys, name="keys")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
RoleOption = Annotated[
    list[Role] | None, typer.Option("--role", "-r", help="A role; several times for several.")
]
CameraOption = Annotated[
    list[str] | None, typer.Option("--camera", help="A camera; several times for several.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(users, name="users")


@users.command("list")
def list_users(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the users with roles, scope and state.

    Example: omnireid users list --gallery site
    """
    with _accounts(gallery) as accounts:
        found = accounts.users.all()
    if as_json:
        print_json([_document(user) for user in found])
        return
    table = Table("name", "roles", "cameras", "purposes", "state")
    for user in found:
        table.add_row(
            escape(user.name),
            ", ".join(sorted(user.roles)) or "none",
            escape(", ".join(user.cameras)) or "all",
            escape(", ".join(user.purposes)) or "all",
            _state(user),
        )
    results.print(table)


@users.command("add")
def add(
    name: NameArgument,
    role: RoleOption = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Add a user and print the one-time code with which that person sets a password.

    Example: omnireid users add sato --role reviewer --role privacy_officer
    """
    with _accounts(gallery) as accounts:
        user = accounts.users.add(name, role or (), by=command_line_actor())
        code = accounts.reset(user.user_id, CodeKind.PASSWORD, by=command_line_actor())
    _print_code(user, code, as_json=as_json)


@users.command("roles")
def set_roles(
    name: NameArgument,
    role: RoleOption = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Give a user these roles and no others; without --role none at all.

    Example: omnireid users roles sato --role searcher
    """
    with _accounts(gallery) as accounts:
        known = accounts.users.named(name)
        user = accounts.users.set_roles(known.user_id, role or (), by=command_line_actor())
    _print_user(user, as_json=as_json)


@users.command("scope")
def set_scope(
    name: NameArgument,
    camera: CameraOption = None,
    purpose: Annotated[
        list[str] | None, typer.Option("--purpose", help="A purpose's key; several times.")
    ] = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Restrict a user to these cameras and purposes; without an option that kind is open.

    Example: omnireid users scope sato --camera gate --camera yard
    """
    with _accounts(gallery) as accounts:
        known = accounts.users.named(name)
        user = accounts.users.set_scope(
            known.user_id, cameras=camera or (), purposes=purpose or (), by=command_line_actor()
        )
    _print_user(user, as_json=as_json)


@users.command("disable")
def disable(name: NameArgument, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Let a user in no longer: sessions end and keys stop working at once.

    Example: omnireid users disable sato
    """
    with _accounts(gallery) as accounts:
        known = accounts.users.named(name)
        user = accounts.users.set_enabled(known.user_id, False, by=command_line_actor())
    _print_user(user, as_json=as_json)


@users.command("enable")
def enable(name: NameArgument, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Let a disabled user in again.

    Example: omnireid users enable sato
    """
    with _accounts(gallery) as accounts:
        known = accounts.users.named(name)
        user = accounts.users.set_enabled(known.user_id, True, by=command_line_actor())
    _print_user(user, as_json=as_json)


@users.command("reset")
def reset(
    name: NameArgument,
    link: Annotated[
        bool, typer.Option("--link", help="A link that signs in, in place of a new password.")
    ] = False,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Print a one-time code with which a user sets a new password.

    Example: omnireid users reset sato

    The password stays as it is until the code is used. A code works once and ends after three
    days, a link after twelve hours.
    """
    with _accounts(gallery) as accounts:
        user = accounts.users.named(name)
        kind = CodeKind.LINK if link else CodeKind.PASSWORD
        code = accounts.reset(user.user_id, kind, by=command_line_actor())
    _print_code(user, code, as_json=as_json, link=link)


@keys.command("list")
def list_keys(
    name: Annotated[str | None, typer.Argument(help="Only this user's keys.")] = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """List API keys: what they may do, when they end, when they were last used.

    Example: omnireid users keys list
    """
    with _accounts(gallery) as accounts:
        owner = accounts.users.named(name).user_id if name else None
        found = accounts.keys.all(owner)
    if as_json:
        print_json([_key_document(key) for key in found])
        return
    table = Table("number", "user", "for", "begins with", "may", "cameras", "ends", "last used")
    for key in found:
        table.add_row(
            str(key.key_id),
            escape(key.owner),
            escape(key.label),
            f"omr_{key.prefix}",
            ", ".join(sorted(key.permissions)),
            escape(", ".join(key.cameras)) or "all",
            "revoked" if key.revoked else f"{key.expires.astimezone():%Y-%m-%d}",
            f"{key.used.astimezone():%Y-%m-%d %H:%M}" if key.used else "never",
        )
    results.print(table)


@keys.command("add")
def add_key(
    name: NameArgument,
    purpose: Annotated[str, typer.Option("--for", help="What the key is for.")],
    permission: Annotated[
        list[Permission], typer.Option("--permission", help="What it may do; several times.")
    ],
    days: Annotated[int, typer.Option(help="Days until it ends.")] = 90,
    camera: CameraOption = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Make an API key of a user and print it, this once.

    Example: omnireid users keys add sato --for "nightly report" --permission search --days 30
    """
    with _accounts(gallery) as accounts:
        secret, key = accounts.keys.add(
            accounts.users.named(name).user_id,
            purpose,
            permission,
            by=command_line_actor(),
            lasts=timedelta(days=days),
            cameras=camera or (),
        )
    if as_json:
        print_json({**_key_document(key), "secret": secret})
        return
    results.print(secret, soft_wrap=True)
    messages.print("Copy it now: it is shown this once. Send it as `Authorization: Bearer KEY`.")


@keys.command("revoke")
def revoke_key(
    number: Annotated[int, typer.Argument(help="As `omnireid users keys list` shows it.")],
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """End an API key at once.

    Example: omnireid users keys revoke 3
    """
    with _accounts(gallery) as accounts:
        key = accounts.keys.revoke(number, by=command_line_actor())
    if as_json:
        print_json(_key_document(key))
    else:
        results.print(f"The key omr_{key.prefix} of {escape(key.owner)} is revoked.")


@contextmanager
def _accounts(gallery: Path | None) -> Iterator[Accounts]:
    with Gallery.open(gallery_folder(gallery)) as opened:
        yield Accounts(opened.database, trail_into(AuditLog(opened.database)))


def _state(user: User) -> str:
    if user.disabled:
        return "disabled"
    return "active" if user.has_password or user.oidc_issuer else "no password yet"


def _document(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "roles": sorted(user.roles),
        "cameras": list(user.cameras),
        "purposes": list(user.purposes),
        "state": _state(user),
    }


def _key_document(key: Key) -> dict[str, object]:
    return {
        "number": key.key_id,
        "user": key.owner,
        "for": key.label,
        "prefix": f"omr_{key.prefix}",
        "permissions": sorted(key.permissions),
        "cameras": list(key.cameras),
        "expires": key.expires.isoformat(),
        "revoked": key.revoked.isoformat() if key.revoked else None,
        "used": key.used.isoformat() if key.used else None,
    }


def _print_user(user: User, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(user))
        return
    results.print(
        f"{escape(user.name)}: roles {', '.join(sorted(user.roles)) or 'none'}; "
        f"cameras {escape(', '.join(user.cameras)) or 'all'}; "
        f"purposes {escape(', '.join(user.purposes)) or 'all'}; {_state(user)}.",
        soft_wrap=True,
    )


def _print_code(user: User, code: str, *, as_json: bool, link: bool = False) -> None:
    path = f"/enter?code={code}" if link else "/password"
    if as_json:
        print_json({**_document(user), "code": code, "path": path})
    elif link:
        results.print(f"{path}", soft_wrap=True)
        messages.print(f"Open this path at the page's address: it signs in {escape(user.name)}.")
    else:
        results.print(code)
        messages.print(
            f"Hand it to {escape(user.name)} in person: at the address /password it sets a new "
            "password. It works once and ends after three days."
        )
