"""`omnireid erase`: erasure on request, proven and certified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import DAMAGED, governed
from omnireid.cli.opening import GalleryOption
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.errors import InputError
from omnireid.governance import Certificate, ErasurePlan, Governance

_STEPS = {
    "words": "Redacting words in the audit log",
    "rows": "Deleting rows, vectors and pictures",
    "staged": "Looking through waiting uploads",
    "backups": "Taking it out of the backups",
    "scan": "Reading every file to prove it",
}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("erase")(erase)


def erase(
    item_ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="Items, as a search shows them.")
    ] = None,
    gallery: GalleryOption = None,
    reference: Annotated[
        str, typer.Option("--reference", "-r", help="Number of the request; no name.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in a few words.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what it would touch, and stop.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish erasures that were interrupted.")
    ] = False,
    backups: Annotated[
        bool,
        typer.Option("--backups", help="Purge backups that were out of reach at the time."),
    ] = False,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate",
            metavar="FOLDER",
            help="Write the certificate there: JSON, and HTML in both languages.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase items from gallery, index, pictures, queue, log and backups, and prove it by a scan.

    The same content is refused from then on. Exit code 7 if the proof is not complete: something
    was found, or a backup's disk is not here.

    Example: omnireid erase 12 57 --reference "request 7" --certificate certificates -g site
    """
    with governed(gallery) as site:
        if backups:
            _purge(site, as_json=as_json)
            return
        if resume:
            done = site.erasures.resume(progress=_tell)
        else:
            plan = site.erasures.plan(item_ids or ())
            if dry_run:
                _show(plan, as_json=as_json)
                return
            if not yes and plan.items:
                question = f"Erase {len(plan.items):,} items for good, from backups as well?"
                typer.confirm(question, abort=True, err=True)
            done = (
                site.erase(
                    item_ids or (),
                    actor=command_line_actor(),
                    reference=reference,
                    reason=reason,
                    progress=_tell,
                ),
            )
    if certificate is not None:
        _write(certificate, done)
    if as_json:
        print_json([{**one.body, "sha256": one.sha256} for one in done])
    elif not done:
        results.print("No erasure was interrupted.")
    else:
        for one in done:
            _report(one)
    if not all(one.complete for one in done):
        raise typer.Exit(DAMAGED)


def _tell(step: str) -> None:
    messages.print(f"{_STEPS[step]} …")


def _purge(site: Governance, *, as_json: bool) -> None:
    purged = site.erasures.purge_backups(actor=command_line_actor())
    if as_json:
        print_json([{"backup": one.path.name, "state": one.state} for one in purged])
    else:
        for one in purged:
            results.print(f"{escape(one.path.name)}: {one.state}, {one.items:,} items taken out")
    if any(one.state == "missing" for one in purged):
        raise typer.Exit(DAMAGED)


def _show(plan: ErasurePlan, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "items": plan.items,
                "unknown": plan.unknown,
                "pictures": plan.pictures,
                "shared_pictures": plan.shared,
                "held": {str(item): why for item, why in plan.held.items()},
                "backups": [str(one.path) for one in plan.backups],
            }
        )
        return
    results.print(f"{len(plan.items):,} items and {plan.pictures:,} pictures would be erased.")
    if plan.shared:
        results.print(f"{plan.shared:,} pictures stay, for other items use them as well.")
    if plan.unknown:
        results.print(f"Not in the gallery: {', '.join(map(str, plan.unknown))}.")
    for item, why in plan.held.items():
        results.print(f"[red]held[/red] item {item}: {escape(why)}. Nothing would be erased.")
    for one in plan.backups:
        results.print(f"backup {escape(one.path.name)} ({one.state})")


def _report(one: Certificate) -> None:
    scan = one.body["scan"]
    results.print(
        f"{len(one.body['items']):,} items erased. {scan['files']:,} files with "
        f"{scan['bytes']:,} bytes read: "
        + ("nothing of them is left." if one.complete else "[red]the proof is not complete[/red].")
    )
    for hit in scan["found"]:
        results.print(f"[red]found[/red] {hit['kind']} of item {hit['item']} in {hit['file']}")
    for backup in one.body["backups"]:
        results.print(f"backup {escape(backup['name'])}: {backup['state']}")
    results.print(f"Certificate sha-256: {one.sha256}")


def _write(folder: Path, certificates: tuple[Certificate, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in certificates:
            name = f"erasure-{one.sha256[:12]}"
            (folder / f"{name}.json").write_text(one.text, encoding="utf-8")
            for language in ("en", "ja"):
                page = folder / f"{name}.{language}.html"
                page.write_text(one.html(language), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the certificate was not written to {folder}",
            error.strerror or str(error),
            "the erasure is done; its certificate is on the page, and in the ledger",
        ) from error
