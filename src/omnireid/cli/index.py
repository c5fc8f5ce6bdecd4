"""`omnireid index`: folders, note files and videos into a gallery."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from omnireid.cli.filling import report_filled
from omnireid.cli.moments import StartOption, moment
from omnireid.cli.opening import (
    GalleryOption,
    ModelOption,
    gallery_folder,
    load_encoder,
    open_or_create,
)
from omnireid.cli.output import Json, WorkBar
from omnireid.jobs import fill
from omnireid.observation import Modality
from omnireid.sources import Found, NoteColumns, read_folder, read_notes

index = typer.Typer(
    no_args_is_help=True,
    help="Fill a gallery from a folder, a note file or a video. It is made if there is none.",
)

CameraOption = Annotated[
    str | None, typer.Option("--camera", "-c", help="Camera of everything that names none.")
]
PatternOption = Annotated[
    str | None,
    typer.Option(help="How the files are named: {camera}, {time:%Y%m%d_%H%M%S}, {} for anything."),
]
TableOption = Annotated[
    Path | None,
    typer.Option(help="CSV or XLSX with the columns file, camera, time, and perhaps text."),
]
PictureKind = Annotated[
    Modality, typer.Option("--modality", help="What the pictures are: rgb, infrared or sketch.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(index, name="index")


@index.command("folder")
def index_folder(
    path: Annotated[Path, typer.Argument(help="Folder of pictures, with the folders below it.")],
    gallery: GalleryOption = None,
    pattern: PatternOption = None,
    table: TableOption = None,
    camera: CameraOption = None,
    modality: PictureKind = Modality.RGB,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Index a folder: one item a picture. Camera and time come from names or from a table.

    Example: omnireid index folder pictures --pattern '{camera}_{time:%Y%m%d_%H%M%S}_{}.jpg'
    """
    found = read_folder(path, modality=modality, camera=camera, pattern=pattern, table=table)
    _fill(gallery, model, found, WorkBar("pictures"), as_json=as_json)


@index.command("notes")
def index_notes(
    path: Annotated[
        Path, typer.Argument(help="CSV, TSV or XLSX file; the first row names columns.")
    ],
    gallery: GalleryOption = None,
    text_column: Annotated[str, typer.Option(help="Column of the descriptions.")] = "text",
    camera_column: Annotated[str | None, typer.Option(help="Column of the cameras.")] = None,
    time_column: Annotated[str | None, typer.Option(help="Column of the times.")] = None,
    picture_column: Annotated[
        str | None, typer.Option(help="Column of picture files, beside the note file.")
    ] = None,
    modality: PictureKind = Modality.RGB,
    encoding: Annotated[
        str | None,
        typer.Option(help="Such as cp932 or utf-8.", show_default="found out"),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file.")] = None,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Index a file of written notes: one item a row.

    Example: omnireid index notes notes.csv --text-column 特徴 --time-column 日時
    """
    columns = NoteColumns(text_column, camera_column, time_column, picture_column, modality)
    found = read_notes(path, columns=columns, encoding=encoding, sheet=sheet)
    _fill(gallery, model, found, WorkBar("notes"), as_json=as_json)


@index.command("video")
def index_video(
    path: Annotated[Path, typer.Argument(help="Video of a fixed camera.")],
    gallery: GalleryOption = None,
    camera: CameraOption = None,
    start: StartOption = None,
    modality: PictureKind = Modality.RGB,
    detector: Annotated[
        Path | None,
        typer.Option(help="ONNX person detector.", show_default="what moves like a walker"),
    ] = None,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Index a video: each walk past the camera becomes one item with its best pictures.

    Example: omnireid index video gate.mp4 --camera gate --start 2026-11-23T08:00
    """
    from omnireid.sources import OnnxDetector, read_video  # only here: OpenCV is an extra

    bar = WorkBar("walks")
    found = read_video(
        path,
        camera=camera,
        start=moment(start, "--start"),
        detector=OnnxDetector(detector) if detector else None,
        modality=modality,
        progress=bar.share,
    )
    _fill(gallery, model, found, bar, as_json=as_json)


def _fill(
    gallery: Path | None, model: str | None, found: Iterable[Found], bar: WorkBar, *, as_json: bool
) -> None:
    with open_or_create(gallery_folder(gallery), load_encoder(model)) as opened:
        with bar:
            filled = fill(opened, found, bar.handled)
        report_filled(opened, filled, as_json=as_json)
