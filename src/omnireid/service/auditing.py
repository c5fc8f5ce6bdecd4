"""The audit log for the auditor: look through it, verify it, take it away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from omnireid.accounts import Permission
from omnireid.errors import InputError
from omnireid.governance import Asked, AuditReport, Event, Head, LogFormat, lines
from omnireid.governance.chain import JSON
from omnireid.service.faults import notice_of, status_of
from omnireid.service.language import Language, choose_language, strings
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import read_time
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/audit", include_in_schema=False, dependencies=[needs(Permission.AUDIT)])

_PAGE = 50
_TYPES = {LogFormat.JSONL: "application/x-ndjson", LogFormat.CSV: "text/csv; charset=utf-8"}
Word = Annotated[str, Query(max_length=200)]
FormWord = Annotated[str, Form(max_length=200)]


@router.get("")
def show(
    request: Request,
    site: SiteOf,
    who: Word = "",
    action: Word = "",
    purpose: Word = "",
    case: Word = "",
    since: Word = "",
    until: Word = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Entries, newest first."""
    fields = {
        "who": who,
        "action": action,
        "purpose": purpose,
        "case": case,
        "since": since,
        "until": until,
    }
    return _page(request, site, fields, before=before)


@router.post("/verify")
def verify(request: Request, site: SiteOf, actor: ActorOf, anchor: FormWord = "") -> Response:
    """Check every entry and link, against a head kept elsewhere if one is given."""
    try:
        kept = Head.from_json(anchor) if anchor.strip() else None
    except InputError as error:
        return _page(request, site, {}, error=error)
    report = site.audit.verify(kept)
    site.audit.record(
        Event(
            actor.name,
            "audit.verify",
            details={"entries": report.entries, "findings": len(report.findings)},
        )
    )
    return _page(request, site, {}, report=report)


@router.post("/export")
def export(
    site: SiteOf,
    actor: ActorOf,
    form: Annotated[LogFormat, Form()] = LogFormat.CSV,
    who: FormWord = "",
    action: FormWord = "",
    purpose: FormWord = "",
    case: FormWord = "",
    since: FormWord = "",
    until: FormWord = "",
) -> Response:
    """The entries as a file, oldest first; that it was taken away is recorded."""
    asked = _asked(who, action, purpose, case, since, until)
    site.audit.record(
        Event(
            actor.name,
            "audit.export",
            details={"entries": site.audit.count(asked), "format": form.value},
        )
    )

    def written() -> Iterator[bytes]:
        for line in lines(site.audit.oldest_first(asked), form):
            yield line.encode()

    name = f"audit-{datetime.now(UTC):%Y%m%d-%H%M%S}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(written(), media_type=_TYPES[form], headers=headers)


def _page(
    request: Request,
    site: Site,
    fields: dict[str, str],
    *,
    before: int | None = None,
    report: AuditReport | None = None,
    error: InputError | None = None,
) -> Response:
    language = choose_language(request, site.settings.language)
    names = ("who", "action", "purpose", "case", "since", "until")
    kept = {name: fields.get(name, "").strip() for name in names}
    try:
        asked = _asked(**kept)
    except InputError as wrong:
        asked, error = Asked(), wrong
    entries = site.audit.entries(asked, before=before, limit=_PAGE + 1)
    shown = entries[:_PAGE]
    link = {name: value for name, value in kept.items() if value}
    more = None
    if len(entries) > _PAGE:
        more = "/audit?" + urlencode({**link, "before": str(shown[-1].seq)})
    values = {
        "entries": shown,
        "total": site.audit.count(asked),
        "fields": kept,
        "more": more,
        "first": "/audit?" + urlencode(link) if before is not None else None,
        "actions": site.audit.actions(),
        "purposes": {
            one.key: one.name(language) for one in site.governance.purposes.all(active_only=False)
        },
        "head": site.audit.head(),
        "in_words": lambda value: _in_words(value, language),
        "report": report,
        "error": notice_of(error, language) if error else None,
    }
    status = status_of(error) if error else 200
    back = "/audit?" + urlencode(link) if link else "/audit"
    return render(request, site, "governance/audit.html", values, back=back, status=status)


def _in_words(value: JSON, language: Language) -> str:
    """A detail of an entry as a person reads it; codes stay as they are."""
    if isinstance(value, bool):
        return strings(language)["audit_yes" if value else "audit_no"]
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_in_words(one, language)}" for name, one in value.items())
    if isinstance(value, str | int | float):
        return str(value)
    return ", ".join(_in_words(one, language) for one in value)


def _asked(who: str, action: str, purpose: str, case: str, since: str, until: str) -> Asked:
    end = read_time(until)
    # A day alone means the whole day.
    if end is not None and len(until) <= len("2026-11-23"):
        end += timedelta(days=1)
    return Asked(who or None, action or None, purpose or None, case or None, read_time(since), end)
