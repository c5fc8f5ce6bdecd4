"""The JSON API, version 1: thin routes over the rooms. One file a subject."""

from omnireid.service.api import (
    accounts,
    audit,
    cases,
    erasures,
    exporting,
    jobs,
    privacy,
    purposes,
    searching,
    subjects,
    watches,
)

ROUTERS = (
    searching.router,
    cases.router,
    exporting.router,
    jobs.router,
    watches.router,
    purposes.router,
    privacy.router,
    subjects.router,
    erasures.router,
    accounts.router,
    audit.router,
)

__all__ = ["ROUTERS"]
