"""Why a file was skipped, in the reader's language.

The ledger keeps the reason in English, as the room that read the file gave it. The English sentence
of each key below is that very text: it recognises the reason, and the other language says the same.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from omnireid.service.language import Language, strings

REASONS = (
    "jobs_because_empty",
    "jobs_because_damaged",
    "jobs_because_pixels",
    "jobs_because_many_pixels",
    "jobs_because_frames",
    "jobs_because_memory",
    "jobs_because_more_memory",
    "jobs_because_died",
    "jobs_because_no_text",
    "jobs_because_no_person",
    "jobs_because_cut_film",
    "jobs_because_erased",
    "jobs_because_name",
    "jobs_because_grows",
    "jobs_because_nested",
    "jobs_because_password",
    "jobs_because_link",
    "jobs_because_zero_byte",
    "jobs_because_outside",
    "jobs_because_long_name",
    "jobs_because_hidden",
)


def spoken(reason: str, language: Language) -> str:
    """The reason in this language; as it was given where it is none of those known.

    >>> spoken("gate.jpg could not be read: the file is empty", "ja")
    'ファイルが空です'
    """
    if language == "en":
        return reason
    for key in REASONS:
        if found := _pattern(key).fullmatch(reason):
            return strings(language)[key].format(**found.groupdict())
    return reason


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """The English sentence; what was being read may stand before it."""
    parts = (
        re.escape(text) + (f"(?P<{name}>.+?)" if name else "")
        for text, name, _, _ in Formatter().parse(strings("en")[key])
    )
    return re.compile("(?:.*: )?" + "".join(parts), re.DOTALL)
