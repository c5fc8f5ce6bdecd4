"""Templates to HTML: escaped by default, and an unknown name is an error, never a blank."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from omnireid.accounts.permissions import Actor
from omnireid.service.csrf import FormToken, remember_browser, token_of
from omnireid.service.language import LANGUAGES, choose_language, strings
from omnireid.service.navigation import places
from omnireid.service.site import Site

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
        language=language,
        language_links=links,
        # Absent on the open pages and where the fault lies in signing in.
        places=places(actor, request.url.path) if actor else (),
        csrf=token_of(request),
        **values,
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    response = HTMLResponse(html, status_code=status, headers=headers)
    remember_browser(request, response)
    return response
