"""Purposes, audit, retention, subject requests, erasure, backups: what makes a site accountable."""

from omnireid.governance.audit import Asked, AuditLog, Entry, Event
from omnireid.governance.backups import Backup, backup_problems, create_backup, list_backups
from omnireid.governance.chain import Head
from omnireid.governance.governing import Governance
from omnireid.governance.purposes import Purpose, Purposes
from omnireid.governance.restoring import Rehearsal, Restored, rehearse, restore
from omnireid.governance.verification import AuditReport, Finding

__all__ = [
    "Asked",
    "AuditLog",
    "AuditReport",
    "Backup",
    "Entry",
    "Event",
    "Finding",
    "Governance",
    "Head",
    "Purpose",
    "Purposes",
    "Rehearsal",
    "Restored",
    "backup_problems",
    "create_backup",
    "list_backups",
    "rehearse",
    "restore",
]
