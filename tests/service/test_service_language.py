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


RECORDS = {"Event", "record", "_record", "_trail", "exported"}
"""Calls that write an entry of the audit log, or hand its details on."""
DETAILS = {"details", "personal", "facts"}
"""Names of variables that hold them."""
NOT_OF_THE_LOG = {"service/metrics.py", "service/api/audit.py"}


def _details(node: ast.AST) -> set[str]:
    """The names of details that a call, or what is given to a variable, writes down."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in RECORDS:
            given: list[ast.AST] = [*node.args, *(one.value for one in node.keywords)]
            # The casebook's details are the words of a call.
            named = {one.arg for one in node.keywords if one.arg} if name == "_record" else set()
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in DETAILS:
            given, named = [value], set()
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in DETAILS:
            given, named = [value], set()
        case _:
            return set()
    return named | {
        key.value
        for one in given
        for part in ast.walk(one)
        if isinstance(part, ast.Dict)
        for key in part.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def test_every_detail_of_the_audit_log_has_its_words_and_no_words_lie_idle() -> None:
    written = {
        name
        for room in ("accounts", "cli", "governance", "jobs", "review", "service")
        for path in (_ROOM.parent / room).rglob("*.py")
        if str(path.relative_to(_ROOM.parent)) not in NOT_OF_THE_LOG
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _details(node)
    }
    words = {key.removeprefix("audit_detail_") for key in strings("en") if "audit_detail_" in key}
    assert written == words
    assert {"shown", "address", "source", "state", "hold", "query_pictures"} <= written


def test_japanese_is_japanese() -> None:
    kana = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    foreign = {key for key, sentence in strings("ja").items() if not kana.search(sentence)}
    assert foreign == {"error_form_why"}  # the detail alone


def test_languages_are_recognised_by_their_first_part() -> None:
    assert [parse_language(code) for code in ("ja", "JA-jp", "en-GB", "fr", "", "*")] == [
        "ja", "ja", "en", None, None, None,
    ]  # fmt: skip
    assert LANGUAGES == ("en", "ja")
