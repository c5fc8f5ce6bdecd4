"""A typed Python client of the service's API, version 1. Needs httpx alone, no model.

    from omnireid.client import Client

    with Client("http://127.0.0.1:8000", "omr_…") as client:
        page = client.search(purpose="missing_person", text="赤いコートの女性", rgb="crop.jpg")
        for item in page.items:
            print(item.id, item.score, item.camera, item.time)
        case = client.open_case("Red coat", purpose="missing_person")
        client.add_to_case(case.id, page.items[:3])

Whatever fails raises an ApiError that says what happened, why, and what to do. Writes carry an
Idempotency-Key: where the connection breaks they are sent again, and are done once.
"""

from omnireid.client.client import Client
from omnireid.client.errors import ApiError
from omnireid.client.privacy_values import (
    Certificate,
    Erasure,
    ErasurePlan,
    SubjectItem,
    SubjectRequest,
)
from omnireid.client.values import (
    AuditEntry,
    Caller,
    Candidate,
    Case,
    Item,
    Job,
    Page,
    Purpose,
    Reasons,
    SkippedFile,
    Watch,
)

__all__ = [
    "ApiError",
    "AuditEntry",
    "Caller",
    "Candidate",
    "Case",
    "Certificate",
    "Client",
    "Erasure",
    "ErasurePlan",
    "Item",
    "Job",
    "Page",
    "Purpose",
    "Reasons",
    "SkippedFile",
    "SubjectItem",
    "SubjectRequest",
    "Watch",
]
