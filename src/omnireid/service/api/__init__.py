"""The JSON API, version 1: thin routes over the rooms. One file a subject."""

from omnireid.service.api import accounts, audit, cases, jobs, purposes, searching

ROUTERS = (
    searching.router,
    cases.router,
    jobs.router,
    purposes.router,
    accounts.router,
    audit.router,
)

__all__ = ["ROUTERS"]
