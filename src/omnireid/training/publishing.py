"""From a checkpoint to a model folder with its card: export, measure, write down."""

from __future__ import annotations

from pathlib import Path

from omnireid.people import RenderedSet
from omnireid.runtime import Encoder, ModelInfo
from omnireid.training.card import model_card
from omnireid.training.checkpoint import read_checkpoint
from omnireid.training.exporting import Parity, export
from omnireid.training.held_out import Direction, held_out_table


def publish(
    checkpoint: Path, folder: Path, held_out: Path
) -> tuple[ModelInfo, Parity, tuple[Direction, ...]]:
    """Export a checkpoint, measure the exported graphs on held-out people, and write the card.

    `held_out` is a folder of `omnireid render` with people that training has not seen.

    Raises:
        ModelError: the checkpoint cannot be read.
        InputError: the held-out set cannot be read.
    """
    rendered = RenderedSet(held_out)
    info, parity = export(checkpoint, folder)
    rows = held_out_table(Encoder(folder), rendered)
    source = read_checkpoint(checkpoint)
    settings = rendered.settings
    people = "shifted people" if settings["shifted"] else "people"
    card = model_card(
        info,
        source.config,
        parity,
        rows,
        held_out=(
            f"{settings['identities']} rendered {people} that training has not seen (seed "
            f"{settings['seed']}, {settings['views']} views of each; `omnireid render DIR --people "
            f"{settings['identities']} --views {settings['views']} --seed {settings['seed']}`). "
            "The first half of each person's views is the gallery, the other half, from other "
            "cameras, the queries; no exclusion; ties go to the lower gallery index; AP plain."
        ),
        command=f"omnireid train {source.config.name}.toml --people DIR --out RUN",
        step=source.step,
    )
    (folder / "card.md").write_text(card, encoding="utf-8")
    return info, parity, rows
