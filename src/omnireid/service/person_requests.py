"""Requests of a person about their own data, certificates of erasure: what page and API share."""

from __future__ import annotations

from collections.abc import Collection

from fastapi.responses import Response

from omnireid.accounts import Actor
from omnireid.errors import InputError
from omnireid.governance import Certificate, SubjectRequest
from omnireid.observation import Modality
from omnireid.service.faults import PageError
from omnireid.service.held import as_jpeg
from omnireid.service.query import observation_of
from omnireid.service.site import Site


def request_of(site: Site, request_id: int) -> SubjectRequest:
    """The request with this number.

    Raises:
        PageError: there is none.
    """
    try:
        return site.governance.subjects.get(request_id)
    except InputError:
        raise PageError("missing", 404) from None


def open_request(
    site: Site, actor: Actor, picture: bytes, name: str, *, reference: str, threshold: float
) -> SubjectRequest:
    """Look for every item of the actor's cameras that is like a picture of the person.

    Raises:
        PageError: the picture, called `name`, cannot be read.
        InputError: the request itself cannot be opened.
    """
    try:
        shown = as_jpeg(picture)
    except InputError as error:
        raise PageError("picture", 422, name=name) from error
    return site.governance.subjects.open(
        observation_of("", {Modality.RGB: shown}),
        threshold=threshold,
        reference=reference,
        actor=actor.name,
        scope=actor.cameras,
    )


def judge_request(site: Site, actor: Actor, request_id: int, theirs: Collection[int]) -> None:
    """Note which items show the person.

    Raises:
        PageError: no such request, or an item outside the actor's cameras.
        InputError: a closed request, or an item that is not part of it.
    """
    request_of(site, request_id)
    check_within(site, actor, theirs)
    site.governance.subjects.judge(request_id, theirs, actor=actor.name, scope=actor.cameras)


def export_request(site: Site, actor: Actor, request_id: int, language: str) -> Response:
    """The ZIP for the person. That it was handed out is recorded.

    Raises:
        PageError: no such request, or one with an item outside the actor's cameras.
    """
    request_of(site, request_id)
    chosen = site.governance.subjects.items(request_id, theirs_only=True)
    check_within(site, actor, [one.item.item_id for one in chosen])
    data = site.governance.export_for_subject(request_id, actor=actor.name, language=language)
    headers = {"Content-Disposition": f'attachment; filename="request-{request_id}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


def certificate_of(site: Site, erasure_id: int) -> Certificate:
    """The certificate of an erasure.

    Raises:
        PageError: no such erasure, or one that is not finished.
    """
    for one in site.governance.erasures.all():
        if one.erasure_id == erasure_id and one.certificate is not None:
            return one.certificate
    raise PageError("missing", 404)


def check_within(site: Site, actor: Actor, items: Collection[int]) -> None:
    """Let only items of the actor's cameras pass.

    Raises:
        PageError: one lies outside; it is told like one that does not exist.
    """
    if actor.cameras and len(site.gallery.browse.items_of(items, scope=actor.cameras)) < len(
        set(items)
    ):
        raise PageError("missing", 404)
