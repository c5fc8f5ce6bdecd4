"""`omnireid train` and `omnireid export`: from rendered people to a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.output import Json, messages, print_json, results
from omnireid.errors import MissingExtraError


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("train")(train)
    app.command("export")(export)


def train(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file.")],
    people: Annotated[Path, typer.Option("--people", help="Folder made by `omnireid render`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of checkpoints and logs.")],
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to use.", show_default="all")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a model on rendered people. The same command goes on with a killed run.

    Example: omnireid train recipe.toml --people people --out runs/first
    """
    try:
        from omnireid.training import train as train_model
    except ImportError as error:
        raise MissingExtraError.for_package(error.name or "torch", "train") from error
    checkpoint = train_model(
        recipe, people, out, report=lambda line: messages.print(escape(line)), threads=threads
    )
    if as_json:
        print_json({"checkpoint": str(checkpoint)})
    else:
        results.print(f"The last checkpoint is {escape(str(checkpoint))}", soft_wrap=True)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint written by `omnireid train`.")],
    folder: Annotated[Path, typer.Argument(help="Model folder to write.")],
    as_json: Json = False,
) -> None:
    """Write a checkpoint as a model folder (ONNX) and show how far it is from torch.

    Example: omnireid export runs/first/checkpoints/last.ckpt models/mine
    """
    try:
        from omnireid.training import export as export_model
    except ImportError as error:
        raise MissingExtraError.for_package(error.name or "torch", "train") from error
    with messages.status("Exporting, and comparing with torch"):
        info, parity = export_model(checkpoint, folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "model_id": info.model_id,
                "largest_difference": parity.graph,
                "largest_difference_with_rounding": parity.rounding,
                "lowest_cosine": parity.cosine,
            }
        )
        return
    table = Table(
        "input", "largest difference", "with half-precision storage", title=escape(info.model_id)
    )
    for kind, difference in parity.graph.items():
        table.add_row(kind, f"{difference:.1e}", f"{parity.rounding[kind]:.1e}")
    results.print(table)
    results.print(f"Written to {escape(str(folder))}", soft_wrap=True)
