"""Draws people at random: who they are, what they wear and carry.

The shares are our own, set by hand: they lean on what is common in streets, stations and
workplaces, and keep every combination of main garment and colour possible, so that no model can
read one attribute off another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from omnireid.people.attributes import COLOURS, Garment, Person

# How much more often than an even draw a colour is worn; one draw in four stays even.
_WORN = {
    "black": 9.0, "white": 6.0, "grey": 6.0, "navy": 4.5, "blue": 3.0, "red": 2.0, "beige": 2.5,
    "brown": 2.0, "khaki": 2.0, "green": 1.5, "light blue": 1.5, "pink": 1.0, "purple": 0.8,
    "yellow": 0.8, "orange": 0.7, "turquoise": 0.6,
}  # fmt: skip
_LEGS = {
    "black": 9.0, "navy": 4.0, "grey": 4.0, "blue": 2.5, "beige": 2.5, "khaki": 2.0, "brown": 1.5,
    "white": 1.0, "green": 0.4, "red": 0.4, "light blue": 0.5, "pink": 0.3,
}  # fmt: skip
_JEANS = {"blue": 5.0, "navy": 4.0, "black": 3.0, "light blue": 3.0, "grey": 2.0, "white": 1.0}
_WORKWEAR = {"navy": 3.0, "grey": 3.0, "light blue": 2.0, "blue": 2.0, "green": 2.0, "beige": 2.0}
_SUIT = {"black": 4.0, "navy": 4.0, "grey": 4.0, "brown": 1.0, "beige": 1.0, "blue": 0.7}
_SIGNAL = {"orange": 3.0, "yellow": 3.0, "green": 0.7, "red": 0.4}
_HELMET = {"white": 4.0, "yellow": 3.0, "blue": 1.5, "green": 1.0, "red": 0.8, "orange": 0.8}
_LEATHER = {"black": 5.0, "brown": 3.0, "beige": 1.0, "white": 1.0, "navy": 0.8}
_BRIGHTNESS = {
    "black": 0.05, "white": 0.95, "grey": 0.5, "red": 0.35, "orange": 0.6, "yellow": 0.8,
    "green": 0.4, "light blue": 0.7, "blue": 0.3, "navy": 0.15, "purple": 0.3, "pink": 0.7,
    "brown": 0.25, "beige": 0.75, "khaki": 0.4, "turquoise": 0.6,
}  # fmt: skip
_PATTERNS: dict[str, Mapping[str, float]] = {
    "t-shirt": {"plain": 12, "striped": 4, "dotted": 1, "two-colour": 2, "printed": 4, "logo": 4},
    "shirt": {"plain": 12, "striped": 4, "checked": 5, "dotted": 1, "printed": 1},
    "sweater": {"plain": 10, "striped": 4, "checked": 1, "two-colour": 2, "printed": 1},
    "hoodie": {"plain": 10, "two-colour": 2, "printed": 3, "logo": 4},
    "polo shirt": {"plain": 9, "striped": 4, "two-colour": 2, "logo": 2},
    "blouse": {"plain": 9, "striped": 2, "checked": 1, "dotted": 4, "printed": 4},
    "tank top": {"plain": 8, "striped": 2, "printed": 2, "logo": 2},
    "dress": {"plain": 9, "striped": 2, "checked": 2, "dotted": 4, "printed": 5, "two-colour": 1},
    "overalls": {"plain": 10, "two-colour": 1, "logo": 1},
    "jacket": {"plain": 12, "two-colour": 4, "checked": 1, "logo": 2},
    "open jacket": {"plain": 12, "two-colour": 4, "checked": 1, "logo": 2},
    "coat": {"plain": 12, "checked": 2, "two-colour": 1},
    "open coat": {"plain": 12, "checked": 2, "two-colour": 1},
    "vest": {"plain": 10, "checked": 1, "two-colour": 2},
    "high-visibility vest": {"plain": 1, "striped": 6},
    "suit jacket": {"plain": 12, "striped": 2, "checked": 1},
    "raincoat": {"plain": 10, "dotted": 1, "two-colour": 1},
    "trousers": {"plain": 30, "striped": 1, "checked": 2, "two-colour": 1},
    "shorts": {"plain": 10, "checked": 2, "striped": 1, "printed": 1, "two-colour": 1},
    "short skirt": {"plain": 8, "checked": 3, "dotted": 1, "striped": 1, "printed": 1},
    "long skirt": {"plain": 8, "checked": 2, "dotted": 2, "striped": 1, "printed": 2},
    "leggings": {"plain": 20, "two-colour": 1, "printed": 1},
    "suit trousers": {"plain": 12, "striped": 1},
    "sneakers": {"plain": 6, "two-colour": 3},
    "cap": {"plain": 8, "two-colour": 2, "logo": 3},
    "beanie": {"plain": 8, "striped": 2, "two-colour": 1},
    "umbrella": {"plain": 8, "checked": 1, "dotted": 1, "two-colour": 1},
    "backpack": {"plain": 8, "two-colour": 3, "logo": 1},
    "shoulder bag": {"plain": 8, "two-colour": 1},
    "handbag": {"plain": 8, "checked": 1, "two-colour": 1},
}
_HELD_OUT = frozenset({
    ("t-shirt", "dotted"), ("t-shirt", "two-colour"), ("shirt", "dotted"), ("shirt", "printed"),
    ("sweater", "checked"), ("hoodie", "two-colour"), ("polo shirt", "two-colour"),
    ("blouse", "checked"), ("dress", "checked"), ("jacket", "checked"), ("open jacket", "checked"),
    ("coat", "two-colour"), ("open coat", "two-colour"), ("suit jacket", "striped"),
    ("raincoat", "two-colour"), ("vest", "checked"), ("trousers", "checked"),
    ("long skirt", "dotted"), ("short skirt", "striped"),
})  # fmt: skip
_LOOSENESS = {
    "leggings": 0.05, "tank top": 0.25, "suit jacket": 0.35, "suit trousers": 0.4, "jeans": 0.35,
    "hoodie": 0.6, "raincoat": 0.75, "overalls": 0.65, "coat": 0.6, "open coat": 0.6,
    "long skirt": 0.6, "dress": 0.5,
}  # fmt: skip


def sample_person(rng: np.random.Generator) -> Person:
    """Draw one person: body, hair, clothes in plausible layers, things carried.

    The same state of `rng` gives the same person. About one in eight is dressed for manual work and
    one in ten wears a suit; every colour of `COLOURS` can occur on every top, outer layer, pair of
    trousers, shorts or skirt.

    >>> sample_person(np.random.default_rng(7)) == sample_person(np.random.default_rng(7))
    True
    """
    gender = _choose(rng, {"man": 1.0, "woman": 1.0})
    age = _choose(rng, {"child": 0.07, "young": 0.33, "adult": 0.42, "elder": 0.18})
    height = (
        "short" if age == "child" else _choose(rng, {"short": 0.25, "average": 0.5, "tall": 0.25})
    )
    build = _choose(rng, {"slim": 0.35, "average": 0.47, "heavy": 0.1 if age == "child" else 0.18})
    role = "daily"
    if age != "child":
        work = 0.17 if gender == "man" else 0.09
        role = _choose(rng, {"work": work, "suit": 0.1, "daily": 0.9 - work})
    outer, top, bottom = _dress(rng, role, gender, age)
    hat = _hat(rng, role, gender)
    hair_style = _hair_style(rng, gender, age, hat, outer)
    return Person(
        gender=gender,
        age=age,
        height=height,
        build=build,
        skin=float(np.round(rng.beta(1.3, 1.8), 3)),
        hair_style=hair_style,
        hair_colour=_hair_colour(rng, age),
        top=top,
        shoes=_shoes(rng, role, gender, age),
        bottom=bottom,
        outer=outer,
        hat=hat,
        bag=_bag(rng, role, gender),
        held=_held(rng, role, age),
        beard=gender == "man" and age in ("adult", "elder", "young") and _chance(rng, 0.25),
        glasses=_chance(rng, {"child": 0.1, "young": 0.25, "adult": 0.3, "elder": 0.5}[age]),
        mask=_chance(rng, 0.15),
        seed=int(rng.integers(0, 2**31)),
    )


def sample_from(rng: np.random.Generator, shifted: bool) -> Person:
    """Draw a person of the training distribution, or of the shifted one.

    Nobody in training wears a garment in one of the patterns of `_HELD_OUT`; of the shifted people
    every second one does at least.
    """
    wanted = shifted and _chance(rng, 0.5)
    while True:
        person = sample_person(rng)
        worn = {(g.kind, g.pattern) for g in (person.top, person.bottom, person.outer) if g}
        if (shifted and not wanted) or bool(worn & _HELD_OUT) == wanted:
            return person


def _chance(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _choose(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    values = list(weights)
    shares = np.fromiter(weights.values(), float)
    return values[int(rng.choice(len(values), p=shares / shares.sum()))]


def _colour(
    rng: np.random.Generator, usual: Mapping[str, float] = _WORN, even: float = 0.25
) -> str:
    """A colour from `usual`, or with the share `even` any colour at all."""
    return str(rng.choice(COLOURS)) if _chance(rng, even) else _choose(rng, usual)


def _second_colour(rng: np.random.Generator, colour: str) -> str:
    """A colour that stands out against `colour`; white and black are likeliest."""
    far = {
        name: {"white": 6.0, "black": 3.0}.get(name, 1.0)
        for name in COLOURS
        if abs(_BRIGHTNESS[name] - _BRIGHTNESS[colour]) >= 0.2
    }
    return _choose(rng, far)


def _garment(rng: np.random.Generator, kind: str, colour: str, pattern: str = "") -> Garment:
    pattern = pattern or _choose(rng, _PATTERNS.get(kind, {"plain": 1.0}))
    # Most dyes hide little at 850 nm: cloth is bright there, whatever its colour by day. Carbon and
    # sulphur dyes, commoner in dark cloth, swallow it.
    swallows = _chance(rng, 0.2 + 0.25 * (_BRIGHTNESS[colour] < 0.35))
    reflectance = rng.normal(0.17, 0.07) if swallows else rng.normal(0.62, 0.17)
    # Within a name lightness varies most, then hue.
    light = rng.normal(0.0, 0.045)
    moved = np.clip(light + rng.normal(0.0, 0.03, 3), -0.12, 0.12)
    red, green, blue = (float(v) for v in np.round(moved, 3))
    return Garment(
        kind=kind,
        colour=colour,
        pattern=pattern,
        second_colour=_second_colour(rng, colour),
        looseness=float(
            np.round(np.clip(_LOOSENESS.get(kind, 0.45) + rng.normal(0.0, 0.2), 0.0, 1.0), 3)
        ),
        tint=(red, green, blue),
        near_infrared=float(np.round(np.clip(reflectance, 0.05, 0.95), 3)),
    )


Clothes = tuple[Garment | None, Garment, Garment | None]  # outer layer, top, bottom


def _work_clothes(rng: np.random.Generator) -> Clothes:
    colour = _colour(rng, _WORKWEAR, 0.3)
    same = _chance(rng, 0.6)
    bottom = _garment(rng, "trousers", colour if same else _colour(rng, _WORKWEAR, 0.3), "plain")
    signal = _garment(rng, "high-visibility vest", _colour(rng, _SIGNAL, 0.1))
    style = _choose(rng, {"overalls": 0.3, "jacket": 0.35, "shirt": 0.2, "t-shirt": 0.15})
    outer: Garment | None = signal if _chance(rng, 0.4) else None
    if style == "overalls":
        return outer, _garment(rng, "overalls", colour), None
    if style == "jacket":
        under = _garment(rng, _choose(rng, {"t-shirt": 2, "shirt": 2, "sweater": 1}), _colour(rng))
        kind = _choose(rng, {"jacket": 3, "open jacket": 1, "high-visibility vest": 1})
        outer = signal if kind == "high-visibility vest" else _garment(rng, kind, colour)
        return outer, under, bottom
    return outer, _garment(rng, style, colour if same else _colour(rng)), bottom


def _suit(rng: np.random.Generator, gender: str) -> Clothes:
    colour = _colour(rng, _SUIT, 0.25)
    pattern = _choose(rng, _PATTERNS["suit jacket"])
    below = "suit trousers" if gender == "man" or _chance(rng, 0.5) else "short skirt"
    under = "shirt" if gender == "man" or _chance(rng, 0.4) else "blouse"
    shirt = _garment(rng, under, _colour(rng, {"white": 6.0, "light blue": 3.0, "pink": 1.0}, 0.3))
    jacket = None if _chance(rng, 0.2) else _garment(rng, "suit jacket", colour, pattern)
    if jacket is not None and _chance(rng, 0.2):
        jacket = _garment(
            rng, _choose(rng, {"coat": 1, "open coat": 1, "raincoat": 0.4}), _colour(rng)
        )
    return (
        jacket,
        shirt,
        _garment(rng, below, colour, pattern if below != "short skirt" else "plain"),
    )


def _daily_clothes(rng: np.random.Generator, gender: str, age: str) -> Clothes:
    man = gender == "man"
    tops = {
        "t-shirt": 5.0, "shirt": 3.0, "sweater": 2.5, "hoodie": 2.5, "polo shirt": 1.5,
        "blouse": 0.0 if man else 2.5, "tank top": 0.8, "dress": 0.0 if man else 2.5,
        "overalls": 0.4,
    }  # fmt: skip
    top_kind = _choose(rng, tops)
    top = _garment(rng, top_kind, _colour(rng))
    outers = {
        "jacket": 3.0, "open jacket": 2.5, "coat": 1.6, "open coat": 1.2, "vest": 1.2,
        "high-visibility vest": 0.1, "suit jacket": 0.7, "raincoat": 0.6,
    }  # fmt: skip
    if top_kind == "hoodie":
        outers = {"open jacket": 2.0, "jacket": 1.0, "vest": 1.5, "open coat": 1.0, "coat": 0.5}
    outer = None
    if _chance(rng, 0.15 if top_kind == "tank top" else 0.45):
        kind = _choose(rng, outers)
        outer = _garment(rng, kind, _colour(rng))
    if top_kind in ("dress", "overalls"):
        return outer, top, None
    bottoms = {
        "trousers": 4.0, "jeans": 4.0, "shorts": 2.0, "short skirt": 0.0 if man else 1.5,
        "long skirt": 0.0 if man else 1.8, "leggings": 0.1 if man else 1.2,
    }  # fmt: skip
    if age == "elder":
        bottoms |= {"trousers": 6.0, "jeans": 2.0, "shorts": 0.8, "short skirt": 0.0}
    kind = _choose(rng, bottoms)
    skirted = kind in ("short skirt", "long skirt", "shorts")
    usual, even = (_JEANS, 0.08) if kind == "jeans" else (_WORN if skirted else _LEGS, 0.18)
    colour = _colour(rng, usual, even)
    return outer, top, _garment(rng, kind, colour, "plain" if kind == "jeans" else "")


def _dress(rng: np.random.Generator, role: str, gender: str, age: str) -> Clothes:
    if role == "work":
        return _work_clothes(rng)
    return _suit(rng, gender) if role == "suit" else _daily_clothes(rng, gender, age)


def _hat(rng: np.random.Generator, role: str, gender: str) -> Garment | None:
    if role == "work":
        kind = _choose(rng, {"none": 0.38, "helmet": 0.37, "cap": 0.2, "beanie": 0.05})
    elif role == "suit":
        kind = _choose(rng, {"none": 0.95, "wide hat": 0.03, "beanie": 0.02})
    else:
        wide = 0.04 if gender == "man" else 0.08
        kind = _choose(
            rng, {"none": 0.75, "cap": 0.11, "beanie": 0.07, "helmet": 0.01, "wide hat": wide}
        )
    if kind == "none":
        return None
    return _garment(rng, kind, _colour(rng, _HELMET, 0.2) if kind == "helmet" else _colour(rng))


def _hair_style(
    rng: np.random.Generator, gender: str, age: str, hat: Garment | None, outer: Garment | None
) -> str:
    man = gender == "man"
    hooded = outer is not None and outer.kind == "raincoat" and hat is None
    if _chance(rng, 0.5 if hooded else 0.0 if man else 0.04):
        return "covered"
    if not man:
        styles = {
            "short": 2.0,
            "medium": 3.0,
            "long": 3.0,
            "ponytail": 2.0,
            "bun": 1.0,
            "curly": 1.0,
        }
        if hat is not None:
            styles |= {"bun": 0.2}
        return _choose(rng, styles)
    styles = {
        "bald": 0.7,
        "short": 7.0,
        "medium": 1.5,
        "long": 0.5,
        "ponytail": 0.3,
        "bun": 0.15,
        "curly": 0.9,
    }
    if age == "child":
        styles |= {"bald": 0.0}
    elif age == "elder":
        styles |= {"bald": 2.5}
    return _choose(rng, styles)


def _hair_colour(rng: np.random.Generator, age: str) -> str:
    if age == "elder":
        return _choose(rng, {"grey": 4, "white": 3, "black": 2, "dark brown": 1, "brown": 0.5})
    colours = {"black": 5.0, "dark brown": 3.0, "brown": 2.0, "blond": 1.3, "red": 0.5}
    if age == "adult":
        colours |= {"grey": 0.8, "white": 0.15}
    return _choose(rng, colours)


def _shoes(rng: np.random.Generator, role: str, gender: str, age: str) -> Garment:
    if role == "work":
        kind = _choose(rng, {"boots": 4, "shoes": 2, "sneakers": 3, "high boots": 1})
    elif role == "suit":
        kind = _choose(rng, {"shoes": 9, "sneakers": 1, "boots": 0.5})
    else:
        kinds = {"shoes": 2.5, "sneakers": 4.0, "boots": 1.2, "high boots": 0.2, "sandals": 1.0}
        if gender == "woman" and age != "child":
            kinds |= {"high boots": 1.0, "sandals": 1.4, "shoes": 3.0}
        kind = _choose(rng, kinds)
    usual = _WORN if kind in ("sneakers", "sandals") else _LEATHER
    return _garment(rng, kind, _colour(rng, usual, 0.12))


def _bag(rng: np.random.Generator, role: str, gender: str) -> Garment | None:
    none = 0.75 if role == "work" else 0.42
    hand = 0.03 if gender == "man" else 0.14
    case = 0.02 if role == "work" else 0.07
    kind = _choose(
        rng,
        {
            "none": none,
            "backpack": 0.22,
            "shoulder bag": 0.16,
            "handbag": hand,
            "suitcase": case,
            "plastic bag": 0.06,
        },
    )
    if kind == "none":
        return None
    usual = {"white": 6.0, "beige": 1.0} if kind == "plastic bag" else _WORN
    return _garment(rng, kind, _colour(rng, usual, 0.2 if kind == "plastic bag" else 0.5))


def _held(rng: np.random.Generator, role: str, age: str) -> Garment | None:
    shares = {"none": 0.79, "umbrella": 0.04, "box": 0.03, "phone": 0.13, "tool": 0.005}
    if role == "work":
        shares = {"none": 0.6, "umbrella": 0.01, "box": 0.13, "phone": 0.05, "tool": 0.21}
    elif age == "child":
        shares |= {"tool": 0.0}
    kind = _choose(rng, shares)
    if kind == "none":
        return None
    usual = {"umbrella": _WORN, "box": {"brown": 5.0, "white": 1.0, "grey": 1.0, "blue": 0.6}}
    fallback = {"black": 5.0, "grey": 2.0, "white": 2.0, "red": 1.0, "yellow": 1.0}
    return _garment(rng, kind, _colour(rng, usual.get(kind, fallback), 0.25))
