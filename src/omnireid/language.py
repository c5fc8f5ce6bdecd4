"""One written form for Japanese and English text, and the tokens it is searched by.

Full-text search in Japanese fails in two ways with ready-made tokenizers: word segmenters miss
parts of compounds (リュック in リュックサック), and trigram-like ones return トラック for リュック.
Here every run of Chinese, Japanese or Korean characters is indexed by its overlapping pairs, in
order, and by its single characters; all other writing by whole words. A query asks for the pairs
of a run as one phrase, so it finds exactly the notes that contain the run.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

_CJK_BLOCKS = (
    (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035), (0x303B, 0x303C), (0x3041, 0x3096),
    (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x3105, 0x312F), (0x31A0, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0x20000, 0x3FFFD),
)  # fmt: skip
_CJK_STARTS = tuple(start for start, _ in _CJK_BLOCKS)
# Left out before anything else: format characters (zero-width joiners, byte order marks) and the
# variation selectors that input methods add to kanji in names.
_INVISIBLE = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")

Kind = Literal["cjk", "word", "mark", "other"]


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, single spaces, nothing invisible.

    Half-width kana become full-width and full-width Latin letters become half-width; the
    long-vowel mark ー stays. Applying it twice changes nothing more.

    >>> normalise("  ＲＥＤ　ﾘｭｯｸｻｯｸ ")
    'red リュックサック'
    >>> normalise("ｺｰﾄ") == normalise("コート")
    True
    """
    visible = "".join(_visible(c) for c in _INVISIBLE.sub("", text))
    folded = unicodedata.normalize("NFKC", visible).lower()
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Cc" | "Cs":
            return " "
    return character


def character_kind(character: str) -> Kind:
    """How a character of a normalised text is read.

    "cjk": Han, kana, hangul, bopomofo, written without spaces. "word": any other letter or digit.
    "mark": a combining mark. "other": spaces, punctuation, symbols.

    >>> [character_kind(c) for c in "帽aー1、"]
    ['cjk', 'word', 'cjk', 'word', 'other']
    """
    code = ord(character)
    block = bisect_right(_CJK_STARTS, code) - 1
    if block >= 0 and code <= _CJK_BLOCKS[block][1]:
        return "cjk"
    match unicodedata.category(character)[0]:
        case "L" | "N":
            return "word"
        case "M":
            return "mark"
    return "other"


def runs(normalised: str) -> Iterator[tuple[Kind, int, int]]:
    """Runs of a normalised text as (kind, start, end), kind "cjk" or "word"; the rest is left out.

    A combining mark belongs to the word it follows.

    >>> list(runs("tシャツ, red"))
    [('word', 0, 1), ('cjk', 1, 4), ('word', 6, 9)]
    """
    start = 0
    kind: Kind = "other"
    for position, character in enumerate(normalised):
        now = character_kind(character)
        if now == "mark":
            now = "word" if kind == "word" else "other"
        if now != kind:
            if kind != "other":
                yield kind, start, position
            start, kind = position, now
    if kind != "other":
        yield kind, start, len(normalised)


def search_tokens(text: str) -> list[str]:
    """The index form of a text: join by spaces and store in a full-text index split at spaces.

    Words as they are; a run of CJK characters as its overlapping pairs in order, then its single
    characters. With SQLite use `tokenize = "unicode61 remove_diacritics 0"`: that tokenizer leaves
    these tokens whole (with diacritics removed, é and e would meet in the index but not here).

    >>> search_tokens("赤い帽子, Red cap")
    ['赤い', 'い帽', '帽子', '赤', 'い', '帽', '子', 'red', 'cap']
    """
    normalised = normalise(text)
    tokens: list[str] = []
    for kind, start, end in runs(normalised):
        run = normalised[start:end]
        tokens.extend((*_pairs(run), *run) if kind == "cjk" else (run,))
    return tokens


def search_query(text: str) -> str:
    """The query form of a text: an FTS5 MATCH expression over `search_tokens`, parts joined by AND.

    Each run of CJK characters must occur whole, anywhere inside a longer run; each word must occur
    as a word. Empty when the text holds no letter, digit or CJK character: then do not search.

    >>> search_query("リュック RED")
    '"リュ ュッ ック" AND "red"'
    >>> search_query("帽")
    '"帽"'
    >>> search_query("?!")
    ''
    """
    normalised = normalise(text)
    parts: dict[str, None] = {}
    for kind, start, end in runs(normalised):
        run = normalised[start:end]
        long_run = kind == "cjk" and len(run) > 1
        parts['"' + (" ".join(_pairs(run)) if long_run else run) + '"'] = None
    return " AND ".join(parts)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]
