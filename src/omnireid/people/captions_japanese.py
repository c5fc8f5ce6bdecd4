"""Japanese phrases for one person: subject, garments, hair, and the verbs that go with them."""

from __future__ import annotations

import numpy as np

from omnireid.people.attributes import Garment, Person
from omnireid.people.captions_attributes import NONE, flat_attributes, garment_at
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word
from omnireid.people.captions_words_ja import ADJECTIVE_STEMS, HAIR_COMPOUNDS, HELD_OUT, TRAINING

BODY = ("build", "height")
_SPECIAL = ("no bag", "no hat", "hair", "glasses", "mask", "beard")
# Verb stems by what they go with; every one continues with て, た, ている or ています.
_VERBS = {
    "outer": ("を着", "を着", "を着用し", "を羽織っ"), "top": ("を着", "を着", "を着用し"),
    "bottom": ("をはい", "を履い", "を穿い"), "shoes": ("を履い", "をはい"),
    "hat": ("をかぶっ", "を被っ"), "glasses": ("をかけ", "を掛け"),
    "mask": ("をし", "をつけ", "を着け"),
    "beard": ("を生やし",), "held": ("を持っ", "を手に持っ"), "bag": ("を持っ", "をさげ"),
}  # fmt: skip
_BAG_VERBS = {
    "backpack": ("を背負っ", "を背負っ", "をしょっ"),
    "shoulder bag": ("を肩にかけ", "をかけ", "を持っ"),
    "suitcase": ("を持っ",),
}


