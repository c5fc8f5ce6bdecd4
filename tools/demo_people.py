"""Makes the demo's pictures and notes from a rendered set: `python tools/demo_people.py SET OUT`.

The set of the shipped demo: `omnireid render SET --people 60 --views 5 --seed 3`; none of these
people is in the training data. Each person is walked past three colour cameras; some are also seen
by an infrared camera or only described in a note, so that a search must cross modalities.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from PIL import Image

from omnireid.observation import Modality
from omnireid.people import RenderedSet, RenderedView

COLOUR_VIEWS = 3
PLACES = (
    "gate", "hall", "stairs", "corridor", "warehouse", "loading bay", "canteen", "car park",
)  # fmt: skip
"""Names for the cameras of a rendered world, by the number that ends their own."""


def main(source: Path, out: Path) -> None:
    """Write `rgb/`, `infrared/` with their tables, and `notes.csv`."""
    rendered = RenderedSet(source)
    people: dict[int, list[RenderedView]] = {}
    for view in rendered.views:
        people.setdefault(view.identity, []).append(view)
    tables: dict[Modality, list[tuple[str, str, str]]] = {Modality.RGB: [], Modality.INFRARED: []}
    notes: list[tuple[str, str, str]] = []
    for identity, views in people.items():
        for view in views[:COLOUR_VIEWS]:
            tables[Modality.RGB].append(save(rendered, view, Modality.RGB, out))
        other = views[COLOUR_VIEWS]
        if identity % 2:
            tables[Modality.INFRARED].append(save(rendered, other, Modality.INFRARED, out))
        said = views[-1]
        words = (said.captions_ja if identity % 2 else said.captions_en)[0]
        notes.append((said.time.isoformat(sep=" ", timespec="minutes"), place(said), words))
    for modality, rows in tables.items():
        write(out / modality / "pictures.csv", ("file", "camera", "time"), rows)
    write(out / "notes.csv", ("time", "camera", "text"), notes)


def save(
    rendered: RenderedSet, view: RenderedView, modality: Modality, out: Path
) -> tuple[str, str, str]:
    """One JPEG, and its row of the table."""
    name = f"{view.identity:03d}-{view.view}.jpg"
    picture = rendered.picture(view, modality)
    bytes_of = io.BytesIO()
    picture.resize((96, 192), Image.Resampling.LANCZOS).save(bytes_of, "JPEG", quality=85)
    path = out / modality / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes_of.getvalue())
    return name, place(view), view.time.isoformat(sep=" ", timespec="seconds")


def place(view: RenderedView) -> str:
    """A camera's name as a site would call it."""
    return PLACES[int(view.camera.rsplit("-", 1)[1]) % len(PLACES)]


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str, str, str]]) -> None:
    """A CSV table, UTF-8 with a byte order mark so that Excel reads the Japanese."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
