"""The description of the API (OpenAPI 3.1): who may call a route, how errors look, safe repeats."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from omnireid import __version__
from omnireid.service.idempotency import HEADER, WRITING, answers_a_question
from omnireid.service.permission import Rule

DESCRIPTION = """
Search by picture, infrared picture, sketch and words in any mixture; cases, decisions and exports;
jobs and watched folders; purposes, retention, requests of a person about their own data, erasure;
users and keys; the audit log.

**Who may call.** Send an API key (`Authorization: Bearer omr_…`), made on the page under *Account*.
`x-permission` of each operation names what the key must allow; `signed_in` is any key, `public`
needs none. A key never sees more cameras than its owner.

**Errors** are `application/problem+json` (RFC 9457): `title` says what happened, `detail` why,
`to_do` what to do; `code` stays the same from version to version.

**Writes may be repeated.** With a header `Idempotency-Key` (a random text, such as a UUID) the
answer of the first request is kept and given again, and nothing is done twice.

**Versions.** Fields may be added within `/api/v1`; none is removed or changes its meaning.

A match is a similarity, not evidence of identity.
"""

_PROBLEM = {
    "type": "object",
    "description": "An error as application/problem+json (RFC 9457).",
    "required": ["type", "title", "detail", "status", "code", "to_do"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "description": "What happened."},
        "detail": {"type": "string", "description": "Why."},
        "status": {"type": "integer", "examples": [422]},
        "code": {"type": "string", "description": "Stable name.", "examples": ["INPUT"]},
        "to_do": {"type": "string", "description": "What to do."},
        "request_id": {"type": "string", "description": "Names the request in the log."},
    },
    "example": {
        "type": "about:blank",
        "title": "'yesterday' is not a time",
        "detail": "a time reads like 2026-11-23T08:30",
        "status": 422,
        "code": "INPUT",
        "to_do": "correct it",
        "request_id": "5f0c6a1e9b7d4c23",
    },
}
_PROBLEMS = {
    "400": "A body that cannot be read at all.",
    "401": "No key, or one that is unknown, expired or revoked.",
    "403": "The key does not allow it.",
    "404": "There is no such thing within the caller's scope.",
    "409": "It does not fit what is there now.",
    "413": "The body is above the limit (`max_upload_mb`).",
    "422": "A value that cannot be used.",
    "429": "Too many requests; wait for as long as `Retry-After` says.",
    "503": "The gallery or the model cannot be used.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document at /openapi.json. Made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _described(app)
    return app.openapi_schema


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="OmniReID", version=__version__, description=DESCRIPTION.strip(), routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, `omr_…`."}
    }
    for route in iter_route_contexts(app.routes):
        operations = document["paths"].get(route.path, {})
        for method in sorted(route.methods or ()):
            if operation := operations.get(method.lower()):
                _complete(operation, method, [one.dependency for one in route.dependencies])
    return document


def _complete(operation: dict[str, Any], method: str, declared: list[Any]) -> None:
    rule = next((one for one in declared if isinstance(one, Rule)), None)
    closed = rule is None or not rule.everyone
    operation["x-permission"] = _permission(rule)
    operation["security"] = [{"key": []}] if closed else []
    writes = method in WRITING and answers_a_question().dependency not in declared
    if writes and closed:
        operation.setdefault("parameters", []).append(
            {
                "name": HEADER,
                "in": "header",
                "required": False,
                "description": "A random text; a repetition gets the first answer again.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200,
                           "pattern": "^[!-~]+$"},
                "example": "0b8f3c52-5d0e-4b0e-9c9e-0d6f4f0f3a11",
            }
        )  # fmt: skip
    for status, why in _PROBLEMS.items():
        if status in ("401", "403", "409") and not closed:
            continue
        operation["responses"][status] = {
            "description": why,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }


def _permission(rule: Rule | None) -> str:
    if rule is None:
        return "none declared: refused"
    if rule.everyone:
        return "public"
    return "signed_in" if rule.permission is None else rule.permission.value
