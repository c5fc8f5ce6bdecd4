"""Purposes, audit, retention, subject requests, erasure, backups: what makes a site accountable."""

from omnireid.governance.audit import Asked, AuditLog, Entry, Event
from omnireid.governance.chain import Head
from omnireid.governance.governing import Governance
from omnireid.governance.purposes import Purpose, Purposes
from omnireid.governance.verification import AuditReport, Finding

__all__ = [
    "Asked",
    "AuditLog",
    "AuditReport",
    "Entry",
    "Event",
    "Finding",
    "Governance",
    "Head",
    "Purpose",
    "Purposes",
]
