"""Requests to the service: the key, repeated writes, errors."""

from __future__ import annotations

import os
import ssl
import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from omnireid.client.errors import ApiError

_TRIES = 3
_PAUSE_SECONDS = 0.5


class Connection:
    """Calls the service at `base_url` with an API key. Safe to use from several threads.

    `certificate`: a PEM file to trust, for a service with a certificate of the site's own.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 60.0,
        certificate: str | os.PathLike[str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        trusted = True if certificate is None else ssl.create_default_context(cafile=certificate)
        self._url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            verify=trusted,
            transport=transport,
            # A service on this machine is not asked through a proxy of the environment.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _get(self, path: str, **query: str | int) -> Any:
        return self._send("GET", f"/api/v1{path}", params=query).json()

    def _ask(self, path: str, **body: Any) -> Any:
        return self._send("POST", f"/api/v1{path}", **body).json()

    def _file(self, path: str, asked: object) -> bytes:
        """A file that the service makes."""
        return self._send("POST", f"/api/v1{path}", json=asked).content

    def _write(self, method: str, path: str, body: object = None, **form: Any) -> Any:
        """Send a write with a key of its own, again where the connection breaks."""
        address, headers = f"/api/v1{path}", {"Idempotency-Key": str(uuid4())}
        request = self._http.build_request(method, address, json=body, headers=headers, **form)
        request.read()  # made once: a form of another try would be another request
        for left in reversed(range(_TRIES)):
            try:
                return self._sent(request).json()
            except ApiError as error:
                if error.status != 0 or not left:
                    raise
                time.sleep(_PAUSE_SECONDS)
        raise AssertionError  # not reached: the last try returns or raises

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return self._sent(self._http.build_request(method, path, **parts))

    def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._http.send(request)
        except httpx.HTTPError as error:
            raise ApiError.of_connection(self._url, error) from error
        if not answer.is_success:
            raise ApiError.of_answer(answer)
        return answer
