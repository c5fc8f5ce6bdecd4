"""A gallery of plain colours behind the service, with an encoder that sees colours alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from service_clients import ADDRESS, CHEAP, PASSWORD, ClientAs, signed_in

from colour_encoder import COLOURS, ColourEncoder
from omnireid import Observation
from omnireid.accounts import Role
from omnireid.gallery import Gallery
from omnireid.service import create_app
from omnireid.service.site import Site
from omnireid.settings import Settings


@pytest.fixture(scope="session")
def filled_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the gallery below, to be copied."""
    folder = tmp_path_factory.mktemp("service") / "site"
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as made:
        sightings = [
            Observation(
                rgb=Image.new("RGB", (32, 64), tuple(max(c - 3 * step, 0) for c in COLOURS[name])),
                camera=f"{name} gate",
                time=datetime(2026, 11, 23, 8, step),
                source=f"{name}/{step}.png",
            )
            for name in COLOURS
            for step in range(10)
        ]
        notes = [
            Observation(text="<b>red</b> & a backpack", camera="desk", source="notes.csv#row=2"),
            Observation(
                text="青い帽子の男、リュック", time=datetime(2026, 11, 24), source="notes.csv#row=3"
            ),
        ]
        made.add([*sightings, *notes])
    return folder


@pytest.fixture
def gallery(filled_site: Path, tmp_path: Path) -> Iterator[Gallery]:
    """Thirty sightings in three colours, by three cameras, and two notes."""
    with Gallery.open(shutil.copytree(filled_site, tmp_path / "site"), ColourEncoder()) as opened:
        yield opened


@pytest.fixture
def app(gallery: Gallery) -> FastAPI:
    """The service over the gallery; passwords are hashed cheaply."""
    settings = Settings(page_size=12, max_upload_mb=1)
    return create_app(gallery, ColourEncoder(), settings, passwords=CHEAP)


@pytest.fixture
def site(app: FastAPI) -> Site:
    """What the routes share."""
    found: Site = app.state.site
    return found


@pytest.fixture
def anonymous(app: FastAPI) -> TestClient:
    """A browser that speaks English, on this machine, in which nobody is signed in."""
    return TestClient(
        app,
        base_url=ADDRESS,
        headers={"Accept-Language": "en"},
        raise_server_exceptions=False,
    )


@pytest.fixture
def client_as(app: FastAPI, site: Site) -> ClientAs:
    """Make a browser in which a new user with these roles is signed in.

    `client_as(Role.REVIEWER, name="sato", cameras=["gate"], purposes=["lost person"])`. Its
    requests carry the form token, as htmx sends it.
    """

    def make(
        *roles: Role,
        name: str | None = None,
        cameras: tuple[str, ...] | list[str] = (),
        purposes: tuple[str, ...] | list[str] = (),
    ) -> TestClient:
        name = name or "-".join(["user", *sorted(roles)]) + f"-{len(site.accounts.users.all())}"
        user = site.accounts.users.add(name, roles, by="(test)", password=PASSWORD)
        if cameras or purposes:
            site.accounts.users.set_scope(
                user.user_id, cameras=cameras, purposes=purposes, by="(test)"
            )
        return signed_in(app, name)

    return make


@pytest.fixture
def client(client_as: ClientAs) -> TestClient:
    """A browser in which someone with every role but the auditor's is signed in."""
    return client_as(*(role for role in Role if role is not Role.AUDITOR), name="everyone")
