"""Zones and saved searches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colour_encoder import ColourEncoder
from omnireid.errors import InputError
from omnireid.gallery import Database, Gallery
from omnireid.search import SavedSearches, Zone, Zones
from omnireid.search.saved import LIMIT


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Gallery.create(tmp_path / "gallery", ColourEncoder()) as gallery:
        yield gallery.database


def test_zones_are_made_changed_joined_and_removed(database: Database) -> None:
    zones = Zones(database)
    assert zones.put(" North   hall ", ["gate", "stairs", "gate"]).name == "North hall"
    zones.put("北口", ["gate", "roof"])
    assert zones.cameras_of(["North hall", "北口"]) == ("gate", "stairs", "roof")
    zones.put("北口", ["roof"])
    assert zones.all() == (Zone("North hall", ("gate", "stairs")), Zone("北口", ("roof",)))
    assert zones.remove("北口")
    assert not zones.remove("北口")
    with pytest.raises(InputError, match="no zone"):
        zones.cameras_of(["北口"])


@pytest.mark.parametrize(
    ("name", "cameras"), [("", ["a"]), ("x" * 81, ["a"]), ("a", []), ("a", [""])]
)
def test_a_zone_needs_a_name_and_a_camera(database: Database, name, cameras) -> None:
    with pytest.raises(InputError, match="cannot be kept"):
        Zones(database).put(name, cameras)


def test_each_user_keeps_searches_of_their_own(database: Database) -> None:
    saved = SavedSearches(database)
    saved.save(1, "red coats", "/?text=red+coat")
    saved.save(1, "red coats", "/?text=red+coat&camera=gate")
    saved.save(2, "赤", "/?text=赤")
    (mine,) = saved.of(1)
    assert (mine.name, mine.address) == ("red coats", "/?text=red+coat&camera=gate")
    assert not saved.remove(2, mine.number)
    assert saved.remove(1, mine.number)
    assert saved.of(1) == ()
    assert len(saved.of(2)) == 1


@pytest.mark.parametrize(
    ("name", "address"),
    [("", "/?text=a"), ("a", "https://elsewhere/?text=a"), ("a", "//elsewhere"), ("a", "/"),
     ("a", "/?text=" + "x" * 5000)],
)  # fmt: skip
def test_nameless_and_foreign_addresses_are_not_saved(database: Database, name, address) -> None:
    with pytest.raises(InputError, match="not saved"):
        SavedSearches(database).save(1, name, address)


def test_there_is_an_end_to_saving(database: Database) -> None:
    saved = SavedSearches(database)
    for number in range(LIMIT):
        saved.save(1, str(number), "/?text=a")
    with pytest.raises(InputError, match="already"):
        saved.save(1, "one more", "/?text=a")
    saved.save(1, "7", "/?text=b")
