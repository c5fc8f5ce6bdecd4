"""Attribute sets as retrieval: a sentence must find every picture with that list of attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from omnireid.datasets.samples import Sample

Described = Iterable[tuple[Path, frozenset[str]]]


def sentence_splits(
    part: str, described: Described, sentence: Callable[[frozenset[str]], str]
) -> dict[str, tuple[Sample, ...]]:
    """`{part}.images` and `{part}.sentences`; pictures of the same sentence share an identity.

    Two lists of attributes that read the same cannot be told apart by a reader, so the sentence,
    not the list, is the identity.
    """
    images = tuple(
        Sample(sentence(names), rgb=(path,), picture=path.stem) for path, names in described
    )
    texts = dict.fromkeys(sample.identity for sample in images)
    return {
        f"{part}.images": images,
        f"{part}.sentences": tuple(Sample(text, text=text) for text in texts),
    }
