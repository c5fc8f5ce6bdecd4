"""What a model does on rendered people it has never seen: the table of the model card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from omnireid.evaluation import NO_EXCLUSION, RetrievalResult, evaluate_retrieval
from omnireid.observation import Modality, Observation
from omnireid.people import RenderedSet, RenderedView


class Encodes(Protocol):
    """What turns observations into (n, width) float32 unit vectors."""

    def encode(self, observations: Sequence[Observation], /) -> npt.NDArray[np.float32]:
        """See the class."""
        ...


@dataclass(frozen=True)
class Direction:
    """One row: a kind of query against colour pictures."""

    query: str
    result: RetrievalResult
    chance_rank1: float


def held_out_table(
    encoder: Encodes, rendered: RenderedSet, *, combinations: bool = True
) -> tuple[Direction, ...]:
    """Rank-1 and mAP of every kind of query against colour pictures of a rendered set.

    Each identity's views are split by camera: the colour pictures of the first half of its views
    are the gallery, the other views the queries, so that no query meets its own camera, pose or
    background. Text queries are the query view's first caption of the language.
    """
    gallery, queries = _split(rendered)
    vectors = encoder.encode([Observation(rgb=rendered.picture(v, Modality.RGB)) for v in gallery])
    ids = [view.identity for view in gallery]
    chance = float(np.mean([ids.count(view.identity) / len(ids) for view in queries]))
    rows = []
    for name, observe in _kinds(rendered, combinations):
        result = evaluate_retrieval(
            encoder.encode([observe(view) for view in queries]),
            vectors,
            [view.identity for view in queries],
            ids,
            exclusion=NO_EXCLUSION,
        )
        rows.append(Direction(name, result, chance))
    return tuple(rows)


def _split(rendered: RenderedSet) -> tuple[list[RenderedView], list[RenderedView]]:
    by_identity: dict[int, list[RenderedView]] = {}
    for view in rendered.views:
        by_identity.setdefault(view.identity, []).append(view)
    gallery, queries = [], []
    for views in by_identity.values():
        half = len(views) // 2
        cameras = {view.camera for view in views[:half]}
        gallery += views[:half]
        queries += [view for view in views[half:] if view.camera not in cameras]
    return gallery, queries


def _kinds(
    rendered: RenderedSet, combinations: bool
) -> Iterator[tuple[str, Callable[[RenderedView], Observation]]]:
    for language in ("English", "Japanese"):

        def say(view: RenderedView, language: str = language) -> Observation:
            return Observation(text=_caption(view, language))

        yield f"text ({language})", say
    for code in range(1, 16 if combinations else 8):
        chosen = tuple(m for bit, m in enumerate(Modality) if code >> bit & 1)
        if chosen == (Modality.TEXT,) or (not combinations and len(chosen) > 1):
            continue

        def show(view: RenderedView, chosen: tuple[Modality, ...] = chosen) -> Observation:
            given = {
                m.value: _caption(view, "English")
                if m is Modality.TEXT
                else rendered.picture(view, m)
                for m in chosen
            }
            return Observation(**given)  # type: ignore[arg-type]

        yield "+".join(chosen), show


def _caption(view: RenderedView, language: str) -> str:
    return (view.captions_en if language == "English" else view.captions_ja)[0]


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
