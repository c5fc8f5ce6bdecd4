"""`omnireid models`: what is shipped, and what each model is."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.table import Table

from omnireid.cli.output import Json, print_json, results
from omnireid.runtime import ModelInfo, find_model_folder, read_model_folder, shipped_models

models = typer.Typer(no_args_is_help=True, help="The models: list them, read a model's card.")


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """List the shipped models; each one's files are checked against their sha-256.

    Example: omnireid models list
    """
    found = {name: read_model_folder(folder) for name, folder in shipped_models().items()}
    if as_json:
        print_json([_summary(name, info) for name, info in found.items()])
        return
    table = Table("name", "version", "reads", "width", "frozen encoder", "licence")
    for name, info in found.items():
        table.add_row(
            name,
            info.version,
            ", ".join(info.modalities),
            str(info.width),
            info.frozen_encoder,
            info.licence,
        )
    results.print(table)


@models.command("card")
def show_card(
    model: Annotated[str, typer.Argument(help="Name of a shipped model, or a folder.")] = "default",
    as_json: Json = False,
) -> None:
    """Show a model's card: what it was trained on, how good it is, what it must not be used for.

    Example: omnireid models card default
    """
    folder = find_model_folder(model)
    info = read_model_folder(folder)
    path = folder / "card.md"
    card = path.read_text(encoding="utf-8") if path.is_file() else "This model has no card."
    if as_json:
        print_json({**_summary(model, info), "card": card})
    else:
        results.print(Markdown(card))


def _summary(name: str, info: ModelInfo) -> dict[str, object]:
    return {
        "name": name,
        "version": info.version,
        "model_id": info.model_id,
        "modalities": [modality.value for modality in info.modalities],
        "width": info.width,
        "frozen_encoder": info.frozen_encoder,
        "licence": info.licence,
        "training_data": info.training_data,
    }
