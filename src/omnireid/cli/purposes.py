"""`omnireid purposes`: what a search may be for, and on which cameras."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import governed
from omnireid.cli.opening import GalleryOption
from omnireid.cli.output import Json, print_done, print_json, results
from omnireid.errors import InputError
from omnireid.governance import Governance, Purpose

purposes = typer.Typer(no_args_is_help=True, help="What a search may be for.")
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Such as lost_property.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(purposes, name="purposes")


@purposes.command("list")
def list_purposes(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the purposes, retired ones last.

    Example: omnireid purposes list --gallery site
    """
    with governed(gallery) as site:
        found = site.purposes.all(active_only=False)
    if as_json:
        print_json(
            [
                {
                    "key": one.key,
                    "name_en": one.name_en,
                    "name_ja": one.name_ja,
                    "cameras": one.cameras,
                    "active": one.active,
                }
                for one in found
            ]
        )
        return
    table = Table("key", "name", "名前", "cameras", "state", box=None)
    for one in found:
        cameras = "all" if one.cameras is None else ", ".join(one.cameras) or "none"
        state = "active" if one.active else "retired"
        table.add_row(one.key, escape(one.name_en), escape(one.name_ja), escape(cameras), state)
    results.print(table)


@purposes.command("set")
def set_purpose(
    key: KeyArgument,
    gallery: GalleryOption = None,
    name_en: Annotated[str | None, typer.Option("--en", help="Its name in English.")] = None,
    name_ja: Annotated[str | None, typer.Option("--ja", help="Its name in Japanese.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", "-c", help="A camera it allows; repeatable.")
    ] = None,
    every_camera: Annotated[
        bool, typer.Option("--every-camera", help="Allow every camera, also later ones.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a purpose, or change the named parts of one.

    Example: omnireid purposes set lost_property --camera gate --camera hall --gallery site
    """
    if camera and every_camera:
        raise InputError(
            "the purpose was not changed",
            "--camera and --every-camera contradict each other",
            "give one of them",
        )
    with governed(gallery) as site:
        old = _find(site, key)
        if old is None:
            cameras = tuple(camera) if camera else None
            changed = Purpose(key, name_en or "", name_ja or "", cameras)
        else:
            cameras = None if every_camera else tuple(camera) if camera else old.cameras
            changed = replace(
                old,
                name_en=name_en or old.name_en,
                name_ja=name_ja or old.name_ja,
                cameras=cameras,
                active=True,
            )
        site.purposes.put(changed, actor=command_line_actor())
    done = "added" if old is None else "changed"
    print_done(f"{escape(key)} {done}.", {"key": key, done: True}, as_json=as_json)


@purposes.command("retire")
def retire(key: KeyArgument, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Offer a purpose no more. The log goes on naming it.

    Example: omnireid purposes retire system_test --gallery site
    """
    with governed(gallery) as site:
        site.purposes.put(replace(site.purposes.get(key), active=False), actor=command_line_actor())
    print_done(f"{escape(key)} retired.", {"key": key, "retired": True}, as_json=as_json)


def _find(site: Governance, key: str) -> Purpose | None:
    return next((one for one in site.purposes.all(active_only=False) if one.key == key), None)
