import sqlite3
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.language import character_kind, normalise, runs, search_query, search_tokens

CJK = st.sampled_from("赤青黒帽子男女リュックサトラバグーぁあいの々")
CJK_TEXT = st.text(CJK, min_size=1, max_size=12)
# SQLite's tables lack a few letters beyond this range (New Tai Lue), which it then leaves out.
CHARACTERS = st.characters(max_codepoint=0x17FF)
MIXED = st.text(st.one_of(CJK, st.sampled_from("ab1 -、。!ｶﾞﾘé゙"), CHARACTERS), max_size=40)


class Notes:
    """The notes table as the gallery makes it: FTS5 over our tokens."""

    def __init__(self, *texts: str) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute(
            "CREATE VIRTUAL TABLE notes USING fts5(tokens, "
            "tokenize = 'unicode61 remove_diacritics 0')"
        )
        self.texts = texts
        rows = [(" ".join(search_tokens(text)),) for text in texts]
        self.database.executemany("INSERT INTO notes(tokens) VALUES (?)", rows)

    def find(self, query: str) -> list[str]:
        rows = self.database.execute(
            "SELECT rowid FROM notes WHERE notes MATCH ? ORDER BY rowid", (search_query(query),)
        )
        return [self.texts[row - 1] for (row,) in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ﾘｭｯｸ", "リュック"),
        ("ｶﾞｰﾄﾞﾏﾝ", "ガードマン"),
        ("ＲＥＤ　Ｔシャツ", "red tシャツ"),
        ("コート", "コート"),
        (" a\tb\n c ", "a b c"),
        ("葛\U000e0100飾", "葛飾"),
        ("re\u00add \ufeffcoat", "red coat"),
        ("㎏", "kg"),
        ("か\u3099", "が"),
        ("", ""),
        ("\ud800x", "x"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_normalise_is_idempotent_on_every_character() -> None:
    for code in range(sys.maxunicode + 1):
        once = normalise("a" + chr(code) + "b")
        assert normalise(once) == once, hex(code)


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_tokens_do_not_depend_on_the_written_form(text: str) -> None:
    assert search_tokens(normalise(text)) == search_tokens(text)
    assert search_query(normalise(text)) == search_query(text)


def test_every_letter_and_digit_is_in_a_run_and_nothing_else_but_marks() -> None:
    text = "赤いTシャツ(半袖)、 man's e\u0301té 々〆ーﾘ 한국 12"
    covered = {i for _, start, end in runs(text) for i in range(start, end)}
    for position, character in enumerate(text):
        category = unicodedata.category(character)
        if category[0] in "LN":
            assert position in covered, character
        elif category[0] != "M":
            assert position not in covered, character


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("リュック", ["黒いリュックサックの男性", "リュックあり"]),
        ("ﾘｭｯｸ", ["黒いリュックサックの男性", "リュックあり"]),
        ("トラック", ["トラックの横"]),
        ("帽", ["赤い帽子", "帽を被る"]),
        ("帽子", ["赤い帽子"]),
        ("赤い 帽子", ["赤い帽子"]),
        ("サック リュック", ["黒いリュックサックの男性"]),
        ("RED", ["a red coat"]),
        ("coat red", ["a red coat"]),
        ("re", []),
        ("クリュ", []),
        ("シャツ", ["白いTシャツ"]),
        ("tシャツ", ["白いTシャツ"]),
        ("café", ["café owner"]),
        ("cafe", ["cafe owner"]),
    ],
)
def test_search_finds_exactly(query: str, found: list[str]) -> None:
    notes = Notes(
        "黒いリュックサックの男性", "ﾘｭｯｸあり", "トラックの横", "赤い帽子", "帽を被る",
        "a red coat", "白いＴシャツ", "café owner", "cafe owner",
    )  # fmt: skip
    assert [normalise(text) for text in notes.find(query)] == [normalise(t) for t in found]


def test_pairs_scattered_over_a_note_are_no_match() -> None:
    assert Notes("赤い車、い帽、帽子").find("赤い帽子") == []
    assert Notes("リュ ュッ ック").find("リュック") == []


@given(CJK_TEXT, st.data())
def test_any_part_of_a_run_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert Notes(text).find(text[start:end]) == [text]


@given(st.lists(CJK_TEXT, min_size=1, max_size=4), CJK_TEXT)
def test_a_run_is_found_where_it_stands_and_nowhere_else(parts: list[str], query: str) -> None:
    text = "、".join(parts)
    assert bool(Notes(text).find(query)) == any(query in part for part in parts)


@given(MIXED)
def test_every_text_finds_itself_and_never_breaks_the_query_language(text: str) -> None:
    if search_query(text):
        assert Notes(text).find(text) == [text]
    else:
        assert search_tokens(text) == []


@given(CJK_TEXT)
def test_index_form_is_pairs_in_order_then_single_characters(text: str) -> None:
    tokens = search_tokens(text)
    assert tokens[: len(text) - 1] == ["".join(pair) for pair in pairwise(text)]
    assert tokens[len(text) - 1 :] == list(text)


@given(st.characters())
def test_every_character_has_one_kind(character: str) -> None:
    assert character_kind(character) in ("cjk", "word", "mark", "other")
