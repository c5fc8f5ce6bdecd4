"""Japanese captions for training: notes, sentences and searches as people write them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omnireid.people.attributes import Person
from omnireid.people.captions_attributes import choose_facts, garment_at
from omnireid.people.captions_japanese import BODY, JapanesePhrases
from omnireid.people.captions_phrase import Phrase, chance, join, pick, word

Grammar = Callable[[JapanesePhrases, list[str]], Phrase]
_MOST_BEFORE_A_NOUN = 5
CLOTHES = ("outer", "top", "bottom", "shoes", "hat")


def japanese_caption(person: Person, rng: np.random.Generator) -> Phrase:
    """One Japanese caption by the training writer."""
    grammars: tuple[Grammar, ...] = (
        noun_phrase, _sentence, _sentences, _note, _request, _labels, _colours_of, _existence,
    )  # fmt: skip
    shares = (0.3, 0.14, 0.13, 0.17, 0.08, 0.06, 0.04, 0.08)
    grammar = grammars[int(rng.choice(len(grammars), p=shares))]
    return grammar(JapanesePhrases(person, rng, held_out=False), choose_facts(person, rng))


def split_body(facts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Facts of build and height, and the others."""
    return tuple(f for f in facts if f in BODY), [f for f in facts if f not in BODY]


