"""Attribute lists turned to English sentences, for searching pictures by words."""

from __future__ import annotations

from collections.abc import Mapping

_AGES = {1: "young", 2: "teenage", 3: "adult", 4: "elderly"}
_MARKET_CARRIED = {"backpack": "a backpack", "bag": "a shoulder bag", "handbag": "a handbag"}

_PA100K_CLOTHES = {
    "LongCoat": "a long coat",
    "Trousers": "trousers",
    "Shorts": "shorts",
    "Skirt&Dress": "a skirt or dress",
    "boots": "boots",
    "Hat": "a hat",
    "Glasses": "glasses",
}
_PA100K_CARRIED = {
    "HandBag": "a handbag",
    "ShoulderBag": "a shoulder bag",
    "Backpack": "a backpack",
    "HoldObjectsInFront": "something in front of the body",
}
_PA100K_UPPER = {
    "UpperStride": "striped",
    "UpperLogo": "with a logo",
    "UpperPlaid": "plaid",
    "UpperSplice": "in several colours",
}
_PA100K_LOWER = {"LowerStripe": "striped", "LowerPattern": "patterned"}

_PETA_PREFIXES = (
    ("upperBody", "a top"),
    ("lowerBody", "lower garments"),
    ("hair", "hair"),
    ("footwear", "shoes"),
    ("accessory", "accessories"),
    ("carrying", "carried"),
)


def market_sentence(values: Mapping[str, int]) -> str:
    """A sentence from Market-1501 attributes (1 = no or first value, 2 = yes or second).

    >>> market_sentence({"gender": 2, "age": 2, "hair": 2, "up": 2, "upred": 2, "down": 1,
    ...                  "clothes": 2, "downblack": 2, "hat": 1})
    'A teenage woman with long hair, a red short-sleeved top and long black trousers.'
    """
    age = _AGES.get(values.get("age", 0), "")
    person = {1: "man", 2: "woman"}.get(values.get("gender", 0), "person")
    upper = _colours(values, "up")
    lower = _colours(values, "down")
    sleeves = {1: "long-sleeved", 2: "short-sleeved"}.get(values.get("up", 0), "")
    length = {1: "long", 2: "short"}.get(values.get("down", 0), "")
    garment = "a dress" if values.get("clothes") == 1 else "trousers"
    hair = {1: "short hair", 2: "long hair"}.get(values.get("hair", 0))
    worn = " ".join(word for word in ("a", upper, sleeves, "top") if word)
    below = " ".join(word for word in (length, lower, garment.removeprefix("a ")) if word)
    if garment.startswith("a "):
        below = "a " + below
    carried = [words for name, words in _MARKET_CARRIED.items() if values.get(name) == 2]
    if values.get("hat") == 2:
        carried.append("a hat")
    described = [part for part in (hair, worn) if part]
    sentence = f"{_article(age or person)} {(age + ' ') if age else ''}{person} with "
    sentence += ", ".join(described) + f" and {below}"
    return sentence + (f", with {_listed(carried)}." if carried else ".")


def pa100k_sentence(names: frozenset[str]) -> str:
    """A sentence from the PA-100K attributes that hold.

    >>> pa100k_sentence(frozenset({"Female", "AgeLess18", "ShortSleeve", "Trousers", "Backpack"}))
    'A girl seen from an unknown side, in a short-sleeved top, trousers, carrying a backpack.'
    """
    woman = "Female" in names
    if "AgeLess18" in names:
        person = "girl" if woman else "boy"
    elif "AgeOver60" in names:
        person = "elderly " + ("woman" if woman else "man")
    else:
        person = "woman" if woman else "man"
    side = next(
        (
            words
            for name, words in (("Front", "the front"), ("Side", "the side"), ("Back", "behind"))
            if name in names
        ),
        "an unknown side",
    )
    sleeves = (
        "short-sleeved "
        if "ShortSleeve" in names
        else ("long-sleeved " if "LongSleeve" in names else "")
    )
    patterns = [words for name, words in _PA100K_UPPER.items() if name in names]
    worn = [f"a {sleeves}top" + (f" ({', '.join(patterns)})" if patterns else "")]
    below = [words for name, words in _PA100K_LOWER.items() if name in names]
    worn += [words for name, words in _PA100K_CLOTHES.items() if name in names]
    if below:
        worn.append(f"{' and '.join(below)} lower garments")
    carried = [words for name, words in _PA100K_CARRIED.items() if name in names]
    sentence = f"{_article(person)} {person} seen from {side}, in {', '.join(worn)}"
    return sentence + (f", carrying {_listed(carried)}." if carried else ".")


def peta_sentence(names: frozenset[str]) -> str:
    """A sentence from the PETA attributes that hold; their words are kept, grouped by garment.

    >>> peta_sentence(frozenset({"personalMale", "upperBodyBlack", "lowerBodyJeans"}))
    'A man: a top, black; lower garments, jeans.'
    """
    person = (
        "man" if "personalMale" in names else ("woman" if "personalFemale" in names else "person")
    )
    groups: list[str] = []
    for prefix, noun in _PETA_PREFIXES:
        words = sorted(
            _words(name.removeprefix(prefix))
            for name in names
            if name.startswith(prefix) and not name.endswith("Nothing")
        )
        if words:
            groups.append(f"{noun}, {', '.join(words)}")
    return f"A {person}: {'; '.join(groups)}." if groups else f"A {person}."


def _colours(values: Mapping[str, int], prefix: str) -> str:
    found = [
        name.removeprefix(prefix)
        for name, value in values.items()
        if name.startswith(prefix) and name != prefix and value == 2
    ]
    return " and ".join(sorted(found))


def _words(camel: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in camel).strip()


def _article(word: str) -> str:
    return "An" if word[:1] in "aeiou" else "A"


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1]
