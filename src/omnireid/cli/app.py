"""The root of the command line: the groups joined, errors turned to messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from omnireid import __version__
from omnireid.cli import (
    access,
    audit,
    backup,
    cases,
    demo,
    doctor,
    erase,
    eval,
    gallery,
    index,
    jobs,
    models,
    notices,
    purposes,
    render,
    retention,
    search,
    serve,
    settings,
    train,
    users,
)
from omnireid.cli.output import messages
from omnireid.errors import OmniReIDError

_HELP = """
Find the same person across colour cameras, infrared cameras, sketches and notes.

Start with [bold]omnireid demo[/bold]. Then, with your own pictures:

    omnireid index folder pictures --gallery site

    omnireid search --text "a man in a blue jacket" --gallery site

Exit codes: 0 done, 1 unexpected fault, 2 wrong use, 3 unusable input, 4 model, 5 gallery, \
6 a part is not installed, 7 a check found damage, 8 people cannot be rendered here, \
9 an account does not allow it, 10 doctor found a failure, \
11 a case does not allow it.
"""

app = typer.Typer(
    name="omnireid",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    demo,
    index,
    jobs,
    search,
    serve,
    gallery,
    models,
    render,
    train,
    eval,
    settings,
    doctor,
    users,
    cases,
    audit,
    purposes,
    retention,
    access,
    erase,
    backup,
    notices,
):
    group.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"omnireid {__version__}")
        raise typer.Exit


@app.callback(help=_HELP)
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the full traceback of an error.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (docs/errors.md).

    An error is a short message on stderr; `--debug`, anywhere, shows its traceback.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app(args=[argument for argument in given if argument != "--debug"], prog_name="omnireid")
    except OmniReIDError as error:
        if debug:
            raise
        _show(error)
        sys.exit(error.exit_code)
    except Exception as error:
        if debug:
            raise
        messages.print(f"[red]Unexpected fault:[/red] {type(error).__name__}: {escape(str(error))}")
        messages.print("Run the command again with --debug and report what it prints.")
        sys.exit(1)


def _show(error: OmniReIDError) -> None:
    messages.print(f"[red]Error[/red] \\[{error.code}] {escape(error.what)}", soft_wrap=True)
    messages.print(f"  Why: {escape(error.why)}.", soft_wrap=True)
    messages.print(f"  What to do: {escape(error.to_do)}.", soft_wrap=True)
