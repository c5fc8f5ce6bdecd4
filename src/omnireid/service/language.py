"""The pages' two languages: a folder a language, a file of sentences a subject."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Literal, get_args

from starlette.requests import Request

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
COOKIE = "language"


@cache
def strings(language: Language) -> dict[str, str]:
    """Every sentence of the pages in one language. A key stands in one file alone.

    Raises:
        ValueError: two files hold the same key.
    """
    sentences: dict[str, str] = {}
    for file in (resources.files("omnireid.service") / "strings" / language).iterdir():
        read: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        if twice := sentences.keys() & read.keys():
            raise ValueError(f"{file.name} holds keys of another file: {sorted(twice)}")
        sentences.update(read)
    return sentences


def parse_language(code: str) -> Language | None:
    """The language called `code`, or None.

    >>> parse_language("ja-JP"), parse_language("fr")
    ('ja', None)
    """
    short = code.strip().lower().split("-")[0]
    return next((language for language in LANGUAGES if language == short), None)


def choose_language(request: Request, default: Language) -> Language:
    """The language chosen on the page, else the first of ours that the browser asks for."""
    chosen = parse_language(request.cookies.get(COOKIE, ""))
    if chosen:
        return chosen
    wanted = sorted(
        (_preference(part) for part in request.headers.get("accept-language", "").split(",")),
        key=lambda pair: -pair[1],
    )
    return next((known for code, _ in wanted if (known := parse_language(code))), default)


def _preference(part: str) -> tuple[str, float]:
    code, _, quality = part.partition(";q=")
    try:
        return code, float(quality or 1)
    except ValueError:
        return code, 0.0
