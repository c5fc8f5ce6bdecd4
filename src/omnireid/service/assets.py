"""Style sheets, scripts and icons: kept by the browser, asked after again each time."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Assets(StaticFiles):
    """The files of a folder. Their answers alone are compressed: they hold nothing secret, while a
    page that repeats a query beside its form token would tell the token by its compressed length.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or that it has not changed."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
