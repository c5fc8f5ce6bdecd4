"""`omnireid serve`: the search page and the JSON API over a gallery."""

from __future__ import annotations

import socket
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from omnireid.cli.opening import GalleryOption, ModelOption, open_gallery
from omnireid.cli.output import Json, messages, print_json, results
from omnireid.gallery import Gallery
from omnireid.runtime import Encoder
from omnireid.service import configure_log, create_app, listen, run, url_of
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
        help="Listen beyond this machine. There is no login: whoever reaches it sees everything.",
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
    model: ModelOption = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Open the search page and the JSON API over a gallery; Ctrl-C ends it.

    Example: omnireid serve --gallery site --port 8080
    """
    settings = serving_settings(gallery, host, port)
    listening = listen(settings.host, settings.port, allow_network=allow_network)
    opened, encoder = open_gallery(settings.gallery, model)
    with opened:
        serve_gallery(opened, encoder, settings, listening, browser=browser, as_json=as_json)


def serving_settings(gallery: Path | None, host: str | None, port: int | None) -> Settings:
    """The settings, with what the options say in their place."""
    given = {"gallery": gallery, "host": host, "port": port}
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
) -> None:
    """Serve an open gallery until Ctrl-C; the address is printed once the page answers."""
    address = url_of(listening)

    def started() -> None:
        if as_json:
            print_json({"url": address, "items": gallery.count()})
        else:
            results.print(f"The search page is at {address} (Ctrl-C ends it)", soft_wrap=True)
        results.file.flush()
        if browser and not webbrowser.open(address):
            messages.print("No browser could be opened; open the address yourself.")

    configure_log(settings)
    run(create_app(gallery, encoder, settings), listening, started=started)
