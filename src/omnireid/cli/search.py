"""`omnireid search`: any mixture of pictures, drawings and words against a gallery."""

from __future__ import annotations

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

CAUTION = "A similarity, not evidence of identity."


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
        opened, _ = open_gallery(gallery_folder(gallery), model)
    elif words is not None:
        observation = None
        opened = Gallery.open(gallery_folder(gallery))
    else:
        raise InputError(
            "there is nothing to search for",
            "neither picture, sketch, text nor words are given",
            "give at least one of --image, --infrared, --sketch, --text, --words",
        )
    with opened:
        found = opened.search(observation, k=top, offset=offset, filters=filters, words=words)
    if as_json:
        print_json([match_document(match) for match in found])
    else:
        _show(found, first=offset + 1)


def match_document(match: Match) -> dict[str, object]:
    """One match as the JSON of the command line."""
    return {
        "id": match.item_id,
        "score": None if match.score is None else round(match.score, 6),
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
    table = Table("", "score", "id", "camera", "time", "kind", "source or note", box=None)
    for rank, match in enumerate(found, start=first):
        table.add_row(
            str(rank),
            "" if match.score is None else f"{match.score:.3f}",
            str(match.item_id),
            escape(match.camera or ""),
            match.time.strftime("%Y-%m-%d %H:%M:%S") if match.time else "",
            "+".join(match.modalities),
            escape(match.note or Path(match.source or "").name),
        )
    results.print(table)
    messages.print(CAUTION, style="dim")
