import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from omnireid.errors import InputError
from omnireid.language import normalise
from omnireid.people import Person, captions, sample_person
from omnireid.people.attributes import COLOURS, Garment
from omnireid.people.captions import Writer
from omnireid.people.captions_attributes import ATTRIBUTE_VALUES, HIDING, flat_attributes
from omnireid.people.captions_phrase import Phrase, Span, join, word
from omnireid.people.captions_words_en import HELD_OUT as HELD_OUT_EN
from omnireid.people.captions_words_en import TRAINING as TRAINING_EN
from omnireid.people.captions_words_ja import HELD_OUT as HELD_OUT_JA
from omnireid.people.captions_words_ja import TRAINING as TRAINING_JA

Said = tuple[Person, str, tuple[Span, ...]]
WRITERS: tuple[Writer, ...] = ("training", "held-out")


def _said(writer: Writer) -> Iterator[tuple[Said, Said]]:
    rng = np.random.default_rng(20261123)
    for _ in range(3000):
        person = sample_person(rng)
        one = captions(person, rng, 1, writer)
        yield (person, one.en[0], one.spans_en[0]), (person, one.ja[0], one.spans_ja[0])


@pytest.fixture(scope="module")
def said() -> dict[tuple[str, str], list[Said]]:
    found: dict[tuple[str, str], list[Said]] = {}
    for writer in WRITERS:
        english, japanese = zip(*_said(writer), strict=True)
        found |= {(writer, "en"): list(english), (writer, "ja"): list(japanese)}
    return found


def _skeleton(text: str, spans: tuple[Span, ...]) -> str:
    """The caption with each attribute word replaced by its attribute's name."""
    parts: list[str] = []
    position = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if span.start >= position:
            parts.extend((text[position : span.start], "{" + span.attribute + "}"))
            position = span.end
    return "".join((*parts, text[position:]))


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_template_has_above_two_percent(
    said: dict[tuple[str, str], list[Said]], writer: str, language: str
) -> None:
    written = said[writer, language]
    skeletons = Counter(_skeleton(text, spans) for _, text, spans in written)
    frames = Counter(
        # Coarser: which attributes are told does not count, only the words around them.
        re.sub(r"\{[^}]*\}", "_", _skeleton(text, spans))
        for _, text, spans in written
    )
    assert skeletons.most_common(1)[0][1] <= 0.02 * len(written)
    assert frames.most_common(1)[0][1] <= 0.02 * len(written), frames.most_common(3)
    assert len({text for _, text, _ in written}) > 0.95 * len(written)


def test_the_writers_share_almost_no_template(said: dict[tuple[str, str], list[Said]]) -> None:
    for language in ("en", "ja"):
        frames = [
            {
                re.sub(r"\{[^}]*\}", "_", _skeleton(text, spans)).lower()
                for _, text, spans in said[writer, language]
            }
            for writer in WRITERS
        ]
        assert len(frames[0] & frames[1]) <= 0.01 * len(frames[1])


def test_words_kept_back_are_used_by_the_held_out_writer_alone() -> None:
    for training, kept in ((TRAINING_EN, HELD_OUT_EN), (TRAINING_JA, HELD_OUT_JA)):
        for table, values in kept.items():
            known = {w for words in training[table].values() for w in words}
            for value, words in values.items():
                assert words, (table, value)
                assert not known & set(words), (table, value)


def test_the_held_out_writer_uses_words_kept_back(
    said: dict[tuple[str, str], list[Said]],
) -> None:
    for language, kept in (("en", HELD_OUT_EN), ("ja", HELD_OUT_JA)):
        words = {w for values in kept.values() for some in values.values() for w in some}
        shares = {}
        for writer in WRITERS:
            told = [
                text[s.start : s.end].lower() for _, text, sp in said[writer, language] for s in sp
            ]
            shares[writer] = sum(t in words for t in told) / len(told)
        assert shares["training"] < 0.01
        assert shares["held-out"] > 0.2


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_spans_are_true_and_lie_on_words(
    said: dict[tuple[str, str], list[Said]], writer: str, language: str
) -> None:
    for person, text, spans in said[writer, language]:
        flat = flat_attributes(person)
        for span in spans:
            assert 0 <= span.start < span.end <= len(text)
            told = text[span.start : span.end]
            assert told == told.strip()
            assert flat[span.attribute] == span.value, (text, span)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_offsets_hold_in_the_normalised_text_too(
    said: dict[tuple[str, str], list[Said]], writer: str, language: str
) -> None:
    for _, text, spans in said[writer, language]:
        normalised = normalise(text)
        assert len(normalised) == len(text)
        for span in spans:
            assert normalised[span.start : span.end] == normalise(text[span.start : span.end])


def test_colour_words_are_never_of_another_colour(
    said: dict[tuple[str, str], list[Said]],
) -> None:
    lexicons = {"en": (TRAINING_EN, HELD_OUT_EN), "ja": (TRAINING_JA, HELD_OUT_JA)}
    for (_, language), written in said.items():
        words: dict[str, set[str]] = {colour: set() for colour in COLOURS}
        for lexicon in lexicons[language]:
            for colour, names in lexicon["colour"].items():
                words[colour].update(names)
        plain = {"red", "green", "yellow", "orange", "purple", "pink"}
        for _, text, spans in written:
            for span in spans:
                told = text[span.start : span.end].lower()
                if span.attribute.endswith("colour") and span.attribute != "hair_colour":
                    if told in plain:
                        assert span.value == told
                    if told in set().union(*words.values()):
                        assert told in words[span.value], (text, told, span)


