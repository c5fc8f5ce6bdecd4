"""From a checkpoint to a model folder with its card: export, fit, measure, write down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omnireid.aio.configuration import NetworkConfig
from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES
from omnireid.people import RenderedSet, RenderedView
from omnireid.runtime import Encoder, ModelInfo, prepare_picture
from omnireid.runtime.model_folder import DESCRIPTION
from omnireid.training.attributes import AttributeFigures, attribute_figures
from omnireid.training.card import PLOTS, calibration_plots, model_card
from omnireid.training.checkpoint import read_checkpoint
from omnireid.training.exporting import Parity, export
from omnireid.training.fitting import Judged, apply_fusion, fit_calibrations, fit_fusion
from omnireid.training.held_out import Direction, HeldOut, directions, embed_held_out, people_of
from omnireid.training.pictures import picture_rules
from omnireid.training.quantising import Pictures
from omnireid.training.robustness import Contradiction, WrongPart, contradictions, wrong_parts


@dataclass(frozen=True)
class Measured:
    """Everything that the card tells of a model; see the parts' own classes.

    `rows` are of all people; everything else was fitted on one half of the identities and is told
    of the other. `judged_rows` are of that other half, by the fused vectors.
    """

    held_out: str
    rows: tuple[Direction, ...]
    judged_rows: tuple[Direction, ...]
    calibrations: dict[str, Judged]
    attributes: tuple[AttributeFigures, ...]
    wrong: tuple[WrongPart, ...]
    contradictions: tuple[Contradiction, ...]


def publish(
    checkpoint: Path,
    folder: Path,
    held_out: Path,
    *,
    int8: bool = False,
    notes: Sequence[Path] = (),
) -> tuple[ModelInfo, Parity, Measured]:
    """Export a checkpoint; fit fusion, calibration and temperatures; measure; write the card.

    `held_out` is a folder of `omnireid render --shifted` with people that training has not seen.
    With `int8` the ranges of the graphs are measured on pictures of the half that is fitted on.
    `notes` are Markdown files whose text ends the card.

    Raises:
        ModelError: the checkpoint cannot be read.
        InputError: the held-out set or a file of notes cannot be read.
    """
    noted = [_note(path) for path in notes]
    rendered = RenderedSet(held_out)
    source = read_checkpoint(checkpoint)
    ranges = _pictures(rendered, source.config.network) if int8 else None
    _, parity = export(checkpoint, folder, int8=ranges)
    plain = Encoder(folder)
    people = embed_held_out(plain, rendered)
    fit, judge = people.half(second=False), people.half(second=True)
    fusion = fit_fusion(fit)
    fit, judge = apply_fusion(fit, fusion), apply_fusion(judge, fusion)
    calibrations = fit_calibrations(fit, judge)
    attributes = attribute_figures(plain, rendered, _views(fit), _views(judge))
    temperatures = {figures.name: figures.temperature for figures in attributes}
    info = plain.info.model_copy(
        update={
            "fusion": fusion,
            "calibration": {key: judged.calibration for key, judged in calibrations.items()},
            "attributes": tuple(
                attribute.model_copy(update={"temperature": temperatures.get(attribute.name, 1.0)})
                for attribute in plain.info.attributes
            ),
        }
    )
    (folder / DESCRIPTION).write_text(info.model_dump_json(indent=2), encoding="utf-8")
    measured = Measured(
        held_out=people_of(rendered),
        rows=directions(apply_fusion(people, fusion)),
        judged_rows=directions(judge),
        calibrations=calibrations,
        attributes=attributes,
        wrong=wrong_parts(Encoder(folder), rendered, judge),
        contradictions=contradictions(judge),
    )
    (folder / "card.md").write_text(
        model_card(info, source.config, parity, measured, source.step, noted), encoding="utf-8"
    )
    (folder / PLOTS).write_text(calibration_plots(info, measured), encoding="utf-8")
    return info, parity, measured


def _note(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the notes {path} cannot be read",
            error.strerror or str(error) if isinstance(error, OSError) else "they are not UTF-8",
            "give a Markdown file in UTF-8, such as src/omnireid/training/recipes/default.notes.md",
        ) from error


def _pictures(rendered: RenderedSet, config: NetworkConfig) -> Pictures:
    """Pictures of 96 views of the half of the identities that is fitted on, prepared."""
    rules = picture_rules(config)
    fitted = set(sorted({view.identity for view in rendered.views})[::2])
    views = [view for view in rendered.views if view.identity in fitted][::6][:96]
    return {
        m: np.stack([prepare_picture(rendered.picture(view, m), m, rules) for view in views])
        for m in IMAGE_MODALITIES
    }


def _views(people: HeldOut) -> tuple[RenderedView, ...]:
    return (*people.query_views, *people.gallery_views)
