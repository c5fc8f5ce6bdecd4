"""`omnireid access`: requests of a person about their own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import governed
from omnireid.cli.opening import GalleryOption, ModelOption, gallery_folder, open_gallery
from omnireid.cli.output import Json, print_done, print_json, results
from omnireid.errors import InputError
from omnireid.governance import Governance, SubjectItem
from omnireid.observation import Observation

access = typer.Typer(no_args_is_help=True, help="Requests of a person about their own data.")
NumberArgument = Annotated[int, typer.Argument(metavar="NO", help="Number of the request.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(access, name="access")


@access.command("open")
def open_request(
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE...", help="Pictures of the person.")
    ],
    reference: Annotated[
        str, typer.Option("--reference", "-r", help="Number of the request; no name.")
    ],
    gallery: GalleryOption = None,
    model: ModelOption = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, help="Least similarity.")
    ] = 0.5,
    as_json: Json = False,
) -> None:
    """Find every item at least so similar to the pictures, for a person to look at.

    Example: omnireid access open photo.jpg --reference "request 7" --gallery site
    """
    opened, _ = open_gallery(gallery_folder(gallery), model)
    with opened:
        site = Governance(opened)
        request = site.subjects.open(
            Observation(rgb=tuple(pictures)),
            threshold=threshold,
            reference=reference,
            actor=command_line_actor(),
        )
        found = site.subjects.items(request.request_id)
    _show(request.request_id, found, as_json=as_json)


@access.command("list")
def list_requests(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the requests, newest first.

    Example: omnireid access list --gallery site
    """
    with governed(gallery) as site:
        found = site.subjects.all()
    if as_json:
        print_json(
            [
                {
                    "request": one.request_id,
                    "reference": one.reference,
                    "opened": one.opened.isoformat(),
                    "closed": None if one.closed is None else one.closed.isoformat(),
                }
                for one in found
            ]
        )
        return
    table = Table("no.", "reference", "opened", "state", box=None)
    for one in found:
        state = "open" if one.closed is None else f"closed {one.closed:%Y-%m-%d}"
        table.add_row(str(one.request_id), escape(one.reference), f"{one.opened:%Y-%m-%d}", state)
    results.print(table)


@access.command("items")
def items(number: NumberArgument, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the items of a request, most similar first.

    Example: omnireid access items 1 --gallery site
    """
    with governed(gallery) as site:
        found = site.subjects.show(number, actor=command_line_actor())
    _show(number, found, as_json=as_json)


@access.command("judge")
def judge(
    number: NumberArgument,
    theirs: Annotated[
        list[int] | None, typer.Argument(metavar="ITEM...", help="Items that show the person.")
    ] = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Note which items show the person; all others of the request do not.

    Example: omnireid access judge 1 12 57 --gallery site
    """
    with governed(gallery) as site:
        site.subjects.judge(number, theirs or (), actor=command_line_actor())
    noted = sorted(set(theirs or ()))
    print_done(
        f"{len(noted):,} items noted as theirs.",
        {"request": number, "theirs": noted},
        as_json=as_json,
    )


@access.command("export")
def export(
    number: NumberArgument,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The ZIP to write.")],
    gallery: GalleryOption = None,
    language: Annotated[str, typer.Option("--language", help="en or ja.")] = "en",
    as_json: Json = False,
) -> None:
    """Write the ZIP for the person: their items, those beside them blurred, and who saw them.

    Example: omnireid access export 1 request-7.zip --language ja --gallery site
    """
    if language not in ("en", "ja"):
        raise InputError(
            f"the language {language!r} is unknown", "documents are in en or ja", "choose one"
        )
    with governed(gallery) as site:
        data = site.export_for_subject(number, actor=command_line_actor(), language=language)
    try:
        to.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"{to} was not written", error.strerror or str(error), "choose another path"
        ) from error
    print_done(
        f"{escape(str(to))}: {len(data):,} bytes.",
        {"request": number, "file": str(to), "bytes": len(data)},
        as_json=as_json,
    )


@access.command("close")
def close(number: NumberArgument, gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Note that a request is answered; its list of items goes.

    Example: omnireid access close 1 --gallery site
    """
    with governed(gallery) as site:
        site.subjects.close(number, actor=command_line_actor())
    print_done(f"Request {number} closed.", {"request": number, "closed": True}, as_json=as_json)


def _show(number: int, found: tuple[SubjectItem, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "request": number,
                "items": [
                    {
                        "item": one.item.item_id,
                        "score": one.score,
                        "camera": one.item.camera,
                        "time": None if one.item.time is None else one.item.time.isoformat(),
                        "picture": str(one.item.picture_path) if one.item.picture_path else None,
                        "theirs": one.theirs,
                    }
                    for one in found
                ],
            }
        )
        return
    table = Table("item", "similarity", "camera", "time", "theirs", box=None)
    for one in found:
        table.add_row(
            str(one.item.item_id),
            f"{one.score:.3f}",
            escape(one.item.camera or ""),
            "" if one.item.time is None else f"{one.item.time:%Y-%m-%d %H:%M:%S}",
            {None: "?", True: "yes", False: "no"}[one.theirs],
        )
    results.print(table)
    results.print(
        f"Request {number}: {len(found):,} items. A similarity, not evidence of identity: look at "
        f"each, then `omnireid access judge {number} ITEM...`.",
        soft_wrap=True,
    )
