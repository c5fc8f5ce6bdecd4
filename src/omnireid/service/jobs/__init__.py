"""The pages of the queue: jobs, uploads, watched folders, pictures that are nearly the same."""

from omnireid.service.jobs import likeness, listing, notes, starting, uploads, watches

ROUTERS = (
    starting.router,
    uploads.router,
    notes.router,
    watches.router,
    likeness.router,
    listing.router,
)

UPLOADS = ("/jobs/pictures", "/jobs/video", "/jobs/notes", "/api/v1/jobs/upload")
"""Addresses whose bodies may be as large as `max_ingest_mb` says."""

__all__ = ["ROUTERS", "UPLOADS"]
