"""A site of rendered people behind the whole service, served to a real browser by a thread."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

import uvicorn
from argon2 import PasswordHasher

import omnireid
from omnireid import Observation
from omnireid.accounts import Passwords, Role
from omnireid.gallery import Gallery
from omnireid.runtime import Calibration, Encoder
from omnireid.search import Zones
from omnireid.service import create_app, listen, url_of
from omnireid.service.site import Site
from omnireid.settings import Settings

DEMO = Path(str(resources.files("omnireid"))) / "data" / "demo"
PAGE_SIZE = 20
CALIBRATION = Calibration(slope=14, offset=-6.5, no_match=0.4, strict=0.6)
"""Made up, to see how calibrated results are shown, for words and colour pictures alone."""

_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Served:
    """The running service."""

    site: Site
    url: str

    def cookie(self, *roles: Role, language: str = "en") -> list[dict[str, str]]:
        """The cookies of a new user with these roles, who has chosen a purpose."""
        accounts = self.site.accounts
        name = f"user-{len(accounts.users.all())}"
        user = accounts.users.add(name, roles, by="(test)", password="correct horse battery")
        secret = accounts.sessions.open(
            user.user_id, address="127.0.0.1", agent="test", how="password"
        )
        found = accounts.sessions.find(secret)
        assert found
        accounts.sessions.choose(found[1].session_id, purpose="system_test", matter=None)
        session = f"omnireid-session-{accounts.place}"
        return [
            {"name": cookie, "value": value, "domain": "127.0.0.1", "path": "/"}
            for cookie, value in ((session, secret), ("language", language))
        ]


def load_encoder() -> Encoder:
    """The shipped model, calibrated for words and colour pictures against colour pictures."""
    encoder = omnireid.load()
    calibration = {f"{query}>rgb": CALIBRATION for query in ("text", "rgb", "rgb+text")}
    encoder.info = encoder.info.model_copy(update={"calibration": calibration})
    return encoder


def sightings() -> Iterator[Observation]:
    """48 colour pictures, 12 infrared ones and two notes."""
    for kind, count in (("rgb", 48), ("infrared", 12)):
        with (DEMO / kind / "pictures.csv").open(encoding="utf-8-sig") as file:
            for row in list(csv.DictReader(file))[:count]:
                yield Observation(
                    **{kind: DEMO / kind / row["file"]},
                    camera=row["camera"],
                    time=datetime.fromisoformat(row["time"]),
                    source=f"{kind}/{row['file']}",
                )
    yield Observation(text="赤い上着の男、リュック", camera="gate", source="notes.csv#row=2")
    yield Observation(text="a woman with a green umbrella", source="notes.csv#row=3")


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """Fill a gallery in `folder` and serve it on a free port."""
    encoder = load_encoder()
    with Gallery.create(folder, encoder, timezone="Asia/Tokyo") as gallery:
        gallery.add(sightings())
        cameras = gallery.browse.cameras()
        Zones(gallery.database).put("North side", cameras[:2])
        settings = Settings(page_size=PAGE_SIZE, gallery=folder)
        app = create_app(gallery, encoder, settings, passwords=Passwords(_CHEAP))
        opened = listen("127.0.0.1", 0, allow_network=False)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.01)
        try:
            yield Served(app.state.site, url_of(opened).rstrip("/"))
        finally:
            server.should_exit = True
            thread.join(timeout=120)