def test_a_top_under_a_closed_jacket_is_rarely_told(
    said: dict[tuple[str, str], list[Said]],
) -> None:
    told = Counter[bool]()
    outer = Counter[bool]()
    for person, _, spans in said["training", "en"]:
        if person.outer is not None and person.outer.kind in HIDING and len(spans) > 4:
            told[any(s.attribute.startswith("top.") for s in spans)] += 1
            outer[any(s.attribute.startswith("outer.") for s in spans)] += 1
    assert told[True] < 0.1 * told.total()
    assert outer[True] > 0.6 * outer.total()


@pytest.mark.parametrize(
    ("language", "pattern"),
    [
        (
            "en",
            r"^an? \S*( \S+)? ?(man|woman|lady|guy) (in|wearing) an? \S+( \S+)? \S+ (and|with) ",
        ),
        ("en", r"(male|female|man|woman|\bm\b|\bf\b), "),
        ("en", r"dark (jacket|coat|trousers|pants|jeans|shoes)"),
        ("en", r"^[A-Z].*\.$"),
        ("en", r"\?$"),
        ("en", r"(trousers|pants|slacks)"),
        ("ja", r"^[^、。 ]+の(男性|女性|男の人|女の人|男|女)$"),
        ("ja", r"をはいた|を履いた"),
        ("ja", r"(あり|有り)"),
        ("ja", r"(です|ています)。"),
        ("ja", r"(作業着|作業服|つなぎ)"),
        ("ja", r"(ねずみ色|灰色|グレー)"),
        ("ja", r"探し"),
    ],
)
def test_the_ways_people_write_all_occur(
    said: dict[tuple[str, str], list[Said]], language: str, pattern: str
) -> None:
    found = sum(bool(re.search(pattern, text)) for _, text, _ in said["training", language])
    assert found >= 15


@pytest.mark.parametrize("writer", WRITERS)
def test_lengths_run_from_a_few_words_to_about_forty(
    said: dict[tuple[str, str], list[Said]], writer: str
) -> None:
    counts = np.array([len(text.split()) for _, text, _ in said[writer, "en"]])
    assert np.quantile(counts, 0.02) <= 7
    assert np.quantile(counts, 0.995) <= 48
    assert (counts >= 3).mean() > 0.97
    characters = np.array([len(text) for _, text, _ in said[writer, "ja"]])
    assert 20 <= np.median(characters) <= 60
    assert characters.max() <= 160


def test_english_articles(said: dict[tuple[str, str], list[Said]]) -> None:
    for writer in WRITERS:
        for _, text, _ in said[writer, "en"]:
            assert not re.search(r"\ba (?!one)[aeiou]|\ban [^aeiou]|\ban one", text, re.I), text
            assert "  " not in text
            assert not re.search(r"\ban? (jeans|trousers|shorts|boots|shoes|sneakers)\b", text), (
                text
            )


def test_same_generator_state_gives_the_same_captions() -> None:
    person = sample_person(np.random.default_rng(1))
    first = captions(person, np.random.default_rng(2), 5)
    assert first == captions(person, np.random.default_rng(2), 5)
    assert first != captions(person, np.random.default_rng(3), 5)
    assert len(first.en) == len(first.ja) == len(first.spans_en) == len(first.spans_ja) == 5


def test_an_unknown_writer_is_refused() -> None:
    person = sample_person(np.random.default_rng(1))
    with pytest.raises(InputError, match="held-out"):
        captions(person, np.random.default_rng(2), writer="poet")  # type: ignore[arg-type]


def test_flat_attributes_name_what_is_absent() -> None:
    top = Garment("dress", "red", pattern="striped", second_colour="white", looseness=0.9)
    person = Person(
        "woman", "young", "tall", "slim", 0.3, "bald", "black", top, Garment("boots", "black")
    )
    flat = flat_attributes(person)
    assert tuple(flat) == tuple(ATTRIBUTE_VALUES)
    assert flat["top.kind"] == "dress"
    assert flat["top.second_colour"] == "white"
    assert flat["top.fit"] == "loose"
    assert (
        flat["hair_colour"] == flat["bottom.kind"] == flat["bag.colour"] == flat["beard"] == "none"
    )
    assert flat["shoes.pattern"] == "plain"
    assert flat["shoes.second_colour"] == "none"
    assert flat_attributes(replace(person, glasses=True))["glasses"] == "glasses"


def test_every_flat_value_is_listed() -> None:
    rng = np.random.default_rng(9)
    for _ in range(500):
        for name, value in flat_attributes(sample_person(rng)).items():
            assert value in ATTRIBUTE_VALUES[name]


def test_phrases_move_their_spans() -> None:
    phrase = "a " + word("red", ("top.colour", "red")) + " " + word("shirt", ("top.kind", "shirt"))
    assert [phrase.text[s.start : s.end] for s in phrase.spans] == ["red", "shirt"]
    listed = join([phrase, phrase], ", ", " and ")
    assert listed.text == "a red shirt and a red shirt"
    assert [listed.text[s.start : s.end] for s in listed.spans] == ["red", "shirt"] * 2
    assert Phrase("ab").capitalised().text == "Ab"
