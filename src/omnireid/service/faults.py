"""Errors as the page and the API tell them: what, why, what to do, and an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import ValidationError

from omnireid import review
from omnireid.accounts.refusals import Refusal
from omnireid.errors import AccountError, GalleryError, InputError, ModelError, OmniReIDError
from omnireid.review import ReviewError
from omnireid.service.language import Language, strings
from omnireid.service.malformed import Fault, fault_in_words, fault_of_request
from omnireid.service.said import spoken, spoken_reason


@dataclass(frozen=True)
class Notice:
    """An error in the words of one language."""

    what: str
    why: str
    to_do: str


class Said(Protocol):
    """What, why, what to do, as a room below says it."""

    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def to_do(self) -> str: ...


class PageError(Exception):
    """A fault of a request, in both languages: `key` names its three sentences."""

    def __init__(self, key: str, status: int, **values: str | int) -> None:
        super().__init__(key)
        self.key, self.status, self.values = key, status, values

    def notice(self, language: Language) -> Notice:
        """The error's sentences."""
        values = {name: _told(name, value, language) for name, value in self.values.items()}
        return _spoken(self.key, values, language)


class MalformedError(PageError):
    """A request with a value that does not fit; `fault` as pydantic tells it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__("form", 422)
        self._fault = fault

    def notice(self, language: Language) -> Notice:
        """The error's sentences: the name of the value, and what was expected of it."""
        return _spoken(self.key, {"detail": fault_of_request(self._fault, language)}, language)


def notice_of(error: PageError | OmniReIDError, language: Language) -> Notice:
    """The words for a person."""
    if isinstance(error, PageError):
        return error.notice(language)
    if isinstance(error, AccountError):
        return _spoken(f"account_{error.refusal}", error.values, language)
    if isinstance(error, ReviewError):
        return _spoken(f"review_{error.refusal}", {}, language)
    notice = told(error, language)
    if language != "en" and isinstance(error.__cause__, ValidationError):
        # An option that a room below refused: it says why in pydantic's English.
        notice = replace(notice, why=fault_in_words(error.__cause__.errors()[0], language))
    return notice


def told(said: Said, language: Language) -> Notice:
    """What another room said of an error, in the words of one language."""
    return Notice(*(spoken(text, language) for text in (said.what, said.why, said.to_do)))


def status_of(error: PageError | OmniReIDError) -> int:
    """The HTTP status: the asker's fault is 4xx, the gallery's or the model's 503."""
    if isinstance(error, PageError):
        return error.status
    if isinstance(error, AccountError):
        return _REFUSALS.get(error.refusal, 422)
    if isinstance(error, ReviewError):
        return _REVIEW_REFUSALS.get(error.refusal, 409)
    if isinstance(error, InputError):
        return 422
    return 503 if isinstance(error, (GalleryError, ModelError)) else 500


def headers_of(error: PageError | OmniReIDError) -> dict[str, str]:
    """The headers that tell a program what the words tell a person: how long to wait."""
    if isinstance(error, AccountError) and error.refusal == Refusal.TOO_MANY:
        return {"Retry-After": str(error.values["seconds"])}
    return {}


_REFUSALS: dict[str, int] = {
    Refusal.CREDENTIALS: 401,
    Refusal.CODE: 403,
    Refusal.PROVIDER: 401,
    Refusal.PROVIDER_USER: 403,
    Refusal.STARTED: 409,
    Refusal.TOO_MANY: 429,
    Refusal.UNKNOWN_KEY: 404,
    Refusal.UNKNOWN_USER: 404,
}


_REVIEW_REFUSALS: dict[str, int] = {
    review.Refusal.NO_CASE: 404,
    review.Refusal.NO_CANDIDATE: 404,
    review.Refusal.OWNER_ONLY: 403,
    review.Refusal.EMPTY: 422,
    review.Refusal.TOO_LONG: 422,
    review.Refusal.PURPOSE: 422,
    review.Refusal.REASON_MISSING: 422,
}


def _spoken(key: str, values: Mapping[str, str | int], language: Language) -> Notice:
    sentences = strings(language)
    what, why, to_do = (
        sentences[f"error_{key}_{part}"].format(**values) for part in ("what", "why", "to_do")
    )
    return Notice(what, why, to_do)


def _told(name: str, value: str | int, language: Language) -> str | int:
    """A value of a sentence; a code, which English keeps for programs, by its name elsewhere."""
    if name == "reason":
        return spoken_reason(str(value), language)
    if name == "permission" and language != "en":
        return strings(language)[f"permission_{value}"]
    return value


def problem_of(error: PageError | OmniReIDError) -> dict[str, str | int]:
    """The body of application/problem+json (RFC 9457), with the error's own fields added."""
    notice = notice_of(error, "en")
    code = error.code if isinstance(error, OmniReIDError) else error.key.upper()
    return {
        "type": "about:blank",
        "title": notice.what,
        "detail": notice.why,
        "status": status_of(error),
        "code": code,
        "to_do": notice.to_do,
    }
