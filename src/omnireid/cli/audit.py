"""`omnireid audit`: read, verify and export the log of who did what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import DAMAGED, governed
from omnireid.cli.moments import SinceOption, UntilOption, moment
from omnireid.cli.opening import GalleryOption
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.errors import InputError
from omnireid.governance import Asked, Entry, Event, Head, LogFormat, lines
from omnireid.governance.exporting import fields

audit = typer.Typer(no_args_is_help=True, help="The append-only, hash-chained log.")

ActorOption = Annotated[str | None, typer.Option("--actor", help="Only what this person did.")]
ActionOption = Annotated[
    str | None, typer.Option("--action", help="Only this action, such as search or erase.")
]
PurposeOption = Annotated[str | None, typer.Option("--purpose", help="Only for this purpose.")]
CaseOption = Annotated[str | None, typer.Option("--case", help="Only in this case.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(audit, name="audit")


@audit.command("list")
def list_entries(
    gallery: GalleryOption = None,
    actor: ActorOption = None,
    action: ActionOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many, newest first.")
    ] = 50,
    before: Annotated[
        int | None, typer.Option("--before", help="Only entries with a lower number.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List entries, newest first. Times without an offset are in UTC.

    Example: omnireid audit list --action search --since 2026-11-01 --gallery site
    """
    asked = _asked(actor, action, purpose, case, since, until)
    with governed(gallery) as site:
        found = site.audit.entries(asked, before=before, limit=limit)
        total = site.audit.count(asked)
    if as_json:
        print_json({"total": total, "entries": [fields(entry) for entry in found]})
        return
    table = Table(
        "no.", "time (UTC)", "who", Column("action", no_wrap=True), "purpose", "case",
        Column("details", overflow="fold"), box=None,
    )  # fmt: skip
    for entry in found:
        table.add_row(
            str(entry.seq),
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            escape(entry.actor),
            escape(entry.action),
            escape(entry.purpose or ""),
            escape(entry.case or ""),
            escape(_short(entry)),
        )
    results.print(table)
    results.print(f"{len(found):,} of {total:,} entries.")


@audit.command("verify")
def verify(
    gallery: GalleryOption = None,
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor", metavar="FILE", help="A head kept elsewhere by `omnireid audit head`."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every entry and link. Exit code 7 if something was changed, removed, inserted,
    reordered or cut off.

    The chain alone cannot tell a log that was written anew from some entry to its end: keep a head
    elsewhere (`omnireid audit head --to FILE`) and give it as --anchor.

    Example: omnireid audit verify --anchor /mnt/safe/head.json --gallery site
    """
    kept = None if anchor is None else Head.from_json(_read(anchor))
    with governed(gallery) as site, messages.status("Reading the log"):
        report = site.audit.verify(kept)
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "entries": report.entries,
                "redacted": report.redacted,
                "head": {"seq": report.head.seq, "digest": report.head.digest},
                "findings": [
                    {"kind": one.kind, "entry": one.seq, "detail": one.detail}
                    for one in report.findings
                ],
            }
        )
    else:
        for one in report.findings:
            results.print(f"[red]{one.kind}[/red] {escape(one.detail)}", soft_wrap=True)
        state = "whole" if report.ok else f"{len(report.findings):,} findings"
        against = "" if kept is None else f", and it leads through entry {kept.seq:,} of the anchor"
        results.print(f"{report.entries:,} entries checked: {state}{against if report.ok else ''}.")
    if not report.ok:
        raise typer.Exit(DAMAGED)


@audit.command("head")
def head(
    gallery: GalleryOption = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it to a file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print where the log ends now, to be kept where nobody of this machine can change it.

    It is a line of JSON in any case; with --to, --json prints the line as well.

    Example: omnireid audit head --to /mnt/safe/head.json --gallery site
    """
    with governed(gallery) as site:
        text = site.audit.head().to_json()
    if to is None or as_json:
        results.file.write(text + "\n")
    if to is None:
        return
    try:
        to.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise _unusable(to, error) from error


@audit.command("export")
def export(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; - for stdout.")],
    gallery: GalleryOption = None,
    form: Annotated[
        LogFormat, typer.Option("--format", help="JSON lines, or CSV for a spreadsheet.")
    ] = LogFormat.JSONL,
    actor: ActorOption = None,
    action: ActionOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: Json = False,
) -> None:
    """Write entries to a file, oldest first. The export is itself recorded.

    Example: omnireid audit export november.csv --format csv --since 2026-11-01 --gallery site
    """
    asked = _asked(actor, action, purpose, case, since, until)
    if as_json and str(to) == "-":
        raise InputError(
            "the log was not written",
            "--json and the file - both write to stdout",
            "name a file, or leave out --json: the log is JSON lines by itself",
        )
    with governed(gallery) as site:
        count = site.audit.count(asked)
        if str(to) == "-":
            results.file.writelines(lines(site.audit.oldest_first(asked), form))
        else:
            try:
                with to.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(lines(site.audit.oldest_first(asked), form))
            except OSError as error:
                raise _unusable(to, error) from error
        site.audit.record(
            Event(
                command_line_actor(),
                "audit.export",
                details={"entries": count, "format": form.value},
            )
        )
    if as_json:
        print_json({"file": str(to), "entries": count, "format": form.value})
    else:
        messages.print(f"{count:,} entries written.")


def _asked(
    actor: str | None,
    action: str | None,
    purpose: str | None,
    case: str | None,
    since: str | None,
    until: str | None,
) -> Asked:
    start: datetime | None = moment(since, "--since")
    return Asked(actor, action, purpose, case, start, moment(until, "--until"))


def _short(entry: Entry) -> str:
    parts = [f"{name}={value}" for name, value in entry.details.items()]
    parts += [f"{name}={value}" for name, value in (entry.personal or {}).items()]
    text = " ".join([*parts, "(words redacted)"] if entry.redacted else parts)
    return text if len(text) <= 160 else f"{text[:159]}…"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> InputError:
    why = getattr(error, "strerror", None) or str(error)
    return InputError(f"the file {path} cannot be used", why, "check its path and permissions")
