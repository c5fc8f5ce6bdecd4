"""`omnireid search`: any mixture of pictures, drawings and words against a gallery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.moments import SinceOption, UntilOption, moment
from omnireid.cli.opening import GalleryOption, ModelOption, gallery_folder, open_gallery
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.errors import InputError
from omnireid.gallery import Filters, Gallery, Match
from omnireid.observation import Modality, Observation
from omnireid.runtime import ModelInfo
from omnireid.search import Likeness, calibration_for, likeness, no_good_match, scales_for

CAUTION = "A similarity, not evidence of identity."
NO_MATCH = "No good match: probably nobody in this gallery is the person you look for."


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("search")(search)


def search(
    image: Annotated[
        list[Path] | None, typer.Option("--image", "-i", help="Colour picture of the person.")
    ] = None,
    infrared: Annotated[list[Path] | None, typer.Option(help="Infrared picture.")] = None,
    sketch: Annotated[list[Path] | None, typer.Option(help="Sketch.")] = None,
    text: Annotated[
        str | None, typer.Option("--text", "-t", help="Description, in English or Japanese.")
    ] = None,
    words: Annotated[
        str | None, typer.Option("--words", "-w", help="Only items whose note holds these words.")
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", "-c", help="Only these cameras.")
    ] = None,
    modality: Annotated[
        list[Modality] | None, typer.Option(help="Only items that hold one of these.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only these files or folders, as they were indexed.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, max=10_000, help="How many.")] = 10,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many of the first.")] = 0,
    gallery: GalleryOption = None,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Search a gallery by any mixture of pictures, drawings and words.

    Example: omnireid search --text "赤いコートの女性" --sketch drawing.png --camera gate --top 5

    A picture option may be given several times: all of them show the one person searched for.

    Where the model is calibrated for such a query against every kind of item that fits, the most
    probable come first; otherwise the highest scores. The score is the cosine similarity.
    """
    filters = Filters(
        cameras=camera or (),
        modalities=modality or (),
        sources=source or (),
        start=moment(since, "--since"),
        end=moment(until, "--until"),
    )
    if image or infrared or sketch or text is not None:
        observation = Observation(
            rgb=tuple(image or ()),
            infrared=tuple(infrared or ()),
            sketch=tuple(sketch or ()),
            text=text,
        )
        opened, encoder = open_gallery(gallery_folder(gallery), model)
        # None for an encoder that is no model folder and says nothing about itself.
        info: ModelInfo | None = getattr(encoder, "info", None)
    elif words is not None:
        observation = None
        info = None
        opened = Gallery.open(gallery_folder(gallery))
    else:
        raise InputError(
            "there is nothing to search for",
            "neither picture, sketch, text nor words are given",
            "give at least one of --image, --infrared, --sketch, --text, --words",
        )
    asked = () if observation is None else observation.modalities
    scales = None if info is None else scales_for(info, asked)
    with opened:
        found = opened.search(
            observation, k=top, offset=offset, filters=filters, words=words, scales=scales
        )
    if as_json:
        print_json([match_document(match) for match in found])
        return
    _show(found, first=offset + 1)
    if info is not None and offset == 0 and _no_match(info, asked, found):
        messages.print(NO_MATCH, style="bold")


def match_document(match: Match) -> dict[str, object]:
    """One match as the JSON of the command line."""
    return {
        "id": match.item_id,
        "score": None if match.score is None else round(match.score, 6),
        "probability": None if match.probability is None else round(match.probability, 6),
        "camera": match.camera,
        "time": match.time.isoformat() if match.time else None,
        "modalities": [modality.value for modality in match.modalities],
        "text": match.note,
        "source": match.source,
        "picture": str(match.picture_path) if match.picture_path else None,
    }


def _show(found: tuple[Match, ...], first: int) -> None:
    if not found:
        results.print("No item fits these filters.")
        return
    calibrated = any(match.probability is not None for match in found)
    likely = ("probability",) if calibrated else ()
    table = Table("", *likely, "score", "id", "camera", "time", "kind", "source or note", box=None)
    for rank, match in enumerate(found, start=first):
        table.add_row(
            str(rank),
            *((_percent(match),) if calibrated else ()),
            "" if match.score is None else f"{match.score:.3f}",
            str(match.item_id),
            escape(match.camera or ""),
            match.time.strftime("%Y-%m-%d %H:%M:%S") if match.time else "",
            "+".join(match.modalities),
            escape(match.note or Path(match.source or "").name),
        )
    results.print(table)
    messages.print(CAUTION, style="dim")


def _percent(match: Match) -> str:
    if match.score is None or match.probability is None:
        return ""
    return f"{Likeness(match.score, match.probability).percent} %"


def _no_match(info: ModelInfo, asked: Sequence[Modality], found: tuple[Match, ...]) -> bool:
    best = max(found, key=lambda match: match.probability or 0.0, default=None)
    if best is None or best.score is None:
        return False
    return no_good_match(likeness(best.score, calibration_for(info, asked, best.modalities)))
