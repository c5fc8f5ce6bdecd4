"""Purposes, audit, retention, subject requests, erasure, backups: what makes a site accountable."""

from omnireid.governance.audit import Asked, AuditLog, Entry, Event
from omnireid.governance.backups import Backup, create_backup, drop_backup, list_backups
from omnireid.governance.certificate import Certificate
from omnireid.governance.chain import Head
from omnireid.governance.erasure import Erasure, ErasurePlan, Erasures
from omnireid.governance.exporting import LogFormat, lines
from omnireid.governance.governing import Governance
from omnireid.governance.holds import CaseItems, HeldBy, Hold
from omnireid.governance.manifest import backup_problems
from omnireid.governance.notices import Notice, notices
from omnireid.governance.purposes import Purpose, Purposes
from omnireid.governance.restoring import Rehearsal, Restored, rehearse, restore
from omnireid.governance.retention import EVERY, CameraPlan, RetentionReport, Rule
from omnireid.governance.subjects import SubjectItem, SubjectRequest
from omnireid.governance.verification import AuditReport, Finding

__all__ = [
    "EVERY",
    "Asked",
    "AuditLog",
    "AuditReport",
    "Backup",
    "CameraPlan",
    "CaseItems",
    "Certificate",
    "Entry",
    "Erasure",
    "ErasurePlan",
    "Erasures",
    "Event",
    "Finding",
    "Governance",
    "Head",
    "HeldBy",
    "Hold",
    "LogFormat",
    "Notice",
    "Purpose",
    "Purposes",
    "Rehearsal",
    "Restored",
    "RetentionReport",
    "Rule",
    "SubjectItem",
    "SubjectRequest",
    "backup_problems",
    "create_backup",
    "drop_backup",
    "lines",
    "list_backups",
    "notices",
    "rehearse",
    "restore",
]