def noun_phrase(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """赤い上着を着た男性, 黒いコートに白い靴の女性, リュックを背負った、眼鏡の男."""
    rng = phrases.rng
    body, told = split_body(facts[:_MOST_BEFORE_A_NOUN])
    subject = phrases.subject(adjectives=body)
    told = phrases.without_covered_top(told)
    if not told:
        return subject
    last, before = told[-1], told[:-1]
    if "top" in facts[:_MOST_BEFORE_A_NOUN] and "outer" in told and chance(rng, 0.7):
        return phrases.actions([*told, "top"], "た") + subject
    # 傘の男 is odd; 眼鏡の男 and 赤い上着の男 are not.
    if chance(rng, 0.45) and all(f not in ("no bag", "no hat", "held") for f in told):
        things = [phrases.thing(fact) for fact in told]
        link = "に" if len(things) == 2 else "、"
        return join(things, pick(rng, ("、", link)), pick(rng, ("に", "と", "、"))) + "の" + subject
    pause = "、" if len(told) > 2 and last != "hair" and chance(rng, 0.3) else ""
    if before and last not in (*CLOTHES, "held") and chance(rng, 0.3):
        return (
            phrases.actions(before, "た") + pick(rng, ("、", "")) + _with(phrases, last) + subject
        )
    return phrases.actions(told, "た") + pause + subject


def _with(phrases: JapanesePhrases, fact: str) -> Phrase:
    """眼鏡の, リュックの, 黒髪の."""
    return phrases.thing(fact) + "の"


def _polite(phrases: JapanesePhrases) -> bool:
    return chance(phrases.rng, 0.4)


def _stop(phrases: JapanesePhrases) -> str:
    return "。" if chance(phrases.rng, 0.75) else ""


def _sentence(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """男性が赤い上着を着て、青いジーンズをはいている。"""
    body, told = split_body(facts)
    subject = phrases.subject(adjectives=body)
    if not told:
        return subject + ("です。" if _polite(phrases) else "。")
    ending = "ています" if _polite(phrases) else "ている"
    link = pick(phrases.rng, ("が", "は", "は、", "、", "で、"))
    return subject + link + phrases.actions(told, ending) + _stop(phrases)


def _existence(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    ends = (
        "がいた",
        "がいる",
        "がいます",
        "がいました",
        "を見た",
        "を見かけました",
        "です",
        "でした",
    )
    return noun_phrase(phrases, facts) + pick(phrases.rng, ends) + _stop(phrases)


_TOPICS = {
    "outer": ("上着は", "上は", "アウターは"), "top": ("上は", "服は", "トップスは"),
    "bottom": ("下は", "下は", "下半身は"), "shoes": ("靴は", "足元は"),
    "hat": ("頭は", "帽子は"), "bag": ("荷物は", "持ち物は", "かばんは"),
    "held": ("手には", "手元は"), "hair": ("髪は", "髪型は"),
}  # fmt: skip


def _sentences(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """赤い上着を着た男性です。靴は白いスニーカー。眼鏡をかけています。"""
    rng = phrases.rng
    body, told = split_body(facts)
    if len(told) < 2:
        return _existence(phrases, facts)
    polite = _polite(phrases)
    if "outer" in told and "top" in told:
        told = ["outer", "top", *(f for f in told if f not in ("outer", "top"))]
    cut = int(rng.integers(1, min(len(told), 4)))
    cut = max(cut, 2) if "outer" in told and "top" in told else cut
    first = noun_phrase(phrases, [*body, *told[:cut]]) + ("です。" if polite else "。")
    sentences = [first]
    rest = told[cut:]
    while rest:
        fact = rest[0]
        topic = _TOPICS.get(fact)
        if topic is not None and chance(rng, 0.45):
            end = "です。" if polite else pick(rng, ("。", "だ。"))
            sentences.append(pick(rng, topic) + phrases.thing(fact) + end)
            rest = rest[1:]
            continue
        step = int(rng.integers(1, len(rest) + 1))
        sentences.append(phrases.actions(rest[:step], "ています" if polite else "ている") + "。")
        rest = rest[step:]
    return join(sentences, "")


_HAVING = ("bag", "glasses", "mask", "beard", "hat", "held")


def _note(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """Fragments in a worker's note: 男性 黒い上着 リュックあり."""
    rng = phrases.rng
    body, told = split_body(facts)
    parts: list[Phrase] = []
    who = {"man": ("男性", "男", "男の人"), "woman": ("女性", "女", "女の人")}[
        phrases.person.gender
    ]
    for fact in told:
        part = phrases.thing(fact, note=True)
        if fact in _HAVING and chance(rng, 0.5):
            marks = ("あり", "着用") if fact in ("mask", "hat", "glasses") else ("あり", "有り")
            part = part + pick(rng, marks)
        parts.append(part)
    parts.extend(_body_note(phrases, fact) for fact in body)
    if chance(rng, 0.2):
        parts = [parts[i] for i in rng.permutation(len(parts))]
    if chance(rng, 0.85):
        subject = word(pick(rng, who), ("gender", phrases.person.gender))
        if chance(rng, 0.3):
            subject = phrases.subject()
        parts.insert(len(parts) if chance(rng, 0.15) else 0, subject)
    return join(parts, pick(rng, (" ", "、", "。", "・", "/", ",")))


def _body_note(phrases: JapanesePhrases, fact: str) -> Phrase:
    words = {
        ("height", "tall"): ("長身", "背が高い", "背高め"),
        ("height", "short"): ("小柄", "背が低い"),
        ("build", "slim"): ("痩せ型", "やせ型", "細身"),
        ("build", "heavy"): ("太め", "大柄", "がっちり"),
    }
    value = phrases.flat[fact]
    return word(pick(phrases.rng, words[fact, value]), (fact, value))


def _request(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    ends = (
        "を探しています", "を探して", "を探す", "はいますか", "を見つけて", "はどこですか",
        "を検索", "を見かけませんでしたか", "を探してください",
    )  # fmt: skip
    end = pick(phrases.rng, ends)
    mark = "？" if end.endswith("か") and chance(phrases.rng, 0.5) else ""
    return noun_phrase(phrases, facts) + end + mark


_LABELS = {
    "outer": ("上着", "上", "アウター"), "top": ("上", "トップス", "上半身"),
    "bottom": ("下", "下半身"), "shoes": ("靴", "足元"), "hat": ("帽子", "頭"),
    "bag": ("荷物", "かばん", "持ち物"),
    "held": ("手", "持ち物"), "hair": ("髪", "髪型"), "glasses": ("顔",), "mask": ("顔",),
    "beard": ("顔",), "no bag": ("荷物",), "no hat": ("頭",), "height": ("身長", "体格"),
    "build": ("体格", "体型"),
}  # fmt: skip


def _labels(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """A form filled in: 性別:男 上:黒のジャケット 下:ジーンズ."""
    rng = phrases.rng
    colon = pick(rng, (":", "："))
    lines: list[Phrase] = []
    if chance(rng, 0.85):
        text = {"man": ("男性", "男"), "woman": ("女性", "女")}[phrases.person.gender]
        who = word(pick(rng, text), ("gender", phrases.person.gender))
        lines.append(pick(rng, ("性別", "人物", "対象")) + colon + who)
    for fact in facts:
        told = _body_note(phrases, fact) if fact in BODY else phrases.thing(fact, note=True)
        lines.append(pick(rng, _LABELS[fact]) + colon + told)
    return join(lines, pick(rng, (" ", "、", "/", " ")))


def _colours_of(phrases: JapanesePhrases, facts: list[str]) -> Phrase:
    """男性、上着は赤でズボンは青。"""
    rng = phrases.rng
    places = [f for f in facts if f in ("outer", "top", "bottom", "shoes", "hat", "bag")]
    rest = [fact for fact in facts if fact not in places]
    if not places:
        return _sentence(phrases, facts)
    clauses: list[Phrase] = []
    particle = pick(rng, ("は", "が"))
    for place in phrases.without_covered_top(places):
        garment = garment_at(phrases.person, place)
        if garment is not None:
            noun = phrases.garment_noun(place, garment)
            clauses.append(noun + particle + phrases.garment_colour(place, garment))
    subject = noun_phrase(phrases, rest)
    end = "です" if _polite(phrases) else ""
    told = join(clauses, pick(rng, ("、", "で", "で、"))) + end + _stop(phrases)
    return subject + pick(rng, ("、", "。", "で、")) + told
