"""The service put together: routes, guards, and errors told as page or as problem+json."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from omnireid import __version__
from omnireid.errors import OmniReIDError
from omnireid.gallery import Encoder, Gallery
from omnireid.service import api, health, pages
from omnireid.service.address import LOOPBACK_NAMES, is_loopback
from omnireid.service.faults import PageError, notice_of, problem_of, status_of
from omnireid.service.guards import HEADERS, StrictHeaders, UploadLimit
from omnireid.service.language import choose_language
from omnireid.service.rendering import render
from omnireid.service.site import Site
from omnireid.settings import Settings

_log = logging.getLogger("omnireid.service")
_MEGABYTE = 1_000_000


def create_app(gallery: Gallery, encoder: Encoder, settings: Settings) -> FastAPI:
    """The service over one open gallery.

    Bound to this machine it answers to this machine's names alone, so that a page of another site
    cannot reach it through a name of its own (DNS rebinding).
    """
    app = FastAPI(
        title="OmniReID",
        version=__version__,
        description="Search by picture, infrared picture, sketch and words, in any mixture.",
        # FastAPI's own pages load scripts from the internet; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
    )
    app.state.site = Site(gallery, encoder, settings)
    for router in (pages.router, api.router, health.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_middleware(UploadLimit, limit=settings.max_upload_mb * _MEGABYTE)
    if is_loopback(settings.host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, settings.host])
    app.add_middleware(StrictHeaders)
    app.add_exception_handler(PageError, _told)
    app.add_exception_handler(OmniReIDError, _told)
    app.add_exception_handler(HTTPException, _http_told)
    app.add_exception_handler(RequestValidationError, _form_told)
    app.add_exception_handler(Exception, _fault_told)
    return app


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, (PageError, OmniReIDError))
    if request.url.path.startswith(("/api/", "/health/", "/openapi.json")):
        return JSONResponse(
            problem_of(error), status_of(error), media_type="application/problem+json"
        )
    site: Site = request.app.state.site
    language = choose_language(request, site.settings.language)
    return render(
        request,
        site,
        "fault.html",
        # Without the count: the gallery may be what failed.
        {"error": notice_of(error, language), "count": None},
        back="/",
        status=status_of(error),
    )


def _http_told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        site: Site = request.app.state.site
        return _told(request, PageError("too_large", 413, limit=site.settings.max_upload_mb))
    if error.status_code in (404, 405):
        return _told(request, PageError("missing", error.status_code))
    return _told(request, PageError("form", error.status_code, detail=error.detail))


def _form_told(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return _told(request, PageError("form", 422, detail=f"{name}: {first['msg']}"))


def _fault_told(request: Request, error: Exception) -> Response:
    _log.error("fault at %s", request.url.path, exc_info=error)
    response = _told(request, PageError("fault", 500))
    response.headers.update(HEADERS)  # this answer is made outside the guards
    return response
