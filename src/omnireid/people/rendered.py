"""Reading a rendered data set: views with what is known of them, pictures on demand."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from omnireid.errors import InputError
from omnireid.observation import Modality
from omnireid.people.captions_phrase import Span
from omnireid.people.rendering import FORMAT, SETTINGS, damaged_settings
from omnireid.people.shards import Entry, damaged, read_entry, read_shard
from omnireid.people.worlds import INFRARED, RGB, SKETCH, frame_name

SUFFIX = {Modality.RGB: RGB, Modality.INFRARED: INFRARED, Modality.SKETCH: SKETCH}


@dataclass(frozen=True)
class RenderedView:
    """One view of one identity: three pictures and words, and how they were made.

    `box` is the person in the colour picture (left, top, right, bottom as shares of its size);
    it passes 0 or 1 where the frame cuts the person. `infrared_kind` is "near" or "thermal".
    `spans_en[i]` marks the attribute words of `captions_en[i]`, as `spans_ja` does in Japanese.
    """

    identity: int
    view: int
    camera: str
    time: datetime
    infrared_kind: str
    sketch_style: str
    yaw: float
    attributes: dict[str, str]
    captions_en: tuple[str, ...]
    captions_ja: tuple[str, ...]
    spans_en: tuple[tuple[Span, ...], ...]
    spans_ja: tuple[tuple[Span, ...], ...]
    box: tuple[float, float, float, float]
    seed: tuple[int, ...]


class RenderedSet:
    """A folder that `render` wrote. Safe to hand to forked or spawned data loader workers.

    Raises:
        InputError: the folder holds no data set, misses shards, or a shard is damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.settings = _settings(self.path)
        views: list[RenderedView] = []
        self._places: dict[tuple[int, int], tuple[str, dict[str, Entry]]] = {}
        shards = sorted(self.path.glob("shard-*.zip"))
        self.frames = int(self.settings.get("frames", 0))
        names = [*SUFFIX.values(), *(frame_name(index) for index in range(self.frames))]
        expected = self.settings["identities"] * self.settings["views"]
        for shard in shards:
            rows, entries = read_shard(shard)
            for row in rows:
                view = view_from(row, shard)
                stem = f"{view.identity:07d}-{view.view:03d}-"
                try:
                    places = {name: entries[stem + name] for name in names}
                except KeyError as error:
                    raise damaged(shard, f"{error} is missing from it") from None
                self._places[view.identity, view.view] = (shard.name, places)
                views.append(view)
        if len(views) != expected:
            raise InputError(
                f"the data set {self.path} is not complete",
                f"it holds {len(views)} of {expected} views",
                "run the same render command again: it goes on where it stopped",
            )
        self.views = tuple(views)

    def __len__(self) -> int:
        return len(self.views)

    def picture(self, view: RenderedView, modality: Modality) -> Image.Image:
        """The picture of a view: RGB is a colour image, infrared and sketch are grey ("L").

        Raises:
            InputError: the modality has no picture, or its bytes are damaged.
        """
        return self._read(view, suffix_of(modality), modality)

    def track(self, view: RenderedView) -> tuple[Image.Image, ...]:
        """The colour pictures of one walk, in time: the view's own and the further frames.

        Raises:
            InputError: the bytes are damaged.
        """
        names = [RGB, *(frame_name(index) for index in range(self.frames))]
        return tuple(self._read(view, name, Modality.RGB) for name in names)

    def _read(self, view: RenderedView, name: str, modality: Modality) -> Image.Image:
        shard, places = self._places[view.identity, view.view]
        path = self.path / shard
        data = read_entry(path, places[name])
        try:
            return decoded(data, modality)
        except (OSError, SyntaxError) as error:
            raise damaged(path, str(error)) from error


def suffix_of(modality: Modality) -> str:
    """The name under which a view keeps the picture of a modality.

    Raises:
        InputError: the modality has no picture.
    """
    if modality not in SUFFIX:
        raise InputError(
            f"{modality} has no picture", "a rendered view has rgb, infrared and sketch",
            "read captions_en or captions_ja for its words",
        )  # fmt: skip
    return SUFFIX[modality]


def decoded(data: bytes, modality: Modality) -> Image.Image:
    """An encoded picture as a colour image (RGB) or a grey one ("L")."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.convert("RGB" if modality is Modality.RGB else "L")


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads((path / SETTINGS).read_text(encoding="utf-8"))
    except ValueError as error:
        raise damaged_settings(path / SETTINGS, str(error)) from error
    except OSError as error:
        raise InputError(
            f"{path} holds no rendered data set",
            str(error),
            "give a folder that `render` wrote",
        ) from error
    if not isinstance(settings, dict) or "format" not in settings:
        raise damaged_settings(path / SETTINGS, "it does not name its format")
    if settings["format"] != FORMAT:
        raise InputError(
            f"{path} was rendered by another version",
            f"its format is {settings['format']}, this version reads {FORMAT}",
            "render it again",
        )
    for name in ("identities", "views"):
        if not isinstance(settings.get(name), int):
            raise damaged_settings(path / SETTINGS, f"it does not count the {name}")
    return dict(settings)


def view_from(row: dict[str, Any], shard: Path) -> RenderedView:
    """The view of one manifest row; `shard` is named when the row is damaged."""
    try:
        return RenderedView(
            identity=row["identity"], view=row["view"], camera=row["camera"],
            time=datetime.fromisoformat(row["time"]), infrared_kind=row["infrared_kind"],
            sketch_style=row["sketch_style"], yaw=row["yaw"], attributes=row["attributes"],
            captions_en=tuple(row["captions_en"]), captions_ja=tuple(row["captions_ja"]),
            spans_en=_spans(row["spans_en"]), spans_ja=_spans(row["spans_ja"]),
            box=tuple(row["box"]), seed=tuple(row["seed"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(shard, f"its manifest lacks {error}") from error


def _spans(rows: list[list[list[Any]]]) -> tuple[tuple[Span, ...], ...]:
    return tuple(tuple(Span(*span) for span in spans) for spans in rows)
