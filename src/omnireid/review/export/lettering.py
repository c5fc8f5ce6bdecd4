"""Text for the PDF: Latin in Helvetica, Japanese in a font that every PDF viewer brings itself.

The Japanese font (Heisei Kaku Gothic, one of Adobe's CID fonts) is named and not embedded: no font
has to be shipped, and a viewer takes its own Japanese Gothic.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

LATIN, LATIN_BOLD, JAPANESE = "Helvetica", "Helvetica-Bold", "HeiseiKakuGo-W5"

_GETA = "〓"
"""What Japanese print puts where a character is missing."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@cache
def register_fonts() -> None:
    """Make the Japanese font known to reportlab."""
    pdfmetrics.registerFont(UnicodeCIDFont(JAPANESE))


def marked(text: str) -> str:
    """The text as reportlab's paragraph markup, each run in a font that has its characters.

    >>> marked("A & 赤")
    'A &amp; <font name="HeiseiKakuGo-W5">赤</font>'
    """
    plain = "".join(_drawn(character) for character in _CONTROLS.sub("", text))
    parts = []
    for latin, run in groupby(plain, key=_is_latin):
        written = escape("".join(run)).replace("\n", "<br/>")
        parts.append(written if latin else f'<font name="{JAPANESE}">{written}</font>')
    return "".join(parts)


def wraps_anywhere(text: str) -> bool:
    """Whether lines may break between any two characters, as Japanese does."""
    return any(not _is_latin(character) for character in text)


def runs(text: str, latin: str = LATIN) -> list[tuple[str, str]]:
    """(font, text) pairs of one line that is drawn without a paragraph."""
    plain = "".join(_drawn(character) for character in _CONTROLS.sub("", text))
    return [
        (latin if is_latin else JAPANESE, "".join(run))
        for is_latin, run in groupby(plain, key=_is_latin)
    ]


def _is_latin(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _drawn(character: str) -> str:
    """The character, or a geta where neither font has it."""
    if _is_latin(character):
        return character
    if ord(character) > 0xFFFF:
        return _GETA
    for codec in ("cp932", "euc_jis_2004"):
        try:
            character.encode(codec)
        except UnicodeEncodeError:
            continue
        return character
    return _GETA
