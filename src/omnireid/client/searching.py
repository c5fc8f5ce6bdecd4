"""Search, items, pictures, and why an item was found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from omnireid.client.connection import Connection
from omnireid.client.values import Item, Page, Reasons

Picture: TypeAlias = str | os.PathLike[str] | bytes
"""A file's path, or the bytes of a picture."""


class Searching(Connection):
    """What searches and shows."""

    def search(
        self,
        *,
        purpose: str,
        case: str = "",
        text: str = "",
        rgb: Picture | None = None,
        infrared: Picture | None = None,
        sketch: Picture | None = None,
        weights: Mapping[str, int] | None = None,
        like: Sequence[int] = (),
        unlike: Sequence[int] = (),
        cameras: Sequence[str] = (),
        zones: Sequence[str] = (),
        modalities: Sequence[str] = (),
        sources: Sequence[str] = (),
        attributes: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        words: str = "",
        order: str = "relevance",
        limit: int = 24,
        after: str = "",
    ) -> Page:
        """Items most like any mixture of pictures and words. weights: percent by part, such as
        {"text": 50}; after: `next` of the page before.

        Raises:
            ApiError: the query cannot be used, or the key does not allow it.
        """
        form = _form(
            purpose, case, text, weights, like, unlike, cameras, zones, modalities, sources,
            attributes, since, until, words, order,
        )  # fmt: skip
        form |= {"limit": str(limit), "after": after}
        files = files_of(rgb=rgb, infrared=infrared, sketch=sketch)
        return Page.read(self._ask("/search", data=form, files=files))

    def all_found(self, **asked: Any) -> Iterator[Item]:
        """Every item that `search` with these arguments finds, page after page."""
        after: str | None = asked.pop("after", "")
        while after is not None:
            page = self.search(**asked, after=after)
            yield from page.items
            after = page.next

    def similar(self, item_id: int, *, purpose: str, case: str = "", limit: int = 24) -> Page:
        """More like this item."""
        asked = {"purpose": purpose, "case": case, "limit": limit}
        return Page.read(self._ask(f"/items/{item_id}/similar", json=asked))

    def reasons(
        self,
        item_id: int,
        *,
        purpose: str,
        text: str = "",
        rgb: Picture | None = None,
        infrared: Picture | None = None,
        sketch: Picture | None = None,
    ) -> Reasons:
        """Why such a query finds the item."""
        files = files_of(rgb=rgb, infrared=infrared, sketch=sketch)
        data = {"purpose": purpose, "text": text}
        return Reasons.read(self._ask(f"/items/{item_id}/reasons", data=data, files=files))

    def items(self, *, limit: int = 24, after: str = "") -> Page:
        """The items, the newest first."""
        return Page.read(self._get("/items", limit=limit, after=after))

    def item(self, item_id: int) -> Item:
        """One item."""
        return Item.read(self._get(f"/items/{item_id}"))

    def picture(self, item: Item) -> bytes | None:
        """The main picture of an item (JPEG); None where it has none."""
        if item.picture is None:
            return None
        return self._send("GET", item.picture).content


def _form(
    purpose: str,
    case: str,
    text: str,
    weights: Mapping[str, int] | None,
    like: Sequence[int],
    unlike: Sequence[int],
    cameras: Sequence[str],
    zones: Sequence[str],
    modalities: Sequence[str],
    sources: Sequence[str],
    attributes: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    words: str,
    order: str,
) -> dict[str, Any]:
    """The fields of a search; empty ones are left out."""
    fields: dict[str, Any] = {
        "purpose": purpose,
        "case": case,
        "text": text,
        **{f"weight_{part}": str(weight) for part, weight in (weights or {}).items()},
        "like": [str(one) for one in like],
        "unlike": [str(one) for one in unlike],
        "camera": list(cameras),
        "zone": list(zones),
        "modality": list(modalities),
        "source": list(sources),
        "attribute": list(attributes),
        "since": "" if since is None else since.isoformat(),
        "until": "" if until is None else until.isoformat(),
        "words": words,
        "order": order,
    }
    return {name: value for name, value in fields.items() if value}


def files_of(**pictures: Picture | None) -> dict[str, tuple[str, bytes]] | None:
    """Pictures as a form carries them; None for none."""
    sent = {
        name: (name, picture if isinstance(picture, bytes) else Path(picture).read_bytes())
        for name, picture in pictures.items()
        if picture is not None
    }
    return sent or None
