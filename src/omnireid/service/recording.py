"""What a search leaves in the audit log: who looked for what, why, and what was shown."""

from __future__ import annotations

import hashlib

from omnireid.accounts import Actor
from omnireid.governance import Event
from omnireid.governance.chain import JSON
from omnireid.service.aims import Aim
from omnireid.service.answering import Answer, parts_of
from omnireid.service.held import Pictures
from omnireid.service.query import Query
from omnireid.service.site import Site


def record_search(
    site: Site, actor: Actor, query: Query, pictures: Pictures, aim: Aim, found: Answer
) -> None:
    """Say in the audit log who looked for what and was shown what."""
    searched = query.asked or query.filtered
    details: dict[str, JSON] = {
        "parts": {m.value: query.weight(m) for m in parts_of(query, pictures)},
        "like": list(query.liked),
        "unlike": list(query.disliked),
        "cameras": list(query.cameras),
        "zones": list(query.zones),
        "modalities": [m.value for m in query.modalities],
        "attributes": [f"{name}:{value}" for name, value in query.attributes],
        "since": query.since_text,
        "until": query.until_text,
        "order": query.order.value,
        "scope": list(actor.cameras),
        "model": site.encoder.model_id,
        "index": site.gallery.browse.generation(),
        "shown": [item.item_id for item in found.items],
        "first_rank": query.shown + 1,
        "total": found.total,
    }
    personal: dict[str, JSON] = {
        "text": query.text,
        "words": query.words,
        "sources": list(query.sources),
        "query_pictures": {m.value: hashlib.sha256(p).hexdigest() for m, p in pictures.items()},
    }
    site.audit.record(
        Event(
            actor.name,
            "search" if searched else "items.list",
            aim.purpose.key if aim.purpose else None,
            aim.case,
            {name: value for name, value in details.items() if value not in ("", [], {})},
            {name: value for name, value in personal.items() if value},
        )
    )
