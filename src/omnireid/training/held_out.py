"""Vectors of people that training has never seen, and what a model finds with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from omnireid.evaluation import NO_EXCLUSION, RetrievalResult, evaluate_retrieval
from omnireid.observation import Modality, Observation
from omnireid.people import RenderedSet, RenderedView

FloatArray = npt.NDArray[np.float32]
Kind = tuple[Modality, ...]

KINDS: tuple[Kind, ...] = tuple(
    tuple(m for bit, m in enumerate(Modality) if code >> bit & 1) for code in range(1, 16)
)
"""The 15 combinations of modalities."""

SINGLES = tuple(kind for kind in KINDS if len(kind) == 1)

ENGLISH, JAPANESE = "text (English)", "text (Japanese)"


class Encodes(Protocol):
    """What turns observations into (n, width) float32 unit vectors."""

    def encode(self, observations: Sequence[Observation], /) -> FloatArray:
        """See the class."""
        ...


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Views split into queries and gallery, and their vectors.

    `queries` by kind (n, width), where words are English and Japanese in turn, and by language
    under ENGLISH and JAPANESE; `gallery` by single modality (m, width).
    """

    query_views: tuple[RenderedView, ...]
    gallery_views: tuple[RenderedView, ...]
    queries: Mapping[str, FloatArray]
    gallery: Mapping[Modality, FloatArray]

    @property
    def query_ids(self) -> npt.NDArray[np.int64]:
        """Identities of the queries (n,)."""
        return np.array([view.identity for view in self.query_views])

    @property
    def gallery_ids(self) -> npt.NDArray[np.int64]:
        """Identities of the gallery (m,)."""
        return np.array([view.identity for view in self.gallery_views])

    def half(self, second: bool) -> HeldOut:
        """Every second identity: one half to fit on, the other to judge by."""
        wanted = np.unique(self.gallery_ids)[int(second) :: 2]
        ask, hold = np.isin(self.query_ids, wanted), np.isin(self.gallery_ids, wanted)
        return HeldOut(
            tuple(v for v, keep in zip(self.query_views, ask, strict=True) if keep),
            tuple(v for v, keep in zip(self.gallery_views, hold, strict=True) if keep),
            {kind: vectors[ask] for kind, vectors in self.queries.items()},
            {modality: vectors[hold] for modality, vectors in self.gallery.items()},
        )


@dataclass(frozen=True)
class Direction:
    """One row: a kind of query against colour pictures."""

    query: str
    result: RetrievalResult
    chance_rank1: float


def name_of(kind: Kind) -> str:
    """The kind as calibration and tables name it.

    >>> name_of((Modality.RGB, Modality.TEXT))
    'rgb+text'
    """
    return "+".join(kind)


def people_of(rendered: RenderedSet) -> str:
    """Whom a figure is of, in words, and the command that renders them."""
    settings = rendered.settings
    people, views, seed = settings["identities"], settings["views"], settings["seed"]
    shifted = " --shifted" if settings["shifted"] else ""
    kind = "shifted people" if settings["shifted"] else "people"
    return (
        f"{people} rendered {kind} that training has not seen (seed {seed}, {views} views of each; "
        f"`omnireid render DIR --people {people} --views {views} --seed {seed}{shifted}`)"
    )


def embed_held_out(
    encoder: Encodes,
    rendered: RenderedSet,
    kinds: Sequence[Kind] = KINDS,
    held: Sequence[Modality] = tuple(Modality),
) -> HeldOut:
    """Vectors of these kinds of query, and of the gallery in these modalities.

    The first half of each identity's views is the gallery; of the other half those from cameras
    that the first does not hold are the queries, so that no query meets its own camera, pose or
    background.
    """
    gallery, queries = split_views(rendered)
    asked = {
        name_of(kind): encoder.encode(
            [observe(rendered, view, kind, turn) for turn, view in enumerate(queries)]
        )
        for kind in kinds
    }
    for turn, language in enumerate((ENGLISH, JAPANESE)):
        asked[language] = encoder.encode(
            [observe(rendered, view, (Modality.TEXT,), turn) for view in queries]
        )
    kept = {
        m: encoder.encode(
            [observe(rendered, view, (m,), turn) for turn, view in enumerate(gallery)]
        )
        for m in held
    }
    return HeldOut(queries, gallery, asked, kept)


def split_views(
    rendered: RenderedSet,
) -> tuple[tuple[RenderedView, ...], tuple[RenderedView, ...]]:
    """Gallery and query views of a rendered set; see `embed_held_out`."""
    by_identity: dict[int, list[RenderedView]] = {}
    for view in rendered.views:
        by_identity.setdefault(view.identity, []).append(view)
    gallery: list[RenderedView] = []
    queries: list[RenderedView] = []
    for views in by_identity.values():
        half = len(views) // 2
        cameras = {view.camera for view in views[:half]}
        gallery += views[:half]
        queries += [view for view in views[half:] if view.camera not in cameras]
    return tuple(gallery), tuple(queries)


def observe(
    rendered: RenderedSet,
    view: RenderedView,
    kind: Kind,
    turn: int,
    lent: Mapping[Modality, RenderedView] | None = None,
) -> Observation:
    """One view as a query of this kind; on even turns the words are English, on odd Japanese.

    `lent` takes a modality from another view: what a witness gets wrong.
    """
    given: dict[str, object] = {}
    for modality in kind:
        shown = (lent or {}).get(modality, view)
        if modality is Modality.TEXT:
            given["text"] = (shown.captions_ja if turn % 2 else shown.captions_en)[0]
        else:
            given[modality.value] = rendered.picture(shown, modality)
    return Observation(**given)  # type: ignore[arg-type]


def directions(held: HeldOut) -> tuple[Direction, ...]:
    """Rank-1 and mAP against colour pictures: words by language first, then kind by kind."""
    ids, asked = held.gallery_ids, held.query_ids
    chance = float(np.mean([(ids == one).mean() for one in asked]))
    order = (ENGLISH, JAPANESE, *(name_of(kind) for kind in KINDS))
    return tuple(
        Direction(
            name,
            evaluate_retrieval(
                held.queries[name], held.gallery[Modality.RGB], asked, ids, exclusion=NO_EXCLUSION
            ),
            chance,
        )
        for name in order
        if name in held.queries
    )


def held_out_table(encoder: Encodes, rendered: RenderedSet) -> tuple[Direction, ...]:
    """Every kind of query against the colour pictures of a rendered set."""
    return directions(embed_held_out(encoder, rendered))


def as_markdown(rows: Sequence[Direction]) -> str:
    """The table, with counts and chance."""
    lines = [
        "| query → colour gallery | Rank-1 | Rank-5 | mAP | queries | gallery | chance Rank-1 |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.query} | {row.result.rank1:.1%} | {row.result.at(5):.1%} | {row.result.mAP:.1%} "
        f"| {row.result.num_valid:,} | {row.result.num_gallery:,} | {row.chance_rank1:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)
