"""Cases: collecting candidates, deciding on them, handing the case out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omnireid.client.connection import Connection
from omnireid.client.values import Candidate, Case, Item


class Cases(Connection):
    """What works on cases."""

    def cases(self) -> tuple[Case, ...]:
        """The cases that the key's owner is a member of."""
        return tuple(Case.read(one["case"]) for one in self._get("/cases")["cases"])

    def open_case(self, title: str, *, purpose: str, reference: str = "") -> Case:
        """Open a case."""
        asked = {"title": title, "purpose": purpose, "reference": reference}
        return Case.read(self._write("POST", "/cases", asked))

    def add_to_case(
        self,
        case_id: int,
        items: Iterable[Item | int],
        *,
        text: str = "",
        like: Sequence[int] = (),
        unlike: Sequence[int] = (),
    ) -> int:
        """Collect items as candidates; how many were not there yet.

        text, like, unlike: the search that found them; the service computes the similarity anew.
        """
        asked = {
            "items": [one.id if isinstance(one, Item) else one for one in items],
            "text": text,
            "like": list(like),
            "unlike": list(unlike),
        }
        told = self._write("POST", f"/cases/{case_id}/candidates", asked)
        added: int = told["added"]
        return added

    def candidates(self, case_id: int) -> tuple[Candidate, ...]:
        """The candidates of a case."""
        told = self._get(f"/cases/{case_id}/candidates")
        return tuple(Candidate.read(one) for one in told["candidates"])

    def decide(
        self, candidate: Candidate, verdict: str, *, reason: str | None = None, words: str = ""
    ) -> Candidate:
        """Confirm, reject, withdraw, close or reopen a candidate, as it was read.

        Raises:
            ApiError: 409 where a colleague decided since: read it again.
        """
        asked = {
            "verdict": verdict,
            "version": candidate.version,
            "reason": reason,
            "words": words,
        }
        told = self._write("POST", f"/candidates/{candidate.id}/decisions", asked)
        return Candidate.read(told)

    def export_case(
        self,
        case_id: int,
        *,
        form: str = "zip",
        language: str = "en",
        candidates: str = "confirmed",
        blur_subject: bool = False,
    ) -> bytes:
        """The case as ZIP (report, pictures, table, hashes) or as `pdf`; `candidates`: confirmed
        by two people, or "all". That it was handed out is recorded."""
        asked = {
            "form": form,
            "language": language,
            "candidates": candidates,
            "blur_subject": blur_subject,
        }
        return self._file(f"/cases/{case_id}/export", asked)
