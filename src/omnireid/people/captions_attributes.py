"""A person's attributes as flat names and values, and which of them a caption mentions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omnireid.people import attributes as names
from omnireid.people.attributes import Garment, Person

NONE = "none"
PLACES = ("hat", "outer", "top", "bottom", "shoes", "bag", "held")
FITTED = ("outer", "top", "bottom")
HAIRLESS = ("bald", "covered")
# Worn closed, these hide the top below them.
HIDING = ("jacket", "coat", "raincoat")

_KINDS = {
    "hat": names.HATS[1:], "outer": names.OUTERS, "top": names.TOPS, "bottom": names.BOTTOMS,
    "shoes": names.SHOES, "bag": names.BAGS[1:], "held": names.HELD[1:],
}  # fmt: skip


def _attribute_values() -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {
        "gender": ("man", "woman"),
        "age": ("child", "young", "adult", "elder"),
        "height": ("short", "average", "tall"),
        "build": ("slim", "average", "heavy"),
        "hair_style": names.HAIR_STYLES,
        "hair_colour": (NONE, *names.HAIR_COLOURS),
        "beard": (NONE, "beard"),
        "glasses": (NONE, "glasses"),
        "mask": (NONE, "mask"),
    }
    for place in PLACES:
        absent = () if place in ("top", "shoes") else (NONE,)
        values[f"{place}.kind"] = (*absent, *_KINDS[place])
        values[f"{place}.colour"] = (*absent, *names.COLOURS)
        values[f"{place}.pattern"] = (*absent, *names.PATTERNS)
        values[f"{place}.second_colour"] = (NONE, *names.COLOURS)
        if place in FITTED:
            values[f"{place}.fit"] = (*absent, "tight", "regular", "loose")
    return values


ATTRIBUTE_VALUES = _attribute_values()
"""Every flat attribute and the values it can take, in a fixed order."""


def flat_attributes(person: Person) -> dict[str, str]:
    """The person's attributes by flat name, one value each; what is absent is "none".

    Keys and values are those of `ATTRIBUTE_VALUES`, in its order. `second_colour` is "none" on
    plain cloth, `hair_colour` is "none" when the hair is not seen.
    """
    flat = {
        "gender": person.gender,
        "age": person.age,
        "height": person.height,
        "build": person.build,
        "hair_style": person.hair_style,
        "hair_colour": NONE if person.hair_style in HAIRLESS else person.hair_colour,
        "beard": "beard" if person.beard else NONE,
        "glasses": "glasses" if person.glasses else NONE,
        "mask": "mask" if person.mask else NONE,
    }
    for place in PLACES:
        garment = garment_at(person, place)
        flat[f"{place}.kind"] = garment.kind if garment else NONE
        flat[f"{place}.colour"] = garment.colour if garment else NONE
        flat[f"{place}.pattern"] = garment.pattern if garment else NONE
        two = garment is not None and garment.pattern != "plain"
        flat[f"{place}.second_colour"] = garment.second_colour if garment and two else NONE
        if place in FITTED:
            flat[f"{place}.fit"] = _fit(garment) if garment else NONE
    return flat


def garment_at(person: Person, place: str) -> Garment | None:
    """What the person wears or carries at one of `PLACES`."""
    garment: Garment | None = getattr(person, place)
    return garment


def _fit(garment: Garment) -> str:
    if garment.looseness < 0.2:
        return "tight"
    return "loose" if garment.looseness > 0.75 else "regular"


def choose_facts(person: Person, rng: np.random.Generator) -> list[str]:
    """Which facts one caption tells, most often the striking ones, in order of telling.

    Names are those of `PLACES` and hair, glasses, mask, beard, build, height, no bag, no hat. A top
    under a closed jacket or coat is rarely among them, as nobody sees it.
    """
    weights = {"bottom": 4.0, "shoes": 1.6, "hair": 1.8, "hat": 3.5, "bag": 3.0, "held": 2.5}
    weights |= {"glasses": 1.2, "mask": 1.5, "beard": 1.2, "build": 0.7, "height": 0.7}
    weights |= {"no bag": 0.12, "no hat": 0.06}
    hidden = person.outer is not None and person.outer.kind in HIDING
    weights["outer"] = 9.0
    weights["top"] = 9.0 if person.outer is None else 0.07 if hidden else 4.0
    flat = flat_attributes(person)
    for name in ("bottom", "hat", "bag", "held", "outer"):
        if flat[f"{name}.kind"] == NONE:
            del weights[name]
    for name in ("glasses", "mask", "beard"):
        if flat[name] == NONE:
            del weights[name]
    for name in ("build", "height"):
        if flat[name] == "average" or (name == "height" and person.age == "child"):
            del weights[name]
    if person.bag is not None:
        del weights["no bag"]
    if person.hat is not None or person.hair_style == "covered":
        del weights["no hat"]
    if person.hair_style == "bald" and person.hat is not None:
        del weights["hair"]
    wanted = rng.choice((1, 2, 3, 4, 5, 6, 8), p=(0.08, 0.22, 0.24, 0.2, 0.12, 0.09, 0.05))
    shares = np.array(list(weights.values()))
    count = min(int(wanted), len(weights))
    drawn = rng.choice(list(weights), size=count, replace=False, p=shares / shares.sum())
    facts = [str(name) for name in drawn]
    if set(facts) <= {"build", "height"}:
        facts.append("top" if person.outer is None else "outer")
    return _order(rng, facts)


_TOP_DOWN = ("height", "build", "hair", "beard", "glasses", "mask", "hat", "no hat", "outer", "top",
             "bottom", "shoes", "bag", "no bag", "held")  # fmt: skip
_CLOTHES_FIRST = ("outer", "top", "bottom", "shoes", "hat", "bag", "held", "hair", "glasses",
                  "beard", "mask", "height", "build", "no hat", "no bag")  # fmt: skip


def _order(rng: np.random.Generator, facts: Sequence[str]) -> list[str]:
    """Clothes first, from head to foot, or, now and then, as they come to mind."""
    kind = rng.random()
    if kind < 0.25:
        return list(facts)
    order = _TOP_DOWN if kind < 0.55 else _CLOTHES_FIRST
    return sorted(facts, key=order.index)
