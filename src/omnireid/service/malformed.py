"""What is wrong with a value of a request, in the reader's language, by the type of the fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from omnireid.service.language import Language, strings
from omnireid.service.said import spoken

FAMILY = "error_value_"
"""The sentences: one for each type of pydantic's errors that a request can have."""

_COLON: Mapping[Language, str] = {"en": ": ", "ja": "："}
_COMMA: Mapping[Language, str] = {"en": ", ", "ja": "、"}
_CHOICES = ("expected", "expected_tags")
_QUOTED = re.compile(r"'([^']*)'")

Fault = Mapping[str, Any]
"""One of the errors of a ValidationError: `type`, `loc`, and `ctx` with the limits."""


def fault_of_request(fault: Fault, language: Language) -> str:
    """What is wrong with a request: the name of the value, and what was expected of it."""
    # The first part of the place says whether it is the address, the form or the body.
    name = ".".join(str(part) for part in fault["loc"][1:] if fault["type"] != "json_invalid")
    said = fault_in_words(fault, language)
    return f"{name}{_COLON[language]}{said}" if name else said


def fault_in_words(fault: Fault, language: Language) -> str:
    """What was expected of a value."""
    sentences, limits = strings(language), fault.get("ctx", {})
    if fault["type"] == "value_error":
        # A check of our own says why; one of a library says it in English alone.
        said = str(limits["error"])
        told = spoken(said, language)
        return sentences[f"{FAMILY}other"] if told == said and language != "en" else told
    values = {
        name: _choices(str(value), language) if name in _CHOICES else value
        for name, value in limits.items()
    }
    sentence = sentences.get(f"{FAMILY}{fault['type']}", sentences[f"{FAMILY}other"])
    return sentence.format(**values)


def _choices(expected: str, language: Language) -> str:
    """`'rgb', 'infrared' or 'sketch'` without the quotes and the word between them."""
    return _COMMA[language].join(_QUOTED.findall(expected)) or expected
