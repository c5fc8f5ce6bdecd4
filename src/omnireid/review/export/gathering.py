"""What an export holds, read once: the case, its candidates, their items and shown pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from omnireid.accounts.permissions import Actor
from omnireid.gallery import Gallery, Item
from omnireid.governance import AuditLog, Head
from omnireid.review.casebook import Casebook
from omnireid.review.export.pictures import Shown, shown
from omnireid.review.values import Candidate, Case, Entry
from omnireid.review.verdicts import State


@dataclass(frozen=True)
class Choice:
    """What the person who exports chose.

    everything: all candidates; else only those that two people confirmed. blur_subject: the head
    of the person sought too. Heads of everyone else are always blurred.
    """

    language: Literal["en", "ja"] = "en"
    everything: bool = False
    blur_subject: bool = False


@dataclass(frozen=True)
class Exhibit:
    """One candidate of the export. `item` is None once it is erased."""

    number: int
    candidate: Candidate
    item: Item | None
    picture: Shown | None

    @property
    def confirmed(self) -> bool:
        """Whether two people confirmed it and nobody is against."""
        return is_confirmed(self.candidate)


@dataclass(frozen=True)
class Contents:
    """Everything that an export tells. `purpose` is the purpose's name in the chosen language."""

    case: Case
    purpose: str
    choice: Choice
    exhibits: tuple[Exhibit, ...]
    states: Mapping[State, int]
    history: tuple[Entry, ...]
    audit_head: Head
    exported_by: str
    exported: datetime
    zone: tzinfo | None

    def local(self, moment: datetime) -> datetime:
        """The moment in the gallery's time zone."""
        return moment.astimezone(self.zone)


def is_confirmed(candidate: Candidate) -> bool:
    """Whether two people confirmed the candidate and nobody is against."""
    return candidate.standing.opinion_state is State.CONFIRMED


def gather(
    gallery: Gallery,
    casebook: Casebook,
    actor: Actor,
    case_id: int,
    choice: Choice,
    *,
    purpose: str,
    exported: datetime,
) -> Contents:
    """Read a case for export, as far as the actor may see it.

    Raises:
        ReviewError: there is no such case, or it is not this actor's to see.
    """
    case = casebook.case(actor, case_id)
    everyone = casebook.candidates(actor, case_id)
    chosen = [one for one in everyone if choice.everything or is_confirmed(one)]
    items = gallery.browse.items_of(
        (one.item_id for one in chosen if one.item_id is not None), scope=actor.cameras
    )
    exhibits = []
    for number, one in enumerate(chosen, start=1):
        item = None if one.item_id is None else items.get(one.item_id)
        path = None if item is None else item.picture_path
        subject = is_confirmed(one) and not choice.blur_subject
        picture = None if path is None else shown(path, subject_clear=subject)
        exhibits.append(Exhibit(number, one, item, picture))
    named = {one.candidate_id for one in chosen}
    history = casebook.history(actor, case_id)
    timezone = gallery.info().timezone
    return Contents(
        case=case,
        purpose=purpose,
        choice=choice,
        exhibits=tuple(exhibits),
        states={
            state: sum(one.state is state for one in everyone)
            for state in State
            if any(one.state is state for one in everyone)
        },
        history=tuple(
            entry for entry in history if entry.candidate_id is None or entry.candidate_id in named
        ),
        audit_head=AuditLog(gallery.database).head(),
        exported_by=actor.name,
        exported=exported,
        zone=None if timezone is None else ZoneInfo(timezone),
    )
