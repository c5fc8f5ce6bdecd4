"""English captions in other patterns and partly other words, for validation under a shift."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.captions_attributes import choose_facts, garment_at
from omnireid.people.captions_english import BODY, CARRIED, WORN, EnglishPhrases, with_article
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word

Grammar = Callable[[EnglishPhrases, list[str]], Phrase]


def english_held_out(person: Person, rng: np.random.Generator) -> Phrase:
    """One English caption by the held-out writer."""
    grammars: tuple[Grammar, ...] = (_whose, _clad, _witness, _counted, _question, _from_below)
    grammar = grammars[int(rng.choice(len(grammars), p=(0.18, 0.24, 0.22, 0.14, 0.12, 0.1)))]
    return grammar(EnglishPhrases(person, rng, held_out=True), choose_facts(person, rng))


def _worn(phrases: EnglishPhrases, facts: list[str]) -> tuple[list[Phrase], list[Phrase]]:
    """Things worn on the body, and all other things."""
    worn = [fact for fact in facts if fact in WORN]
    others = [fact for fact in facts if fact not in WORN and fact not in BODY]
    return phrases.clothes(worn), [phrases.thing(fact) for fact in others]


def _body(facts: list[str]) -> tuple[str, ...]:
    return tuple(fact for fact in facts if fact in BODY)


def _whose(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "that fellow whose jacket is scarlet and whose denim is blue, toting a satchel"."""
    places = [f for f in facts if f in ("outer", "top", "bottom", "shoes", "hat")]
    clauses: list[Phrase] = []
    for place in places:
        garment = garment_at(phrases.person, place)
        if garment is not None:
            noun = phrases.garment_noun(place, garment)
            looks = " look " if noun.text.endswith("s") and noun.text[-2:] != "ss" else " looks "
            clauses.append("whose " + noun + looks + phrases.garment_colour(place, garment))
    rest = [fact for fact in facts if fact not in places]
    _, others = _worn(phrases, [fact for fact in rest if fact not in WORN])
    face = [phrases.thing(fact) for fact in rest if fact in WORN]
    subject = phrases.subject(adjectives=_body(facts))
    lead = pick(phrases.rng, ("that ", "some ", "any "))
    phrase = lead + subject
    if clauses:
        phrase = phrase + " " + join(clauses, ", ", " and ")
    if others or face:
        owner = pick(phrases.rng, (", plus ", ", along with ", ", also "))
        phrase = phrase + owner + join([*face, *others], " plus ")
    return phrase


def _clad(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "Clad in a crimson anorak atop blue jeans, a bloke sporting whiskers passes"."""
    worn, others = _worn(phrases, facts)
    subject = with_article(phrases.subject(adjectives=_body(facts)))
    rng = phrases.rng
    if others:
        link = pick(rng, (" sporting ", " showing ", " accompanied by "))
        subject = subject + link + join(others, " as well as ")
    if not worn:
        return (subject + pick(rng, (" passes", " walks by", ""))).capitalised()
    clothes = join(worn, ", ", pick(rng, (" plus ", " along with ", " together with ")))
    lead = pick(rng, ("clad in ", "attired in ", "decked out in "))
    if chance(rng, 0.5):
        return (lead + clothes + ", " + subject).capitalised() + pick(rng, (" passes", "", "!"))
    return (subject + " " + lead + clothes).capitalised()


def _witness(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "What she had on: a powder blue singlet. Also noticed: whiskers."."""
    rng = phrases.rng
    worn, others = _worn(phrases, facts)
    who = phrases.subject(adjectives=_body(facts))
    lead = pick(rng, ("from memory, it was ", "the witness describes ", "my guess: "))
    phrase = (lead + with_article(who)).capitalised() + "."
    if worn:
        seen = pick(
            rng, ("had on ", f"{phrases.verb('was', 'were')} clothed in ", "went about in ")
        )
        clothes = join(worn, ", ", " plus ")
        phrase = phrase + " " + (phrases.pronoun() + " " + seen + clothes).capitalised() + "."
    if others:
        noticed = pick(rng, ("also noticed: ", "what stood out: ", "further: "))
        phrase = phrase + " " + noticed.capitalize() + join(others, " & ") + "."
    return phrase


def _counted(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "1x male > scarlet bomber > denim > knapsack"."""
    rng = phrases.rng
    text = {"man": "male", "woman": "female"}[phrases.person.gender]
    parts = [pick(rng, ("1x ", "one ", "single ")) + word(text, ("gender", phrases.person.gender))]
    for fact in facts:
        if fact in BODY:
            parts.append(word(phrases.words(fact, phrases.flat[fact]), (fact, phrases.flat[fact])))
        else:
            parts.append(phrases.thing(fact, article=False))
    return join(parts, pick(rng, (" > ", " | ", " && ", " ... ")))


def _question(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "Did anybody notice a bloke go past in a scarlet bomber? He had whiskers"."""
    rng = phrases.rng
    worn, others = _worn(phrases, facts)
    lead = pick(rng, ("did anybody notice ", "who can spot ", "which camera caught ", "was there "))
    phrase = lead + with_article(phrases.subject(adjectives=_body(facts)))
    if worn:
        phrase = phrase + pick(rng, (" clothed in ", " outfitted in ")) + join(worn, " plus ")
    if others:
        phrase = phrase + pick(rng, (", including ", ", seen with ")) + join(others, " plus ")
    return phrase.capitalised() + "?"


def _from_below(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "feet: canvas; legs: denim; torso: scarlet bomber (bloke)"."""
    parts_of = {
        "shoes": "on the feet", "bottom": "on the legs", "top": "around the torso",
        "outer": "outermost", "hat": "up top", "hair": "atop",
    }  # fmt: skip
    order = ("shoes", "bottom", "top", "outer", "hair", "hat")
    lines = [f"{parts_of[fact]}, " + phrases.thing(fact) for fact in order if fact in facts]
    extra = [phrases.thing(f) for f in facts if f in CARRIED or f in ("glasses", "mask", "beard")]
    subject = phrases.subject(adjectives=_body(facts))
    whole = join([*lines, *extra], pick(phrases.rng, (" ... ", "; ")))
    if not whole.text:
        return "just " + with_article(subject)
    return whole + " (" + subject + ")"
