"""`omnireid retention` and `omnireid holds`: how long items are kept; what nothing may delete."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import governed
from omnireid.cli.moments import moment
from omnireid.cli.opening import GalleryOption
from omnireid.cli.output import Json, messages, print_done, print_json, results
from omnireid.governance import EVERY, HeldBy, Rule
from omnireid.settings import load_settings

retention = typer.Typer(no_args_is_help=True, help="How long items are kept.")
holds = typer.Typer(no_args_is_help=True, help="Legal holds: what nothing may delete.")

CameraOption = Annotated[
    str,
    typer.Option("--camera", "-c", help="A camera; * for every one, '' for items without one."),
]
PurposeOption = Annotated[str, typer.Option("--purpose", "-p", help="A purpose; * for every one.")]


def register(app: typer.Typer) -> None:
    """Add the groups to the command line."""
    app.add_typer(retention, name="retention")
    app.add_typer(holds, name="holds")


@retention.command("list")
def list_rules(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the rules. The most specific one counts; the longest among a camera's purposes.

    Example: omnireid retention list --gallery site
    """
    with governed(gallery) as site:
        rules = site.retention.rules()
    if as_json:
        print_json([{"camera": r.camera, "purpose": r.purpose, "days": r.days} for r in rules])
        return
    if not rules:
        results.print("No rule: everything is kept until it is deleted by hand.")
        return
    table = Table("camera", "purpose", "days", box=None)
    for rule in rules:
        table.add_row(escape(rule.camera or "(none)"), rule.purpose, f"{rule.days:,}")
    results.print(table)


@retention.command("set")
def set_rule(
    days: Annotated[int, typer.Argument(metavar="DAYS", help="Days that items are kept.")],
    gallery: GalleryOption = None,
    camera: CameraOption = EVERY,
    purpose: PurposeOption = EVERY,
    as_json: Json = False,
) -> None:
    """Set how long items are kept: for every camera and purpose, or for those named.

    Example: omnireid retention set 30 --camera gate --gallery site
    """
    with governed(gallery) as site:
        site.retention.set_rule(Rule(camera, purpose, days), actor=command_line_actor())
    print_done(
        "Set. `omnireid retention plan` shows what a run would delete.",
        {"camera": camera, "purpose": purpose, "days": days},
        as_json=as_json,
    )


@retention.command("drop")
def drop_rule(
    gallery: GalleryOption = None,
    camera: CameraOption = EVERY,
    purpose: PurposeOption = EVERY,
    as_json: Json = False,
) -> None:
    """Take a rule away.

    Example: omnireid retention drop --camera gate --gallery site
    """
    with governed(gallery) as site:
        site.retention.drop_rule(camera, purpose, actor=command_line_actor())
    dropped = {"camera": camera, "purpose": purpose, "dropped": True}
    print_done("Taken away.", dropped, as_json=as_json)


@retention.command("plan")
def plan(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Show what a run would delete now, camera by camera, and what holds keep. Deletes nothing.

    Example: omnireid retention plan --gallery site
    """
    with governed(gallery) as site:
        plans = site.retention.plan()
    if as_json:
        print_json(
            [
                {
                    "camera": one.camera,
                    "days": one.days,
                    "items": one.items,
                    "due": list(one.due),
                    "held": {str(item): why for item, why in one.held.items()},
                    "oldest": None if one.oldest is None else one.oldest.isoformat(),
                }
                for one in plans
            ]
        )
        return
    table = Table("camera", "kept for", "items", "due", "held", "oldest (UTC)", box=None)
    for one in plans:
        table.add_row(
            escape(one.camera or "(none)"),
            "no limit" if one.days is None else f"{one.days:,} days",
            f"{one.items:,}",
            f"{len(one.due):,}",
            f"{len(one.held):,}",
            "" if one.oldest is None else f"{one.oldest:%Y-%m-%d %H:%M}",
        )
    results.print(table)
    for one in plans:
        for item, why in one.held.items():
            results.print(f"  item {item} is kept: {escape(why)}", soft_wrap=True)
    results.print(f"{sum(len(one.due) for one in plans):,} items would be deleted.")


@retention.command("run")
def run(
    gallery: GalleryOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete what is due, and the words of old audit entries. Killed, the next run goes on.

    Example: omnireid retention run --yes --gallery site
    """
    with governed(gallery) as site:
        if not yes:
            due = sum(len(one.due) for one in site.retention.plan())
            typer.confirm(f"Delete {due:,} items? This cannot be undone.", abort=True, err=True)
        with messages.status("Deleting"):
            report = site.retention.run(
                actor=command_line_actor(), words_days=load_settings().audit_words_days
            )
    if as_json:
        print_json(
            {
                "deleted": report.deleted,
                "held": report.held,
                "words_redacted": report.words_redacted,
            }
        )
        return
    results.print(
        f"{report.deleted:,} items deleted, {report.held:,} kept by holds, the words of "
        f"{report.words_redacted:,} audit entries redacted."
    )


@holds.command("list")
def list_holds(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the holds, newest first.

    Example: omnireid holds list --gallery site
    """
    with governed(gallery) as site:
        found = site.holds.all()
    if as_json:
        print_json(
            [
                {
                    "hold": one.hold_id,
                    "kind": one.kind.value,
                    "subject": one.subject,
                    "reason": one.reason,
                    "placed_by": one.placed_by,
                    "placed": one.placed.isoformat(),
                    "until": None if one.until is None else one.until.isoformat(),
                    "released": None if one.released is None else one.released.isoformat(),
                }
                for one in found
            ]
        )
        return
    table = Table("no.", "what", "reason", "by", "placed", "until", "released", box=None)
    for one in found:
        table.add_row(
            str(one.hold_id),
            f"{one.kind.value} {escape(one.subject)}",
            escape(one.reason),
            escape(one.placed_by),
            f"{one.placed:%Y-%m-%d}",
            "" if one.until is None else f"{one.until:%Y-%m-%d}",
            "" if one.released is None else f"{one.released:%Y-%m-%d}",
        )
    results.print(table)


@holds.command("place")
def place(
    kind: Annotated[HeldBy, typer.Argument(help="What is held.")],
    subject: Annotated[str, typer.Argument(help="Number of an item, reference of a case, camera.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, for instance a court order.")],
    gallery: GalleryOption = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until when; else until released.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold an item, a case or a camera: neither retention nor erasure deletes what it covers.

    Example: omnireid holds place camera gate --reason "police request 118" --gallery site
    """
    with governed(gallery) as site:
        hold = site.holds.place(
            kind,
            subject,
            reason=reason,
            actor=command_line_actor(),
            until=moment(until, "--until"),
        )
    print_done(f"Hold {hold.hold_id} placed.", {"hold": hold.hold_id}, as_json=as_json)


@holds.command("release")
def release(
    number: Annotated[int, typer.Argument(metavar="NO", help="Number of the hold.")],
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """End a hold.

    Example: omnireid holds release 3 --gallery site
    """
    with governed(gallery) as site:
        site.holds.release(number, actor=command_line_actor())
    print_done(f"Hold {number} released.", {"hold": number, "released": True}, as_json=as_json)
