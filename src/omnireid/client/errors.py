"""What the service refuses, as an exception."""

from __future__ import annotations

import httpx


class ApiError(Exception):
    """An answer that is no success, or none at all (`status` 0).

    `code` is stable and safe to match on; `request_id` names the request in the service's log.
    """

    def __init__(
        self, status: int, code: str, what: str, why: str, to_do: str, request_id: str = ""
    ) -> None:
        self.status, self.code = status, code
        self.what, self.why, self.to_do = what, why, to_do
        self.request_id = request_id
        super().__init__(f"[{code}] {what}: {why}. What to do: {to_do}.")

    @classmethod
    def of_answer(cls, answer: httpx.Response) -> ApiError:
        """The error that an answer tells of; one that is no problem+json is told as it stands."""
        request_id = answer.headers.get("X-Request-Id", "")
        try:
            problem = answer.json()
            return cls(
                answer.status_code,
                str(problem["code"]),
                str(problem["title"]),
                str(problem["detail"]),
                str(problem["to_do"]),
                request_id,
            )
        except (ValueError, KeyError, TypeError):
            return cls(
                answer.status_code,
                "HTTP",
                f"the service answered {answer.status_code}",
                answer.reason_phrase or "it gave no reason",
                "check the address; a proxy may stand in between",
                request_id,
            )

    @classmethod
    def of_connection(cls, url: str, error: httpx.HTTPError) -> ApiError:
        """The error of a service that does not answer."""
        return cls(
            0,
            "CONNECTION",
            f"the service at {url} does not answer",
            str(error) or type(error).__name__,
            "check that it runs, its address, and its certificate",
        )
