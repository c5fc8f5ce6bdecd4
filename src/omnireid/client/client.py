"""The client: one method a thing that the service does."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import uuid4

import httpx

from omnireid.client.errors import ApiError
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
)

Picture: TypeAlias = str | os.PathLike[str] | bytes
"""A file's path, or the bytes of a picture."""

_TRIES = 3
_PAUSE_SECONDS = 0.5


class Client:
    """Calls the service at `base_url` with an API key. Safe to use from several threads.

    `certificate`: a PEM file to trust, for a service with a certificate of the site's own.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 60.0,
        certificate: str | os.PathLike[str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        trusted = True if certificate is None else ssl.create_default_context(cafile=certificate)
        self._url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            verify=trusted,
            transport=transport,
            # A service on this machine is not asked through a proxy of the environment.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Caller:
        """Who the key belongs to, and what it allows."""
        return Caller.read(self._get("/me"))

    def purposes(self) -> tuple[Purpose, ...]:
        """What a search may be for."""
        return tuple(Purpose.read(one) for one in self._get("/purposes")["purposes"])

    def search(
        self,
        *,
        purpose: str,
        case: str = "",
        text: str = "",
        rgb: Picture | None = None,
        infrared: Picture | None = None,
        sketch: Picture | None = None,
        weights: Mapping[str, int] | None = None,
        like: Sequence[int] = (),
        unlike: Sequence[int] = (),
        cameras: Sequence[str] = (),
        zones: Sequence[str] = (),
        modalities: Sequence[str] = (),
        sources: Sequence[str] = (),
        attributes: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        words: str = "",
        order: str = "relevance",
        limit: int = 24,
        after: str = "",
    ) -> Page:
        """Items most like any mixture of pictures and words. weights: percent by part, such as
        {"text": 50}; after: `next` of the page before.

        Raises:
            ApiError: the query cannot be used, or the key does not allow it.
        """
        form = _form(
            purpose, case, text, weights, like, unlike, cameras, zones, modalities, sources,
            attributes, since, until, words, order,
        )  # fmt: skip
        form |= {"limit": str(limit), "after": after}
        files = _files(rgb=rgb, infrared=infrared, sketch=sketch)
        return Page.read(self._ask("/search", data=form, files=files))

    def all_found(self, **asked: Any) -> Iterator[Item]:
        """Every item that `search` with these arguments finds, page after page."""
        after: str | None = asked.pop("after", "")
        while after is not None:
            page = self.search(**asked, after=after)
            yield from page.items
            after = page.next

    def similar(self, item_id: int, *, purpose: str, case: str = "", limit: int = 24) -> Page:
        """More like this item."""
        asked = {"purpose": purpose, "case": case, "limit": limit}
        return Page.read(self._ask(f"/items/{item_id}/similar", json=asked))

    def reasons(
        self,
        item_id: int,
        *,
        purpose: str,
        text: str = "",
        rgb: Picture | None = None,
        infrared: Picture | None = None,
        sketch: Picture | None = None,
    ) -> Reasons:
        """Why such a query finds the item."""
        files = _files(rgb=rgb, infrared=infrared, sketch=sketch)
        data = {"purpose": purpose, "text": text}
        return Reasons.read(self._ask(f"/items/{item_id}/reasons", data=data, files=files))

    def items(self, *, limit: int = 24, after: str = "") -> Page:
        """The items, the newest first."""
        return Page.read(self._get("/items", limit=limit, after=after))

    def item(self, item_id: int) -> Item:
        """One item."""
        return Item.read(self._get(f"/items/{item_id}"))

    def picture(self, item: Item) -> bytes | None:
        """The main picture of an item (JPEG); None where it has none."""
        if item.picture is None:
            return None
        return self._send("GET", item.picture).content

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

    def jobs(self, *, limit: int = 50) -> tuple[Job, ...]:
        """Jobs, the newest first."""
        return tuple(Job.read(one) for one in self._get("/jobs", limit=limit)["jobs"])

    def job(self, job_id: int) -> Job:
        """One job."""
        return Job.read(self._get(f"/jobs/{job_id}"))

    def start_job(self, kind: str, **options: Any) -> Job:
        """Queue a job, such as `start_job("folder", path="/srv/cameras/gate")`."""
        return Job.read(self._write("POST", "/jobs", {"kind": kind, **options}))

    def upload(
        self, files: Iterable[str | os.PathLike[str]], *, camera: str = "", modality: str = "rgb"
    ) -> Job:
        """Upload pictures, or ZIP archives of pictures, and queue a job that takes them in."""
        sent = [("files", (Path(one).name, Path(one).read_bytes())) for one in files]
        data = {"camera": camera, "modality": modality}
        # Not sent again where the connection breaks: the body of another try is another request.
        told = self._ask("/jobs/upload", data=data, files=sent)
        return Job.read(told)

    def wait(self, job: Job, *, seconds: float = 600.0, every: float = 0.5) -> Job:
        """The job once it has ended.

        Raises:
            TimeoutError: it is still at work after `seconds`.
        """
        until = time.monotonic() + seconds
        while not job.ended:
            if time.monotonic() > until:
                raise TimeoutError(f"job {job.id} is {job.state} after {seconds:g} s")
            time.sleep(every)
            job = self.job(job.id)
        return job

    def pause_job(self, job_id: int) -> Job:
        """Stop a job after the batch under way."""
        return Job.read(self._write("POST", f"/jobs/{job_id}/pause"))

    def resume_job(self, job_id: int) -> Job:
        """Let a paused or failed job go on."""
        return Job.read(self._write("POST", f"/jobs/{job_id}/resume"))

    def cancel_job(self, job_id: int) -> Job:
        """End a job for good."""
        return Job.read(self._write("POST", f"/jobs/{job_id}/cancel"))

    def skipped(self, job_id: int) -> Iterator[SkippedFile]:
        """What a job left out, and why."""
        after: int | None = 0
        while after is not None:
            page = self._get(f"/jobs/{job_id}/files", after=after)
            yield from (SkippedFile.read(one) for one in page["files"])
            after = page["next"]

    def audit(self, *, action: str = "", limit: int = 100) -> tuple[AuditEntry, ...]:
        """Entries of the audit log, the newest first."""
        told = self._get("/audit", action=action, limit=limit)
        return tuple(AuditEntry.read(one) for one in told["entries"])

    def _get(self, path: str, **query: str | int) -> Any:
        return self._send("GET", f"/api/v1{path}", params=query).json()

    def _ask(self, path: str, **body: Any) -> Any:
        return self._send("POST", f"/api/v1{path}", **body).json()

    def _write(self, method: str, path: str, body: object = None) -> Any:
        """Send a write with a key of its own, again where the connection breaks."""
        headers = {"Idempotency-Key": str(uuid4())}
        for left in reversed(range(_TRIES)):
            try:
                return self._send(method, f"/api/v1{path}", json=body, headers=headers).json()
            except ApiError as error:
                if error.status != 0 or not left:
                    raise
                time.sleep(_PAUSE_SECONDS)
        raise AssertionError  # not reached: the last try returns or raises

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **parts)
        except httpx.HTTPError as error:
            raise ApiError.of_connection(self._url, error) from error
        if not answer.is_success:
            raise ApiError.of_answer(answer)
        return answer


def _form(
    purpose: str,
    case: str,
    text: str,
    weights: Mapping[str, int] | None,
    like: Sequence[int],
    unlike: Sequence[int],
    cameras: Sequence[str],
    zones: Sequence[str],
    modalities: Sequence[str],
    sources: Sequence[str],
    attributes: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    words: str,
    order: str,
) -> dict[str, Any]:
    """The fields of a search; empty ones are left out."""
    fields: dict[str, Any] = {
        "purpose": purpose,
        "case": case,
        "text": text,
        **{f"weight_{part}": str(weight) for part, weight in (weights or {}).items()},
        "like": [str(one) for one in like],
        "unlike": [str(one) for one in unlike],
        "camera": list(cameras),
        "zone": list(zones),
        "modality": list(modalities),
        "source": list(sources),
        "attribute": list(attributes),
        "since": "" if since is None else since.isoformat(),
        "until": "" if until is None else until.isoformat(),
        "words": words,
        "order": order,
    }
    return {name: value for name, value in fields.items() if value}


def _files(**pictures: Picture | None) -> dict[str, tuple[str, bytes]] | None:
    sent = {
        name: (name, picture if isinstance(picture, bytes) else Path(picture).read_bytes())
        for name, picture in pictures.items()
        if picture is not None
    }
    return sent or None
