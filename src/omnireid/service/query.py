"""What a person asks on the page: words and held pictures, filters, a page number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams

from omnireid.errors import InputError
from omnireid.gallery import Filters
from omnireid.observation import Modality, Observation

MAX_PAGE = 10_000
_PAGE = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True)
class Query:
    """One search of the page. Lives in the address, so that links, reload and back work."""

    text: str = ""
    held: str = ""
    cameras: tuple[str, ...] = ()
    modalities: tuple[Modality, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    page: int = 1

    @property
    def asked(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self.text or self.held)

    @property
    def filters_set(self) -> int:
        """How many filters are set."""
        single = (self.since, self.until, self.words)
        return len(self.cameras) + len(self.modalities) + sum(1 for one in single if one)

    @property
    def since_text(self) -> str:
        """The start for an <input type=datetime-local>."""
        return self.since.isoformat(timespec="seconds") if self.since else ""

    @property
    def until_text(self) -> str:
        """The end for an <input type=datetime-local>."""
        return self.until.isoformat(timespec="seconds") if self.until else ""

    @property
    def filters(self) -> Filters:
        """The filters as the gallery takes them."""
        return Filters(
            cameras=self.cameras, modalities=self.modalities, start=self.since, end=self.until
        )

    def link(self, page: int = 1, held: str | None = None) -> str:
        """The address of this search, at another page or with other held pictures."""
        query = replace(self, page=page, held=self.held if held is None else held)
        pairs: list[tuple[str, str]] = [
            ("text", query.text),
            ("held", query.held),
            *(("camera", camera) for camera in query.cameras),
            *(("modality", modality.value) for modality in query.modalities),
            ("since", query.since_text),
            ("until", query.until_text),
            ("words", query.words),
            ("page", str(query.page) if query.page > 1 else ""),
        ]
        kept = [(name, value) for name, value in pairs if value]
        return "/?" + urlencode(kept) if kept else "/"


def read_query(fields: QueryParams | FormData) -> Query:
    """The query in an address or a form; empty fields count as absent.

    Raises:
        InputError: a date, modality or page number that is none.
    """
    return Query(
        text=_one(fields, "text"),
        held=_one(fields, "held"),
        cameras=_many(fields, "camera"),
        modalities=tuple(Modality.parse(name) for name in _many(fields, "modality")),
        since=read_time(_one(fields, "since")),
        until=read_time(_one(fields, "until")),
        words=_one(fields, "words"),
        page=_page(_one(fields, "page")),
    )


def read_time(text: str) -> datetime | None:
    """A date or time in ISO 8601, or None for an empty text.

    Raises:
        InputError: it is neither.

    >>> read_time("2026-11-23T08:30")
    datetime.datetime(2026, 11, 23, 8, 30)
    """
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is not a time", "a time reads like 2026-11-23T08:30", "correct it"
        ) from None


def observation_of(text: str, pictures: Mapping[Modality, bytes]) -> Observation:
    """What a query shows and says, as one observation."""
    return Observation(
        rgb=pictures.get(Modality.RGB),
        infrared=pictures.get(Modality.INFRARED),
        sketch=pictures.get(Modality.SKETCH),
        text=text or None,
    )


def _one(fields: QueryParams | FormData, name: str) -> str:
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _many(fields: QueryParams | FormData, name: str) -> tuple[str, ...]:
    values: Iterable[object] = fields.getlist(name)
    return tuple(value for value in values if isinstance(value, str) and value)


def _page(text: str) -> int:
    if not text:
        return 1
    if not _PAGE.fullmatch(text) or not 1 <= int(text) <= MAX_PAGE:
        raise InputError(
            f"{text!r} is not a page", f"pages run from 1 to {MAX_PAGE:,}", "use the page's links"
        )
    return int(text)
