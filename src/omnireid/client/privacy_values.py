"""What the service tells of requests of a person and of erasures, as frozen value objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from omnireid.client.values import Item, moment


@dataclass(frozen=True)
class SubjectRequest:
    """A person's request about their own data. `closed`: it is answered."""

    id: int
    reference: str
    threshold: float
    opened: datetime
    opened_by: str
    closed: datetime | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            told["id"],
            told["reference"],
            told["threshold"],
            datetime.fromisoformat(told["opened"]),
            told["opened_by"],
            moment(told["closed"]),
        )


@dataclass(frozen=True)
class SubjectItem:
    """An item that may show the person; `theirs` is None until somebody has looked."""

    item: Item
    theirs: bool | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(Item.read(told["item"]), told["theirs"])


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure would touch. `held`: items under legal hold, and which: they are refused."""

    items: tuple[int, ...]
    unknown: tuple[int, ...]
    pictures: int
    shared: int
    held: Mapping[int, str]
    backups: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            tuple(told["items"]),
            tuple(told["unknown"]),
            told["pictures"],
            told["shared"],
            {int(item): why for item, why in told["held"].items()},
            told["backups"],
        )


@dataclass(frozen=True)
class Erasure:
    """An erasure and how far it got; its certificate's hash once it is finished."""

    id: int
    reference: str
    asked_by: str
    started: datetime
    step: str
    complete: bool | None
    sha256: str | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            told["id"],
            told["reference"],
            told["asked_by"],
            datetime.fromisoformat(told["started"]),
            told["step"],
            told["complete"],
            told["sha256"],
        )


@dataclass(frozen=True)
class Certificate:
    """What was done and proven, and its hash. `complete`: nothing is left anywhere."""

    sha256: str
    complete: bool
    body: Mapping[str, Any]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(told["sha256"], told["complete"], told["certificate"])
