"""`omnireid train` and `omnireid export`: from rendered people to a model folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.output import Json, messages, print_json, results
from omnireid.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from omnireid.training import Direction


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("train")(train)
    app.command("export")(export)
    app.command("ablate")(ablate)


def train(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file.")],
    people: Annotated[Path, typer.Option("--people", help="Folder made by `omnireid render`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of checkpoints and logs.")],
    begin: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Learn on from an earlier run's checkpoint, or from a model by name or folder.",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to use.", show_default="all")
    ] = None,
    devices: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that train together, each on its own GPU (or share of the cores).",
            show_default="one a GPU",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a model on rendered people. The same command goes on with a killed run.

    Example: omnireid train recipe.toml --people people --out runs/first

    Example: omnireid train further.toml --people new -o runs/2 --from runs/1/checkpoints/last.ckpt

    Example: omnireid train further.toml --people new -o runs/3 --from default
    """
    try:
        from omnireid.training import train as train_model
    except ImportError as error:
        raise MissingExtraError.for_package(error.name or "torch", "train") from error
    checkpoint = train_model(
        recipe,
        people,
        out,
        report=lambda line: messages.print(escape(line)),
        threads=threads,
        begin=begin,
        devices=devices,
    )
    if as_json:
        print_json({"checkpoint": str(checkpoint)})
    else:
        results.print(f"The last checkpoint is {escape(str(checkpoint))}", soft_wrap=True)


def ablate(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file.")],
    plan: Annotated[Path, typer.Argument(help="The variants and their budget, a TOML file.")],
    people: Annotated[Path, typer.Option("--people", help="Folder made by `omnireid render`.")],
    held_out: Annotated[
        Path, typer.Option(help="People to measure on, made by `omnireid render --shifted`.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the runs and the table.")],
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to use.", show_default="all")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train the recipe with one thing changed at a time, at equal budget; print one table.

    Example: omnireid ablate default.toml ablations.toml --people people --held-out new -o runs/ab
    """
    try:
        from omnireid.training import ablation_table, run_ablations
    except ImportError as error:
        raise MissingExtraError.for_package(error.name or "torch", "train") from error
    rows = run_ablations(
        recipe,
        plan,
        people,
        held_out,
        out,
        report=lambda line: messages.print(escape(line)),
        threads=threads,
    )
    if as_json:
        print_json(
            {
                row.name: {
                    "steps": row.steps,
                    "trainable": row.trainable,
                    "directions": {d.query: d.result.model_dump() for d in row.directions},
                }
                for row in rows
            }
        )
    else:
        results.print(escape(ablation_table(rows)), soft_wrap=True)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint written by `omnireid train`.")],
    folder: Annotated[Path, typer.Argument(help="Model folder to write.")],
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="Rendered people to measure on; writes the model card (card.md) and its "
            "reliability charts (calibration.svg)."
        ),
    ] = None,
    int8: Annotated[
        bool,
        typer.Option(help="Graphs that compute in int8: half the size; needs --held-out."),
    ] = False,
    notes: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="<path>",
            help="Markdown file that ends the model card: what no measurement can say (how the "
            "version came about, what is weak) or a table of another command. May be given "
            "several times; needs --held-out.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a checkpoint as a model folder (ONNX) and show how far it is from torch.

    Example: omnireid export runs/first/checkpoints/last.ckpt models/mine --held-out people-2
    """
    try:
        from omnireid.training import export as export_model
        from omnireid.training import publish
    except ImportError as error:
        raise MissingExtraError.for_package(error.name or "torch", "train") from error
    rows: tuple[Direction, ...] = ()
    with messages.status("Exporting, and comparing with torch"):
        if held_out is None and int8:
            raise InputError(
                "nothing was exported",
                "the ranges of int8 graphs are measured on pictures, and none are given",
                "add --held-out DIR, or leave --int8 out",
            )
        if held_out is None and notes:
            raise InputError(
                "nothing was exported",
                "notes end the model card, and a card is written only of a model that is measured",
                "add --held-out DIR, or leave --notes out",
            )
        if held_out is None:
            info, parity = export_model(checkpoint, folder)
        else:
            info, parity, measured = publish(
                checkpoint, folder, held_out, int8=int8, notes=notes or ()
            )
            rows = measured.rows
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "model_id": info.model_id,
                "largest_difference": parity.graph,
                "largest_difference_with_rounding": parity.rounding,
                "lowest_cosine": parity.cosine,
                "held_out": {row.query: row.result.model_dump() for row in rows},
            }
        )
        return
    table = Table("input", "largest difference", "as it ships", title=escape(info.model_id))
    for kind, difference in parity.graph.items():
        table.add_row(kind, f"{difference:.1e}", f"{parity.rounding[kind]:.1e}")
    results.print(table)
    if rows:
        results.print(_measured(rows))
    results.print(f"Written to {escape(str(folder))}", soft_wrap=True)


def _measured(rows: Sequence[Direction]) -> Table:
    table = Table("query", "Rank-1", "mAP", "queries", "gallery", title="held-out rendered people")
    for row in rows:
        table.add_row(
            row.query,
            f"{row.result.rank1:.1%}",
            f"{row.result.mAP:.1%}",
            f"{row.result.num_valid:,}",
            f"{row.result.num_gallery:,}",
        )
    return table
