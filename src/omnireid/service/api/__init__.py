"""The JSON API, version 1: thin routes over the rooms. One file a subject."""

from omnireid.service.api import accounts, audit, cases, jobs, privacy, purposes, searching

ROUTERS = (
    searching.router,
    cases.router,
    jobs.router,
    purposes.router,
    privacy.router,
    accounts.router,
    audit.router,
)

__all__ = ["ROUTERS"]
