"""Who may do what: users, sessions, keys, roles and permissions."""

from omnireid.accounts.accounts import Accounts
from omnireid.accounts.codes import CodeKind
from omnireid.accounts.passwords import MIN_LENGTH, Passwords
from omnireid.accounts.permissions import GRANTS, Actor, Permission, Role
from omnireid.accounts.refusals import SENTENCES, Refusal
from omnireid.accounts.trail import Details, Trail
from omnireid.accounts.values import Key, Session, User

__all__ = [
    "GRANTS",
    "MIN_LENGTH",
    "SENTENCES",
    "Accounts",
    "Actor",
    "CodeKind",
    "Details",
    "Key",
    "Passwords",
    "Permission",
    "Refusal",
    "Role",
    "Session",
    "Trail",
    "User",
]
