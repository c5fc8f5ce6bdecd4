"""The registry of data sets: one card (a TOML file) and one loader module for each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import Protocol, cast

from pydantic import BaseModel, ConfigDict

from omnireid.datasets.samples import DataSet, Problem
from omnireid.errors import InputError


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Count(_Value):
    """Published items and identities of a split; None where no official figure is known to us."""

    items: int | None = None
    identities: int | None = None


class Figure(_Value):
    """A published figure on a protocol of the set, in per cent."""

    protocol: str
    method: str
    rank1: float
    mAP: float | None = None  # noqa: N815 - the field's name for it


class Card(_Value):
    """What is known of a data set without having it."""

    name: str
    title: str
    loader: str
    use: str
    licence: str
    apply: str
    paper: str
    layout: str
    shares: dict[str, str] = {}
    """Other sets that share pictures, people or captions with it, and what they share."""
    notes: tuple[str, ...] = ()
    counts: dict[str, Count] = {}
    figures: tuple[Figure, ...] = ()


class Loader(Protocol):
    """A loader module's `load`."""

    def __call__(self, root: Path, card: Card) -> DataSet:
        """Read the set under `root`; raises InputError where its layout is not the set's."""
        ...


@cache
def cards() -> dict[str, Card]:
    """Every known data set, by name."""
    folder = resources.files("omnireid.datasets") / "registry"
    found = [
        Card.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return {card.name: card for card in sorted(found, key=lambda card: card.name)}


def find_card(name: str) -> Card:
    """The card of a data set.

    Raises:
        InputError: no such set; the message lists those that are known.
    """
    known = cards()
    if name not in known:
        raise InputError(
            f"no data set called {name!r}",
            "known are: " + ", ".join(known),
            "use one of these names, or your own data as `folder`",
        )
    return known[name]


def shared_between(first: str, second: str) -> str | None:
    """What two sets share (pictures, people or captions), in words; None if nothing is known.

    >>> shared_between("market1501", "market_sketch")
    'its photos are Market-1501 photos'
    """
    return find_card(first).shares.get(second) or find_card(second).shares.get(first)


def load_dataset(name: str, root: str | Path) -> DataSet:
    """Read a data set from disk; nothing is downloaded.

    Files that cannot be used and counts that differ from the published ones are listed in
    `problems`; the rest is usable.

    Raises:
        InputError: an unknown set, or a folder without the set's layout: the message says what is
            missing and how one applies for the set.
    """
    card = find_card(name)
    load = cast(Loader, import_module(f"omnireid.datasets.{card.loader}").load)
    found = load(Path(root), card)
    return DataSet(
        found.name,
        found.root,
        found.splits,
        (*found.problems, *_wrong_counts(card, found)),
        found.notes,
    )


def _wrong_counts(card: Card, found: DataSet) -> list[Problem]:
    problems: list[Problem] = []
    for split, (items, identities) in found.summary().items():
        expected = card.counts.get(split, Count())
        for what, published, counted in (
            ("items", expected.items, items),
            ("identities", expected.identities, identities),
        ):
            if published is not None and published != counted:
                problems.append(
                    Problem(
                        split,
                        f"{what} found: {counted:,}, published: {published:,}; figures on this "
                        "copy are not comparable with published ones",
                        wrong_count=True,
                    )
                )
    return problems
