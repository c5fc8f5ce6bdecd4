"""Accounts over an empty gallery, with a clock that the test moves and a trail that it reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from account_fakes import CHEAP, PASSWORD, Clock, Trail

from colour_encoder import ColourEncoder
from omnireid.accounts import Accounts, Role, User
from omnireid.gallery import Gallery


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a gallery without items, to be copied."""
    folder = tmp_path_factory.mktemp("accounts") / "site"
    Gallery.create(folder, ColourEncoder(), timezone="UTC").close()
    return folder


@pytest.fixture
def gallery(empty_site: Path, tmp_path: Path) -> Iterator[Gallery]:
    """A gallery without items."""
    with Gallery.open(shutil.copytree(empty_site, tmp_path / "site"), ColourEncoder()) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock(datetime(2026, 11, 24, 9, tzinfo=UTC))


@pytest.fixture
def trail() -> Trail:
    """What was taken down."""
    return Trail()


@pytest.fixture
def accounts(gallery: Gallery, clock: Clock, trail: Trail) -> Accounts:
    """Sessions end after an hour unused and after twelve."""
    return Accounts(
        gallery.database,
        trail,
        passwords=CHEAP,
        idle=timedelta(hours=1),
        absolute=timedelta(hours=12),
        clock=clock,
    )


@pytest.fixture
def sato(accounts: Accounts) -> User:
    """An administrator who also searches."""
    roles = {Role.ADMINISTRATOR, Role.SEARCHER}
    return accounts.users.add("sato", roles, by="(test)", password=PASSWORD)
