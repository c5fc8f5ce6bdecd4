"""The manifest: everything the export tells, for a program; and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from omnireid import __version__
from omnireid.review.export.estimates import band_name
from omnireid.review.export.gathering import Contents, Exhibit
from omnireid.review.export.naming import picture_name
from omnireid.review.values import Entry, FoundBy

FORMAT = "omnireid case export 1"
CAUTION = "A similarity, not evidence of identity."


def sha256(data: bytes) -> str:
    """The digest as text."""
    return hashlib.sha256(data).hexdigest()


def manifest(contents: Contents, files: Mapping[str, bytes]) -> bytes:
    """The manifest as JSON; `files`: everything in the export but itself, the report and the sums,
    which name the manifest by its own hash."""
    case, head = contents.case, contents.audit_head
    document = {
        "format": FORMAT,
        "caution": CAUTION,
        "exported": {
            "time": contents.local(contents.exported).isoformat(),
            "by": contents.exported_by,
            "program": f"omnireid {__version__}",
            "language": contents.choice.language,
            "candidates": "all" if contents.choice.everything else "confirmed by two people",
            "subject_blurred": contents.choice.blur_subject,
        },
        "case": {
            "reference": case.reference,
            "title": case.title,
            "purpose": case.purpose,
            "owner": case.owner.name,
            "members": [person.name for person in case.members],
            "state": "open" if case.is_open else "closed",
            "outcome": case.outcome,
            "opened": contents.local(case.created).isoformat(),
            "closed": None if case.closed is None else contents.local(case.closed).isoformat(),
            "candidates": {state.value: count for state, count in contents.states.items()},
        },
        "exhibits": [_exhibit(contents, exhibit) for exhibit in contents.exhibits],
        "history": [_entry(contents, entry) for entry in contents.history],
        "audit_head": {
            "gallery": head.gallery,
            "entry": head.seq,
            "digest": head.digest,
            "time": head.at,
        },
        "files": {
            name: {"sha256": sha256(data), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _exhibit(contents: Contents, exhibit: Exhibit) -> dict[str, object]:
    candidate, item, picture = exhibit.candidate, exhibit.item, exhibit.picture
    return {
        "number": exhibit.number,
        "candidate": candidate.candidate_id,
        "item": None if item is None else item.item_id,
        "erased": candidate.item_id is None,
        "camera": None if item is None else item.camera,
        "time": None if item is None or item.time is None else item.time.isoformat(),
        "modalities": [] if item is None else list(item.modalities),
        "source": None if item is None else item.source,
        "note": None if item is None else item.note,
        "similarity": candidate.score,
        "probability": candidate.probability,
        "band": band_name(candidate),
        "state": candidate.state.value,
        "decisions": [_entry(contents, entry) for entry in candidate.decisions],
        "found_by": _found_by(candidate.found_by),
        "picture": None
        if picture is None
        else {
            "file": picture_name(exhibit.number),
            "width": picture.width,
            "height": picture.height,
            "blurred": "bystanders" if picture.subject_clear else "every head",
        },
    }


def _found_by(query: FoundBy | None) -> dict[str, object] | None:
    if query is None:
        return None
    return {"words": query.words, "pictures": dict(query.pictures), "model": query.model_id}


def _entry(contents: Contents, entry: Entry) -> dict[str, object]:
    return {
        "time": contents.local(entry.time).isoformat(),
        "person": None if entry.person is None else entry.person.name,
        "action": entry.action.value,
        "candidate": entry.candidate_id,
        "reason": None if entry.reason is None else entry.reason.value,
        "words": entry.words,
    }
