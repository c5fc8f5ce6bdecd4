"""`omnireid doctor`: is this installation sound?"""

from __future__ import annotations

import typer

from omnireid.cli.output import Json
from omnireid.doctor.telling import tell


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("doctor")(doctor)


def doctor(as_json: Json = False) -> None:
    """Examine Python, packages, settings, disk, model, gallery, clock, port and fonts.

    Example: omnireid doctor

    For each thing that is not well: what, why, and what to do. Exit code 10 when something does
    not work. Runs even where a package is missing.
    """
    raise typer.Exit(tell(as_json=as_json))
