"""`omnireid settings`: what is in force, and where it comes from."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.output import Json, messages, print_json, results
from omnireid.settings import load_settings, settings_file
from omnireid.settings_listing import effective, markdown_table, sample, toml_value


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("settings")(settings)


def settings(
    print_sample: Annotated[
        bool, typer.Option("--sample", help="Print a settings file to start from, and stop.")
    ] = False,
    print_table: Annotated[
        bool, typer.Option("--table", help="Print the table of docs/settings.md, and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every setting, its value, and whether it comes from environment, file or default.

    Example: omnireid settings --sample
    """
    if print_sample:
        results.file.write(sample())
        return
    if print_table:
        results.file.write(markdown_table() + "\n")
        return
    file = settings_file()
    listed = effective(load_settings())
    if as_json:
        print_json(
            {
                "file": str(file) if file.is_file() else None,
                "settings": [
                    {
                        "name": one.name,
                        "value": one.value,
                        "default": one.default,
                        "origin": one.origin,
                        "environment": one.variable,
                        "description": one.description,
                    }
                    for one in listed
                ],
            }
        )
        return
    table = Table("setting", "value", "from", "what it does", box=None)
    for one in listed:
        shown = "" if one.value is None else toml_value(one.value)
        strong = escape(shown) if one.origin == "default" else f"[bold]{escape(shown)}[/bold]"
        table.add_row(one.name, strong, one.origin, escape(one.description))
    results.print(table)
    found = f"read from {file.resolve()}" if file.is_file() else f"no settings file at {file}"
    messages.print(escape(found), style="dim", soft_wrap=True)