class JapanesePhrases:
    """Phrases about `person`, each drawn anew from the words of one writer.

    With `held_out`, two words in five are ones that the training writer never uses.
    """

    def __init__(self, person: Person, rng: np.random.Generator, *, held_out: bool) -> None:
        self.person, self.rng, self._held_out = person, rng, held_out
        self.flat = flat_attributes(person)

    def words(self, table: str, value: str) -> str:
        """A word for `value` from one table of the writer's lexicon."""
        kept_back = HELD_OUT.get(table, {}).get(value) if self._held_out else None
        if kept_back and chance(self.rng, 0.4):
            return pick(self.rng, kept_back)
        return pick(self.rng, TRAINING[table][value])

    def subject(self, *, adjectives: tuple[str, ...] = ()) -> Phrase:
        """Who: 背の高い若い男性; `adjectives` are facts of BODY to put before it."""
        age, gender = self.person.age, self.person.gender
        if chance(self.rng, 0.1):
            text = self.words("person", age)
            noun = Phrase(text) if text in ("人", "人物") else word(text, ("age", age))
        else:
            text = self.words(gender, age)
            told_age = text not in ("男性", "男", "男の人", "女性", "女", "女の人", "男子", "女子")
            facts = [("gender", gender), *([("age", age)] if told_age else [])]
            noun = word(text, *facts)
        return join([*(self.body(fact) for fact in adjectives), noun], "")

    def body(self, fact: str) -> Phrase:
        """Build or height, as it stands before a noun: 背の高い."""
        return word(self.words(fact, self.flat[fact]), (fact, self.flat[fact]))

    def thing(self, fact: str, *, note: bool = False) -> Phrase:
        """A noun phrase for any fact outside BODY: 赤い上着, 短い黒髪, 帽子なし."""
        garment = garment_at(self.person, fact) if fact not in _SPECIAL else None
        if garment is not None:
            return self._garment(fact, garment, note=note)
        if fact in ("no bag", "no hat"):
            lack = {
                "no bag": ("荷物なし", "かばんなし", "カバン無し"),
                "no hat": ("帽子なし", "無帽"),
            }
            text = pick(self.rng, lack[fact] if self.person.held is None else lack[fact][-2:])
            return word(text, (f"{fact[3:]}.kind", NONE))
        if fact == "hair":
            return self.hair()
        return word(self.words("worn", fact), (fact, self.flat[fact]))

    def action(self, fact: str, ending: str) -> Phrase:
        """A fact as a verb phrase; `ending` is て, た, ている or ています.

        Where no verb fits, て becomes で, た becomes の, and the rest だ or です.
        """
        thing = self.thing(fact)
        if fact in ("no bag", "no hat"):
            return self._lacking(fact, ending)
        if fact == "hair":
            if self.person.hair_style == "covered":
                return "髪を" + word("隠し" + ending, ("hair_style", "covered"))
            return thing + {"て": "で", "た": "の", "ている": "だ", "ています": "です"}[ending]
        verbs = _VERBS[fact]
        if fact == "bag" and self.person.bag is not None:
            verbs = _BAG_VERBS.get(self.person.bag.kind, verbs)
        if fact == "outer" and self.person.outer is not None:
            opened = self.person.outer.kind.startswith("open")
            verbs = ("を羽織っ", "を着") if opened else verbs[:3]
        return thing + pick(self.rng, verbs) + ending

    def _lacking(self, fact: str, ending: str) -> Phrase:
        place = fact[3:]
        noun = pick(self.rng, ("帽子", "帽子") if place == "hat" else ("かばん", "バッグ", "鞄"))
        verb = {"hat": "かぶ", "bag": "持"}[place]
        ends = {
            "て": {"hat": "らず", "bag": "たず"}[place],
            "た": {"hat": "っていない", "bag": "っていない"}[place],
        }
        ends |= {"ている": ends["た"], "ています": "っていません"}
        return word(f"{noun}を{verb}{ends[ending]}", (f"{place}.kind", NONE))

    def actions(self, facts: list[str], ending: str) -> Phrase:
        """Several facts in one chain of verbs: 赤い上着を着て、ジーンズをはい + `ending`."""
        parts: list[Phrase] = []
        told = self.without_covered_top(facts)
        for position, fact in enumerate(told):
            part = self.action(fact, ending if position == len(told) - 1 else "て")
            if fact == "outer" and len(told) < len(facts):
                part = self.thing("top") + "の上に" + part
            parts.append(part)
        return join(parts, pick(self.rng, ("、", "、", "")))

    def without_covered_top(self, facts: list[str]) -> list[str]:
        """The facts without the top where the outer layer is told along with it."""
        return [f for f in facts if not (f == "top" and "outer" in facts)]

    def hair(self) -> Phrase:
        """短い黒髪, 茶色いポニーテール, スキンヘッド."""
        style, colour = self.person.hair_style, self.person.hair_colour
        shape = word(self.words("hair_style", style), ("hair_style", style))
        if style in ("bald", "covered"):
            return shape
        compound = word(pick(self.rng, HAIR_COMPOUNDS[colour]), ("hair_colour", colour))
        shade = _before_noun(word(self.words("hair_colour", colour), ("hair_colour", colour)))
        told = chance(self.rng, 0.7)
        if style in ("ponytail", "bun"):
            if not told:
                return shape
            joined = chance(self.rng, 0.5) and not shape.text.endswith("髪")
            return compound + "の" + shape if joined else shade + shape
        before = shape if shape.text.endswith(("い", "の")) else shape + "の"
        if not told:
            return before + "髪"
        order = self.rng.random()
        if order < 0.2:
            return compound
        if order < 0.6:
            return before + compound
        return before + shade + "髪" if order < 0.8 else shade + before + "髪"

    def garment_colour(self, place: str, garment: Garment) -> Phrase:
        """The first colour of a garment, as a noun: 赤, グレー, 紺色."""
        return _as_noun(self._colour(place, garment))

    def garment_noun(self, place: str, garment: Garment) -> Phrase:
        """The garment's name alone."""
        return word(self.words("kind", garment.kind), (f"{place}.kind", garment.kind))

    def _colour(self, place: str, garment: Garment) -> Phrase:
        text = self.words("colour", garment.colour)
        if garment.pattern != "plain" and text.startswith("真っ"):
            text = text[2:]
        return word(text, (f"{place}.colour", garment.colour))

    def _garment(self, place: str, garment: Garment, *, note: bool) -> Phrase:
        noun = self.garment_noun(place, garment)
        if place == "top" and garment.kind != "overalls" and chance(self.rng, 0.12):
            noun = Phrase("服")
        if garment.kind.startswith("open") and chance(self.rng, 0.3):
            opened = word(pick(self.rng, ("前を開けた", "前開きの")), ("outer.kind", garment.kind))
            noun = opened + noun
        phrase = self._patterned(place, garment, noun, note=note)
        fit = self.flat.get(f"{place}.fit", "regular")
        if fit in ("loose", "tight") and chance(self.rng, 0.25):
            phrase = word(self.words("fit", fit), (f"{place}.fit", fit)) + phrase
        return phrase

    def _patterned(self, place: str, garment: Garment, noun: Phrase, *, note: bool) -> Phrase:
        main = place in ("top", "outer", "bottom", "hat", "bag")
        coloured = _says_little(noun) or chance(self.rng, 0.88 if main else 0.6)
        colour = self._colour(place, garment)
        if garment.pattern == "plain" or chance(self.rng, 0.35):
            if not coloured:
                return noun
            joined = note and chance(self.rng, 0.6) and not noun.text.startswith(("前", "服"))
            # 黒ジャケット and 紺ズボン are usual; くろジャケット and 青っぽいズボン are two words.
            joined = joined and colour.text[0] > "ん" and not colour.text.endswith("っぽい")
            return _as_noun(colour) + noun if joined else _before_noun(colour) + noun
        fact = (f"{place}.pattern", garment.pattern)
        pattern = word(self.words("pattern", garment.pattern), fact) + "の"
        if not coloured:
            return pattern + noun
        if garment.pattern in ("printed", "logo"):
            return pattern + _before_noun(colour) + noun
        second = word(
            self.words("colour", garment.second_colour),
            (f"{place}.second_colour", garment.second_colour),
        )
        both = _as_noun(colour) + "と" + _as_noun(second) + "の"
        if garment.pattern == "two-colour":
            return both + noun if chance(self.rng, 0.5) else both + pattern + noun
        if chance(self.rng, 0.5):
            return both + pattern + noun
        return _before_noun(colour) + pattern + noun


def _says_little(noun: Phrase) -> bool:
    """Whether the noun alone tells nothing, as everybody wears such a thing."""
    return noun.text in ("服", "上着", "シャツ", "靴", "くつ", "シューズ", "ズボン", "履物")


def _before_noun(colour: Phrase) -> Phrase:
    """A colour as it stands before a noun: 赤い, 紺の, 真っ黒な."""
    if colour.text.endswith("い"):
        return colour
    return colour + ("な" if colour.text.startswith("真っ") else "の")


def _as_noun(colour: Phrase) -> Phrase:
    """A colour as a noun: 赤い to 赤, 青っぽい to 青っぽい色."""
    stem = ADJECTIVE_STEMS.get(colour.text)
    if stem is not None:
        return word(stem, (colour.spans[0].attribute, colour.spans[0].value))
    return colour + "色" if colour.text.endswith("い") else colour
