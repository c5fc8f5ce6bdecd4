"""Jobs and watched folders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from omnireid.client.connection import Connection
from omnireid.client.values import Job, SkippedFile, Watch


class Jobs(Connection):
    """What fills the gallery."""

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
        return Job.read(self._write("POST", "/jobs/upload", data=data, files=sent))

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

    def watches(self) -> tuple[Watch, ...]:
        """The watched folders."""
        return tuple(Watch.read(one) for one in self._get("/watches")["watches"])

    def watch(self, kind: str, *, path: str, **options: Any) -> Watch:
        """Watch a folder, such as `watch("folder", path="/srv/cameras/gate", camera="gate")`."""
        return Watch.read(self._write("POST", "/watches", {"kind": kind, "path": path, **options}))

    def unwatch(self, watch_id: int) -> Watch:
        """Watch a folder no more; what was taken from it stays."""
        return Watch.read(self._write("DELETE", f"/watches/{watch_id}"))
