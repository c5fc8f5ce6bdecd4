"""Japanese captions in other patterns and partly other words, for validation under a shift."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.captions_attributes import choose_facts, garment_at
from omnireid.people.captions_japanese import BODY, JapanesePhrases
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word

Grammar = Callable[[JapanesePhrases, list[str]], Phrase]
_LACKS = ("no bag", "no hat")
_CLOTHES = ("outer", "top", "bottom", "shoes")


def japanese_held_out(person: Person, rng: np.random.Generator) -> Phrase:
    """One Japanese caption by the held-out writer."""
    grammars: tuple[Grammar, ...] = (_figure, _features, _halves, _from_below, _witness, _listed)
    grammar = grammars[int(rng.choice(len(grammars), p=(0.24, 0.18, 0.16, 0.12, 0.18, 0.12)))]
    return grammar(JapanesePhrases(person, rng, held_out=True), choose_facts(person, rng))


def _split(facts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    return tuple(f for f in facts if f in BODY), [f for f in facts if f not in BODY]


def _figure(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """紅色のアウターにGパンという格好の男子."""
    rng = phrases.rng
    body, told = _split(facts)
    worn = [phrases.thing(f) for f in told if f in _CLOTHES]
    others = [phrases.thing(f) for f in told if f not in _CLOTHES and f not in _LACKS]
    subject = phrases.subject(adjectives=body)
    if not worn:
        look = join(others, "＋") + "が目につく" if others else Phrase("とある")
        return look + subject
    looks = ("という格好の", "姿の", "といった服装の", "という装いの")
    phrase = join(worn, "＋", "に") + pick(rng, looks) + subject
    if others:
        phrase = phrase + pick(rng, ("。ほかに", "（", "。加えて")) + join(others, "と")
        phrase = phrase + ("）" if "（" in phrase.text else "")
    return phrase


def _features(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """特徴としては、紅色のアウター、Gパン、以上。若い男子。"""
    rng = phrases.rng
    body, told = _split(facts)
    things = [phrases.thing(fact) for fact in told]
    lead = pick(rng, ("特徴としては、", "目印は", "覚えている点＝"))
    subject = phrases.subject(adjectives=body)
    if not things:
        return "見えたのは" + subject + "だけ"
    return (
        lead
        + join(things, pick(rng, ("、それと", "、さらに", "に加え")))
        + "。"
        + subject
        + "のこと"
    )


def _halves(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """上半身が紅色で下半身が青系の男子。"""
    rng = phrases.rng
    body, told = _split(facts)
    halves = {"outer": "いちばん外側", "top": "胴まわり", "bottom": "脚まわり", "shoes": "足まわり"}
    clauses: list[Phrase] = []
    for place in told:
        garment = garment_at(phrases.person, place) if place in halves else None
        if garment is None:
            continue
        shade = phrases.garment_colour(place, garment)
        noun = phrases.garment_noun(place, garment) if chance(rng, 0.6) else Phrase("")
        clauses.append(halves[place] + "が" + shade + ("の" + noun if noun.text else ""))
    subject = phrases.subject(adjectives=body)
    others = [phrases.thing(f) for f in told if f not in halves]
    if not clauses:
        return (
            subject + pick(rng, ("。手がかり＝", "。補足＝")) + join(others, "と")
            if others
            else subject
        )
    phrase = join(clauses, "、また") + "という" + subject
    return phrase + ("。補足＝" + join(others, "と") if others else "")


def _from_below(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """足元から順に、ズック、Gパン、紅色のアウター。"""
    order = (
        "shoes",
        "bottom",
        "outer",
        "top",
        "held",
        "bag",
        "beard",
        "mask",
        "glasses",
        "hair",
        "hat",
    )
    body, told = _split(facts)
    things = [phrases.thing(fact) for fact in order if fact in told]
    subject = phrases.subject(adjectives=body)
    if not things:
        return subject + "、それだけ"
    lead = pick(phrases.rng, ("下から順に", "足側から見て", "下から言うと"))
    return lead + join(things, "→") + "、" + subject


def _witness(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """男子だったと思う。紅色のアウターを身につけていた。"""
    rng = phrases.rng
    body, told = _split(facts)
    subject = phrases.subject(adjectives=body)
    sure = ("だったと思う。", "だったはず。", "らしき人影。", "でしょうか。")
    phrase = subject + pick(rng, sure)
    worn = [phrases.thing(f) for f in told if f in (*_CLOTHES, "hat", "glasses", "mask")]
    others = [phrases.thing(f) for f in told if f in ("hair", "bag", "held", "beard")]
    if worn:
        end = pick(rng, ("を身につけていた。", "を身にまとっていました。", "といういでたち。"))
        phrase = phrase + join(worn, "、", "と") + end
    if others:
        phrase = phrase + join(others, "、", "と") + pick(rng, ("が印象的。", "も見えた。"))
    return phrase


def _listed(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """【男】①紅色のアウター②Gパン."""
    rng = phrases.rng
    _, told = _split(facts)
    text = {"man": "男性", "woman": "女性"}[phrases.person.gender]
    head = "【" + word(text, ("gender", phrases.person.gender)) + "】"
    things = [phrases.thing(fact, note=True) for fact in told]
    bullet = pick(rng, ("■", "※", "＞"))
    return head + join([bullet + thing for thing in things], "") if things else head
