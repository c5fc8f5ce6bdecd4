"""Templates to HTML: escaped by default, and an unknown name is an error, never a blank."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from omnireid.accounts import Actor, Permission
from omnireid.errors import GalleryError
from omnireid.service.aims import Aim, aim_of
from omnireid.service.csrf import FormToken, remember_browser, token_of
from omnireid.service.language import LANGUAGES, choose_language, strings
from omnireid.service.navigation import places
from omnireid.service.said import spoken_reason
from omnireid.service.site import Site

_log = logging.getLogger(__name__)

_templates = Environment(
    loader=PackageLoader("omnireid.service"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=[FormToken],
)


def render(
    request: Request,
    site: Site,
    template: str,
    values: Mapping[str, object],
    *,
    back: str,
    status: int = 200,
) -> HTMLResponse:
    """A page in the language of the request; `back` is where the language switch returns to."""
    language = choose_language(request, site.settings.language)
    links = {code: f"/language/{code}?{urlencode({'back': back})}" for code in LANGUAGES}
    actor: Actor | None = getattr(request.state, "actor", None)
    html = _templates.get_template(template).render(
        t=strings(language),
        # What a room below says stands in English: say(one) tells it in the page's language.
        say=lambda text: spoken_reason(text, language),
        language=language,
        language_links=links,
        # Absent on the open pages and where the fault lies in signing in.
        places=places(actor, request.url.path) if actor else (),
        csrf=token_of(request),
        who=actor.name if actor else "",
        **{"aim": _aim(request, site, actor), "back": back, **values},
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    response = HTMLResponse(html, status_code=status, headers=headers)
    remember_browser(request, response)
    return response


def _aim(request: Request, site: Site, actor: Actor | None) -> Aim | None:
    """What the head of the page says the person searches for; None for those who do not search."""
    if actor is None or not actor.may(Permission.SEARCH):
        return None
    try:
        return aim_of(request, site, actor)
    except GalleryError as error:
        # The page that tells of a damaged ledger is rendered here too.
        _log.warning("the purpose could not be read: %s", error)
        return None
