"""Zones: named groups of cameras, for people who think in places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from omnireid.errors import InputError
from omnireid.gallery import Database
from omnireid.search.schema import zone_cameras, zones

_LONGEST = 80


@dataclass(frozen=True)
class Zone:
    """A name and the cameras that belong to it."""

    name: str
    cameras: tuple[str, ...]


class Zones:
    """The zones in a gallery's ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Zone, ...]:
        """Every zone by name."""
        query = (
            select(zones.c.name, zone_cameras.c.camera)
            .outerjoin_from(zones, zone_cameras)
            .order_by(zones.c.name, zone_cameras.c.camera)
        )
        members: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for name, camera in connection.execute(query):
                members.setdefault(name, []).extend([camera] if camera else [])
        return tuple(Zone(name, tuple(cameras)) for name, cameras in members.items())

    def cameras_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """The cameras of these zones together, each once.

        Raises:
            InputError: no such zone.
        """
        known = {zone.name: zone.cameras for zone in self.all()}
        found: dict[str, None] = {}
        for name in names:
            if name not in known:
                raise InputError(
                    f"there is no zone {name!r}",
                    "it was renamed or removed",
                    "choose one of: " + (", ".join(known) or "none are set up"),
                )
            found.update(dict.fromkeys(known[name]))
        return tuple(found)

    def put(self, name: str, cameras: Iterable[str]) -> Zone:
        """Make a zone, or give one other cameras.

        Raises:
            InputError: no name, one too long, or no camera.
        """
        name = " ".join(name.split())
        chosen = tuple(sorted({camera for camera in cameras if camera}))
        if not name or len(name) > _LONGEST:
            raise InputError(
                "the zone cannot be kept",
                f"a name has 1 to {_LONGEST} characters",
                "give a short name such as North hall",
            )
        if not chosen:
            raise InputError(
                f"the zone {name} cannot be kept", "it has no camera", "choose at least one"
            )
        with self._database.write() as connection:
            key = connection.scalar(select(zones.c.id).where(zones.c.name == name))
            if key is None:
                key = connection.scalar(insert(zones).values(name=name).returning(zones.c.id))
            connection.execute(delete(zone_cameras).where(zone_cameras.c.zone_id == key))
            connection.execute(
                insert(zone_cameras), [{"zone_id": key, "camera": camera} for camera in chosen]
            )
        return Zone(name, chosen)

    def remove(self, name: str) -> bool:
        """Remove a zone; whether there was one."""
        with self._database.write() as connection:
            return connection.execute(delete(zones).where(zones.c.name == name)).rowcount > 0
