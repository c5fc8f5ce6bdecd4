"""Users: who there is, what roles and scope each has, and the rules that keep them apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from omnireid.accounts.clock import Clock, from_text, to_text
from omnireid.accounts.passwords import Passwords, check_password
from omnireid.accounts.permissions import Role
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.schema import sessions, user_roles, user_scopes, users
from omnireid.accounts.trail import Trail
from omnireid.accounts.values import User
from omnireid.errors import AccountError
from omnireid.gallery import Database

CAMERA, PURPOSE = "camera", "purpose"
_WATCH = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
_LONGEST_NAME = 64


class Users:
    """The users in a gallery's ledger. `by` is the name of who makes a change, for the trail."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Clock, trail: Trail
    ) -> None:
        self._database, self._passwords = database, passwords
        self._clock, self._trail = clock, trail

    def add(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        by: str,
        password: str | None = None,
        oidc: tuple[str, str] | None = None,
    ) -> User:
        """A new user. Without a password it needs a one-time code, or the provider (`oidc`: its
        issuer and the subject there), to come in.

        Raises:
            AccountError: a name that is taken or unusable, a weak password, or a role beside
                another that excludes it.
        """
        wanted = compatible(roles)
        plain, key = checked_name(name)
        if password is not None:
            check_password(password, plain)
        kept = None if password is None else self._passwords.hash(password)
        with self._database.write() as connection:
            return self.add_within(connection, plain, key, wanted, kept, by=by, oidc=oidc)

    def add_within(
        self,
        connection: Connection,
        name: str,
        key: str,
        roles: frozenset[Role],
        kept: str | None,
        *,
        by: str,
        oidc: tuple[str, str] | None = None,
    ) -> User:
        """The same, as part of the caller's transaction, from parts that are checked.

        Raises:
            AccountError: the name is taken.
        """
        user_id = _insert(connection, name, key, kept, self._clock, oidc)
        _write_roles(connection, user_id, roles)
        self._trail(connection, by, "account.add", {"user": name, "roles": sorted(roles)})
        return read_user(connection, user_id)

    def get(self, user_id: int) -> User:
        """The user with this number.

        Raises:
            AccountError: there is none.
        """
        with self._database.read() as connection:
            return read_user(connection, user_id)

    def named(self, name: str) -> User:
        """The user called so, whatever the case of the letters.

        Raises:
            AccountError: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.name_key == name_key(name)))
            found = row.first()
            if found is None:
                raise _unknown(name)
            return _user(connection, found)

    def all(self) -> tuple[User, ...]:
        """Every user, by name; disabled ones last."""
        order = (users.c.disabled.is_not(None), users.c.name_key)
        with self._database.read() as connection:
            rows = connection.execute(select(users).order_by(*order)).all()
            return tuple(_user(connection, row) for row in rows)

    def exist(self) -> bool:
        """Whether there is any user yet."""
        with self._database.read() as connection:
            return any_user(connection)

    def set_roles(self, user_id: int, roles: Iterable[Role], *, by: str) -> User:
        """Give the user these roles and no others.

        Raises:
            AccountError: roles that exclude each other, one who was auditor or administrator
                would become the other, or nobody would be left to administer.
        """
        wanted = compatible(roles)
        with self._database.write() as connection:
            before = read_user(connection, user_id)
            return self.set_roles_within(connection, before, wanted, by=by)

    def set_roles_within(
        self, connection: Connection, before: User, wanted: frozenset[Role], *, by: str
    ) -> User:
        """The same, as part of the caller's transaction.

        Raises:
            AccountError: as above.
        """
        _write_roles(connection, before.user_id, wanted)
        if Role.ADMINISTRATOR in before.roles:
            _keep_an_administrator(connection)
        details = {"user": before.name, "before": sorted(before.roles), "roles": sorted(wanted)}
        self._trail(connection, by, "account.role", details)
        return read_user(connection, before.user_id)

    def set_scope(
        self, user_id: int, *, cameras: Sequence[str], purposes: Sequence[str], by: str
    ) -> User:
        """Restrict the user to these cameras and purposes; an empty list restricts nothing."""
        with self._database.write() as connection:
            name = read_user(connection, user_id).name
            connection.execute(delete(user_scopes).where(user_scopes.c.user_id == user_id))
            rows = [
                {"user_id": user_id, "kind": kind, "name": one}
                for kind, names in ((CAMERA, cameras), (PURPOSE, purposes))
                for one in dict.fromkeys(names)
            ]
            if rows:
                connection.execute(insert(user_scopes), rows)
            details = {"user": name, "cameras": list(cameras), "purposes": list(purposes)}
            self._trail(connection, by, "account.scope", details)
            return read_user(connection, user_id)

    def set_enabled(self, user_id: int, enabled: bool, *, by: str) -> User:
        """Let the user in again, or no longer: sessions end at once, keys stop working.

        Raises:
            AccountError: nobody would be left to administer.
        """
        with self._database.write() as connection:
            before = read_user(connection, user_id)
            moment = None if enabled else to_text(self._clock())
            connection.execute(update(users).where(users.c.id == user_id).values(disabled=moment))
            if not enabled:
                if Role.ADMINISTRATOR in before.roles:
                    _keep_an_administrator(connection)
                connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
            action = "account.enable" if enabled else "account.disable"
            self._trail(connection, by, action, {"user": before.name})
            return read_user(connection, user_id)

    def set_password(
        self, user_id: int, password: str, *, by: str, keep: int | None = None
    ) -> None:
        """Change the password and end every session but `keep`.

        Raises:
            AccountError: the password is too weak.
        """
        name = self.get(user_id).name
        check_password(password, name)
        kept = self._passwords.hash(password)
        with self._database.write() as connection:
            write_password(connection, user_id, kept, keep)
            self._trail(connection, by, "account.password", {"user": name})

    def set_language(self, user_id: int, language: str | None) -> None:
        """Remember the language in which the user reads the pages."""
        with self._database.write() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(language=language))


def name_key(name: str) -> str:
    """The form of a name that decides whether two are the same.

    >>> name_key(" Ｓａｔｏ ") == name_key("sato")
    True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


