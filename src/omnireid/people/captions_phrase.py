"""Text that remembers which of its words name an attribute."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` (exclusive) of a caption express `attribute`.

    `value` is the person's true value, which the words may tell only vaguely ("dark" for navy).
    """

    start: int
    end: int
    attribute: str
    value: str


@dataclass(frozen=True)
class Phrase:
    """A piece of a caption with the spans of its attribute words; joined by `+`.

    >>> whole = "a " + word("navy", ("top.colour", "navy")) + " shirt"
    >>> whole.text, whole.spans[0].start, whole.spans[0].end
    ('a navy shirt', 2, 6)
    """

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Phrase | str) -> Phrase:
        if isinstance(other, str):
            return Phrase(self.text + other, self.spans)
        shift = len(self.text)
        moved = tuple(
            replace(span, start=span.start + shift, end=span.end + shift) for span in other.spans
        )
        return Phrase(self.text + other.text, self.spans + moved)

    def __radd__(self, other: str) -> Phrase:
        return Phrase(other) + self

    def capitalised(self) -> Phrase:
        """The same with a capital first letter."""
        return Phrase(self.text[:1].upper() + self.text[1:], self.spans)


def word(text: str, *facts: tuple[str, str]) -> Phrase:
    """An attribute word: `text` expresses each (attribute, value) of `facts`."""
    return Phrase(text, tuple(Span(0, len(text), name, value) for name, value in facts))


def join(parts: Iterable[Phrase | str], separator: str, last: str | None = None) -> Phrase:
    """Parts with `separator` between them, and `last` before the last one if given.

    >>> join(["a", "b", "c"], ", ", " and ").text
    'a, b and c'
    """
    pieces = list(parts)
    whole = Phrase("")
    for position, part in enumerate(pieces):
        if position:
            final = last is not None and position == len(pieces) - 1
            whole += last if final and last is not None else separator
        whole += part
    return whole


def pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    """One of `words`; the first is the commonest and the last the rarest."""
    return words[bisect_right(_shares(len(words)), rng.random())]


@cache
def _shares(count: int) -> list[float]:
    """The running sum of the shares of `count` words, without its last value (1)."""
    weights = 1.0 / (np.arange(count) + 1.5)
    return [float(value) for value in np.cumsum(weights / weights.sum())[:-1]]


def chance(rng: np.random.Generator, share: float) -> bool:
    """True with probability `share`."""
    return bool(rng.random() < share)
