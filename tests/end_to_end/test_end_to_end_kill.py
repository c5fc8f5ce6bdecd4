"""The service killed while it takes in a folder and erases, five times, and what is left then."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

import omnireid
from omnireid import Observation
from omnireid.accounts import Role
from omnireid.client import Client
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from served import Served, make_key

ROUNDS, FILES, SEEDED = 5, 20, 15


def noise(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (32, 16, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.timeout(900)
def test_killed_in_ingest_and_erase(tmp_path: Path) -> None:
    folder, inbox = tmp_path / "gallery", tmp_path / "inbox"
    with Gallery.create(folder, omnireid.load(), timezone="UTC") as gallery:
        gallery.add(Observation(rgb=noise(n), camera="old") for n in range(SEEDED))
    for turn in range(ROUNDS):
        (inbox / str(turn)).mkdir(parents=True)
        for number in range(FILES):
            noise(1000 * (turn + 1) + number).save(inbox / str(turn) / f"{number:03}.png")
    key = make_key(folder, "operator", [Role.ADMINISTRATOR, Role.PRIVACY_OFFICER])
    environment = {"OMNIREID_INGEST_ROOTS": json.dumps([str(inbox)])}
    chance = random.Random(11)
    started: list[int] = []
    acknowledged: dict[int, int] = {}
    erased: list[int] = []
    for turn in range(ROUNDS):
        service = Served.start(folder, tmp_path, environment=environment)
        with Client(service.url, key) as client, ThreadPoolExecutor(1) as beside:
            started.append(client.start_job("folder", path=str(inbox / str(turn))).id)
            # Each round erases three of the oldest, beside the job.
            doomed = [3 * turn + n for n in (1, 2, 3)]
            answer = beside.submit(_erase, service.url, key, doomed)
            until = time.monotonic() + chance.uniform(0.3, 3.0)
            while time.monotonic() < until:
                for job in started:
                    acknowledged[job] = client.job(job).added
                time.sleep(0.02)
            service.kill()
            if answer.result():
                erased += doomed
    with (
        Served.start(folder, tmp_path, environment=environment) as service,
        Client(service.url, key) as client,
    ):
        jobs = [client.wait(client.job(job), seconds=300) for job in started]
        left = _erasures_left(folder)
    assert [job.state for job in jobs] == ["done"] * ROUNDS
    assert [job.added + job.duplicates for job in jobs] == [FILES] * ROUNDS
    for job in jobs:
        assert job.added + job.duplicates >= acknowledged[job.id]
    assert left == 0
    with Gallery.open(folder) as gallery:
        stored = gallery.items(k=10_000)
        ids = {item.item_id for item in stored}
        report = gallery.verify()
        audit = AuditLog(gallery.database).verify()
    new = [item for item in stored if item.camera != "old"]
    assert len(new) == ROUNDS * FILES  # none lost, none doubled
    assert len({item.picture_path for item in new}) == len(new)
    assert ids.isdisjoint(erased)  # acknowledged erasures
    assert report.problems == ()
    assert audit.findings == ()


def _erase(url: str, key: str, items: list[int]) -> bool:
    """Whether the erasure was acknowledged before the kill."""
    try:
        answer = httpx.post(
            f"{url}/api/v1/erasures",
            json={"items": items, "reference": f"test {items[0]}", "reason": "a test"},
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )
    except httpx.HTTPError:
        return False
    assert answer.status_code == 201, answer.text
    return True


def _erasures_left(folder: Path) -> int:
    """Erasures that are not finished, once the service had time to finish them."""
    until = time.monotonic() + 120
    while True:
        with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
            query = "SELECT count(*) FROM erasures WHERE step != 'finished'"
            left: int = ledger.execute(query).fetchone()[0]
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.2)
