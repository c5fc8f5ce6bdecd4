"""Running the service until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from omnireid.settings import Settings


class _AnnouncingServer(uvicorn.Server):
    """Tells when it answers, so that a browser opened then finds it."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told()


def run(
    app: FastAPI, opened: socket.socket, settings: Settings, *, started: Callable[[], None]
) -> None:
    """Serve `app` on a listening socket until Ctrl-C or SIGTERM; `started` is called once it
    answers."""
    # A request is a thread: requests side by side use the cores better than each of them on all
    # (benchmarks/service.py, 8 users: 95 % of the pages in 286 ms instead of 329).
    with threadpool_limits(limits=1, user_api="blas"):
        server_of(app, settings, started=started).run(sockets=[opened])


def server_of(app: FastAPI, settings: Settings, *, started: Callable[[], None]) -> uvicorn.Server:
    """The server as the settings want it: over TLS or not, behind a proxy or not."""
    config = uvicorn.Config(
        app,
        # The log is ours (logs.py): uvicorn's would name addresses with what people asked for.
        log_config=None,
        server_header=False,
        access_log=False,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        # Who calls is believed from a proxy on this machine alone, and only when there is one.
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips="127.0.0.1",
    )
    return _AnnouncingServer(config, started)
