"""What the routes share: one gallery, one encoder, the settings, the held pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from omnireid.gallery import Encoder, Filters, Gallery, Match
from omnireid.observation import Observation
from omnireid.service.held import HeldPictures
from omnireid.settings import Settings


@dataclass(frozen=True)
class Site:
    """Everything a route needs, made once when the service starts."""

    gallery: Gallery
    encoder: Encoder
    settings: Settings
    held: HeldPictures = field(default_factory=HeldPictures)


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteOf = Annotated[Site, Depends(_site)]


def search_page(
    site: Site,
    observation: Observation | None,
    *,
    limit: int,
    offset: int,
    filters: Filters,
    words: str,
) -> tuple[tuple[Match, ...], bool]:
    """One page of matches (of all items when there is no observation), and whether more follow."""
    found = site.gallery.search(
        observation, k=limit + 1, offset=offset, filters=filters, words=words or None
    )
    return found[:limit], len(found) > limit
