"""English captions for training: notes, sentences and searches as people write them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.captions_attributes import choose_facts, garment_at
from omnireid.people.captions_english import BODY, CARRIED, WORN, EnglishPhrases, with_article
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word

Grammar = Callable[[EnglishPhrases, list[str]], Phrase]


def english_caption(person: Person, rng: np.random.Generator) -> Phrase:
    """One English caption by the training writer."""
    grammars: tuple[Grammar, ...] = (
        noun_phrase, _sentence, _sentences, _note, _garments_first, _request, _labels, _possessive,
    )  # fmt: skip
    shares = (0.28, 0.18, 0.14, 0.17, 0.07, 0.08, 0.04, 0.04)
    grammar = grammars[int(rng.choice(len(grammars), p=shares))]
    return grammar(EnglishPhrases(person, rng, held_out=False), choose_facts(person, rng))


def groups(phrases: EnglishPhrases, facts: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Facts told as worn, as had, and as carried, in the order given; build and height left out."""
    worn: list[str] = []
    had: list[str] = []
    carried: list[str] = []
    for fact in facts:
        if fact in BODY:
            continue
        loose = fact in ("hat", "glasses", "mask") and chance(phrases.rng, 0.4)
        if fact in WORN and not loose:
            worn.append(fact)
        elif fact in CARRIED and not (fact == "bag" and chance(phrases.rng, 0.4)):
            carried.append(fact)
        else:
            had.append(fact)
    return worn, had, carried


def body_facts(facts: list[str]) -> tuple[str, ...]:
    """The facts that stand as adjectives before the subject."""
    return tuple(fact for fact in facts if fact in BODY)


