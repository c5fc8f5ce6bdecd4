"""API keys: what a program may do for the user who made it, never more than that user may."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from omnireid.accounts.clock import Clock, from_text, to_text
from omnireid.accounts.permissions import Actor, Permission
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.schema import api_key_cameras, api_keys, users
from omnireid.accounts.secret import digest, new_secret
from omnireid.accounts.trail import Trail
from omnireid.accounts.users import read_user
from omnireid.accounts.values import Key
from omnireid.errors import AccountError
from omnireid.gallery import Database

LONGEST = timedelta(days=366)
_MARK = "omr"
_USED_EVERY = timedelta(minutes=1)
_LONGEST_LABEL = 80


class Keys:
    """The keys in a gallery's ledger; `omr_PREFIX_SECRET`, of which the hash is kept."""

    def __init__(self, database: Database, clock: Clock, trail: Trail) -> None:
        self._database, self._clock, self._trail = database, clock, trail

    def add(
        self,
        user_id: int,
        label: str,
        permissions: Iterable[Permission],
        *,
        by: str,
        lasts: timedelta,
        cameras: Sequence[str] = (),
    ) -> tuple[str, Key]:
        """A new key of the user; the whole key, to be shown once, and what is known of it.

        Raises:
            AccountError: no label or permission, it would last too long, or the user may not do
                that or does not see a camera.
        """
        wanted = frozenset(permissions)
        label = label.strip()
        _check(label, wanted, lasts)
        prefix = secrets.token_hex(4)
        whole = f"{_MARK}_{prefix}_{new_secret()}"
        now = self._clock()
        with self._database.write() as connection:
            owner = read_user(connection, user_id)
            if lacking := wanted - owner.permissions:
                raise refuse(Refusal.KEY_PERMISSIONS, names=", ".join(sorted(lacking)))
            if owner.cameras and (foreign := set(cameras) - set(owner.cameras)):
                raise refuse(Refusal.KEY_CAMERAS, names=", ".join(sorted(foreign)))
            key_id = connection.execute(
                insert(api_keys)
                .values(
                    user_id=user_id,
                    label=label,
                    prefix=prefix,
                    secret=digest(whole),
                    permissions=" ".join(sorted(wanted)),
                    created=to_text(now),
                    expires=to_text(now + lasts),
                )
                .returning(api_keys.c.id)
            ).scalar_one()
            if cameras:
                connection.execute(
                    insert(api_key_cameras),
                    [{"key_id": key_id, "camera": one} for one in dict.fromkeys(cameras)],
                )
            details = {
                "user": owner.name,
                "key": prefix,
                "permissions": sorted(wanted),
                "cameras": list(cameras),
                "expires": to_text(now + lasts),
            }
            self._trail(connection, by, "account.key", details)
            return whole, self._read(connection, key_id)

    def find(self, whole: str) -> Actor | None:
        """Who acts with this key, or None: unknown, expired, revoked, or its owner is disabled.

        Both the key and its owner's present roles and scope must allow a thing.
        """
        prefix = whole.split("_")[1] if whole.startswith(f"{_MARK}_") else ""
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(api_keys.c.id, api_keys.c.secret).where(api_keys.c.prefix == prefix)
            ).first()
            if row is None or not hmac.compare_digest(row.secret, digest(whole)):
                return None
            key = self._read(connection, row.id)
            owner = read_user(connection, key.user_id)
        if key.revoked or key.expires <= now or owner.disabled:
            return None
        if key.used is None or now - key.used >= _USED_EVERY:
            with self._database.write() as connection:
                connection.execute(
                    update(api_keys).where(api_keys.c.id == key.key_id).values(used=to_text(now))
                )
        cameras = _both(key.cameras, owner.cameras)
        return Actor(
            user_id=owner.user_id,
            name=owner.name,
            # An empty scope would restrict nothing: a key left without a camera may do nothing.
            permissions=frozenset() if cameras is None else key.permissions & owner.permissions,
            cameras=cameras or (),
            purposes=owner.purposes,
            key_id=key.key_id,
        )

    def revoke(self, key_id: int, *, by: str, of_user: int | None = None) -> Key:
        """End a key at once; `of_user`: only if it is a key of this user.

        Raises:
            AccountError: there is no such key.
        """
        with self._database.write() as connection:
            key = self._read(connection, key_id)
            if of_user is not None and key.user_id != of_user:
                raise _unknown(key_id)
            if key.revoked is None:
                connection.execute(
                    update(api_keys)
                    .where(api_keys.c.id == key_id)
                    .values(revoked=to_text(self._clock()))
                )
                details = {"user": key.owner, "key": key.prefix}
                self._trail(connection, by, "account.key_revoke", details)
            return self._read(connection, key_id)

    def all(self, user_id: int | None = None) -> tuple[Key, ...]:
        """Every key, or the keys of one user; the newest first."""
        query = _query().order_by(api_keys.c.id.desc())
        if user_id is not None:
            query = query.where(api_keys.c.user_id == user_id)
        with self._database.read() as connection:
            return tuple(_key(connection, row) for row in connection.execute(query).all())

    def _read(self, connection: Connection, key_id: int) -> Key:
        row = connection.execute(_query().where(api_keys.c.id == key_id)).first()
        if row is None:
            raise _unknown(key_id)
        return _key(connection, row)


def _query() -> Select[Any]:
    return select(api_keys, users.c.name.label("owner")).join_from(api_keys, users)


def _check(label: str, permissions: frozenset[Permission], lasts: timedelta) -> None:
    if not label or len(label) > _LONGEST_LABEL or not label.isprintable():
        raise refuse(Refusal.KEY_LABEL, most=_LONGEST_LABEL)
    if not permissions:
        raise refuse(Refusal.KEY_EMPTY)
    if not timedelta() < lasts <= LONGEST:
        raise refuse(Refusal.KEY_LASTS, most=LONGEST.days)


def _both(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...] | None:
    """The scope inside both scopes; None where they share no camera.

    >>> _both((), ("gate",)), _both(("gate", "yard"), ("yard",)), _both(("gate",), ("yard",))
    (('gate',), ('yard',), None)
    """
    if not one or not other:
        return tuple(one or other)
    return tuple(name for name in one if name in other) or None


def _key(connection: Connection, row: Row[tuple[object, ...]]) -> Key:
    fields = row._mapping
    cameras = connection.scalars(
        select(api_key_cameras.c.camera)
        .where(api_key_cameras.c.key_id == fields["id"])
        .order_by(api_key_cameras.c.camera)
    )
    return Key(
        key_id=fields["id"],
        user_id=fields["user_id"],
        owner=fields["owner"],
        label=fields["label"],
        prefix=fields["prefix"],
        permissions=frozenset(Permission(name) for name in fields["permissions"].split()),
        cameras=tuple(cameras),
        created=from_text(fields["created"]),
        expires=from_text(fields["expires"]),
        revoked=from_text(fields["revoked"]) if fields["revoked"] else None,
        used=from_text(fields["used"]) if fields["used"] else None,
    )


def _unknown(key_id: int) -> AccountError:
    return refuse(Refusal.UNKNOWN_KEY, number=key_id)
