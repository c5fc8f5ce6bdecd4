"""`omnireid demo`: a gallery of rendered people, and the search page over it."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from omnireid.accounts import Accounts, CodeKind, Role
from omnireid.cli.filling import report_filled
from omnireid.cli.opening import ModelOption, load_encoder, open_or_create
from omnireid.cli.output import Json, WorkBar
from omnireid.cli.serve import (
    HostOption,
    NetworkOption,
    PortOption,
    serve_gallery,
    serving_settings,
)
from omnireid.errors import InputError
from omnireid.jobs import fill
from omnireid.observation import IMAGE_MODALITIES
from omnireid.service import is_loopback, listen
from omnireid.settings import Settings
from omnireid.sources import Found, NoteColumns, read_folder, read_notes

DEMO_FOLDER = Path("demo-gallery")
_USERS = {
    "demo": frozenset(Role) - {Role.AUDITOR},
    # For the second look at a candidate, and for the audit log, which the first may not see.
    "colleague": frozenset({Role.REVIEWER, Role.AUDITOR}),
}
_TABLE = "pictures.csv"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("demo")(demo)


def demo(
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery", "-g", help="Folder of the gallery.", show_default=f"{DEMO_FOLDER}/MODEL"
        ),
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="A fixed camera's video; its walks are added.")
    ] = None,
    host: HostOption = None,
    port: PortOption = None,
    allow_network: NetworkOption = False,
    model: ModelOption = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    as_json: Json = False,
) -> None:
    """Fill a gallery with rendered people and open the search page; Ctrl-C ends it.

    Example: omnireid demo --video street.avi

    No real person is shown unless you give a video. Running it again adds nothing twice.
    """
    bar = WorkBar("walks")
    walks = _walks(video, bar) if video else None
    encoder = load_encoder(model)
    # A folder a model, for a gallery never takes vectors of another.
    folder = gallery or DEMO_FOLDER / encoder.model_id.replace(":", "-")
    settings = serving_settings(folder, host, port, model)
    listening = _listen(settings, port, allow_network)
    with open_or_create(folder, encoder) as opened:
        with WorkBar("rendered people") as people:
            filled = fill(opened, demo_people(), people.handled)
        if walks is not None:
            with bar:
                filled += fill(opened, walks, bar.handled)
        if not as_json:
            report_filled(opened, filled, as_json=False)
        serve_gallery(
            opened,
            encoder,
            settings,
            listening,
            browser=browser,
            as_json=as_json,
            ways_in=ways_in,
        )


def ways_in(accounts: Accounts) -> Mapping[str, str]:
    """Paths that sign in the demo's two users; none in a gallery that has users of its own."""
    if not accounts.users.exist():
        for name, roles in _USERS.items():
            accounts.users.add(name, roles, by="(demo)")
    known = {user.name: user for user in accounts.users.all() if not user.disabled}
    return {
        name: f"/enter?code={accounts.reset(known[name].user_id, CodeKind.LINK, by='(demo)')}"
        for name in _USERS
        if name in known
    }


def demo_people() -> Iterator[Found]:
    """The shipped rendered people: pictures with a table of cameras and times, and notes."""
    root = Path(str(resources.files("omnireid"))) / "data" / "demo"
    for modality in IMAGE_MODALITIES:
        folder = root / modality.value
        if folder.is_dir():
            yield from read_folder(folder, modality=modality, table=folder / _TABLE)
    columns = NoteColumns(text="text", camera="camera", time="time")
    yield from read_notes(root / "notes.csv", columns=columns)


def _walks(video: Path, bar: WorkBar) -> Iterator[Found]:
    from omnireid.sources import read_video  # only here: OpenCV is an extra

    return read_video(video, camera=video.stem, progress=bar.share)


def _listen(settings: Settings, port: int | None, allow_network: bool) -> socket.socket:
    try:
        return listen(settings.host, settings.port, allow_network=allow_network, settings=settings)
    except InputError:
        if port is not None or not is_loopback(settings.host):
            raise
        # Nobody asked for this port: a demo opens beside whatever holds it.
        return listen(settings.host, 0, allow_network=allow_network, settings=settings)