def _subject(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    return phrases.subject(adjectives=body_facts(facts))


def _listed(phrases: EnglishPhrases, parts: list[Phrase], between: str = "") -> Phrase:
    if len(parts) == 2:
        return join(parts, pick(phrases.rng, (" and ", between or " and ", ", ")))
    return join(parts, ", ", pick(phrases.rng, (" and ", ", and ", ", ")))


def _layered(facts: list[str]) -> list[str]:
    """Things to list, the top only with its outer layer when both are told."""
    if "outer" in facts and "top" in facts:
        facts = [fact for fact in facts if fact != "top"]
        facts.insert(facts.index("outer") + 1, "top")
    return facts


def modifiers(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """What follows a subject: "in a red jacket and blue jeans, with glasses, carrying a box"."""
    worn, had, carried = groups(phrases, facts)
    rng = phrases.rng
    clauses: list[Phrase] = []
    if worn:
        lead = pick(rng, ("in ", "wearing ", "in ", "dressed in ", "who is wearing ", "with "))
        if any(fact in ("glasses", "mask") for fact in worn):
            lead = "wearing "
        between = "" if lead == "with " else " with "
        clauses.append(lead + _listed(phrases, phrases.clothes(_layered(worn)), between))
    if had:
        clauses.append(
            pick(rng, ("with ", "with ", "who has "))
            + _listed(phrases, [phrases.thing(f) for f in had])
        )
    if carried:
        lead = pick(rng, ("carrying ", "with ", "holding " if "held" in carried else "with "))
        clauses.append(lead + _listed(phrases, [phrases.thing(f) for f in carried]))
    if chance(rng, 0.3):
        order = rng.permutation(len(clauses))
        clauses = [clauses[i] for i in order]
    if len(clauses) == 2:
        loose = clauses[0].text.startswith("who has") or clauses[1].text.startswith("carrying")
        return join(clauses, pick(rng, (", ", " and ") if loose else (" ", ", ", " and ")))
    return join(clauses, ", ", pick(rng, (", ", " and ")))


def noun_phrase(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "a man in a red jacket and blue jeans"."""
    subject = _subject(phrases, facts)
    lead = pick(phrases.rng, ("a", "", "the", "one"))
    if lead == "a":
        subject = with_article(subject)
    elif lead:
        subject = lead + " " + subject
    told = modifiers(phrases, facts)
    phrase = subject + " " + told if told.text else subject
    if chance(phrases.rng, 0.15):
        phrase = phrase.capitalised() + pick(phrases.rng, (".", ""))
    return phrase


def _finished(phrases: EnglishPhrases, phrase: Phrase) -> Phrase:
    """As a sentence: capital letter and full stop, or neither, as in a hasty note."""
    if chance(phrases.rng, 0.75):
        return phrase.capitalised() + "."
    return phrase


def _predicate(phrases: EnglishPhrases, facts: list[str], *, plural: bool) -> Phrase:
    """ "is wearing a red jacket, has long hair and carries a box"."""
    worn, had, carried = groups(phrases, facts)
    rng = phrases.rng
    be, have = ("are", "have") if plural else ("is", "has")
    ending = "" if plural else "s"
    clauses: list[Phrase] = []
    if worn:
        verbs = (f"{be} wearing", f"wear{ending}", f"{have} on", f"{be} dressed in", f"{be} in")
        verb = pick(rng, verbs)
        if any(fact in ("glasses", "mask", "hat") for fact in worn):
            verb = pick(rng, (f"{be} wearing", f"wear{ending}"))
        clauses.append(verb + " " + _listed(phrases, phrases.clothes(_layered(worn))))
    if had:
        clauses.append(have + " " + _listed(phrases, [phrases.thing(f) for f in had]))
    if carried:
        carry = "carry" if plural else "carries"
        verb = pick(rng, (f"{be} carrying", carry, have, f"{be} holding"))
        if "bag" in carried and verb.endswith("holding"):
            verb = have
        clauses.append(verb + " " + _listed(phrases, [phrases.thing(f) for f in carried]))
    return join(clauses, ", ", pick(rng, (" and ", ", and ")))


def _sentence(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    subject = _subject(phrases, facts)
    lead = pick(phrases.rng, ("a", "the", "this", "there is", "i saw", "we have"))
    told = [fact for fact in facts if fact not in BODY]
    if lead in ("there is", "i saw", "we have") or not told:
        start = lead if lead in ("there is", "i saw", "we have") else "there is"
        rest = modifiers(phrases, facts)
        whole = start + " " + with_article(subject)
        return _finished(phrases, whole + " " + rest if rest.text else whole)
    subject = with_article(subject) if lead == "a" else lead + " " + subject
    return _finished(phrases, subject + " " + _predicate(phrases, facts, plural=False))


def _sentences(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    told = [fact for fact in facts if fact not in BODY]
    if len(told) < 2:
        return _sentence(phrases, facts)
    cut = int(phrases.rng.integers(1, len(told)))
    first = _finished_sentence(
        with_article(_subject(phrases, facts))
        if chance(phrases.rng, 0.6)
        else pick(phrases.rng, ("the ", "this ")) + _subject(phrases, facts),
        _predicate(phrases, told[:cut], plural=False),
    )
    rest = told[cut:]
    second: list[Phrase] = []
    if len(rest) >= 3 and chance(phrases.rng, 0.5):
        middle = len(rest) // 2
        second = [_follow_up(phrases, rest[:middle]), _follow_up(phrases, rest[middle:])]
    else:
        second = [_follow_up(phrases, rest)]
    return join([first, *second], " ")


def _finished_sentence(subject: Phrase, predicate: Phrase) -> Phrase:
    return (subject + " " + predicate).capitalised() + "."


def _follow_up(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    garment = garment_at(phrases.person, facts[0]) if facts[0] in ("shoes", "bottom") else None
    if len(facts) == 1 and garment is not None and chance(phrases.rng, 0.4):
        colour = phrases.garment_colour(facts[0], garment)
        noun = phrases.garment_noun(facts[0], garment)
        verb = " is " if noun.text in ("footwear", "work clothes") or not _many(noun) else " are "
        return (phrases.possessive() + " " + noun + verb + colour).capitalised() + "."
    plural = phrases.verb("", "plural") == "plural"
    return _finished_sentence(phrases.pronoun(), _predicate(phrases, facts, plural=plural))


def _many(noun: Phrase) -> bool:
    return noun.text.endswith("s") and not noun.text.endswith(("dress", "ss"))


def _note(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """Fragments in a worker's note: "male, blk jacket, jeans, no bag"."""
    rng = phrases.rng
    gender = ("gender", phrases.person.gender)
    letters = {"man": ("male", "man", "m", "guy"), "woman": ("female", "woman", "f", "lady")}
    parts: list[Phrase] = []

    body = [
        word(phrases.words(f, phrases.flat[f]), (f, phrases.flat[f])) for f in body_facts(facts)
    ]
    parts.extend(body)
    for fact in (f for f in facts if f not in BODY):
        thing = phrases.thing(fact, article=False, note=True)
        short = fact in ("bag", "glasses", "mask", "hat") and chance(rng, 0.15)
        parts.append("w/ " + thing if short else thing)
    if chance(rng, 0.2):
        parts = [parts[i] for i in rng.permutation(len(parts))]
    if chance(rng, 0.82):
        who = word(pick(rng, letters[phrases.person.gender]), gender)
        parts.insert(len(parts) if chance(rng, 0.2) else 0, who)
    separator = pick(rng, (", ", " ", ", ", " / ", "; ", " + ", ". ", " - "))
    phrase = join(parts, separator)
    return phrase.capitalised() if chance(rng, 0.2) else phrase


def _garments_first(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    rng = phrases.rng
    worn = [fact for fact in facts if fact in WORN and fact not in ("glasses", "mask")]
    others = [fact for fact in facts if fact not in worn]
    if not worn:
        return noun_phrase(phrases, facts)
    clothes = _listed(phrases, phrases.clothes(_layered(worn)))
    subject = _subject(phrases, others)
    rest = [fact for fact in others if fact not in BODY]
    tail = " " + modifiers(phrases, rest) if rest else Phrase("")
    match int(rng.integers(0, 4)):
        case 0:
            return clothes + ", worn by " + with_article(subject) + tail
        case 1:
            whole = clothes + " on " + with_article(subject) + tail
            return _finished(phrases, whole)
        case 2:
            lead = pick(rng, ("in ", "dressed in ", "wearing "))
            return lead + clothes + ", " + with_article(subject) + tail
        case _:
            return clothes + pick(rng, (": ", ", ", " - ")) + subject + tail


def _request(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    rng = phrases.rng
    subject = _subject(phrases, facts)
    rest = modifiers(phrases, facts)
    lead = pick(rng, (
        "looking for ", "find ", "search for ", "show me ", "i am looking for ", "please find ",
        "where is ", "have you seen ", "is there ", "can you find ",
    ))  # fmt: skip
    definite = lead == "where is " or (lead != "is there " and chance(rng, 0.25))
    body = "the " + subject if definite else with_article(subject)
    body = body + " " + rest if rest.text else body
    asked = lead in ("where is ", "have you seen ", "is there ", "can you find ")
    return lead + body + ("?" if asked and chance(rng, 0.7) else "")


_LABELS = {
    "outer": ("outer", "jacket", "upper", "outerwear"), "top": ("top", "upper", "upper body"),
    "bottom": ("bottom", "lower", "lower body", "legs"), "shoes": ("shoes", "feet", "footwear"),
    "hat": ("hat", "head", "headwear"), "bag": ("bag", "carrying", "bags"),
    "held": ("in hand", "carrying", "holding"), "hair": ("hair",), "glasses": ("face",),
    "mask": ("face",), "beard": ("face",), "build": ("build",), "height": ("height",),
    "no bag": ("bag", "carrying"), "no hat": ("head", "hat"),
}  # fmt: skip


def _labels(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """A form filled in: "top: red jacket; bottom: blue jeans"."""

    rng = phrases.rng
    lines: list[Phrase] = []
    if chance(rng, 0.85):
        label = pick(rng, ("sex", "gender", "person", "who"))
        lines.append(f"{label}: " + phrases.subject())
    for fact in facts:
        told = (
            word(phrases.words(fact, phrases.flat[fact]), (fact, phrases.flat[fact]))
            if fact in BODY
            else phrases.thing(fact, article=False, note=True)
        )
        lines.append(pick(rng, _LABELS[fact]) + ": " + told)
    return join(lines, pick(rng, ("; ", ", ", " | ")))


def _possessive(phrases: EnglishPhrases, facts: list[str]) -> Phrase:
    """ "his jacket is red and his jeans are blue"."""
    places = [f for f in facts if f in ("outer", "top", "bottom", "shoes", "hat", "bag")]
    if not places:
        return _sentence(phrases, facts)
    clauses: list[Phrase] = []
    for place in places:
        garment = garment_at(phrases.person, place)
        if garment is None:
            continue
        noun = phrases.garment_noun(place, garment)
        verb = " are " if _many(noun) else " is "
        colour = phrases.garment_colour(place, garment)
        clauses.append(phrases.possessive() + " " + noun + verb + colour)
    rest = [fact for fact in facts if fact not in places]
    told = join(clauses, ", ", " and ")
    lead = with_article(_subject(phrases, rest))
    others = [fact for fact in rest if fact not in BODY]
    if others:
        lead = lead + " " + modifiers(phrases, others)
    return _finished(phrases, lead + pick(phrases.rng, (": ", "; ", " - ")) + told)
