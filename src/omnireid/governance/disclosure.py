"""What a person who asked is handed: their items as a ZIP, with who has seen them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime

from PIL import Image

from omnireid.gallery import Gallery, Item, blur_beside
from omnireid.governance.audit import AuditLog, Entry, Event
from omnireid.governance.certificate import printed, sentences
from omnireid.governance.exporting import guarded
from omnireid.governance.purposes import Purpose, Purposes
from omnireid.governance.retention import NO_CAMERA, Retention
from omnireid.governance.subjects import PURPOSE, SubjectItem, SubjectRequest, SubjectRequests
from omnireid.images import open_image

_JPEG_QUALITY = 90
_SHOWING = ("shown", "items", "item", "theirs")
"""Details of entries that name items which somebody saw or received."""


def export_for_subject(
    gallery: Gallery,
    requests: SubjectRequests,
    retention: Retention,
    request_id: int,
    *,
    actor: str,
    language: str = "en",
) -> bytes:
    """A ZIP with the items judged to show the person: pictures in which those beside are blurred,
    list, purposes, retention, and what the audit log knows of who saw them."""
    request = requests.get(request_id)
    chosen = requests.items(request_id, theirs_only=True)
    purposes = Purposes(gallery.database).all()
    days = {plan.camera: plan.days for plan in retention.plan()}
    seen = disclosures(AuditLog(gallery.database), {one.item.item_id for one in chosen})
    rows = [_row(one, purposes, days, language) for one in chosen]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in chosen:
            if one.item.picture_path is not None:
                archive.writestr(_picture_name(one.item), _picture(one.item))
        archive.writestr("items.json", json.dumps(rows, ensure_ascii=False, indent=1))
        archive.writestr("items.csv", _csv(rows))
        archive.writestr("disclosures.json", json.dumps(seen, ensure_ascii=False, indent=1))
        archive.writestr("index.html", _page(request, rows, seen, language))
    data = file.getvalue()
    AuditLog(gallery.database).record(
        Event(
            actor,
            "access.export",
            PURPOSE,
            request.reference,
            {
                "request": request_id,
                "items": [one.item.item_id for one in chosen],
                "sha256": hashlib.sha256(data).hexdigest(),
            },
        )
    )
    return data


def disclosures(audit: AuditLog, items: set[int]) -> list[dict[str, object]]:
    """Entries by which somebody saw or received these items: when, what for, which; not by whom,
    for colleagues have privacy as well."""
    return [
        {
            "at": entry.at.strftime("%Y-%m-%d %H:%M:%S"),
            "action": entry.action,
            "purpose": entry.purpose,
            "items": sorted(touched),
        }
        for entry in audit.oldest_first()
        if (touched := _shown(entry) & items)
    ]


def _shown(entry: Entry) -> set[int]:
    numbers: set[int] = set()
    for name in _SHOWING:
        value = entry.details.get(name)
        listed = value if isinstance(value, list) else [value]
        for one in listed:
            # A result may be noted with its rank and score.
            number = one.get("item") if isinstance(one, dict) else one
            if isinstance(number, int) and not isinstance(number, bool):
                numbers.add(number)
    return numbers


def _row(
    one: SubjectItem, purposes: Sequence[Purpose], days: dict[str, int | None], language: str
) -> dict[str, object]:
    item = one.item
    time: datetime | None = item.time
    return {
        "item": item.item_id,
        "camera": item.camera,
        "time": None if time is None else time.isoformat(timespec="seconds"),
        "note": item.note,
        "picture": _picture_name(item) if item.picture_path else None,
        "purposes": [p.name(language) for p in purposes if p.allows(item.camera)],
        "kept_days": days.get(item.camera or NO_CAMERA),
    }


def _picture_name(item: Item) -> str:
    return f"pictures/{item.item_id}.jpg"


def _picture(item: Item) -> bytes:
    assert item.picture_path is not None
    shown: Image.Image = blur_beside(open_image(item.picture_path))
    file = io.BytesIO()
    shown.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _csv(rows: Sequence[dict[str, object]]) -> str:
    file = io.StringIO()
    file.write("\ufeff")  # spreadsheet programs take UTF-8 for something else without it
    writer = csv.writer(file)
    names = ("item", "camera", "time", "note", "purposes", "kept_days")
    writer.writerow(names)
    for row in rows:
        values = {**row, "purposes": "; ".join(map(str, row["purposes"]))}  # type: ignore[call-overload]
        writer.writerow(guarded(values[name]) for name in names)
    return file.getvalue()


def _page(
    request: SubjectRequest,
    rows: Sequence[dict[str, object]],
    seen: Sequence[dict[str, object]],
    language: str,
) -> str:
    return printed(
        "access.html",
        language,
        reference=request.reference,
        rows=rows,
        seen=seen,
        t=sentences(language),
    )
