"""`omnireid verify` and `omnireid delete`: care of a gallery."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import DAMAGED, governed
from omnireid.cli.opening import GalleryOption, gallery_folder
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.gallery import Gallery


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("verify")(verify)
    app.command("delete")(delete)


def verify(
    gallery: GalleryOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild the indexes from the ledger, then check.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a whole gallery: database, vectors, pictures, index. Exit code 7 if damage is found.

    Example: omnireid verify --gallery site
    """
    with Gallery.open(gallery_folder(gallery)) as opened, messages.status("Reading everything"):
        if repair:
            opened.rebuild_index()
        report = opened.verify()
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "items": report.items,
                "pictures": report.pictures,
                "problems": [
                    {
                        "kind": problem.kind,
                        "subject": problem.subject,
                        "detail": problem.detail,
                        "to_do": problem.to_do,
                    }
                    for problem in report.problems
                ],
            }
        )
    else:
        for problem in report.problems:
            results.print(
                f"[red]{problem.kind}[/red] {escape(problem.subject)}: {escape(problem.detail)}. "
                f"What to do: {escape(problem.to_do)}.",
                soft_wrap=True,
            )
        state = "whole" if report.ok else f"damaged in {len(report.problems):,} places"
        results.print(f"{report.items:,} items, {report.pictures:,} pictures checked: {state}.")
    if not report.ok:
        raise typer.Exit(DAMAGED)


def delete(
    item_ids: Annotated[
        list[int], typer.Argument(metavar="ID...", help="Ids, as `omnireid search` shows them.")
    ],
    gallery: GalleryOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete items for good: rows, vectors, notes and the pictures that no other item uses. What is
    under legal hold is refused; `omnireid erase` also reaches backups, and proves it.

    Example: omnireid delete 12 57 --gallery site
    """
    with governed(gallery) as site:
        if not yes:
            typer.confirm(
                f"Delete {len(set(item_ids)):,} items? This cannot be undone.", abort=True, err=True
            )
        deleted = site.delete(item_ids, actor=command_line_actor())
        left = site.gallery.count()
    if as_json:
        print_json({"deleted": deleted, "items": left})
    else:
        results.print(f"{deleted:,} deleted. The gallery holds {left:,} items.")
