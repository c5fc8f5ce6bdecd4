"""`omnireid jobs watch`: folders whose new files are taken in as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.index import CameraOption, PatternOption, PictureKind
from omnireid.cli.jobs_add import checked_pattern
from omnireid.cli.opening import GalleryOption, gallery_folder
from omnireid.cli.output import Json, print_json, results
from omnireid.gallery import Gallery
from omnireid.jobs import FolderOptions, VideoOptions, Watch, Watches
from omnireid.observation import Modality

watch = typer.Typer(
    no_args_is_help=True,
    help="Watched folders: what comes to rest in them is indexed, by the worker of a running "
    "server or by `omnireid jobs work --follow`.",
)


def register(jobs: typer.Typer) -> None:
    """Add the group to `omnireid jobs`."""
    jobs.add_typer(watch, name="watch")


@watch.command("add")
def add_watch(
    path: Annotated[Path, typer.Argument(help="Folder, with the folders below it.")],
    gallery: GalleryOption = None,
    videos: Annotated[
        bool, typer.Option("--videos", help="It holds videos of fixed cameras, not pictures.")
    ] = False,
    pattern: PatternOption = None,
    camera: CameraOption = None,
    modality: PictureKind = Modality.RGB,
    as_json: Json = False,
) -> None:
    """Watch a folder; what lies in it already is taken too.

    Example: omnireid jobs watch add /srv/gate --camera gate --gallery site
    """
    kind = VideoOptions if videos else FolderOptions
    options = kind(path=path, pattern=checked_pattern(pattern), camera=camera, modality=modality)
    with Gallery.open(gallery_folder(gallery)) as opened:
        made = Watches(opened).add(options, command_line_actor())
    if as_json:
        print_json(_describe(made))
    else:
        results.print(f"Watch {made.id}: {escape(str(made.path))}", soft_wrap=True)


@watch.command("list")
def list_watches(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the watched folders, and what went wrong when they were last looked at.

    Example: omnireid jobs watch list --gallery site
    """
    with Gallery.open(gallery_folder(gallery)) as opened:
        watches = Watches(opened).all()
    if as_json:
        print_json([_describe(one) for one in watches])
        return
    table = Table(
        "watch", Column("folder", overflow="fold"), "holds", "camera", "last looked at", "trouble",
        box=None,
    )  # fmt: skip
    for one in watches:
        told = _describe(one)
        table.add_row(*(escape(str(told[name] or "")) for name in _COLUMNS))
    results.print(table if watches else "No folder is watched.")


@watch.command("remove")
def remove_watch(
    number: Annotated[int, typer.Argument(help="Number of the watch.")],
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Watch a folder no more. What was taken from it stays.

    Example: omnireid jobs watch remove 1 --gallery site
    """
    with Gallery.open(gallery_folder(gallery)) as opened:
        removed = Watches(opened).remove(number, command_line_actor())
    if as_json:
        print_json(_describe(removed))
    else:
        results.print(f"{escape(str(removed.path))} is watched no more.", soft_wrap=True)


_COLUMNS = ("id", "folder", "holds", "camera", "checked", "trouble")


def _describe(one: Watch) -> dict[str, object]:
    return {
        "id": one.id,
        "folder": str(one.path),
        "holds": "videos" if isinstance(one.options, VideoOptions) else "pictures",
        "camera": one.options.camera,
        "pattern": one.options.pattern,
        "modality": one.options.modality.value,
        "checked": None if one.checked is None else one.checked.isoformat(timespec="seconds"),
        "trouble": one.trouble,
    }
