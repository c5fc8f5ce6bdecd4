"""PETA's attribute words as an English sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping

from omnireid.datasets.attribute_sentences import listed, with_article

_AGES = {
    "personalLess15": "under 15",
    "personalLess30": "of 15 to 30 years",
    "personalLess45": "of 30 to 45 years",
    "personalLess60": "of 45 to 60 years",
    "personalLarger60": "over 60",
}
_COLOURS = frozenset(
    (
        "black",
        "blue",
        "brown",
        "green",
        "grey",
        "orange",
        "pink",
        "purple",
        "red",
        "white",
        "yellow",
    )
)
_STYLES = {
    "thin stripes": "thinly striped",
    "thick stripes": "thickly striped",
    "stripes": "striped",
    "short sleeve": "short-sleeved",
    "long sleeve": "long-sleeved",
    "no sleeve": "sleeveless",
    "logo": "printed",
    "other": "other",
}
_UPPER = {
    "jacket": "jacket",
    "sweater": "sweater",
    "suit": "suit jacket",
    "tshirt": "T-shirt",
    "v neck": "V-neck top",
}
_LOWER = {
    "jeans": "jeans",
    "trousers": "trousers",
    "shorts": "shorts",
    "hot pants": "hot pants",
    "capri": "capri trousers",
    "suits": "suit trousers",
    "long skirt": "long skirt",
    "short skirt": "short skirt",
    "swimsuit": "swimsuit",
}
_FOOTWEAR = {
    "leather shoes": "leather shoes",
    "sneaker": "sneakers",
    "sneakers": "sneakers",
    "sandals": "sandals",
    "boots": "boots",
    "stocking": "stockings",
    "shoes": "shoes",
}
_HAIR = {"bald": "bald head"}


def peta_sentence(names: frozenset[str]) -> str:
    """A sentence from the PETA attributes that hold; no word of a garment is lost.

    >>> peta_sentence(frozenset({"personalMale", "upperBodyBlack", "lowerBodyJeans", "hairShort"}))
    'A man with short hair, wearing a black top and jeans.'
    """
    person = (
        "man" if "personalMale" in names else ("woman" if "personalFemale" in names else "person")
    )
    age = next((f" {words}" for name, words in _AGES.items() if name in names), "")
    sentence = f"A {person}{age}"
    hair = _garment(names, "hair", _HAIR, "hair")
    if hair:
        sentence += f" with {hair if hair.endswith('hair') else with_article(hair)}"
    worn = [
        with_article(garment)
        for prefix, nouns, default in (
            ("upperBody", _UPPER, "top"),
            ("lowerBody", _LOWER, "lower clothes"),
            ("footwear", _FOOTWEAR, "shoes"),
        )
        if (garment := _garment(names, prefix, nouns, default))
    ]
    worn += [with_article(thing) for thing in _things(names, "accessory")]
    if worn:
        sentence += f"{',' if hair else ''} wearing {listed(worn)}"
    carried = [with_article(thing) for thing in _things(names, "carrying")]
    return sentence + (f", carrying {listed(carried)}." if carried else ".")


def _garment(
    names: frozenset[str], prefix: str, nouns: Mapping[str, str], default: str
) -> str | None:
    """Style, colours and noun of one garment; None where nothing is said of it."""
    words = _words(names, prefix)
    if not words:
        return None
    called = [nouns[word] for word in words if word in nouns]
    # The plainest of several nouns says least: shoes beside leather shoes.
    noun = max(called, key=len, default=default)
    colours = [word for word in words if word in _COLOURS]
    styles = [
        _STYLES.get(word, word) for word in words if word not in nouns and word not in _COLOURS
    ]
    others = [other for other in dict.fromkeys(called) if other not in noun]
    return " ".join([*styles, " and ".join(colours), *others, noun]).replace("  ", " ").strip()


def _things(names: frozenset[str], prefix: str) -> list[str]:
    words = _words(names, prefix)
    named = [word for word in words if word != "other"]
    return [*named, "something else"] if len(named) < len(words) else named


def _words(names: frozenset[str], prefix: str) -> list[str]:
    """What the names of one group say, in small words, in alphabetical order."""
    found = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
    words = sorted(re.sub(r"(?<=.)([A-Z])", r" \1", word).lower() for word in found)
    return [word for word in words if word and word != "nothing"]
