"""`omnireid cases`: the cases of a gallery, and their export, from the machine that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.opening import GalleryOption, gallery_folder
from omnireid.cli.output import Json, print_json, results
from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.review import (
    Candidate,
    Case,
    Casebook,
    Refusal,
    ReviewError,
    State,
    Summary,
    at_the_machine,
)

cases = typer.Typer(no_args_is_help=True, help="Cases: list, show, export.")

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="Reference of the case, as `cases list` shows it.")
]
_ACTOR = at_the_machine(command_line_actor())


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(cases, name="cases")


@cases.command("list")
def list_cases(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List every case: open ones first, then the newest.

    Example: omnireid cases list --gallery site
    """
    with _casebook(gallery) as (_, book):
        found = book.cases(_ACTOR)
    if as_json:
        print_json([_summary(one) for one in found])
        return
    if not found:
        results.print("No case yet. Cases are opened on the page.")
        return
    table = Table("reference", "title", "purpose", "owner", "state", "candidates", "confirmed")
    for one in found:
        table.add_row(
            escape(one.case.reference),
            escape(one.case.title),
            escape(one.case.purpose),
            escape(one.case.owner.name),
            "open" if one.case.is_open else "closed",
            f"{one.candidates:,}",
            f"{one.states.get(State.CONFIRMED, 0):,}",
        )
    results.print(table)


@cases.command("show")
def show_case(
    reference: CaseArgument, gallery: GalleryOption = None, as_json: Json = False
) -> None:
    """Show one case: its candidates, who decided what, and when.

    Exit code 11 when there is no such case.

    Example: omnireid cases show 2026-0001 --gallery site
    """
    with _casebook(gallery) as (_, book):
        case = _find(book, reference)
        found = book.candidates(_ACTOR, case.case_id)
    if as_json:
        print_json({**_case(case), "candidates": [_candidate(one) for one in found]})
        return
    members = ", ".join(person.name for person in case.members)
    state = "open" if case.is_open else f"closed: {case.outcome}"
    results.print(f"{escape(case.reference)}  {escape(case.title)}", soft_wrap=True)
    results.print(f"{escape(case.purpose)}; {escape(members)}; {escape(state)}", soft_wrap=True)
    table = Table("candidate", "item", "similarity", "state", "decisions")
    for one in found:
        decided = "; ".join(
            f"{entry.person.name if entry.person else ''} {entry.action.value}"
            for entry in one.decisions
        )
        table.add_row(
            str(one.candidate_id),
            "erased" if one.item_id is None else str(one.item_id),
            "" if one.score is None else f"{one.score:.2f}",
            one.state.value.replace("_", " "),
            escape(decided),
        )
    results.print(table)


@cases.command("export")
def export(
    reference: CaseArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write.", show_default="named by the case"),
    ] = None,
    gallery: GalleryOption = None,
    language: Annotated[Literal["en", "ja"], typer.Option(help="Language of the report.")] = "en",
    everything: Annotated[
        bool, typer.Option("--all", help="Every candidate, not only those that two confirmed.")
    ] = False,
    blur_subject: Annotated[
        bool, typer.Option("--blur-subject", help="Blur the head of the person sought too.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The report alone.")] = False,
    as_json: Json = False,
) -> None:
    """Write a case as ZIP: report, pictures with heads blurred, table, manifest with hashes.

    The export is recorded in the audit log. Exit code 11 when there is no such case.

    Example: omnireid cases export 2026-0001 --language ja --gallery site
    """
    # The maker of PDF takes 0.2 s to import, and no other command needs it.
    from omnireid.review.export import Choice, export_case

    form: Literal["zip", "pdf"] = "pdf" if pdf else "zip"
    with _casebook(gallery) as (opened, book):
        case = _find(book, reference)
        made = export_case(
            opened,
            book,
            _ACTOR,
            case.case_id,
            Choice(language, everything, blur_subject),
            form=form,
            exported=datetime.now(UTC),
        )
    path = output or Path(made.name).with_suffix(f".{form}")
    _write(path, made.report if pdf else made.archive)
    if as_json:
        print_json({"file": str(path), "manifest_sha256": made.manifest_sha256})
    else:
        results.print(f"Written to {escape(str(path))}.", soft_wrap=True)
        results.print(f"SHA-256 of its manifest: {made.manifest_sha256}", soft_wrap=True)


@contextmanager
def _casebook(gallery: Path | None) -> Iterator[tuple[Gallery, Casebook]]:
    with Gallery.open(gallery_folder(gallery)) as opened:
        yield opened, Casebook(opened.database)


def _find(book: Casebook, reference: str) -> Case:
    found = [one.case for one in book.cases(_ACTOR) if one.case.reference == reference.strip()]
    if not found:
        raise ReviewError(Refusal.NO_CASE)
    return found[0]


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"the export could not be written to {path}",
            error.strerror or str(error),
            "choose another --output",
        ) from error


def _summary(one: Summary) -> dict[str, Any]:
    return {
        **_case(one.case),
        "candidates": {state.value: count for state, count in one.states.items()},
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "title": case.title,
        "purpose": case.purpose,
        "owner": case.owner.name,
        "members": [person.name for person in case.members],
        "open": case.is_open,
        "hold": case.hold,
        "outcome": case.outcome,
        "opened": case.created.isoformat(),
        "closed": None if case.closed is None else case.closed.isoformat(),
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "candidate": one.candidate_id,
        "item": one.item_id,
        "similarity": one.score,
        "probability": one.probability,
        "state": one.state.value,
        "decisions": [
            {
                "person": None if entry.person is None else entry.person.name,
                "verdict": entry.action.value,
                "reason": None if entry.reason is None else entry.reason.value,
                "words": entry.words,
                "time": entry.time.isoformat(),
            }
            for entry in one.decisions
        ],
    }
