"""The page of `omnireid render --report`: contact sheets, shares of attributes, closest people."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from omnireid.observation import Modality
from omnireid.people.attributes import COLOURS
from omnireid.people.captions_attributes import ATTRIBUTE_VALUES
from omnireid.people.rendered import RenderedSet, RenderedView
from omnireid.people.variety import ALIKE, Pair, measure_variety
from omnireid.people.whole_files import written_whole

_TILE = (64, 128)
_ROW = 10
_CAMERAS = 16  # shown, of however many there are
_SHOWN = (
    "gender", "age", "build", "height", "hair_style", "hair_colour", "beard", "glasses", "mask",
    "hat.kind", "outer.kind", "top.kind", "top.pattern", "bottom.kind", "shoes.kind", "bag.kind",
    "held.kind",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A labelled row of pictures as one image, a data: address."""

    label: str
    address: str


@dataclass(frozen=True)
class ShownPair:
    """Two close identities with their pictures."""

    pair: Pair
    address: str


def write_report(rendered: RenderedSet, path: Path) -> Path:
    """Write one self-contained HTML page about a rendered set; the same set gives the same page,
    save for the moment that it names.

    Raises:
        InputError: a shard is damaged.
        RenderError: the page cannot be written.
    """
    variety = measure_variety(rendered)
    rng = np.random.default_rng(0)
    cameras = sorted({view.camera for view in rendered.views})
    environment = Environment(
        loader=PackageLoader("omnireid.people"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(number=lambda value: f"{value:,}", percent=lambda v: f"{v:.1%}")
    page = environment.get_template("variety.html").render(
        variety=variety,
        settings=rendered.settings,
        created=datetime.now(UTC),
        version=version("omnireid"),
        alike=ALIKE,
        crops=_crops(rendered, rng),
        kinds=_kinds(rendered, rng),
        attributes=[(name, _by_attribute(rendered, name, rng)) for name in _SHOWN],
        colours=_by_colour(rendered, rng),
        cameras=_by_camera(rendered, cameras[:_CAMERAS], rng),
        all_cameras=len(cameras),
        by_colour=[_shown(rendered, pair, Modality.RGB) for pair in variety.by_colour],
        by_form=[_shown(rendered, pair, Modality.SKETCH) for pair in variety.by_form],
    )
    with written_whole(path, "the report", "another file") as partial:
        partial.write_text(page, encoding="utf-8")
    return path


def _sheet(
    rendered: RenderedSet, label: str, views: Sequence[RenderedView], modality: Modality
) -> Sheet:
    return Sheet(label, _picture([(rendered, view, modality) for view in views], _ROW))


def _picture(cells: Sequence[tuple[RenderedSet, RenderedView, Modality]], columns: int) -> str:
    wide, high = _TILE
    rows = max(-(-len(cells) // columns), 1)
    columns = min(columns, max(len(cells), 1))
    sheet = Image.new("RGB", (columns * (wide + 2) - 2, rows * (high + 2) - 2), "white")
    for index, (rendered, view, modality) in enumerate(cells):
        tile = rendered.picture(view, modality).convert("RGB")
        tile = tile.resize(_TILE, Image.Resampling.BOX)
        sheet.paste(tile, (index % columns * (wide + 2), index // columns * (high + 2)))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _some(
    views: Sequence[RenderedView], count: int, rng: np.random.Generator
) -> list[RenderedView]:
    """Views drawn without repeats, of different people as far as there are any."""
    order = [views[int(index)] for index in rng.permutation(len(views))]
    of_person: dict[int, list[RenderedView]] = {}
    for view in order:
        of_person.setdefault(view.identity, []).append(view)
    rounds = zip_longest(*of_person.values())
    return [view for one in rounds for view in one if view is not None][:count]


def _crops(rendered: RenderedSet, rng: np.random.Generator) -> list[Sheet]:
    views = _some(rendered.views, 100, rng)
    cells = [(rendered, view, Modality.RGB) for view in views]
    return [Sheet(f"{len(views)} colour crops drawn at random", _picture(cells, 2 * _ROW))]


def _kinds(rendered: RenderedSet, rng: np.random.Generator) -> list[Sheet]:
    sheets = []
    for kind in sorted({view.infrared_kind for view in rendered.views}):
        views = [view for view in rendered.views if view.infrared_kind == kind]
        some = _some(views, _ROW, rng)
        sheets.append(_sheet(rendered, f"infrared: {kind}", some, Modality.INFRARED))
    for style in sorted({view.sketch_style for view in rendered.views}):
        views = [view for view in rendered.views if view.sketch_style == style]
        some = _some(views, _ROW, rng)
        sheets.append(_sheet(rendered, f"sketch: {style}", some, Modality.SKETCH))
    return sheets


def _by_attribute(rendered: RenderedSet, name: str, rng: np.random.Generator) -> list[Sheet]:
    sheets = []
    for value in ATTRIBUTE_VALUES[name]:
        views = [view for view in rendered.views if view.attributes[name] == value]
        if views:
            sheets.append(_sheet(rendered, value, _some(views, _ROW, rng), Modality.RGB))
    return sheets


def _by_colour(rendered: RenderedSet, rng: np.random.Generator) -> list[Sheet]:
    sheets = []
    for colour in COLOURS:
        views = [view for view in rendered.views if _main_colour(view) == colour]
        if views:
            sheets.append(_sheet(rendered, colour, _some(views, _ROW, rng), Modality.RGB))
    return sheets


def _main_colour(view: RenderedView) -> str:
    outer = view.attributes["outer.colour"]
    return view.attributes["top.colour"] if outer == "none" else outer


def _by_camera(
    rendered: RenderedSet, cameras: Sequence[str], rng: np.random.Generator
) -> list[Sheet]:
    sheets = []
    for camera in cameras:
        views = [view for view in rendered.views if view.camera == camera]
        sheets.append(_sheet(rendered, camera, _some(views, _ROW, rng), Modality.RGB))
    return sheets


def _shown(rendered: RenderedSet, pair: Pair, modality: Modality) -> ShownPair:
    cells = [(rendered, view, modality) for view in (pair.first, pair.second)]
    return ShownPair(pair, _picture(cells, 2))
