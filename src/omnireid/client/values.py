"""What the service tells, as frozen value objects. Fields that a newer service adds are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class Item:
    """One item; what compares it with a query is None where nothing was compared."""

    id: int
    score: float | None
    probability: float | None
    band: str | None
    camera: str | None
    time: datetime | None
    modalities: tuple[str, ...]
    text: str | None
    source: str | None
    picture: str | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            id=told["id"],
            score=told["score"],
            probability=told["probability"],
            band=told["band"],
            camera=told["camera"],
            time=moment(told["time"]),
            modalities=tuple(told["modalities"]),
            text=told["text"],
            source=told["source"],
            picture=told["picture"],
        )


@dataclass(frozen=True)
class Page:
    """A page of items; `next` is the `after` of the next page, None at the end.

    `no_match`: nobody found is probably the one who is looked for; told with the first page.
    """

    items: tuple[Item, ...]
    total: int
    next: str | None
    no_match: bool
    model_id: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        items = tuple(Item.read(one) for one in told["items"])
        return cls(items, told["total"], told["next"], told["no_match"], told["model_id"])


@dataclass(frozen=True)
class Reasons:
    """Why an item is found. attributes: (name, asked, found, verdict)."""

    item: Item
    shares: Mapping[str, float]
    attributes: tuple[tuple[str, str, str, str], ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            Item.read(told["item"]),
            {one["part"]: one["share"] for one in told["shares"]},
            tuple(
                (one["name"], one["asked"], one["found"], one["verdict"])
                for one in told["attributes"]
            ),
        )


@dataclass(frozen=True)
class Caller:
    """Who the key belongs to and what it allows; empty scopes restrict nothing."""

    user_id: int
    name: str
    permissions: frozenset[str]
    cameras: tuple[str, ...]
    purposes: tuple[str, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            told["user_id"],
            told["name"],
            frozenset(told["permissions"]),
            tuple(told["cameras"]),
            tuple(told["purposes"]),
        )


@dataclass(frozen=True)
class Purpose:
    """What a search may be for."""

    key: str
    name_en: str
    name_ja: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(told["key"], told["name_en"], told["name_ja"])


@dataclass(frozen=True)
class Case:
    """One case. `version` is sent with a change, so that nobody's work is written over."""

    id: int
    reference: str
    title: str
    purpose: str
    owner: str
    members: tuple[str, ...]
    is_open: bool
    version: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            told["id"],
            told["reference"],
            told["title"],
            told["purpose"],
            told["owner"]["name"],
            tuple(one["name"] for one in told["members"]),
            told["is_open"],
            told["version"],
        )


@dataclass(frozen=True)
class Candidate:
    """An item in a case; `item` is None once it is erased."""

    id: int
    case: int
    item: int | None
    state: str
    version: int
    score: float | None
    probability: float | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(
            told["id"],
            told["case"],
            told["item"],
            told["state"],
            told["version"],
            told["score"],
            told["probability"],
        )


@dataclass(frozen=True)
class Job:
    """One job. `total` is None until it is known."""

    id: int
    kind: str
    subject: str
    state: str
    total: int | None
    handled: int
    added: int
    duplicates: int
    skipped: int
    trouble: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will be done."""
        return self.state in ("done", "failed", "cancelled")

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(**{name: told[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class SkippedFile:
    """A file, row or walk that a job left out, and why."""

    name: str
    reason: str | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        return cls(told["name"], told["reason"])


@dataclass(frozen=True)
class Watch:
    """A watched folder of pictures (`folder`) or of videos. `trouble`: why the last look failed."""

    id: int
    kind: str
    path: str
    camera: str | None
    pattern: str | None
    modality: str
    checked: datetime | None
    trouble: str | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        fields = {name: told[name] for name in cls.__dataclass_fields__ if name != "checked"}
        return cls(checked=moment(told["checked"]), **fields)


@dataclass(frozen=True)
class AuditEntry:
    """One entry of the audit log."""

    seq: int
    at: datetime
    actor: str
    action: str
    purpose: str | None
    case: str | None
    details: Mapping[str, Any]
    personal: Mapping[str, Any] | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the service's JSON."""
        fields = {name: told[name] for name in cls.__dataclass_fields__ if name != "at"}
        return cls(at=datetime.fromisoformat(told["at"]), **fields)


def moment(text: str | None) -> datetime | None:
    """A time in the service's JSON."""
    return None if text is None else datetime.fromisoformat(text)
