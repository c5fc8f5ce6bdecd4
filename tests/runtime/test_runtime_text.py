import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import ModelError
from omnireid.language import character_kind, normalise
from omnireid.runtime import TextTokenizer
from omnireid.runtime.text import TextToken

VOCABULARY = [
    "[PAD]", "[UNK]", "[MASK]", ",", "-", "a", "b", "c", "##a", "##b", "##c", "##ab", "abc", "red",
    "jacket", "##s", "赤", "赤い", "い", "帽", "帽子", "リ", "ュ", "ッ", "ク", "リュック",
    "リュックサック", "tシャツ", "。", "コート", "ぼうし", "くろい", "から", "'", "ー",
]  # fmt: skip
TOKENIZER = TextTokenizer(VOCABULARY)
ALPHABET = st.sampled_from("abcxRredjackets -,、。赤い帽子リュックサトtTシャツé1ｸﾘ 　\u200b")
TEXTS = st.one_of(st.text(max_size=60), st.text(ALPHABET, max_size=60))


def _words(text: str) -> list[str]:
    return [VOCABULARY[token.id] for token in TOKENIZER.encode_with_offsets(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Red jackets, abc", ["red", "jacket", "##s", ",", "abc"]),
        ("abab", ["a", "##b", "##ab"]),
        ("赤い帽子。", ["赤い", "帽子", "。"]),
        ("赤帽", ["赤", "帽"]),
        ("リュックサック", ["リュックサック"]),
        ("ﾘｭｯｸ", ["リュック"]),
        ("リュックサ", ["リュック", "[UNK]"]),
        ("赤いTシャツ red", ["赤い", "tシャツ", "red"]),
        ("zed", ["[UNK]"]),
        ("réd", ["red"]),
        ("red-赤", ["red", "-", "赤"]),
        ("😀 red ™", ["red", "[UNK]"]),
        ("臙", ["[UNK]"]),
        ("a’b", ["a", "'", "b"]),
        ("red–赤―", ["red", "-", "赤", "-"]),
        ("こーと", ["コート"]),
        ("クロイボウシ", ["くろい", "ぼうし"]),
        ("ｸﾛｲｺｰﾄ", ["くろい", "コート"]),
        ("リクロイ", ["リ", "ク", "[UNK]", "[UNK]"]),
        ("カラー", ["[UNK]", "[UNK]", "ー"]),
        ("コ−ト コ-ト コ－ト", ["コート"] * 3),
        ("", []),
    ],
)
def test_pieces(text: str, expected: list[str]) -> None:
    assert _words(text) == expected


def _slow_pieces(text: str) -> list[str]:
    """The same rules, tried the obvious way on a text of plain letters and CJK characters."""
    found: list[str] = []
    rest = normalise(text)
    inside_word = False
    while rest:
        if rest[0] == " ":
            rest, inside_word = rest[1:], False
            continue
        kind = character_kind(rest[0])
        if kind == "cjk" or (rest[0] == "t" and not inside_word and rest.startswith("tシャツ")):
            fits = [t for t in VOCABULARY[3:] if rest.startswith(t) and not t.startswith("##")]
            best = max((t for t in fits if not t.isascii()), key=len, default=None)
            found.append(best or "[UNK]")
            rest, inside_word = rest[len(best or "x") :], False
            continue
        if kind != "word":
            found.append(rest[0] if rest[0] in VOCABULARY else "[UNK]")
            rest, inside_word = rest[1:], False
            continue
        length = next((i for i, c in enumerate(rest) if character_kind(c) != "word"), len(rest))
        word, rest = rest[:length], rest[length:]
        spelled: list[str] = []
        while word:
            prefix = "##" if spelled else ""
            fits = [t for t in VOCABULARY[3:] if (prefix + word).startswith(t) and t != "##"]
            fits = [t for t in fits if t.startswith("##") == bool(prefix)]
            if not fits:
                spelled = ["[UNK]"]
                break
            best = max(fits, key=len)
            spelled.append(best)
            word = word[len(best) - len(prefix) :]
        found.extend(spelled)
    return found


@given(st.text(st.sampled_from("abcredjackst ,。赤い帽子リュックサト"), max_size=40))
def test_greedy_equals_the_slow_reference(text: str) -> None:
    assert _words(text) == _slow_pieces(text)


@given(st.lists(TEXTS, max_size=4), st.integers(1, 20))
def test_any_text_gives_valid_ids(texts: list[str], length: int) -> None:
    ids, mask = TOKENIZER.encode(texts, max_length=length)
    assert ids.shape == mask.shape == (len(texts), length)
    assert ids.dtype == np.int64
    assert mask.dtype == np.bool_
    assert ((ids >= 0) & (ids < TOKENIZER.size)).all()
    assert (ids[~mask] == 0).all()
    assert (ids[mask] > 0).all()
    assert mask[:, 0].all()
    assert (mask[:, 1:] <= mask[:, :-1]).all()


@given(TEXTS)
def test_offsets_run_forward_inside_the_normalised_text(text: str) -> None:
    normalised = normalise(text)
    end = 0
    for token in TOKENIZER.encode_with_offsets(text):
        assert end <= token.start < token.end <= len(normalised)
        assert not normalised[token.start : token.end].isspace()
        end = token.end


@given(TEXTS)
def test_written_forms_do_not_matter(text: str) -> None:
    assert TOKENIZER.encode_with_offsets(text) == TOKENIZER.encode_with_offsets(normalise(text))


@given(TEXTS, TEXTS)
def test_a_text_is_encoded_alike_in_any_company(text: str, other: str) -> None:
    alone = TOKENIZER.encode([text])[0]
    together = TOKENIZER.encode([other, text])[0]
    assert (alone[0] == together[1]).all()


def test_a_text_without_any_token_becomes_unknown() -> None:
    ids, mask = TOKENIZER.encode(["", "\u200b"], max_length=4)
    assert ids.tolist() == [[1, 0, 0, 0]] * 2
    assert mask.sum() == 2


def test_marks_and_emoji_say_nothing() -> None:
    assert TOKENIZER.encode_with_offsets("👕 赤い🧢帽子 ☆") == [
        TextToken(VOCABULARY.index("赤い"), 2, 4),
        TextToken(VOCABULARY.index("帽子"), 5, 7),
    ]
    ids, _ = TOKENIZER.encode(["👕"], max_length=2)
    assert ids.tolist() == [[1, 0]]


def test_long_texts_are_cut() -> None:
    ids, mask = TOKENIZER.encode(["red " * 50], max_length=5)
    assert ids.tolist() == [[VOCABULARY.index("red")] * 5]
    assert mask.all()


def test_a_word_too_long_to_be_one_is_unknown() -> None:
    assert _words("a" * 101) == ["[UNK]"]
    assert _words("a" * 100) == ["a", *["##a"] * 99]


def test_from_file(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps({"tokens": VOCABULARY}), encoding="utf-8")
    tokenizer = TextTokenizer.from_file(path)
    assert tokenizer.size == len(VOCABULARY)
    assert tokenizer.mask_id == 2
    assert tokenizer.id_of("帽子") == VOCABULARY.index("帽子")
    assert tokenizer.id_of("coat") is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"tokens": 3}', '{"tokens": [1]}', '{"tokens": ["a"]}', "\x00"]
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="vocabulary"):
        TextTokenizer.from_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"vocabulary\.json"):
        TextTokenizer.from_file(tmp_path / "vocabulary.json")


def test_repeated_entries_are_refused() -> None:
    with pytest.raises(ModelError):
        TextTokenizer(["[PAD]", "[UNK]", "[MASK]", "a", "a"])
