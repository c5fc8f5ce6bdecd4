"""Sentences about a rendered person, in English and Japanese, with their attribute words marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from omnireid.errors import InputError
from omnireid.people.attributes import Person
from omnireid.people.captions_english_held_out import english_held_out
from omnireid.people.captions_english_training import english_caption
from omnireid.people.captions_japanese_held_out import japanese_held_out
from omnireid.people.captions_japanese_training import japanese_caption
from omnireid.people.captions_phrase import Phrase, Span

Writer = Literal["training", "held-out"]
WriteOne = Callable[[Person, np.random.Generator], Phrase]

_WRITERS: dict[str, tuple[WriteOne, WriteOne]] = {
    "training": (english_caption, japanese_caption),
    "held-out": (english_held_out, japanese_held_out),
}


@dataclass(frozen=True)
class Captions:
    """Captions of one person; `spans_en[i]` marks the attribute words of `en[i]`, as for Japanese.

    Offsets count characters of the caption, and equally of `omnireid.language.normalise(caption)`.
    """

    en: tuple[str, ...]
    ja: tuple[str, ...]
    spans_en: tuple[tuple[Span, ...], ...]
    spans_ja: tuple[tuple[Span, ...], ...]


def captions(
    person: Person, rng: np.random.Generator, count: int = 3, writer: Writer = "training"
) -> Captions:
    """`count` captions in each language: true, of 3 to about 40 words, as different people write.

    Words may be vague ("dark" for navy) and leave much out, but state nothing false. The writer
    "held-out" uses other sentence patterns than "training", and for two attribute words in five one
    that "training" never uses: for validation under a shift of style.

    Raises:
        InputError: an unknown writer.

    >>> from omnireid.people.sampling import sample_person
    >>> rng = np.random.default_rng(5)
    >>> said = captions(sample_person(rng), rng, count=2)
    >>> len(said.en), len(said.ja)
    (2, 2)
    """
    if writer not in _WRITERS:
        raise InputError(
            f"unknown caption writer {writer!r}",
            "a writer is one of " + ", ".join(_WRITERS),
            "use one of these names",
        )
    english, japanese = _WRITERS[writer]
    en = [english(person, rng) for _ in range(count)]
    ja = [japanese(person, rng) for _ in range(count)]
    return Captions(
        en=tuple(phrase.text for phrase in en),
        ja=tuple(phrase.text for phrase in ja),
        spans_en=tuple(phrase.spans for phrase in en),
        spans_ja=tuple(phrase.spans for phrase in ja),
    )
