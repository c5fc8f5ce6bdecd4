"""`omnireid jobs add`: what the worker is to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnireid.cli.acting import command_line_actor
from omnireid.cli.index import CameraOption, PatternOption, PictureKind, TableOption
from omnireid.cli.moments import StartOption, moment
from omnireid.cli.opening import GalleryOption, ModelOption, gallery_folder, load_encoder
from omnireid.cli.output import Json, print_json, results
from omnireid.gallery import Gallery, is_gallery
from omnireid.jobs import (
    FolderOptions,
    JobQueue,
    NearDuplicatesOptions,
    NotesOptions,
    Options,
    ReindexOptions,
    VideoOptions,
)
from omnireid.jobs.options import DEFAULT_BITS
from omnireid.observation import Modality
from omnireid.sources import compile_template

add = typer.Typer(
    no_args_is_help=True, help="Queue a folder, a note file, a video, or work on the gallery."
)


def register(jobs: typer.Typer) -> None:
    """Add the group to `omnireid jobs`."""
    jobs.add_typer(add, name="add")


@add.command("folder")
def add_folder(
    path: Annotated[Path, typer.Argument(help="Folder of pictures, with the folders below it.")],
    gallery: GalleryOption = None,
    pattern: PatternOption = None,
    table: TableOption = None,
    camera: CameraOption = None,
    modality: PictureKind = Modality.RGB,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Queue a folder of pictures.

    Example: omnireid jobs add folder pictures --gallery site --camera gate
    """
    options = FolderOptions(
        path=path.resolve(),
        pattern=checked_pattern(pattern),
        table=None if table is None else table.resolve(),
        camera=camera,
        modality=modality,
    )
    _queue(options, gallery, model, as_json=as_json)


@add.command("notes")
def add_notes(
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
    """Queue a file of written notes.

    Example: omnireid jobs add notes notes.csv --text-column 特徴 --time-column 日時
    """
    options = NotesOptions(
        path=path.resolve(),
        text_column=text_column,
        camera_column=camera_column,
        time_column=time_column,
        picture_column=picture_column,
        modality=modality,
        encoding=encoding,
        sheet=sheet,
    )
    _queue(options, gallery, model, as_json=as_json)


@add.command("video")
def add_video(
    path: Annotated[Path, typer.Argument(help="Video of a fixed camera.")],
    gallery: GalleryOption = None,
    camera: CameraOption = None,
    start: StartOption = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="How the file is named, if camera and start stand in its name."),
    ] = None,
    modality: PictureKind = Modality.RGB,
    detector: Annotated[
        Path | None,
        typer.Option(help="ONNX person detector.", show_default="what moves like a walker"),
    ] = None,
    model: ModelOption = None,
    as_json: Json = False,
) -> None:
    """Queue a video of a fixed camera.

    Example: omnireid jobs add video gate.mp4 --camera gate --start 2026-11-23T08:00
    """
    options = VideoOptions(
        path=path.resolve(),
        camera=camera,
        start=moment(start, "--start"),
        pattern=checked_pattern(pattern),
        modality=modality,
        detector=None if detector is None else detector.resolve(),
    )
    _queue(options, gallery, model, as_json=as_json)


@add.command("near-duplicates")
def add_near_duplicates(
    gallery: GalleryOption = None,
    bits: Annotated[
        int,
        typer.Option(min=0, max=15, help="Of 256 bits of the hash, so many may differ."),
    ] = DEFAULT_BITS,
    as_json: Json = False,
) -> None:
    """Queue a search for pictures that are nearly the same; the page shows what it finds.

    Example: omnireid jobs add near-duplicates --gallery site
    """
    _queue(NearDuplicatesOptions(bits=bits), gallery, None, as_json=as_json)


@add.command("reindex")
def add_reindex(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """Queue the rebuilding of both indexes from the ledger.

    Attributes of items that were taken in before version 0.2 are read off their pictures, too.

    Example: omnireid jobs add reindex --gallery site
    """
    _queue(ReindexOptions(), gallery, None, as_json=as_json)


def checked_pattern(pattern: str | None) -> str | None:
    """The pattern, once it is known that it can be used.

    Raises:
        InputError: it cannot.
    """
    if pattern is not None:
        compile_template(pattern)
    return pattern


def _queue(options: Options, gallery: Path | None, model: str | None, *, as_json: bool) -> None:
    folder = gallery_folder(gallery)
    if not is_gallery(folder):
        Gallery.create(folder, load_encoder(model)).close()
    with Gallery.open(folder) as opened:
        job = JobQueue(opened).add(options, command_line_actor())
    if as_json:
        print_json({"id": job.id, "state": job.state.value})
    else:
        results.print(
            f"Job {job.id} is queued. A running server does it; without one, run "
            f"`omnireid jobs work --gallery {folder}`.",
            soft_wrap=True,
        )
