"""A query answered: its vector, what it may reach, the items, and what their scores mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.accounts import Actor
from omnireid.errors import InputError
from omnireid.gallery import Filters, Item, Match, Order, Page, Scales
from omnireid.gallery.browsing import POOL
from omnireid.gallery.stages import stage
from omnireid.observation import Modality
from omnireid.runtime import ModelInfo, encode_weighted, only, steer
from omnireid.search import (
    Likeness,
    Zones,
    calibration_for,
    likeness,
    no_good_match,
    scales_for,
)
from omnireid.service.aims import Aim
from omnireid.service.held import Pictures
from omnireid.service.query import Query, observation_of
from omnireid.service.site import Site

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Answer:
    """One page of what a query found. likenesses: one an item, None where nothing was compared.

    no_match: nobody found is probably the one who is looked for; told with the first page alone.
    """

    page: Page
    likenesses: tuple[Likeness | None, ...]
    total: int
    no_match: bool

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of the page."""
        return self.page.items

    @property
    def calibrated(self) -> bool:
        """Whether some score is more than a cosine."""
        return any(one is not None and one.probability is not None for one in self.likenesses)


def answer(
    site: Site,
    actor: Actor,
    query: Query,
    pictures: Pictures,
    aim: Aim,
    *,
    size: int | None = None,
) -> Answer:
    """One page of the answer, of `size` items or as many as the settings say. A search needs a
    purpose; a look at the newest items does not.

    Raises:
        PageError: no purpose was chosen.
        InputError: the query cannot be used, or reaches no camera.
    """
    filters = filters_of(site, actor, query, aim)
    vector = vector_of(site, actor, query, pictures) if query.asked else None
    words = query.words or None
    page = site.gallery.browse.page(
        vector,
        size=size or site.settings.page_size,
        after=query.after,
        filters=filters,
        words=words,
        order=query.order,
        scales=scales_of(site, query, pictures),
    )
    total = site.gallery.count(filters=filters, words=words)
    if vector is not None and query.order is not Order.RELEVANCE:
        total = min(total, POOL)
    found = tuple(likeness_of(site, query, pictures, item) for item in page.items)
    best = None if page.best is None else likeness_of(site, query, pictures, page.best)
    return Answer(page, found, total, no_good_match(best))


def filters_of(site: Site, actor: Actor, query: Query, aim: Aim) -> Filters:
    """What the query may reach: its own filters, the purpose's cameras, the actor's scope."""
    wanted = query.cameras
    if query.zones:
        zoned = Zones(site.gallery.database).cameras_of(query.zones)
        # Of a zone, those cameras that are asked for too; of neither alone all.
        both = [camera for camera in zoned if camera in query.cameras]
        wanted = tuple(both) if query.cameras else zoned
        if not wanted:
            raise InputError(
                "no camera is left to search",
                "none of the chosen cameras lies in the chosen zone",
                "take one of the two filters away",
            )
    if query.asked or query.filtered:
        purpose = aim.chosen()
        scope = site.governance.allowed_cameras(purpose.key, actor.cameras, wanted) or ()
    else:
        scope = actor.cameras
    return Filters(
        cameras=wanted,
        modalities=query.modalities,
        start=query.since,
        end=query.until,
        sources=query.sources,
        attributes=query.attributes,
        scope=scope,
    )


def parts_of(query: Query, pictures: Pictures) -> tuple[Modality, ...]:
    """The parts of a query that count, in token order."""
    present = {*pictures, *([Modality.TEXT] if query.text else [])}
    return tuple(m for m in Modality if m in present and query.weight(m) > 0)


def vector_of(site: Site, actor: Actor, query: Query, pictures: Pictures) -> Vector:
    """The vector of the whole query: (width,).

    Raises:
        InputError: every part has the weight 0, parts cancel out, or an example is gone.
    """
    parts = parts_of(query, pictures)
    asked = None
    if query.text or pictures:
        if not parts:
            raise InputError(
                "the search holds nothing to compare with",
                "every part of it has the weight 0",
                "raise the weight of one",
            )
        asked = parts_vector(site, query, pictures, parts)
    if not (query.liked or query.disliked):
        assert asked is not None
        return asked
    return steered(site, actor, query, asked)


def steered(site: Site, actor: Actor, query: Query, asked: Vector | None) -> Vector:
    """The vector of the query's parts, moved by its examples."""
    numbers = (*query.liked, *query.disliked)
    seen = site.gallery.browse.items_of(numbers, scope=actor.cameras)
    stored = site.gallery.browse.vectors_of(seen)
    if gone := [number for number in numbers if number not in stored]:
        raise InputError(
            f"the example {gone[0]} is not there",
            "it was deleted, or you may not see its camera",
            "take it away from the search",
        )
    width = site.encoder.width

    def rows(wanted: Sequence[int]) -> Vector:
        return np.stack([stored[n] for n in wanted]) if wanted else np.empty((0, width), np.float32)

    return steer(asked, rows(query.liked), rows(query.disliked))


def parts_vector(
    site: Site, query: Query, pictures: Pictures, parts: tuple[Modality, ...]
) -> Vector:
    """The vector of some parts of a query, without its examples; kept for a while."""
    weights = {modality: float(query.weight(modality)) for modality in parts}
    # The model fuses equal weights, whatever they are: one key for all of them.
    uneven = tuple(weights.values()) if len(set(weights.values())) > 1 else ()
    shown = tuple(_digest(pictures[m]) for m in parts if m is not Modality.TEXT)
    key = (parts, uneven, shown, query.text if Modality.TEXT in parts else "")

    def encode() -> Vector:
        observation = only(observation_of(query.text, pictures), parts)
        with stage("encode"):
            return encode_weighted(site.encoder.encode, observation, weights)

    return site.vectors.get(key, encode)


def likeness_of(site: Site, query: Query, pictures: Pictures, item: Item) -> Likeness | None:
    """What a match's score means; None where nothing was compared."""
    if not isinstance(item, Match) or item.score is None:
        return None
    info = _calibrated_by(site, query, pictures)
    if info is None:
        return Likeness(item.score)
    parts = parts_of(query, pictures)
    return likeness(item.score, calibration_for(info, parts, item.modalities))


def scales_of(site: Site, query: Query, pictures: Pictures) -> Scales | None:
    """By what items of different modalities are ranked together; None for their cosines."""
    info = _calibrated_by(site, query, pictures)
    return None if info is None else scales_for(info, parts_of(query, pictures))


def _calibrated_by(site: Site, query: Query, pictures: Pictures) -> ModelInfo | None:
    """The model whose calibration holds for the query, None without one.

    A calibration holds for what it was measured on: the model's own vector of these modalities.
    With examples, or with parts weighted unequally, there is none.
    """
    even = len({query.weight(modality) for modality in parts_of(query, pictures)}) == 1
    return None if not even or query.liked or query.disliked else model_info(site)


def model_info(site: Site) -> ModelInfo | None:
    """What the model says about itself; None for one that says nothing."""
    info: ModelInfo | None = getattr(site.encoder, "info", None)
    return info


def _digest(picture: bytes) -> bytes:
    return hashlib.sha256(picture).digest()
