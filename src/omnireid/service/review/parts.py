"""Whether a request wants a part of a page, for a script to put in place, or the whole page."""

from __future__ import annotations

from starlette.requests import Request

HEADER = "X-Part"


def wants_part(request: Request) -> bool:
    """Whether the page's own script asks."""
    return request.headers.get(HEADER) == "1"
