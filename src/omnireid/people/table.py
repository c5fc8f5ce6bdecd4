"""A rendered set as pictures on disk and one table, as `omnireid eval --folder` reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.people.rendered import RenderedSet, RenderedView
from omnireid.people.whole_files import written_whole

TABLE = "people.csv"
COLUMNS = (
    "identity", "split", "camera", "time", "rgb", "infrared", "sketch", "text"
)  # fmt: skip


def write_table(rendered: RenderedSet, folder: Path, *, query_views: int = 2) -> Path:
    """Write every view's pictures and `people.csv`; returns the path of the table.

    The first `query_views` views of a person are queries with colour, infrared, sketch and an
    English caption; the others are the gallery, in colour alone. The table appears when all its
    pictures are there.

    Raises:
        InputError: a shard is damaged.
        RenderError: the folder cannot be written, or the disk is full.
    """
    path = folder / TABLE
    with (
        written_whole(path, "the table", "another folder") as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_rows(rendered, folder, query_views))
    return path


def _rows(rendered: RenderedSet, folder: Path, query_views: int) -> Iterator[dict[str, str]]:
    for view in rendered.views:
        asked = view.view < query_views
        row = {
            "identity": f"{view.identity:07d}",
            "split": "query" if asked else "gallery",
            "camera": view.camera,
            "time": view.time.isoformat(timespec="minutes"),
        }
        for modality in IMAGE_MODALITIES if asked else (Modality.RGB,):
            row[modality.value] = _picture(rendered, view, modality, folder)
        if asked:
            row["text"] = view.captions_en[0]
        yield row


def _picture(rendered: RenderedSet, view: RenderedView, modality: Modality, folder: Path) -> str:
    name = f"pictures/{view.identity:07d}-{view.view:03d}-{modality.value}.png"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    rendered.picture(view, modality).save(path)
    return name
