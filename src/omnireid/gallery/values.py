"""What goes into and comes out of a gallery: frozen value objects, validated at birth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation
from omnireid.runtime import AttributeReading

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """What a gallery asks of a model: a name for its vector space and vectors in it."""

    @property
    def model_id(self) -> str:
        """Name, version and hash of weights and preprocessing: equal only for equal vectors."""

    @property
    def width(self) -> int:
        """Length of a vector."""

    def encode(self, observations: Sequence[Observation]) -> Vectors:
        """(n, width) float32, each row L2-normalised.

        Raises:
            InputError: an observation that cannot be read.
        """


@runtime_checkable
class ReadingEncoder(Encoder, Protocol):
    """An encoder that also reads attributes off what it encodes."""

    def encode_and_read(
        self, observations: Sequence[Observation]
    ) -> tuple[Vectors, list[tuple[AttributeReading, ...]]]:
        """What `encode` gives, and the most probable value of each attribute."""


class Order(StrEnum):
    """How results are sorted; equal ones by item id, lower first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class Filters:
    """Which items may be found. An empty field restricts nothing; fields are joined by AND.

    cameras: names, exactly. start, end: start <= time < end; a datetime without an offset is in
    the gallery's time zone; items without a time are then left out. modalities: items that have at
    least one of them. sources: the source itself or anything below it (`videos/a.avi` finds
    `videos/a.avi` and `videos/a.avi#12`, `night` finds `night/001.jpg`). scope: the cameras that
    the asker may see at all, beside those asked for. attributes: (name, value) pairs as the model
    read them off the pictures; of one name any of its values, of different names all.

    Raises:
        InputError: start is not before end, or a bare string where names are listed.
    """

    cameras: Sequence[str] = ()
    start: datetime | None = None
    end: datetime | None = None
    modalities: Sequence[Modality] = ()
    sources: Sequence[str] = ()
    scope: Sequence[str] = ()
    attributes: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        for name in ("cameras", "modalities", "sources", "scope"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise InputError(
                    f"the filter {name} is the text {value!r}",
                    "it takes several names",
                    f"write {name}=({value!r},)",
                )
            object.__setattr__(self, name, tuple(value))
        object.__setattr__(self, "attributes", tuple(self.attributes))
        object.__setattr__(self, "modalities", tuple(Modality.parse(m) for m in self.modalities))


@dataclass(frozen=True)
class Item:
    """One item as stored: `time` with the gallery's offset, the path of the main picture."""

    item_id: int
    camera: str | None
    time: datetime | None
    modalities: tuple[Modality, ...]
    source: str | None
    note: str | None
    picture_path: Path | None


@dataclass(frozen=True)
class Match(Item):
    """One found item.

    score: the cosine similarity in [-1, 1], None for words alone. probability: that it is what is
    looked for, None where no scale says so.
    """

    score: float | None
    probability: float | None = None


@dataclass(frozen=True)
class Skipped:
    """An observation that was left out, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class AddReport:
    """What an `add` did. Everything counted in `added` is stored and survives a crash."""

    added: int = 0
    duplicates: int = 0
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something `verify` found. kind: ledger, vector, picture, stray, words or index."""

    kind: str
    subject: str
    detail: str
    to_do: str


@dataclass(frozen=True)
class VerifyReport:
    """What was checked and what is wrong."""

    items: int
    pictures: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True)
class GalleryInfo:
    """A gallery at a glance: sizes in bytes; `first` and `last`, the extreme times of its items."""

    path: Path
    model_id: str
    width: int
    timezone: str | None
    schema: str
    created: datetime
    generation: int
    items: int
    pictures: int
    cameras: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    ledger_bytes: int
    picture_bytes: int
    index_bytes: int
