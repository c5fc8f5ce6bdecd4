"""Purposes, audit, retention, subject requests, erasure, backups: what makes a site accountable."""

from omnireid.governance.audit import Asked, AuditLog, Entry, Event, Head
from omnireid.governance.governing import Governance
from omnireid.governance.purposes import Purpose, Purposes

__all__ = [
    "Asked",
    "AuditLog",
    "Entry",
    "Event",
    "Governance",
    "Head",
    "Purpose",
    "Purposes",
]
