"""Requests of a person about their own data, and erasure."""

from __future__ import annotations

from collections.abc import Iterable

from omnireid.client.connection import Connection
from omnireid.client.privacy_values import (
    Certificate,
    Erasure,
    ErasurePlan,
    SubjectItem,
    SubjectRequest,
)
from omnireid.client.searching import Picture, files_of


class Privacy(Connection):
    """What a privacy officer does."""

    def subject_requests(self) -> tuple[SubjectRequest, ...]:
        """Every request, the newest first."""
        told = self._get("/subject-requests")["requests"]
        return tuple(SubjectRequest.read(one) for one in told)

    def open_subject_request(
        self, picture: Picture, *, reference: str, threshold: float = 0.5
    ) -> SubjectRequest:
        """Find every item at least so similar to a picture of the person. It is not kept."""
        told = self._write(
            "POST",
            "/subject-requests",
            data={"reference": reference, "threshold": str(threshold)},
            files=files_of(rgb=picture),
        )
        return SubjectRequest.read(told)

    def subject_items(self, request_id: int) -> tuple[SubjectItem, ...]:
        """The items of a request, the most similar first: a person must look at each."""
        told = self._get(f"/subject-requests/{request_id}/items")["items"]
        return tuple(SubjectItem.read(one) for one in told)

    def judge_subject_request(self, request_id: int, theirs: Iterable[int]) -> tuple[int, ...]:
        """Note which items show the person; all others of the request do not."""
        asked = {"theirs": list(theirs)}
        return tuple(self._write("POST", f"/subject-requests/{request_id}/judge", asked)["theirs"])

    def export_subject_request(self, request_id: int, *, language: str = "en") -> bytes:
        """The ZIP for the person. That it was handed out is recorded."""
        return self._file(f"/subject-requests/{request_id}/export", {"language": language})

    def close_subject_request(self, request_id: int) -> SubjectRequest:
        """Note that a request is answered; its list of items goes."""
        return SubjectRequest.read(self._write("POST", f"/subject-requests/{request_id}/close"))

    def plan_erasure(self, items: Iterable[int]) -> ErasurePlan:
        """What erasing these items would touch. Changes nothing."""
        return ErasurePlan.read(self._ask("/erasures/plan", json={"items": list(items)}))

    def erase(self, items: Iterable[int], *, reference: str, reason: str) -> Certificate:
        """Erase items from everything that the service reaches, and certify it. Cannot be undone.

        Raises:
            ApiError: an item is unknown or under legal hold; none was erased.
        """
        asked = {"items": list(items), "reference": reference, "reason": reason}
        return Certificate.read(self._write("POST", "/erasures", asked))

    def erasures(self) -> tuple[Erasure, ...]:
        """Every erasure, the newest first."""
        return tuple(Erasure.read(one) for one in self._get("/erasures")["erasures"])

    def certificate(self, erasure_id: int) -> Certificate:
        """The certificate of a finished erasure."""
        return Certificate.read(self._get(f"/erasures/{erasure_id}/certificate"))

    def resume_erasures(self) -> tuple[Erasure, ...]:
        """Finish what was interrupted; every erasure as it then stands."""
        told = self._write("POST", "/erasures/resume")["erasures"]
        return tuple(Erasure.read(one) for one in told)
