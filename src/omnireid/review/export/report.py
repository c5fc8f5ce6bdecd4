"""The report of a case as PDF, in English or Japanese, the caution at the foot of every page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from omnireid.review.export.estimates import band_name
from omnireid.review.export.gathering import Contents, Exhibit
from omnireid.review.export.lettering import (
    LATIN,
    LATIN_BOLD,
    marked,
    register_fonts,
    runs,
    wraps_anywhere,
)
from omnireid.review.export.manifest import CAUTION
from omnireid.review.values import Action, Entry

Sentences = Mapping[str, str]

_INK, _SOFT, _LINE = HexColor("#16202c"), HexColor("#556170"), HexColor("#c9d1da")
_MARGIN, _FOOT = 18 * mm, 24 * mm
_PADDING = 6  # of reportlab's frame, in points
_TEXT_WIDTH = A4[0] - 2 * _MARGIN - 2 * _PADDING
_PICTURE = (40 * mm, 74 * mm)


@cache
def sentences(language: str) -> Sentences:
    """The words of the report in one language."""
    folder = resources.files("omnireid.review.export") / "sentences"
    read: dict[str, str] = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return read


def report(contents: Contents, manifest_sha256: str) -> bytes:
    """The PDF. The same contents give the same bytes."""
    register_fonts()
    t = sentences(contents.choice.language)
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_FOOT,
        title=f"{t['title']} {contents.case.reference}",
        author=contents.exported_by,
        subject=t["caution"],
        lang=contents.choice.language,
        # No time of writing and no random id in the file: the time that counts is on the page.
        invariant=1,
    )
    story = [
        *_head(contents, t),
        *_exhibits(contents, t),
        *_history(contents, t),
        *_proof(contents, t, manifest_sha256),
    ]
    document.build(story, canvasmaker=_numbered(contents, t))
    return buffer.getvalue()


def _head(contents: Contents, t: Sentences) -> Iterable[Flowable]:
    case, when = contents.case, _when
    state = t["open"].format(opened=when(contents, case.created))
    if case.closed is not None:
        state = t["closed"].format(
            opened=when(contents, case.created), closed=when(contents, case.closed)
        )
    counts = [f"{t[f'state_{state.value}']}: {count}" for state, count in contents.states.items()]
    facts = [
        ("reference", case.reference),
        ("purpose", contents.purpose),
        ("case_state", state),
        *([("outcome", case.outcome)] if case.outcome else []),
        ("owner", case.owner.name),
        ("members", _listed(person.name for person in case.members)),
        ("counts", _listed(counts) or "0"),
        (
            "exported",
            t["exported_by"].format(
                time=when(contents, contents.exported), person=contents.exported_by
            ),
        ),
    ]
    yield _text(f"{t['title']}", size=9.5, color=_SOFT)
    yield _text(case.title, size=19, bold=True, after=5 * mm)
    yield _facts([(t[key], value) for key, value in facts])
    yield Spacer(1, 4 * mm)
    choice = contents.choice
    for key in (
        "reading",
        "shown_all" if choice.everything else "shown_confirmed",
        "blur_all" if choice.blur_subject else "blur_bystanders",
    ):
        yield _text(t[key], size=9.5, after=1.5 * mm)


def _exhibits(contents: Contents, t: Sentences) -> Iterable[Flowable]:
    yield _title(t["exhibits"])
    if not contents.exhibits:
        yield _text(t["none"])
    for exhibit in contents.exhibits:
        yield KeepTogether(_exhibit(contents, t, exhibit))


def _exhibit(contents: Contents, t: Sentences, exhibit: Exhibit) -> list[Flowable]:
    candidate, item = exhibit.candidate, exhibit.item
    number = t["exhibit"].format(number=exhibit.number)
    heading = _text(f"{number}　{t[f'state_{candidate.state.value}']}", size=11, bold=True)
    facts: list[tuple[str, str]] = []
    if item is not None:
        facts += [
            (t["time"], _when(contents, item.time) if item.time else t["no_time"]),
            (t["camera"], item.camera or t["no_camera"]),
            (t["kind"], _listed(t[f"modality_{kind}"] for kind in item.modalities)),
            *([(t["source"], item.source)] if item.source else []),
            *([(t["note"], item.note)] if item.note else []),
        ]
        estimate = t[f"band_{band_name(candidate)}"]
        if candidate.score is not None:
            estimate += f" · {t['similarity'].format(score=f'{candidate.score:.2f}')}"
        facts.append((t["likelihood"], estimate))
    if candidate.found_by is not None and (said := _query(t, exhibit)):
        facts.append((t["found_by"], said))
        facts.append((t["model"], candidate.found_by.model_id))
    decided = "\n".join(_decision(contents, t, entry) for entry in candidate.decisions)
    facts.append((t["decisions"], decided or t["no_decision"]))
    right: list[Flowable] = [heading, Spacer(1, 1.5 * mm)]
    if item is None:
        right.append(_text(t["erased_item"], color=_SOFT))
    right.append(_facts(facts, width=_TEXT_WIDTH - _PICTURE[0] - 6 * mm))
    table = Table(
        [[_picture(t, exhibit), right]], colWidths=[_PICTURE[0] + 6 * mm, None], hAlign="LEFT"
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3 * mm),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3 * mm),
                ("LINEABOVE", (0, 0), (-1, 0), 0.5, _LINE),
            ]
        )
    )
    return [table]


def _picture(t: Sentences, exhibit: Exhibit) -> Flowable:
    picture = exhibit.picture
    if picture is None:
        return _text(t["no_picture"], color=_SOFT)
    scale = min(_PICTURE[0] / picture.width, _PICTURE[1] / picture.height)
    shown = Image(
        io.BytesIO(picture.jpeg), width=picture.width * scale, height=picture.height * scale
    )
    shown.hAlign = "LEFT"
    return shown


def _query(t: Sentences, exhibit: Exhibit) -> str:
    query = exhibit.candidate.found_by
    assert query is not None
    lines = [t["query_words"].format(words=query.words)] if query.words else []
    lines += [
        t["query_picture"].format(modality=t[f"modality_{kind}"], digest=digest)
        for kind, digest in query.pictures.items()
    ]
    return "\n".join(lines)


def _decision(contents: Contents, t: Sentences, entry: Entry) -> str:
    said = t["decision"].format(
        time=_when(contents, entry.time),
        person=entry.person.name if entry.person else "",
        action=t[f"action_{entry.action.value}"],
    )
    why = [t[f"reason_{entry.reason.value}"]] if entry.reason else []
    why += [entry.words] if entry.words else []
    return f"{said} ({_listed(why)})" if why else said


def _history(contents: Contents, t: Sentences) -> Iterable[Flowable]:
    yield _title(t["history"])
    numbers = {one.candidate.candidate_id: one.number for one in contents.exhibits}
    rows = []
    for entry in contents.history:
        # Dozens of equal lines tell nothing: collecting stands at each candidate by its query.
        if entry.action is Action.COLLECTED:
            continue
        parts = [entry.person.name if entry.person else "", t[f"action_{entry.action.value}"]]
        if entry.candidate_id in numbers:
            parts.append(t["on_exhibit"].format(number=numbers[entry.candidate_id]))
        said = " ".join(part for part in parts if part)
        why = [t[f"reason_{entry.reason.value}"]] if entry.reason else []
        why += [entry.words] if entry.words else []
        rows.append((_when(contents, entry.time), said + (f": {_listed(why)}" if why else "")))
    yield _facts(rows)


def _proof(contents: Contents, t: Sentences, manifest_sha256: str) -> Iterable[Flowable]:
    head = contents.audit_head
    yield KeepTogether(
        [
            _title(t["proof"]),
            _text(t["proof_text"], size=9.5, after=2 * mm),
            _facts(
                [
                    (t["manifest"], manifest_sha256),
                    (t["audit"], t["audit_entry"].format(entry=head.seq, digest=head.digest)),
                ]
            ),
        ]
    )


def _numbered(contents: Contents, t: Sentences) -> type[Canvas]:
    """A canvas that writes the foot of every page once the number of pages is known."""

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                _foot(self, contents, t, number, len(self._pages))
                super().showPage()
            super().save()

    return Numbered


def _foot(canvas: Canvas, contents: Contents, t: Sentences, page: int, pages: int) -> None:
    canvas.setStrokeColor(_LINE)
    left, right = _MARGIN + _PADDING, A4[0] - _MARGIN - _PADDING
    canvas.line(left, 17 * mm, right, 17 * mm)
    canvas.setFillColor(_INK)
    _line(canvas, left, 12.5 * mm, CAUTION, 9, LATIN_BOLD)
    if t["caution"] != CAUTION:
        _line(canvas, left, 8 * mm, t["caution"], 9)
    canvas.setFillColor(_SOFT)
    place = f"{contents.case.reference}　{t['page'].format(page=page, pages=pages)}"
    width = sum(canvas.stringWidth(text, font, 8.5) for font, text in runs(place))
    _line(canvas, right - width, 12.5 * mm, place, 8.5)


def _line(canvas: Canvas, x: float, y: float, text: str, size: float, latin: str = LATIN) -> None:
    for font, part in runs(text, latin):
        canvas.setFont(font, size)
        canvas.drawString(x, y, part)
        x += canvas.stringWidth(part, font, size)


def _facts(rows: Iterable[tuple[str, str]], width: float = _TEXT_WIDTH) -> Flowable:
    cells = [[_text(name, size=9, color=_SOFT), _text(value, size=9.5)] for name, value in rows]
    if not cells:
        return Spacer(0, 0)
    table = Table(cells, colWidths=[34 * mm, width - 34 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 2 * mm),
                ("TOPPADDING", (0, 0), (-1, -1), 0.5 * mm),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5 * mm),
            ]
        )
    )
    return table


def _title(text: str) -> Flowable:
    return _text(text, size=13, bold=True, before=7 * mm, after=2 * mm)


def _text(
    text: str,
    *,
    size: float = 10,
    bold: bool = False,
    color: HexColor = _INK,
    before: float = 0,
    after: float = 0,
) -> Flowable:
    style = ParagraphStyle(
        "text",
        fontName=LATIN_BOLD if bold else LATIN,
        fontSize=size,
        leading=size * 1.4,
        textColor=color,
        alignment=TA_LEFT,
        spaceBefore=before,
        spaceAfter=after,
        # Long names of sources and hashes break where they must; Japanese breaks anywhere.
        wordWrap="CJK" if wraps_anywhere(text) else None,
        splitLongWords=True,
    )
    return Paragraph(marked(text), style)


def _when(contents: Contents, moment: Any) -> str:
    return f"{contents.local(moment):%Y-%m-%d %H:%M:%S}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
