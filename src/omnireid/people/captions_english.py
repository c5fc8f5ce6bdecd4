"""English phrases for one person: subject, garments, hair, things carried."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.captions_attributes import NONE, flat_attributes, garment_at
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word
from omnireid.people.captions_words_en import (
    ADJECTIVES_ONLY,
    HELD_OUT,
    NOTE_COLOURS,
    PLURAL,
    SINGULAR_WORDS,
    TRAINING,
    UNCOUNTED_WORDS,
)

WORN = ("outer", "top", "bottom", "shoes", "hat", "glasses", "mask")
CARRIED = ("bag", "held")
BODY = ("build", "height")
_GENERIC_TOPS = ("top", "clothes", "clothing")


class EnglishPhrases:
    """Phrases about `person`, each drawn anew from the words of one writer.

    With `held_out`, two words in five are ones that the training writer never uses.
    """

    def __init__(self, person: Person, rng: np.random.Generator, *, held_out: bool) -> None:
        self.person, self.rng, self._held_out = person, rng, held_out
        self.flat = flat_attributes(person)
        self._neutral = chance(rng, 0.08)

    def words(self, table: str, value: str) -> str:
        """A word for `value` from one table of the writer's lexicon."""
        kept_back = HELD_OUT.get(table, {}).get(value) if self._held_out else None
        if kept_back and chance(self.rng, 0.4):
            return pick(self.rng, kept_back)
        return pick(self.rng, TRAINING[table][value])

    def subject(self, *, adjectives: tuple[str, ...] = ()) -> Phrase:
        """Who: "tall young man"; `adjectives` are facts of BODY to put before it."""
        age = self.person.age
        gender = self.person.gender
        if self._neutral:
            text = self.words("person", age)
            plain = text in ("person", "individual", "human", "human being", "subject")
            noun = Phrase(text) if plain else word(text, ("age", age))
        else:
            text = self.words(gender, age)
            told_age = text not in (
                "man", "guy", "woman", "lady", "gentleman", "fellow", "bloke", "female", "male",
                "chap", "dude", "gent", "gal", "dame",
            )  # fmt: skip
            facts = [("gender", gender), *([("age", age)] if told_age else [])]
            noun = word(text, *facts)
        before = [word(self.words(f, self.flat[f]), (f, self.flat[f])) for f in adjectives]
        return join([*before, noun], " ")

    def pronoun(self) -> Phrase:
        """he, she or they."""
        if self._neutral:
            return Phrase("they")
        return word("he" if self.person.gender == "man" else "she", ("gender", self.person.gender))

    def possessive(self) -> Phrase:
        """his, her or their."""
        if self._neutral:
            return Phrase("their")
        return word("his" if self.person.gender == "man" else "her", ("gender", self.person.gender))

    def verb(self, singular: str, plural: str) -> str:
        """The verb that goes with `pronoun`."""
        return plural if self._neutral else singular

    def thing(self, fact: str, *, article: bool = True, note: bool = False) -> Phrase:
        """A noun phrase for any fact outside BODY: "a red jacket", "long hair", "no bag"."""
        garment = garment_at(self.person, fact) if fact not in _SPECIAL else None
        if garment is not None:
            return self._garment(fact, garment, article=article, note=note)
        if fact in ("no bag", "no hat"):
            return word(fact, (f"{fact[3:]}.kind", NONE))
        if fact == "hair":
            return self.hair()
        phrase = word(self.words("worn", fact), (fact, self.flat[fact]))
        if not article and phrase.text.startswith("a "):
            return Phrase("") + word(phrase.text[2:], (fact, self.flat[fact]))
        return phrase

    def hair(self) -> Phrase:
        """ "short black hair", "a bald head", "a grey ponytail"."""
        style, colour = self.person.hair_style, self.person.hair_colour
        styled = ("hair_style", style)
        if style == "bald":
            return word(pick(self.rng, ("a bald head", "no hair", "a shaved head")), styled)
        if style == "covered":
            return word(pick(self.rng, ("covered hair", "a covered head")), styled)
        shade = word(self.words("hair_colour", colour), ("hair_colour", colour))
        told = chance(self.rng, 0.75)
        if style in ("ponytail", "bun"):
            if not told:
                return word(f"a {style}", styled)
            if chance(self.rng, 0.4):
                return with_article(shade + " " + word(style, styled))
            ties = (f"in a {style}", f"tied in a {style}")
            return shade + " hair " + word(pick(self.rng, ties), styled)
        shape = word(self.words("hair_style", style), styled)
        if not told:
            return shape + " hair"
        return (shade if chance(self.rng, 0.2) else shape + " " + shade) + " hair"

    def garment_colour(self, place: str, garment: Garment, *, note: bool = False) -> Phrase:
        """The first colour of a garment."""
        text = self.words("colour", garment.colour)
        if note and garment.colour in NOTE_COLOURS and chance(self.rng, 0.45):
            text = pick(self.rng, NOTE_COLOURS[garment.colour])
        return word(text, (f"{place}.colour", garment.colour))

    def garment_noun(self, place: str, garment: Garment) -> Phrase:
        """The garment's name alone."""
        return word(self.words("kind", garment.kind), (f"{place}.kind", garment.kind))

    def clothes(self, facts: list[str], *, note: bool = False) -> list[Phrase]:
        """Things for several facts, an open outer layer and its top joined by "over"."""
        parts: list[Phrase] = []
        layered = "outer" in facts and "top" in facts and chance(self.rng, 0.7)
        for fact in facts:
            if fact == "top" and layered:
                continue
            part = self.thing(fact, article=not note, note=note)
            if fact == "outer" and layered:
                part = part + " over " + self.thing("top", article=not note, note=note)
            parts.append(part)
        return parts

    def _garment(self, place: str, garment: Garment, *, article: bool, note: bool) -> Phrase:
        noun = self.garment_noun(place, garment)
        phrase = self._patterned(place, garment, noun, note=note)
        vague = place == "top" and garment.kind not in ("dress", "overalls")
        if vague and chance(self.rng, 0.05):
            noun = Phrase(pick(self.rng, _GENERIC_TOPS))
            phrase = self.garment_colour(place, garment, note=note) + " " + noun
        fit = self.flat.get(f"{place}.fit", "regular")
        if fit in ("loose", "tight") and chance(self.rng, 0.3):
            phrase = word(self.words("fit", fit), (f"{place}.fit", fit)) + " " + phrase
        if not article or noun.text in (*UNCOUNTED_WORDS, "clothes", "clothing", *_MASS):
            return phrase
        if _is_plural(garment.kind, noun.text):
            pair = garment.kind != "overalls" and chance(self.rng, 0.08)
            return "a pair of " + phrase if pair else phrase
        return with_article(phrase)

    def _patterned(self, place: str, garment: Garment, noun: Phrase, *, note: bool) -> Phrase:
        colour = self.garment_colour(place, garment, note=note)
        told = ("top", "outer", "bottom", "hat", "bag")
        says_little = noun.text in ("top", "shoes", "footwear", "pants", "bottoms")
        if not says_little and not chance(self.rng, 0.88 if place in told else 0.65):
            colour = Phrase("")
        if garment.pattern == "plain" or chance(self.rng, 0.35):
            if not colour.text:
                return noun
            bare = colour.text in ADJECTIVES_ONLY or colour.text.endswith(_NEVER_NOUNS)
            simple = " the " not in noun.text
            if not note and not bare and simple and chance(self.rng, 0.04):
                return noun + " in " + colour
            return colour + " " + noun
        pattern = (f"{place}.pattern", garment.pattern)
        second = word(
            self.words("colour", garment.second_colour),
            (f"{place}.second_colour", garment.second_colour),
        )
        adjective = word(self.words("pattern", garment.pattern), pattern)
        if garment.pattern == "logo":
            mark = word(pick(self.rng, ("logo", "print", "small logo")), pattern)
            lead = colour + " " + noun if colour.text else noun
            return lead + " with a " + mark
        if not colour.text:
            return adjective + " " + noun
        if colour.text in ADJECTIVES_ONLY or second.text in ADJECTIVES_ONLY:
            return colour + " " + adjective + " " + noun
        if garment.pattern == "two-colour":
            return colour + " and " + second + " " + noun
        style = self.rng.random()
        if style < 0.4:
            return colour + " " + adjective + " " + noun
        if style < 0.7:
            return colour + " and " + second + " " + adjective + " " + noun
        marks = {"striped": "stripes", "checked": "checks", "dotted": "dots", "printed": "print"}
        ending = word(marks[garment.pattern], pattern)
        marked = second + " " + ending
        if garment.pattern == "printed":
            marked = with_article(marked)
        return colour + " " + noun + " with " + marked


_SPECIAL = ("no bag", "no hat", "hair", "glasses", "mask", "beard")
_MASS = ("footwear", "luggage", "knitwear")
_NEVER_NOUNS = ("coloured", "tinted", "ish")  # "a shirt in reddish" is no English


def _is_plural(kind: str, noun: str) -> bool:
    if noun in SINGULAR_WORDS or noun == "suit":
        return False
    return kind in PLURAL or noun in ("shorts", "pants")


def with_article(phrase: Phrase) -> Phrase:
    """The phrase with "a" or "an" before it."""
    vowel = phrase.text[:1] in tuple("aeiou") and not phrase.text.startswith("one")
    return ("an " if vowel else "a ") + phrase