def write_password(
    connection: Connection, user_id: int, kept: str, keep: int | None = None
) -> None:
    """Put the new hash in place and end every session but `keep`."""
    connection.execute(update(users).where(users.c.id == user_id).values(password=kept))
    connection.execute(
        delete(sessions).where(sessions.c.user_id == user_id, sessions.c.id != (keep or 0))
    )


def read_user(connection: Connection, user_id: int) -> User:
    """The user with this number.

    Raises:
        AccountError: there is none.
    """
    row = connection.execute(select(users).where(users.c.id == user_id)).first()
    if row is None:
        raise _unknown(f"no. {user_id}")
    return _user(connection, row)


def user_at(connection: Connection, issuer: str, subject: str) -> User | None:
    """The user whom a provider knows as `subject`."""
    row = connection.execute(
        select(users).where(users.c.oidc_issuer == issuer, users.c.oidc_subject == subject)
    ).first()
    return None if row is None else _user(connection, row)


def free_name(connection: Connection, wanted: str) -> tuple[str, str]:
    """A name that nobody has, from the one wanted; and its key.

    Raises:
        AccountError: the name cannot be used.
    """
    plain, key = checked_name(wanted)
    number = 1
    while connection.scalar(select(users.c.id).where(users.c.name_key == key)) is not None:
        number += 1
        key = f"{name_key(plain)}-{number}"
    return (plain if number == 1 else f"{plain}-{number}"), key


def any_user(connection: Connection) -> bool:
    """Whether there is any user yet."""
    return connection.scalar(select(func.count()).select_from(users)) != 0


def _insert(
    connection: Connection,
    name: str,
    key: str,
    password: str | None,
    clock: Clock,
    oidc: tuple[str, str] | None,
) -> int:
    if connection.scalar(select(users.c.id).where(users.c.name_key == key)) is not None:
        raise refuse(Refusal.NAME_TAKEN, name=name)
    issuer, subject = oidc or (None, None)
    made = connection.execute(
        insert(users)
        .values(
            name=name,
            name_key=key,
            password=password,
            created=to_text(clock()),
            oidc_issuer=issuer,
            oidc_subject=subject,
        )
        .returning(users.c.id)
    )
    user_id: int = made.scalar_one()
    return user_id


def _user(connection: Connection, row: Row[tuple[object, ...]]) -> User:
    fields = row._mapping
    of_user = user_scopes.c.user_id == fields["id"]
    scopes = connection.execute(
        select(user_scopes.c.kind, user_scopes.c.name).where(of_user).order_by(user_scopes.c.name)
    ).all()
    roles = connection.scalars(
        select(user_roles.c.role).where(user_roles.c.user_id == fields["id"], user_roles.c.held)
    )
    return User(
        user_id=fields["id"],
        name=fields["name"],
        roles=frozenset(Role(role) for role in roles),
        cameras=tuple(name for kind, name in scopes if kind == CAMERA),
        purposes=tuple(name for kind, name in scopes if kind == PURPOSE),
        language=fields["language"],
        created=from_text(fields["created"]),
        disabled=from_text(fields["disabled"]) if fields["disabled"] else None,
        has_password=fields["password"] is not None,
        oidc_issuer=fields["oidc_issuer"],
    )


def checked_name(name: str) -> tuple[str, str]:
    """A new user's name as it is kept, and the form that decides equality.

    Raises:
        AccountError: empty, too long, or with characters that cannot be printed.
    """
    plain = unicodedata.normalize("NFKC", name).strip()
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise refuse(Refusal.NAME, most=_LONGEST_NAME)
    return plain, name_key(plain)


def compatible(roles: Iterable[Role]) -> frozenset[Role]:
    """The roles, which one user may have together.

    Raises:
        AccountError: the administrator would be the auditor.
    """
    wanted = frozenset(roles)
    if wanted >= _WATCH:
        raise refuse(Refusal.ADMINISTRATOR_AND_AUDITOR)
    return wanted


def _write_roles(connection: Connection, user_id: int, roles: frozenset[Role]) -> None:
    """Hold these roles and no others; a role once held leaves its row behind.

    Raises:
        AccountError: the user was auditor or administrator and would become the other.
    """
    of_user = user_roles.c.user_id == user_id
    known = frozenset(
        Role(role) for role in connection.scalars(select(user_roles.c.role).where(of_user))
    )
    if roles & _WATCH:
        compatible((known & _WATCH) | roles)
    connection.execute(update(user_roles).where(of_user).values(held=False))
    connection.execute(
        update(user_roles).where(of_user, user_roles.c.role.in_(roles)).values(held=True)
    )
    if added := roles - known:
        connection.execute(
            insert(user_roles),
            [{"user_id": user_id, "role": role.value, "held": True} for role in added],
        )


def _keep_an_administrator(connection: Connection) -> None:
    left = connection.scalar(
        select(func.count())
        .select_from(users)
        .join(user_roles)
        .where(
            user_roles.c.role == Role.ADMINISTRATOR.value,
            user_roles.c.held,
            users.c.disabled.is_(None),
        )
    )
    if not left:
        raise refuse(Refusal.LAST_ADMINISTRATOR)


def _unknown(whom: str) -> AccountError:
    return refuse(Refusal.UNKNOWN_USER, name=whom)
