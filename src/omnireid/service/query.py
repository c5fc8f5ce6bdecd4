"""What a person asks on the page: parts and their weights, examples, filters, a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams

from omnireid.errors import InputError
from omnireid.gallery import Cursor, Order
from omnireid.observation import Modality, Observation

MAX_EXAMPLES = 10
MAX_LISTED = 50
"""Values of one filter."""

FULL = 100
"""The weight of a part that nobody changed, in percent."""

_NUMBER = re.compile(r"[0-9]{1,9}")
_WEIGHT = "weight_"


@dataclass(frozen=True)
class Query:
    """One search of the page. Lives in the address, so that links, reload and back work."""

    text: str = ""
    held: str = ""
    weights: Mapping[Modality, int] = field(default_factory=dict)
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    modalities: tuple[Modality, ...] = ()
    sources: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    order: Order = Order.RELEVANCE
    after: Cursor | None = None
    shown: int = 0
    """How many were shown on the pages before this one."""

    @property
    def asked(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self.text or self.held or self.liked or self.disliked)

    @property
    def filtered(self) -> bool:
        """Whether something narrows what is compared."""
        single = (self.since, self.until, self.words)
        several = (self.cameras, self.zones, self.modalities, self.sources, self.attributes)
        return any(single) or any(several)

    @property
    def since_text(self) -> str:
        """The start for an <input type=datetime-local>."""
        return self.since.isoformat(timespec="seconds") if self.since else ""

    @property
    def until_text(self) -> str:
        """The end for an <input type=datetime-local>."""
        return self.until.isoformat(timespec="seconds") if self.until else ""

    def weight(self, modality: Modality) -> int:
        """How much this part counts, in percent."""
        return self.weights.get(modality, FULL)

    def at(self, after: Cursor | None, shown: int) -> Query:
        """This search from a later place on."""
        return replace(self, after=after, shown=shown)

    def first_page(self) -> Query:
        """This search from its beginning."""
        return self.at(None, 0)

    @property
    def address(self) -> str:
        """The address of this search."""
        return "/" + self.fields_text

    @property
    def fields_text(self) -> str:
        """The fields of the address with their question mark; empty for an empty search."""
        pairs: list[tuple[str, str]] = [
            ("text", self.text),
            ("held", self.held),
            *((_WEIGHT + m, str(w)) for m, w in sorted(self.weights.items()) if w != FULL),
            *(("like", str(number)) for number in self.liked),
            *(("unlike", str(number)) for number in self.disliked),
            *(("camera", camera) for camera in self.cameras),
            *(("zone", zone) for zone in self.zones),
            *(("modality", modality.value) for modality in self.modalities),
            *(("source", source) for source in self.sources),
            *(("attribute", f"{name}:{value}") for name, value in self.attributes),
            ("since", self.since_text),
            ("until", self.until_text),
            ("words", self.words),
            ("order", self.order.value if self.order is not Order.RELEVANCE else ""),
            ("after", self.after.to_text() if self.after else ""),
            ("shown", str(self.shown) if self.shown else ""),
        ]
        kept = [(name, value) for name, value in pairs if value]
        return "?" + urlencode(kept) if kept else ""


def read_query(fields: QueryParams | FormData) -> Query:
    """The query in an address or a form; empty fields count as absent.

    Raises:
        InputError: a field that cannot be read.
    """
    after = _one(fields, "after")
    liked = _examples(fields, "like")
    return Query(
        text=_one(fields, "text"),
        held=_one(fields, "held"),
        weights=_weights(fields),
        liked=liked,
        disliked=tuple(one for one in _examples(fields, "unlike") if one not in liked),
        cameras=_many(fields, "camera"),
        zones=_many(fields, "zone"),
        modalities=tuple(Modality.parse(name) for name in _many(fields, "modality")),
        sources=_many(fields, "source"),
        attributes=tuple(_attribute(text) for text in _many(fields, "attribute")),
        since=read_time(_one(fields, "since")),
        until=read_time(_one(fields, "until")),
        words=_one(fields, "words"),
        order=_order(_one(fields, "order")),
        after=Cursor.from_text(after) if after else None,
        shown=_whole(_one(fields, "shown"), "shown", 10**9),
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
    found = dict.fromkeys(value.strip() for value in values if isinstance(value, str))
    kept = tuple(value for value in found if value)
    if len(kept) > MAX_LISTED:
        raise InputError(
            f"{name} holds {len(kept)} values", f"at most {MAX_LISTED} are taken", "choose fewer"
        )
    return kept


def _weights(fields: QueryParams | FormData) -> dict[Modality, int]:
    written = {modality: _one(fields, _WEIGHT + modality) for modality in Modality}
    return {m: _whole(text, "weight", FULL) for m, text in written.items() if text}


def _examples(fields: QueryParams | FormData, name: str) -> tuple[int, ...]:
    numbers = tuple(_whole(text, name, 10**9) for text in _many(fields, name))
    if len(numbers) > MAX_EXAMPLES:
        raise InputError(
            f"there are {len(numbers)} examples",
            f"at most {MAX_EXAMPLES} are taken on each side",
            "take one away",
        )
    return numbers


def _attribute(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name and colon and value):
        raise InputError(
            f"{text[:60]!r} is not an attribute",
            "an attribute reads like top.colour:red",
            "choose one from the list",
        )
    return name, value


def _order(text: str) -> Order:
    try:
        return Order(text) if text else Order.RELEVANCE
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is not an order",
            "results are sorted by " + ", ".join(Order),
            "choose one of these",
        ) from None


def _whole(text: str, name: str, most: int) -> int:
    if not text:
        return 0
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise InputError(
            f"{text[:40]!r} cannot be used as {name}",
            f"it takes a whole number from 0 to {most:,}",
            "use the page's links and fields",
        )
    return int(text)
