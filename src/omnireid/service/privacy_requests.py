"""Requests of a person about their own data, and erasures with their certificates."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.governance import ErasurePlan
from omnireid.service import person_requests
from omnireid.service.faults import PageError
from omnireid.service.language import choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.person_requests import certificate_of, check_within, request_of
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf
from omnireid.service.tiles import tile

router = APIRouter(
    prefix="/privacy", include_in_schema=False, dependencies=[needs(Permission.ERASE)]
)

Word = Annotated[str, Form(max_length=200)]
Ids = Annotated[list[int] | None, Form()]
_NUMBERS = re.compile(r"[0-9]+")


@router.get("/requests")
def requests(request: Request, site: SiteOf) -> Response:
    """Every request, newest first."""
    values = {"tab": "requests", "requests": site.governance.subjects.all()}
    return render(request, site, "governance/requests.html", values, back="/privacy/requests")


@router.post("/requests")
def open_request(
    site: SiteOf,
    actor: ActorOf,
    reference: Word = "",
    threshold: Annotated[float, Form()] = 0.5,
    rgb: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Look for every item like a picture of the person."""
    data, name = (rgb.file.read(), rgb.filename or "") if rgb is not None else (b"", "")
    opened = person_requests.open_request(
        site, actor, data, name, reference=reference, threshold=threshold
    )
    return RedirectResponse(f"/privacy/requests/{opened.request_id}", status_code=303)


@router.get("/requests/{request_id}")
def show(request: Request, site: SiteOf, actor: ActorOf, request_id: int) -> Response:
    """The items of a request, to be judged."""
    asked = request_of(site, request_id)
    found = site.governance.subjects.show(request_id, actor=actor.name, scope=actor.cameras)
    values = {
        "tab": "requests",
        "asked": asked,
        "found": [(one, tile(one.item)) for one in found],
        "theirs": [one.item.item_id for one in found if one.theirs],
    }
    back = f"/privacy/requests/{request_id}"
    return render(request, site, "governance/request.html", values, back=back)


@router.post("/requests/{request_id}/judge")
def judge(site: SiteOf, actor: ActorOf, request_id: int, item: Ids = None) -> Response:
    """Note which items show the person."""
    person_requests.judge_request(site, actor, request_id, item or ())
    return RedirectResponse(f"/privacy/requests/{request_id}", status_code=303)


@router.post("/requests/{request_id}/export")
def export(request: Request, site: SiteOf, actor: ActorOf, request_id: int) -> Response:
    """The ZIP for the person."""
    language = choose_language(request, site.settings.language)
    return person_requests.export_request(site, actor, request_id, language)


@router.post("/requests/{request_id}/close")
def close(site: SiteOf, actor: ActorOf, request_id: int) -> Response:
    """Note that the request is answered."""
    request_of(site, request_id)
    site.governance.subjects.close(request_id, actor=actor.name)
    return RedirectResponse("/privacy/requests", status_code=303)


@router.get("/erasures")
def erasures(request: Request, site: SiteOf) -> Response:
    """Every erasure, and the form for a new one."""
    return _erasures(request, site)


@router.post("/erasures/plan")
def plan(
    request: Request, site: SiteOf, actor: ActorOf, items: Word = "", reference: Word = ""
) -> Response:
    """What erasing these items would touch: nothing is changed yet."""
    numbers = [int(number) for number in _NUMBERS.findall(items) if len(number) < 19]
    if not numbers:
        raise PageError("privacy_numbers", 422)
    check_within(site, actor, numbers)
    return _erasures(
        request, site, planned=site.governance.erasures.plan(numbers), reference=reference
    )


@router.post("/erasures")
def erase(
    site: SiteOf,
    actor: ActorOf,
    item: Ids = None,
    reference: Word = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Erase for good, and prove it."""
    check_within(site, actor, item or [])
    site.governance.erase(item or (), actor=actor.name, reference=reference, reason=reason)
    return RedirectResponse("/privacy/erasures", status_code=303)


@router.post("/erasures/resume")
def resume(site: SiteOf) -> Response:
    """Finish what was interrupted."""
    site.governance.erasures.resume()
    return RedirectResponse("/privacy/erasures", status_code=303)


@router.post("/erasures/backups")
def purge(site: SiteOf, actor: ActorOf) -> Response:
    """Take what was erased out of backups whose disk is here again."""
    site.governance.erasures.purge_backups(actor=actor.name)
    return RedirectResponse("/privacy/erasures", status_code=303)


@router.get("/erasures/{erasure_id}")
def certificate(request: Request, site: SiteOf, erasure_id: int) -> Response:
    """The certificate as a file to print: it carries its own style, which no page here may."""
    language = choose_language(request, site.settings.language)
    found = certificate_of(site, erasure_id)
    name = f"erasure-{erasure_id}.{language}.html"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HTMLResponse(found.html(language), headers=headers)


@router.get("/erasures/{erasure_id}/certificate.json")
def certificate_json(site: SiteOf, erasure_id: int) -> Response:
    """The very text whose hash the audit log records."""
    return Response(certificate_of(site, erasure_id).text, media_type="application/json")


def _erasures(
    request: Request, site: Site, *, planned: ErasurePlan | None = None, reference: str = ""
) -> Response:
    listed = site.governance.erasures.all()
    values = {
        "tab": "erasures",
        "erasures": listed,
        "interrupted": any(not one.finished for one in listed),
        "plan": planned,
        "reference": reference,
    }
    return render(request, site, "governance/erasures.html", values, back="/privacy/erasures")
