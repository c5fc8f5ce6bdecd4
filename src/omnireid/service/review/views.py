"""Candidates and history as the pages show them: every word chosen, no logic left to a template."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from omnireid.accounts import Actor
from omnireid.gallery import Item
from omnireid.review import Action, Candidate, Entry, State
from omnireid.search import Likeness
from omnireid.service.review.wording import ACTIONS, BADGES, BANDS, REASONS, STATES
from omnireid.service.site import Site
from omnireid.service.tiles import Tile, tile

Sentences = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One line of the history. `badge` colours what was decided."""

    time: str
    who: str
    mine: bool
    what: str
    badge: str
    why: str
    candidate_id: int | None
    number: int | None
    note: bool


@dataclass(frozen=True)
class Shown:
    """One candidate. `tile` is None once the sighting is erased; `mine`: what the reader holds."""

    id: int
    number: int
    tile: Tile | None
    state: str
    badge: str
    estimate: str
    found_by: tuple[str, ...]
    query_pictures: tuple[tuple[str, str], ...]
    """(kind, address) of what was searched for."""
    decisions: tuple[Line, ...]
    notes: tuple[Line, ...]
    version: int
    mine: str
    seen: bool
    waiting: bool
    closed: bool
    settled: bool
    confirmed: bool


def shown_candidates(
    site: Site,
    actor: Actor,
    t: Sentences,
    found: Sequence[Candidate],
    history: Sequence[Entry] = (),
) -> list[Shown]:
    """The candidates of a case, numbered in the order of collecting."""
    ids = [one.item_id for one in found if one.item_id is not None]
    items = site.gallery.browse.items_of(ids, scope=actor.cameras)
    kept = site.review.query_digests(actor, found[0].case_id) if found else frozenset[str]()
    notes: dict[int, list[Entry]] = {}
    for entry in history:
        if entry.action is Action.NOTE and entry.candidate_id is not None:
            notes.setdefault(entry.candidate_id, []).append(entry)
    return [
        _shown(
            actor,
            t,
            site.zone,
            number,
            one,
            items.get(one.item_id or 0),
            notes.get(one.candidate_id, ()),
            kept,
        )
        for number, one in enumerate(found, start=1)
    ]


def line(
    actor: Actor, t: Sentences, zone: tzinfo | None, entry: Entry, number: int | None = None
) -> Line:
    """One entry of the history."""
    why = [t[REASONS[entry.reason]]] if entry.reason else []
    why += [entry.words] if entry.words else []
    badges = {Action.CONFIRM: "good", Action.REJECT: "bad", Action.ERASED: "caution"}
    return Line(
        time=f"{entry.time.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        who=entry.person.name if entry.person else t["review_program"],
        mine=entry.person is not None and entry.person.user_id == actor.user_id,
        what=t[ACTIONS[entry.action]],
        badge=badges.get(entry.action, ""),
        why=" · ".join(why),
        candidate_id=entry.candidate_id,
        number=number,
        note=entry.action is Action.NOTE,
    )


def _shown(
    actor: Actor,
    t: Sentences,
    zone: tzinfo | None,
    number: int,
    one: Candidate,
    item: Item | None,
    notes: Sequence[Entry],
    kept: Collection[str],
) -> Shown:
    opinion = one.opinion_of(actor.user_id)
    return Shown(
        id=one.candidate_id,
        number=number,
        tile=None if item is None else tile(item),
        state=t[STATES[one.state]],
        badge=BADGES[one.state],
        estimate=_estimate(t, one),
        found_by=_found_by(t, one),
        query_pictures=tuple(
            (t[kind], f"/cases/{one.case_id}/queries/{digest}")
            for kind, digest in (one.found_by.pictures.items() if one.found_by else ())
            if digest in kept
        ),
        decisions=tuple(line(actor, t, zone, entry) for entry in one.decisions),
        notes=tuple(line(actor, t, zone, entry) for entry in notes),
        version=one.standing.version,
        mine="" if opinion is None else opinion.value,
        seen=actor.user_id in one.seen_by,
        waiting=one.waits_for(actor.user_id),
        closed=one.standing.closed,
        settled=one.state in (State.CONFIRMED, State.REJECTED),
        confirmed=one.standing.opinion_state is State.CONFIRMED,
    )


def _estimate(t: Sentences, one: Candidate) -> str:
    if one.score is None:
        return t["review_no_estimate"]
    likeness = Likeness(one.score, one.probability)
    if likeness.band is None:
        return t["review_similarity"].format(score=f"{one.score:.2f}")
    return t["review_percent"].format(band=t[BANDS[likeness.band]], percent=likeness.percent)


def _found_by(t: Sentences, one: Candidate) -> tuple[str, ...]:
    query = one.found_by
    if query is None:
        return ()
    said = [t["review_query_words"].format(words=query.words)] if query.words else []
    return (
        *said,
        *(
            t["review_query_picture"].format(modality=t[kind], digest=digest[:12])
            for kind, digest in query.pictures.items()
        ),
    )
