"""An uploaded note file: first its head is shown and its columns are chosen, then it is a job."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.jobs import NotesOptions, Preview, Staging, preview_notes, read_options
from omnireid.service.faults import PageError, notice_of, status_of
from omnireid.service.jobs.scope import check_camera, limits_of, upload_limit
from omnireid.service.jobs.starting import Text, forms
from omnireid.service.jobs.uploads import FormOf, chosen, queued
from omnireid.service.language import choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/jobs", include_in_schema=False, dependencies=[needs(Permission.INGEST)])

GUESSES = {
    "text": ("text", "description", "note", "特徴", "記述", "内容", "メモ", "備考"),
    "camera": ("camera", "place", "location", "カメラ", "場所", "地点"),
    "time": ("time", "date", "datetime", "日時", "時刻", "日付", "時間"),
}
"""Names by which a column is known at first sight."""

_ENCODINGS = ("utf-8", "cp932", "utf-16", "euc_jp")

Encoding = Annotated[str, Form(max_length=20)]


@router.post("/notes")
def take_notes(request: Request, site: SiteOf, actor: ActorOf, form: FormOf) -> Response:
    """Keep an uploaded note file and show its head."""
    staging: Staging | None = None
    try:
        upload = chosen(form)[0]
        staging = Staging.new(site.gallery, upload_limit(site))
        staging.take(upload.filename or "", upload.file)
        return _columns(request, site, staging, "", None)
    except (PageError, InputError) as error:
        if staging is not None:
            staging.discard()
        return forms(request, site, actor, error)


@router.post("/notes/{token}")
def choose_columns(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    token: str,
    name: Text = "",
    text: Text = "",
    camera: Text = "",
    time: Text = "",
    encoding: Encoding = "",
    again: Annotated[bool, Form()] = False,
) -> Response:
    """Queue the kept file with its columns; `again`: show its head in another encoding."""
    staging = _kept(site, token, name)
    try:
        if again:
            return _columns(request, site, staging, encoding, None)
        options = _options(actor, staging, text, camera, time, encoding)
        return queued(site, actor, options, staging, files=False)
    except (PageError, InputError) as error:
        return _columns(request, site, staging, encoding, error)


def _options(
    actor: Actor, staging: Staging, text: str, camera: str, time: str, encoding: str
) -> NotesOptions:
    check_camera(actor, None, from_files=True)
    given = {"camera_column": camera, "time_column": time, "encoding": encoding}
    options = read_options(
        {
            "kind": "notes",
            "path": staging.names[0][0],
            "text_column": text,
            **{name: value for name, value in given.items() if value},
        }
    )
    assert isinstance(options, NotesOptions)
    return options


def _kept(site: Site, token: str, name: str) -> Staging:
    try:
        return Staging.reopen(site.gallery, token, name)
    except (ValueError, OSError):
        raise PageError("jobs_upload_gone", 410) from None


def _columns(
    request: Request,
    site: Site,
    staging: Staging,
    encoding: str,
    error: PageError | InputError | None,
) -> Response:
    language = choose_language(request, site.settings.language)
    name, stored_as = staging.names[0]
    asked = NotesOptions(path=staging.folder / stored_as, encoding=encoding or None)
    try:
        preview = preview_notes(asked, limits_of(site))
    except InputError as unread:
        # In its own name, not in that under which it is kept.
        said = unread.what.replace(stored_as, name)
        error = error or InputError(said, unread.why, unread.to_do)
        preview = Preview((), (), 0)
    values = {
        "error": None if error is None else notice_of(error, language),
        "token": staging.name,
        "name": name,
        "preview": preview,
        "guesses": {field: _guess(preview, names) for field, names in GUESSES.items()},
        "encodings": _ENCODINGS,
        "encoding": encoding,
    }
    status = 200 if error is None else status_of(error)
    return render(request, site, "jobs/columns.html", values, back="/jobs/new", status=status)


def _guess(preview: Preview, names: tuple[str, ...]) -> str:
    return next((c for c in preview.columns if c.strip().casefold() in names), "")
