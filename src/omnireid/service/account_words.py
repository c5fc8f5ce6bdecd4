"""The names of roles and permissions on the pages: keys of sentences."""

from __future__ import annotations

from collections.abc import Mapping

from omnireid.accounts import Permission, Role

ROLES: Mapping[Role, tuple[str, str]] = {
    Role.VIEWER: ("role_viewer", "role_viewer_help"),
    Role.SEARCHER: ("role_searcher", "role_searcher_help"),
    Role.REVIEWER: ("role_reviewer", "role_reviewer_help"),
    Role.PRIVACY_OFFICER: ("role_privacy_officer", "role_privacy_officer_help"),
    Role.ADMINISTRATOR: ("role_administrator", "role_administrator_help"),
    Role.AUDITOR: ("role_auditor", "role_auditor_help"),
}
"""The name of each role, and what it may do in a sentence."""

WORKING_ROLES = (Role.SEARCHER, Role.REVIEWER, Role.PRIVACY_OFFICER)
"""What the first administrator may also be."""

PERMISSIONS: Mapping[Permission, str] = {
    Permission.VIEW: "permission_view",
    Permission.SEARCH: "permission_search",
    Permission.REVIEW: "permission_review",
    Permission.EXPORT: "permission_export",
    Permission.INGEST: "permission_ingest",
    Permission.RETENTION: "permission_retention",
    Permission.ERASE: "permission_erase",
    Permission.ACCOUNTS: "permission_accounts",
    Permission.OPERATE: "permission_operate",
    Permission.AUDIT: "permission_audit",
}
"""The name of each permission."""
