"""Text to word ids without torch: the vocabulary of a model folder, applied greedily."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from omnireid.errors import ModelError
from omnireid.language import character_kind, normalise, runs

PAD, UNKNOWN, MASK = "[PAD]", "[UNK]", "[MASK]"
CONTINUATION = "##"
_LONGEST_WORD = 100  # as in BERT: a longer "word" is no word

# What phones and word processors write for the marks that a vocabulary knows, one for one.
_PLAIN_MARKS = str.maketrans("’‘ʼ“”„‐‒–—―─−", "'" * 3 + '"' * 3 + "-" * 7)
# A dash between katakana is a long vowel that was typed on the wrong key.
_LONG_VOWEL = re.compile("(?<=[ァ-ヺー])-(?=[ァ-ヺー])")
# No entry is so long; without an end a page of kana would be read once for each of its letters.
_HIRAGANA, _KATAKANA = re.compile("[ぁ-ゖー]{1,32}"), re.compile("[ァ-ヶー]{1,32}")
_OTHER_KANA = {c: c + 0x60 for c in range(ord("ぁ"), ord("ゖ") + 1)}
_OTHER_KANA |= {katakana: hiragana for hiragana, katakana in _OTHER_KANA.items()}
_LEAST_OTHER_KANA = 3


@dataclass(frozen=True)
class TextToken:
    """One token of a text: its id, and where it stands in `normalise(text)` (end exclusive)."""

    id: int
    start: int
    end: int


class TextTokenizer:
    """Japanese and English text to ids of one vocabulary.

    English follows BERT's uncased WordPiece (Wu et al., 2016, arXiv 1609.08144): words and
    punctuation apart, accents off, longest piece first, `##` before a piece that continues a word.
    Japanese entries are matched longest first on the normalised text; an entry may start with
    Latin letters (tシャツ). A word in the other kana (しゃつ, ボウシ) is read as the entry it
    sounds like. A word that the vocabulary cannot spell becomes `[UNK]`; a mark or an emoji that it
    lacks is left out.

    >>> tokenizer = TextTokenizer(["[PAD]", "[UNK]", "[MASK]", "red", "hat", "##s", "帽子", "帽"])
    >>> [token.id for token in tokenizer.encode_with_offsets("Red hats 帽帽子")]
    [3, 4, 5, 7, 6]
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """`vocabulary`: the tokens in the order of their ids, the first three special.

        Raises:
            ModelError: an entry occurs twice, or the special tokens are missing.
        """
        self._ids = {token: position for position, token in enumerate(vocabulary)}
        if len(self._ids) != len(vocabulary) or tuple(vocabulary[:3]) != (PAD, UNKNOWN, MASK):
            raise ModelError(
                "the vocabulary cannot be used",
                f"it must begin with {PAD}, {UNKNOWN}, {MASK} and hold every entry once",
                "export the model again",
            )
        written = {t: i for t, i in self._ids.items() if i > 2}
        self._longest_piece = max((len(token) for token in written), default=0)
        cjk = {t: i for t, i in written.items() if any(character_kind(c) == "cjk" for c in t)}
        self._japanese = {t: i for t, i in cjk.items() if not t.startswith(CONTINUATION)}
        self._longest_by_first: dict[str, int] = {}
        for token in self._japanese:
            self._longest_by_first[token[0]] = max(
                len(token), self._longest_by_first.get(token[0], 0)
            )

    @classmethod
    def from_file(cls, path: Path) -> TextTokenizer:
        """Read the `vocabulary.json` of a model folder.

        Raises:
            ModelError: the file is missing or damaged.
        """
        try:
            vocabulary = json.loads(path.read_text(encoding="utf-8"))["tokens"]
            if not isinstance(vocabulary, list) or not all(isinstance(t, str) for t in vocabulary):
                raise ValueError("its `tokens` is no list of words")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the vocabulary {path} cannot be read",
                str(error) or type(error).__name__,
                "copy the model folder again, or export the model again",
            ) from error
        return cls(vocabulary)

    @property
    def size(self) -> int:
        """The number of entries; ids run from 0 to size - 1."""
        return len(self._ids)

    @property
    def mask_id(self) -> int:
        """The id that hides a word from the network in training."""
        return self._ids[MASK]

    def id_of(self, token: str) -> int | None:
        """The id of a vocabulary entry, or None."""
        return self._ids.get(token)

    def encode(
        self, texts: Sequence[str], max_length: int = 32
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Ids (n, max_length) int64, cut or padded with `[PAD]`, and the mask (True = a token).

        Every row has at least one token: a text without any becomes `[UNK]`. The width does not
        depend on the other texts, so neither does a text's vector.
        """
        ids = np.full((len(texts), max_length), self._ids[PAD], dtype=np.int64)
        mask = np.zeros((len(texts), max_length), dtype=np.bool_)
        for row, text in enumerate(texts):
            found = [token.id for token in self.encode_with_offsets(text)][:max_length] or [
                self._ids[UNKNOWN]
            ]
            ids[row, : len(found)] = found
            mask[row, : len(found)] = True
        return ids, mask

    def encode_with_offsets(self, text: str) -> list[TextToken]:
        """The tokens of a text, uncut; offsets count characters of `normalise(text)`."""
        marked = normalise(text).translate(_PLAIN_MARKS)
        return list(self._tokens(_LONG_VOWEL.sub("ー", marked)))

    def _tokens(self, text: str) -> Iterator[TextToken]:
        word_ends = {start: end for kind, start, end in runs(text) if kind == "word"}
        other_kana = text.translate(_OTHER_KANA)
        position, at_seam = 0, True
        while position < len(text):
            end = self._match_japanese(text, position)
            other_end = self._match_other_kana(text, other_kana, position, at_seam=at_seam)
            at_seam = max(end, other_end) > position + 1 or not _KATAKANA.match(text, position)
            if other_end > end:
                yield TextToken(self._japanese[other_kana[position:other_end]], position, other_end)
                end = other_end
            elif end > position:
                yield TextToken(self._japanese[text[position:end]], position, end)
            elif position in word_ends:
                end = word_ends[position]
                yield from self._pieces(text, position, end)
            else:
                end = position + 1
                token_id = self._ids.get(text[position])
                if token_id is None and character_kind(text[position]) == "cjk":
                    token_id = self._ids[UNKNOWN]
                if token_id is not None:
                    yield TextToken(token_id, position, end)
            position = end

    def _match_japanese(self, text: str, start: int) -> int:
        """The end of the longest Japanese entry that starts here, or `start`."""
        longest = self._longest_by_first.get(text[start], 0)
        for end in range(min(len(text), start + longest), start, -1):
            if text[start:end] in self._japanese:
                return end
        return start

    def _match_other_kana(self, text: str, other: str, start: int, *, at_seam: bool) -> int:
        """The end of the longest entry that reads the same in the other kana, or `start`.

        `other`: the text with hiragana and katakana exchanged. Katakana is read so from a seam on
        (its beginning, or behind a word), or クロイ would be found in マイクロイヤホン. Two
        letters are too few: から stands in カラー.
        """
        in_katakana = _KATAKANA.match(text, start)
        run = in_katakana or _HIRAGANA.match(text, start)
        if run is None or (in_katakana and not at_seam):
            return start
        longest = self._longest_by_first.get(other[start], 0)
        for end in range(min(run.end(), start + longest), start + _LEAST_OTHER_KANA - 1, -1):
            if other[start:end] in self._japanese:
                return end
        return start

    def _pieces(self, text: str, start: int, end: int) -> list[TextToken]:
        """WordPiece over one word; `[UNK]` for the whole word when it cannot be spelled."""
        letters, places = _without_accents(text, start, end)
        unknown = [TextToken(self._ids[UNKNOWN], start, end)]
        if not 0 < len(letters) <= _LONGEST_WORD:
            return unknown
        pieces: list[TextToken] = []
        first = 0
        while first < len(letters):
            prefix = CONTINUATION if first else ""
            for last in range(min(len(letters), first + self._longest_piece), first, -1):
                token_id = self._ids.get(prefix + letters[first:last])
                if token_id is not None:
                    stop = places[last] if last < len(letters) else end
                    pieces.append(TextToken(token_id, places[first], stop))
                    first = last
                    break
            else:
                return unknown
        return pieces


def _without_accents(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """A word's letters with accents taken off, and the position in `text` each came from."""
    letters: list[str] = []
    places: list[int] = []
    for position in range(start, end):
        for letter in unicodedata.normalize("NFD", text[position]):
            if unicodedata.category(letter) != "Mn":
                letters.append(letter)
                places.append(position)
    return "".join(letters), places
