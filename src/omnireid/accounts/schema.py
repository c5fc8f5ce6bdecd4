"""The tables of accounts, in the gallery's ledger. Secrets are kept as hashes alone."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from omnireid.gallery import metadata

_USER = "users.id"

# name_key: the name in the form that decides equality (NFKC, case folded). password: argon2, null
# for a user who has none yet, or signs in at the provider alone. sqlite_autoincrement: an id in an
# old log never names another person.
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("password", Text),
    Column("language", String(2)),
    Column("created", String(27), nullable=False),
    Column("disabled", String(27)),
    Column("oidc_issuer", Text),
    Column("oidc_subject", Text),
    UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_users_oidc"),
    sqlite_autoincrement=True,
)

# held: whether the user has the role now. One that was held is remembered, for who administered
# may not audit later what was done then.
user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", Integer, ForeignKey(_USER, ondelete="CASCADE"), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("held", Boolean, nullable=False),
)

# kind: camera or purpose. No row of a kind: that kind is not restricted.
user_scopes = Table(
    "user_scopes",
    metadata,
    Column("user_id", Integer, ForeignKey(_USER, ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
)

# token: sha-256 of the cookie. purpose, matter: what the person searches for, and the case, once
# chosen.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", Integer, ForeignKey(_USER, ondelete="CASCADE"), nullable=False, index=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("created", String(27), nullable=False),
    Column("seen", String(27), nullable=False),
    Column("expires", String(27), nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("purpose", Text),
    Column("matter", Text),
    sqlite_autoincrement=True,
)

# subject: "name:<key>" or "address:<ip>". until: no attempt is looked at before.
sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", String(27), nullable=False, index=True),
    Column("until", String(27), nullable=False),
)

# kind: start, password or link. user_id: null for start alone.
one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("user_id", Integer, ForeignKey(_USER, ondelete="CASCADE")),
    Column("code", String(64), nullable=False, unique=True),
    Column("expires", String(27), nullable=False),
    sqlite_autoincrement=True,
)

# secret: sha-256 of the whole key. permissions: names, joined by spaces. No camera: those of the
# owner.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", Integer, ForeignKey(_USER, ondelete="CASCADE"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("secret", String(64), nullable=False),
    Column("permissions", Text, nullable=False),
    Column("created", String(27), nullable=False),
    Column("expires", String(27), nullable=False),
    Column("revoked", String(27)),
    Column("used", String(27)),
    sqlite_autoincrement=True,
)

api_key_cameras = Table(
    "api_key_cameras",
    metadata,
    Column("key_id", Integer, ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True),
    Column("camera", Text, primary_key=True),
)
