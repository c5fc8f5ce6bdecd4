"""What a room below the service said, in the reader's language.

Those rooms say it in English, and the ledger keeps it so. The English sentence of each key below is
that very text: it recognises what was said, and the other language says the same.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from string import Formatter

from omnireid.service.language import Language, strings

_FAMILY = "error_said_"
_WITHIN = "reason"
"""The field of a sentence that holds another sentence."""


@lru_cache(maxsize=1024)
def spoken(said: str, language: Language) -> str:
    """The sentence in this language; as it was said where it is none of those known.

    >>> spoken("the file is empty", "ja"), spoken("something new", "ja")
    ('ファイルが空です', 'something new')
    """
    if language == "en":
        return said
    for key, pattern in _patterns():
        if found := pattern.fullmatch(said):
            fields = found.groupdict()
            if _WITHIN in fields:
                fields[_WITHIN] = spoken(fields[_WITHIN], language)
            return strings(language)[key].format(**fields)
    return said


def spoken_reason(reason: str, language: Language) -> str:
    """Why something was left out; what it happened to may stand before it.

    >>> spoken_reason("gate.jpg could not be read: the file is empty", "ja")
    'gate.jpg を読み込めません：ファイルが空です'
    """
    if (whole := spoken(reason, language)) != reason:
        return whole
    for colon in re.finditer(": ", reason):
        what, why = reason[: colon.start()], reason[colon.end() :]
        if (told := spoken(why, language)) != why:
            before = spoken(what, language)
            return told if before == what else f"{before}：{told}"
    return reason


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every English sentence, those that say most in words of their own first."""
    found = []
    for key, sentence in strings("en").items():
        if key.startswith(_FAMILY):
            parts = [(text, name) for text, name, _, _ in Formatter().parse(sentence)]
            pattern = "".join(
                re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name in parts
            )
            length = sum(len(text) for text, _ in parts)
            found.append((length, key, re.compile(pattern, re.DOTALL)))
    return tuple((key, pattern) for _, key, pattern in sorted(found, key=lambda one: -one[0]))
