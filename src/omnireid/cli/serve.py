"""`omnireid serve`: the search page and the JSON API over a gallery."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from omnireid.accounts import Accounts, CodeKind
from omnireid.cli.opening import GalleryOption, ModelOption, open_gallery
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.gallery import Gallery
from omnireid.jobs import WorkerProcess
from omnireid.runtime import Encoder
from omnireid.service import (
    Site,
    check_tls,
    configure_log,
    create_app,
    listen,
    run,
    url_of,
)
from omnireid.settings import Settings, load_settings

HostOption = Annotated[
    str | None,
    typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1"),
]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port", "-p", min=0, max=65535, help="Port; 0 takes a free one.", show_default="8000"
    ),
]
NetworkOption = Annotated[
    bool,
    typer.Option(
        "--allow-network",
        help="Listen beyond this machine: over TLS (settings tls_certificate, tls_key), or "
        "--behind-proxy.",
    ),
]
ProxyOption = Annotated[
    bool,
    typer.Option(
        "--behind-proxy",
        help="A reverse proxy on this machine ends TLS and tells who calls (X-Forwarded-For).",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("serve")(serve)


def serve(
    gallery: GalleryOption = None,
    host: HostOption = None,
    port: PortOption = None,
    allow_network: NetworkOption = False,
    behind_proxy: ProxyOption = False,
    model: ModelOption = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Open the search page and the JSON API over a gallery; Ctrl-C ends it.

    Example: omnireid serve --gallery site --port 8080

    A gallery without a user prints a one-time code: with it the first administrator is made on
    the page.
    """
    settings = serving_settings(gallery, host, port, model, behind_proxy=behind_proxy)
    listening = listen(settings.host, settings.port, allow_network=allow_network, settings=settings)
    opened, encoder = open_gallery(settings.gallery, model)
    with opened:
        serve_gallery(opened, encoder, settings, listening, browser=browser, as_json=as_json)


def serving_settings(
    gallery: Path | None,
    host: str | None,
    port: int | None,
    model: str | None,
    *,
    behind_proxy: bool = False,
) -> Settings:
    """The settings, with what the options say in their place."""
    given = {
        "gallery": gallery,
        "host": host,
        "port": port,
        "model": model,
        "behind_proxy": behind_proxy or None,
    }
    return load_settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )


def serve_gallery(
    gallery: Gallery,
    encoder: Encoder,
    settings: Settings,
    listening: socket.socket,
    *,
    browser: bool,
    as_json: bool,
    ways_in: Callable[[Accounts], Mapping[str, str]] | None = None,
) -> None:
    """Serve an open gallery until Ctrl-C; the address is printed once the page answers.

    ways_in: makes paths that sign in at once, by the name of the user; the first is opened.
    """
    address = url_of(listening, tls=check_tls(settings))
    app = create_app(gallery, encoder, settings)
    site: Site = app.state.site

    def started() -> None:
        document: dict[str, object] = {"url": address, "items": gallery.count()}
        lines = [f"The search page is at {address} (Ctrl-C ends it)"]
        first = address
        if ways_in is not None and (paths := ways_in(site.accounts)):
            links = {name: address.rstrip("/") + path for name, path in paths.items()}
            document["sign_in"] = links
            first = next(iter(links.values()))
            lines.append("Links that sign in, each works once:")
            lines += [f"  as {name}: {link}" for name, link in links.items()]
        elif not site.accounts.users.exist():
            document["start_code"] = code = site.accounts.codes.new(CodeKind.START)
            lines.append(
                f"It has no user yet. Open {address}start and enter the one-time code {code}"
            )
        if as_json:
            print_json(document)
        else:
            for line in lines:
                results.print(line, soft_wrap=True)
        results.file.flush()
        if browser and not webbrowser.open(first):
            messages.print("No browser could be opened; open the address yourself.")

    configure_log(settings)
    with _worker(settings):
        run(app, listening, settings, started=started)


def _worker(settings: Settings) -> AbstractContextManager[object]:
    return WorkerProcess(settings.gallery, settings.model) if settings.job_worker else nullcontext()
