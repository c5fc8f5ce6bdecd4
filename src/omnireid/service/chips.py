"""The filters and examples of a query as chips: each a link to the search without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from omnireid.search import attribute_name, value_name
from omnireid.service.language import Language
from omnireid.service.query import Query


@dataclass(frozen=True)
class Chip:
    """A filter or an example. `kind`: a class of the style sheet, empty for an ordinary one."""

    label: str
    href: str
    kind: str = ""


def attribute_label(name: str, value: str, language: Language) -> str:
    """An attribute in the words of a language.

    >>> attribute_label("top.colour", "red", "en")
    'Colour of the top: red'
    """
    colon = "：" if language == "ja" else ": "
    return f"{attribute_name(name, language)}{colon}{value_name(name, value, language)}"


def chips(query: Query, sentences: Mapping[str, str], language: Language) -> tuple[Chip, ...]:
    """Every filter and example of the query, removable one by one."""
    return tuple(_chips(query.first_page(), sentences, language))


def _chips(query: Query, t: Mapping[str, str], language: Language) -> Iterator[Chip]:
    def without(**changed: object) -> str:
        return replace(query, **changed).address  # type: ignore[arg-type]

    for number in query.liked:
        kept = tuple(one for one in query.liked if one != number)
        yield Chip(t["chip_like"].format(number=number), without(liked=kept))
    for number in query.disliked:
        kept = tuple(one for one in query.disliked if one != number)
        yield Chip(t["chip_unlike"].format(number=number), without(disliked=kept), "against")
    for name in query.cameras:
        yield Chip(
            t["chip_camera"].format(name=name),
            without(cameras=tuple(one for one in query.cameras if one != name)),
        )
    for name in query.zones:
        yield Chip(
            t["chip_zone"].format(name=name),
            without(zones=tuple(one for one in query.zones if one != name)),
        )
    for modality in query.modalities:
        yield Chip(
            t[modality.value],
            without(modalities=tuple(one for one in query.modalities if one != modality)),
        )
    for name in query.sources:
        yield Chip(
            t["chip_source"].format(name=name),
            without(sources=tuple(one for one in query.sources if one != name)),
        )
    for pair in query.attributes:
        yield Chip(
            attribute_label(*pair, language),
            without(attributes=tuple(one for one in query.attributes if one != pair)),
        )
    if query.since:
        moment = query.since.strftime("%Y-%m-%d %H:%M")
        yield Chip(t["chip_since"].format(time=moment), without(since=None))
    if query.until:
        moment = query.until.strftime("%Y-%m-%d %H:%M")
        yield Chip(t["chip_until"].format(time=moment), without(until=None))
    if query.words:
        yield Chip(t["chip_words"].format(words=query.words), without(words=""))
