"""One stored item as the page and the API show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from omnireid.gallery import Item, Match
from omnireid.observation import Modality
from omnireid.search import Likeness


@dataclass(frozen=True)
class Tile:
    """An item on the page. `picture` is an address on this server, None for a note."""

    id: int
    score: float | None
    camera: str | None
    time: datetime | None
    modalities: tuple[Modality, ...]
    text: str | None
    source: str | None
    picture: str | None
    likeness: Likeness | None = None

    @property
    def time_text(self) -> str:
        """The time as written on the tile."""
        return self.time.strftime("%Y-%m-%d %H:%M:%S") if self.time else ""

    def caption(self, sentences: Mapping[str, str]) -> str:
        """What a person who does not see the picture is told."""
        kinds = ", ".join(sentences[modality.value] for modality in self.modalities)
        parts = [kinds, self.camera or sentences["no_camera"], self.time_text, self.text or ""]
        return " · ".join(part for part in parts if part)


def tile(item: Item, likeness: Likeness | None = None) -> Tile:
    """The item as a tile; a match brings its score."""
    path = item.picture_path
    return Tile(
        id=item.item_id,
        score=item.score if isinstance(item, Match) else None,
        camera=item.camera,
        time=item.time,
        modalities=item.modalities,
        text=item.note,
        source=item.source,
        picture=f"/pictures/{path.stem}" if path else None,
        likeness=likeness,
    )
