"""The service put together: routes, guards, and errors told as page or as problem+json."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from omnireid import __version__
from omnireid.accounts import Passwords
from omnireid.errors import OmniReIDError
from omnireid.gallery import Encoder, Gallery
from omnireid.service import (
    account,
    aim_pages,
    api,
    auditing,
    backups,
    health,
    jobs,
    kept_searches,
    pages,
    pictures,
    privacy_requests,
    privacy_rules,
    reasons,
    review,
    sign_in,
    users,
)
from omnireid.service.address import LOOPBACK_NAMES, is_loopback
from omnireid.service.assets import Assets
from omnireid.service.back import local_path
from omnireid.service.faults import (
    MalformedError,
    PageError,
    headers_of,
    notice_of,
    problem_of,
    status_of,
)
from omnireid.service.gate import Gate, deny_undeclared
from omnireid.service.guards import HEADERS, StrictHeaders, UploadLimit
from omnireid.service.idempotency import Idempotency
from omnireid.service.language import choose_language
from omnireid.service.logs import entry
from omnireid.service.observing import REQUEST_ID_HEADER, Observed, request_id_of, route_template
from omnireid.service.openapi import describe
from omnireid.service.operations import Operations
from omnireid.service.provided import provider_of
from omnireid.service.rendering import render
from omnireid.service.site import Site
from omnireid.service.unfinished import finish_erasures
from omnireid.settings import Settings

_log = logging.getLogger("omnireid.service")
_MEGABYTE = 1_000_000


ROUTERS = (
    sign_in.router,
    account.router,
    users.router,
    pages.router,
    pictures.router,
    reasons.router,
    aim_pages.router,
    kept_searches.router,
    *review.ROUTERS,
    *jobs.ROUTERS,
    privacy_rules.router,
    privacy_requests.router,
    auditing.router,
    backups.router,
    *api.ROUTERS,
    health.router,
)
"""Every route of the service. Each declares who may call it (permission.py)."""


def create_app(
    gallery: Gallery, encoder: Encoder, settings: Settings, *, passwords: Passwords | None = None
) -> FastAPI:
    """The service over one open gallery.

    Bound to this machine it answers to this machine's names alone, so that a page of another site
    cannot reach it through a name of its own (DNS rebinding).
    """
    app = FastAPI(
        title="OmniReID",
        version=__version__,
        # FastAPI's own pages load scripts from the internet; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
        lifespan=_running,
        dependencies=[Depends(deny_undeclared)],
    )
    app.state.site = site = Site(
        gallery,
        encoder,
        settings,
        passwords=passwords or Passwords(),
        provider=provider_of(settings),
    )
    app.state.operations = operations = Operations.of(site)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", GZipMiddleware(Assets(directory=Path(__file__).parent / "static")))
    app.add_middleware(Idempotency, kept=operations.kept_answers, tell=_refused)
    app.add_middleware(
        UploadLimit,
        limit=settings.max_upload_mb * _MEGABYTE,
        larger=dict.fromkeys(jobs.UPLOADS, settings.max_ingest_mb * _MEGABYTE),
    )
    app.add_middleware(Gate, site=site, routers=ROUTERS, refuse=_told)
    if is_loopback(settings.host) and not settings.behind_proxy:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, settings.host])
    app.add_middleware(StrictHeaders)
    app.add_middleware(Observed, metrics=operations.metrics)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.add_exception_handler(PageError, _told)
    app.add_exception_handler(OmniReIDError, _told)
    app.add_exception_handler(HTTPException, _http_told)
    app.add_exception_handler(RequestValidationError, _form_told)
    app.add_exception_handler(Exception, _fault_told)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    operations: Operations = app.state.operations
    operations.start()
    site: Site = app.state.site
    finish_erasures(site.governance.erasures)
    yield
    operations.stop()


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, (PageError, OmniReIDError))
    if request.url.path.startswith(("/api/", "/health/", "/metrics", "/openapi.json")):
        return JSONResponse(
            problem_of(error),
            status_of(error),
            headers_of(error),
            media_type="application/problem+json",
        )
    site: Site = request.app.state.site
    language = choose_language(request, site.settings.language)
    page = render(
        request,
        site,
        "fault.html",
        # Without the count: the gallery may be what failed.
        {"error": notice_of(error, language), "count": None, "door": _door(request, error)},
        back="/",
        status=status_of(error),
    )
    page.headers.update(headers_of(error))
    return page


def _door(request: Request, error: PageError | OmniReIDError) -> str | None:
    """Where a person whose session is over signs in, and comes back to the form."""
    if not isinstance(error, PageError) or error.key != "sign_in":
        return None
    came_from = urlsplit(request.headers.get("referer", ""))
    back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return f"/sign-in?{urlencode({'back': local_path(back)})}"


def _http_told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        site: Site = request.app.state.site
        if request.url.path in jobs.UPLOADS:
            return _told(
                request, PageError("jobs_too_large", 413, limit=site.settings.max_ingest_mb)
            )
        return _told(request, PageError("too_large", 413, limit=site.settings.max_upload_mb))
    if error.status_code in (404, 405):
        return _told(request, PageError("missing", error.status_code))
    return _told(request, PageError("body", error.status_code))


def _refused(request: Request, error: Exception) -> Response:
    """What a middleware before the routes refuses."""
    return (_http_told if isinstance(error, HTTPException) else _told)(request, error)


def _form_told(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _told(request, MalformedError(error.errors()[0]))


def _fault_told(request: Request, error: Exception) -> Response:
    where = entry(request_id=request_id_of(request), route=route_template(request.scope))
    _log.error("fault", exc_info=error, extra=where)
    response = _told(request, PageError("fault", 500))
    # This answer is made outside the guards.
    response.headers.update({**HEADERS, REQUEST_ID_HEADER: request_id_of(request)})
    return response
