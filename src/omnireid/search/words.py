"""Attributes in words: what they are called in either language, and which a sentence names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel

from omnireid.language import normalise
from omnireid.runtime import Attribute, AttributeReading

Language = Literal["en", "ja"]
Pair = tuple[str, str]

_NOTHING = "none"
_REACH = 22
"""At most so many characters lie between a colour and its garment."""

_Spoken = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Mention:
    """A word of the sentence: what it may state, and the garments (or hair) it names."""

    start: int
    end: int
    pairs: frozenset[Pair]
    garments: frozenset[str]


def attribute_name(name: str, language: Language) -> str:
    """What an attribute is called; its own name if it is unknown here.

    >>> attribute_name("bag.kind", "ja"), attribute_name("tail", "en")
    ('かばん', 'tail')
    """
    return _data().names.get(name, {}).get(language, name)


def value_name(name: str, value: str, language: Language) -> str:
    """What a value of an attribute is called.

    >>> value_name("top.colour", "light blue", "ja")
    '水色'
    """
    words = _words_of(name, value)
    if not words:
        return value
    # Matched in lower case, shown as it is written.
    return words[language][0].replace("tシャツ", "Tシャツ")


def named_attributes(
    text: str, attributes: Iterable[Attribute], read: Iterable[AttributeReading] = ()
) -> tuple[Pair, ...]:
    """The (name, value) pairs that a sentence states, in either language.

    A word that stands for one attribute alone states it. A colour belongs to the garment that
    follows it ("a red coat"), or else to the attribute that the model, given the whole sentence,
    reads this colour in (`read`). What the sentence leaves open is not in the result.
    """
    mentions = list(_mentions(normalise(text), tuple(attributes)))
    believed = {(one.name, one.value) for one in read}
    stated: dict[str, str] = {}
    for mention in mentions:
        own = {pair for pair in mention.pairs if not _is_shared(pair[0])}
        shared = mention.pairs - own
        placed = _of_next_garment(mention, mentions, shared)
        if not placed:
            placed = shared & believed
            # Read in several places, it may be any of them.
            placed = placed if len(placed) == 1 else frozenset()
        for name, value in sorted(own | placed):
            stated.setdefault(name, value)
    return tuple(stated.items())


def _of_next_garment(
    mention: _Mention, mentions: Sequence[_Mention], shared: frozenset[Pair]
) -> frozenset[Pair]:
    """A colour, pattern or fit before a garment is the garment's."""
    for later in mentions:
        if later.garments and mention.end <= later.start <= mention.end + _REACH:
            return frozenset(
                pair for pair in shared if pair[0].replace("_", ".").split(".")[0] in later.garments
            )
    return frozenset()


def _is_shared(name: str) -> bool:
    """Whether other attributes have the same values: colours, patterns, fits."""
    return name.endswith(("colour", ".pattern", ".fit"))


def _mentions(sentence: str, attributes: Sequence[Attribute]) -> Iterator[_Mention]:
    meanings: dict[str, set[Pair]] = {}
    garments: dict[str, set[str]] = {}
    for attribute in attributes:
        group, _, part = attribute.name.partition(".")
        if part == "second_colour":
            continue
        for value in attribute.values:
            if value == _NOTHING:
                continue
            for word in _spellings(_words_of(attribute.name, value)):
                meanings.setdefault(word, set()).add((attribute.name, value))
                if part == "kind":
                    garments.setdefault(word, set()).add(group)
    for group, words in _data().garments.items():
        for word in _spellings(words):
            garments.setdefault(word, set()).add(group)
    longest = sorted(meanings.keys() | garments.keys(), key=len, reverse=True)
    spelled = (rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in longest)
    for match in re.finditer("|".join(spelled), sentence):
        yield _Mention(
            match.start(),
            match.end(),
            frozenset(meanings.get(match[0], ())),
            frozenset(garments.get(match[0], ())),
        )


def _words_of(name: str, value: str) -> _Spoken:
    return _data().of_one_attribute.get(name, {}).get(value) or _data().values.get(value, {})


def _spellings(spoken: _Spoken) -> Iterator[str]:
    for words in spoken.values():
        yield from words


class _Data(BaseModel):
    """attribute_words.json. `values` and the rest list words, the first of which is shown."""

    names: dict[str, dict[str, str]]
    values: dict[str, dict[str, list[str]]]
    garments: dict[str, dict[str, list[str]]]
    of_one_attribute: dict[str, dict[str, dict[str, list[str]]]]


@cache
def _data() -> _Data:
    file = resources.files("omnireid.search") / "attribute_words.json"
    return _Data.model_validate_json(file.read_bytes())
