"""Every sentence in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import omnireid.service
from omnireid.review import Verdict
from omnireid.service.language import LANGUAGES, parse_language, strings

_ROOM = Path(omnireid.service.__file__).parent


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_hold_the_same_sentences_with_the_same_fields() -> None:
    english, japanese = strings("en"), strings("ja")
    assert english.keys() == japanese.keys()
    for key in english:
        assert english[key].strip()
        assert japanese[key].strip()
        assert _fields(english[key]) == _fields(japanese[key]), key


def test_every_sentence_of_the_templates_exists_and_none_lies_idle() -> None:
    templates = "".join(path.read_text("utf-8") for path in (_ROOM / "templates").rglob("*.html"))
    code = "".join(path.read_text("utf-8") for path in _ROOM.rglob("*.py"))
    used = set(re.findall(r"\bt\.(\w+)", templates))
    assert used <= strings("en").keys()
    # A name that a dict already has would show its method instead.
    assert not used & set(dir(dict))
    spoken = {key for key in strings("en") if not key.startswith("error_")}
    named = used | set(re.findall(r'"(\w+)"', templates + code))
    # t["band_" ~ found.band] names a family of sentences.
    families = tuple(re.findall(r't\["(\w+_)" ~ ', templates))
    assert {key for key in spoken - named if not key.startswith(families)} == set()


def _actions(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and re.fullmatch(r"[a-z]+(\.[a-z_]+)+|search|erase|export", part.value)
    }


def test_every_action_of_the_audit_log_has_its_words_and_no_words_lie_idle() -> None:
    recorded = {f"review.{verdict}" for verdict in Verdict}
    written = set(recorded)
    for path in _ROOM.parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        written |= _actions(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Name(id="Event" | "record")
                    | ast.Attribute(attr="Event" | "record" | "_record" | "_trail")
                ):
                    recorded |= _actions(node)
    words = {key for key in strings("en") if key.startswith("audit_does_")}
    assert {f"audit_does_{one.replace('.', '_')}" for one in recorded} <= words
    assert words <= {f"audit_does_{one.replace('.', '_')}" for one in written}
    assert {"account.role", "case.open", "job.start", "search"} <= recorded


def test_japanese_is_japanese() -> None:
    kana = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    foreign = {key for key, sentence in strings("ja").items() if not kana.search(sentence)}
    assert foreign == {"error_form_why"}  # the detail alone


def test_languages_are_recognised_by_their_first_part() -> None:
    assert [parse_language(code) for code in ("ja", "JA-jp", "en-GB", "fr", "", "*")] == [
        "ja", "ja", "en", None, None, None,
    ]  # fmt: skip
    assert LANGUAGES == ("en", "ja")
