"""`omnireid render`: a data set of rendered people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from omnireid.cli.output import Json, WorkBar, print_json, results
from omnireid.people import RenderedSet, write_report, write_table
from omnireid.people import render as render_people


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("render")(render)


def render(
    out: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    people: Annotated[int, typer.Option("--people", "-n", min=1, help="Identities.")] = 100,
    views: Annotated[int, typer.Option(min=1, help="Views of each identity.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
    width: Annotated[
        int, typer.Option(min=16, max=1024, help="Width of a picture in pixels.")
    ] = 128,
    height: Annotated[
        int, typer.Option(min=16, max=2048, help="Height of a picture in pixels.")
    ] = 256,
    first: Annotated[int, typer.Option(min=0, help="Number of the first identity.")] = 0,
    frames: Annotated[
        int, typer.Option(min=0, max=99, help="Further frames of each view's walk, for tracks.")
    ] = 0,
    shifted: Annotated[
        bool,
        typer.Option(
            "--shifted", help="Other cameras, scenes, patterns, drawings and words, to validate on."
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes.", show_default="one a core")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            help="Also write the pictures and people.csv here, for `omnireid eval --folder`.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Also write one HTML page here: contact sheets, shares, closest people.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Render people in colour, infrared and sketch, with captions in English and Japanese.

    Example: omnireid render people --people 1000 --views 8 --seed 1

    Example: omnireid render people --people 1000 --seed 1 --report variety.html

    Example: omnireid render people -n 100 --seed 7 --table test

    With --table, `omnireid eval --folder test/people.csv` reads what was rendered.

    A stopped render goes on where it was when the same command is run again.
    """
    with WorkBar("views") as bar:
        render_people(
            out,
            identities=people,
            views=views,
            seed=seed,
            size=(width, height),
            workers=workers or len(os.sched_getaffinity(0)),
            shifted=shifted,
            first_identity=first,
            frames=frames,
            progress=bar.handled,
        )
    rendered = RenderedSet(out)
    written = write_table(rendered, table) if table is not None else None
    page = write_report(rendered, report) if report is not None else None
    if as_json:
        print_json(
            {
                "folder": str(out),
                "people": people,
                "views": len(rendered.views),
                "seed": seed,
                "table": str(written) if written is not None else None,
                "report": str(page) if page is not None else None,
            }
        )
    else:
        results.print(
            f"{people:,} people in {len(rendered.views):,} views, in {escape(str(out))}",
            soft_wrap=True,
        )
        if written is not None:
            results.print(f"Table of observations: {escape(str(written))}", soft_wrap=True)
        if page is not None:
            results.print(f"Report on variety: {escape(str(page))}", soft_wrap=True)
