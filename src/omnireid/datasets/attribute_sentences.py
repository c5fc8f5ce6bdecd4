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
    return sentence + (f", with {listed(carried)}." if carried else ".")


def pa100k_sentence(names: frozenset[str]) -> str:
    """A sentence from the PA-100K attributes that hold.

    >>> pa100k_sentence(frozenset({"Female", "AgeLess18", "ShortSleeve", "Trousers", "Backpack"}))
    'A girl in a short-sleeved top and trousers, carrying a backpack.'
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
            for name, words in (
                ("Front", " seen from the front"),
                ("Side", " seen from the side"),
                ("Back", " seen from behind"),
            )
            if name in names
        ),
        "",
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
    sentence = f"{_article(person)} {person}{side}{',' if side else ''} in {listed(worn)}"
    return sentence + (f", carrying {listed(carried)}." if carried else ".")


def synth_pedes_sentence(slot: Mapping[str, str]) -> str:
    """A sentence from the SYNTH-PEDES slots that are known: person, hair, upper, lower, shoes,
    carried.

    >>> synth_pedes_sentence({"person": "man", "hair": "black hair", "lower": "pink shorts"})
    'A man with black hair, wearing pink shorts.'
    """
    person = slot.get("person", "person")
    sentence = f"{_article(person)} {person}"
    if "hair" in slot:
        sentence += f" with {slot['hair']}"
    worn = [with_article(slot[name]) for name in ("upper", "lower", "shoes") if name in slot]
    if worn:
        sentence += f"{',' if 'hair' in slot else ''} wearing {listed(worn)}"
    if "carried" in slot:
        sentence += f", carrying {with_article(slot['carried'])}"
    return sentence + "."


def with_article(thing: str) -> str:
    """A thing with its article; what is plural takes none.

    >>> with_article("orange hat"), with_article("black shoes")
    ('an orange hat', 'black shoes')
    """
    last = thing.rsplit(" ", 1)[-1]
    if thing.startswith("something") or (last.endswith("s") and last != "dress"):
        return thing
    return f"{_article(thing).lower()} {thing}"


def _colours(values: Mapping[str, int], prefix: str) -> str:
    found = [
        name.removeprefix(prefix)
        for name, value in values.items()
        if name.startswith(prefix) and name != prefix and value == 2
    ]
    return " and ".join(sorted(found))


def _article(word: str) -> str:
    return "An" if word[:1] in "aeiou" else "A"


def listed(things: list[str]) -> str:
    """Things joined by commas and a last `and`."""
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1]
