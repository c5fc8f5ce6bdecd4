"""An export made and recorded: it leaves only with its entry in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from omnireid.accounts.permissions import Actor
from omnireid.gallery import Gallery
from omnireid.governance import Governance
from omnireid.review.casebook import Casebook
from omnireid.review.export.gathering import Choice, gather
from omnireid.review.export.manifest import sha256
from omnireid.review.export.packing import Export, pack


def export_case(
    gallery: Gallery,
    casebook: Casebook,
    actor: Actor,
    case_id: int,
    choice: Choice,
    *,
    form: Literal["zip", "pdf"],
    exported: datetime,
) -> Export:
    """Export a case and record it; `form`: what is handed out, and so what the record names.

    Raises:
        ReviewError: there is no such case, or it is not this actor's to see.
    """
    case = casebook.case(actor, case_id)
    purposes = Governance(gallery).purposes.all(active_only=False)
    names = {one.key: one.name(choice.language) for one in purposes}
    contents = gather(
        gallery,
        casebook,
        actor,
        case_id,
        choice,
        purpose=names.get(case.purpose, case.purpose),
        exported=exported,
    )
    made = pack(contents)
    casebook.exported(
        actor,
        case,
        {
            "form": form,
            "sha256": made.archive_sha256 if form == "zip" else sha256(made.report),
            "manifest_sha256": made.manifest_sha256,
            "exhibits": len(contents.exhibits),
            "all_candidates": choice.everything,
            "subject_blurred": choice.blur_subject,
            "language": choice.language,
        },
    )
    return made
