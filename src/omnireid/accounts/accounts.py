"""Accounts: who may come in, in one object over a gallery's ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property

from sqlalchemy import Connection, select, update

from omnireid.accounts.attempts import Attempts
from omnireid.accounts.clock import Clock, system_clock
from omnireid.accounts.codes import CodeKind, Codes
from omnireid.accounts.keys import Keys
from omnireid.accounts.passwords import Passwords, check_password
from omnireid.accounts.permissions import Role
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.schema import users
from omnireid.accounts.sessions import Sessions
from omnireid.accounts.trail import Trail
from omnireid.accounts.users import (
    Users,
    any_user,
    checked_name,
    compatible,
    free_name,
    name_key,
    read_user,
    user_at,
    write_password,
)
from omnireid.accounts.values import User
from omnireid.gallery import Database, metadata

IDLE, ABSOLUTE = timedelta(hours=1), timedelta(hours=12)

_GALLERY = metadata.tables["gallery"]


class Accounts:
    """Users, sessions, keys and codes of one gallery, and the ways to sign in.

    trail: takes down each change, in the change's own transaction. idle, absolute: how long a
    session lasts unused, and at the most.
    """

    def __init__(
        self,
        database: Database,
        trail: Trail,
        *,
        passwords: Passwords | None = None,
        idle: timedelta = IDLE,
        absolute: timedelta = ABSOLUTE,
        clock: Clock = system_clock,
    ) -> None:
        self._database, self._trail = database, trail
        self._passwords = passwords or Passwords()
        self._attempts = Attempts(database, clock)
        self.users = Users(database, self._passwords, clock, trail)
        self.sessions = Sessions(database, clock, trail, idle=idle, absolute=absolute)
        self.keys = Keys(database, clock, trail)
        self.codes = Codes(database, clock)

    @cached_property
    def place(self) -> str:
        """A short name of this gallery, so that two on one machine do not share a cookie."""
        with self._database.read() as connection:
            uuid: str = connection.scalar(select(_GALLERY.c.uuid)) or ""
        return uuid[:8]

    def sign_in(self, name: str, password: str, *, address: str, agent: str) -> str:
        """Sign in by name and password; the secret for the cookie.

        A name that does not exist takes as long and says the same as a wrong password.

        Raises:
            AccountError: the name or the address must wait,
                or name or password are wrong, or the user is disabled.
        """
        key = name_key(name)
        self._attempts.begin(key, address)
        with self._database.read() as connection:
            row = connection.execute(
                select(users.c.id, users.c.name, users.c.password, users.c.disabled).where(
                    users.c.name_key == key
                )
            ).first()
        kept = None if row is None or row.disabled else row.password
        if not self._passwords.fits(password, kept) or row is None:
            # A name that nobody has may be a password in the wrong field: it is not taken down.
            whom = row.name if row else "(nobody)"
            with self._database.write() as connection:
                self._trail(connection, whom, "account.sign_in_failed", {"address": address})
            raise refuse(Refusal.CREDENTIALS)
        renewed = self._passwords.hash(password) if self._passwords.outdated(row.password) else None
        with self._database.write() as connection:
            self._attempts.succeeded(connection, key, address)
            if renewed:
                connection.execute(
                    update(users).where(users.c.id == row.id).values(password=renewed)
                )
            return self.sessions.open_within(
                connection, row.id, address=address, agent=agent, how="password"
            )

    def start(
        self, code: str, name: str, password: str, roles: Iterable[Role], *, address: str
    ) -> User:
        """Make the first user, an administrator who also has the roles given.

        Raises:
            AccountError: the code does not work, there is a user already, or the name, password
                or roles cannot be used.
        """
        self._attempts.begin(None, address)
        with self._database.read() as connection:
            self._first(connection, code)
        plain, key = checked_name(name)
        wanted = compatible({Role.ADMINISTRATOR, *roles})
        check_password(password, plain)
        kept = self._passwords.hash(password)
        with self._database.write() as connection:
            # Again, now that nobody else can be the first.
            self._first(connection, code)
            self.codes.use(connection, CodeKind.START, code)
            self._attempts.succeeded(connection, None, address)
            return self.users.add_within(connection, plain, key, wanted, kept, by="(first start)")

    def new_password(self, code: str, password: str, *, address: str) -> User:
        """Set the password of the user whom a one-time code was made for, and end its sessions.

        Raises:
            AccountError: the code does not work, the user is disabled, or the password is weak.
        """
        self._attempts.begin(None, address)
        user = self._owner(CodeKind.PASSWORD, code)
        check_password(password, user.name)
        kept = self._passwords.hash(password)
        with self._database.write() as connection:
            self.codes.use(connection, CodeKind.PASSWORD, code)
            self._attempts.succeeded(connection, None, address)
            write_password(connection, user.user_id, kept)
            self._trail(connection, user.name, "account.password", {"user": user.name})
        return user

    def change_password(
        self, user_id: int, current: str, password: str, *, address: str, keep: int
    ) -> None:
        """Change the password of one who knows it, and end every session but `keep`.

        Raises:
            AccountError: the present password is wrong, the new one is weak, or too many tries.
        """
        user = self.users.get(user_id)
        key = name_key(user.name)
        self._attempts.begin(key, address)
        with self._database.read() as connection:
            kept = connection.scalar(select(users.c.password).where(users.c.id == user_id))
        if not self._passwords.fits(current, kept):
            raise refuse(Refusal.PASSWORD_WRONG)
        check_password(password, user.name)
        new = self._passwords.hash(password)
        with self._database.write() as connection:
            self._attempts.succeeded(connection, key, address)
            write_password(connection, user_id, new, keep)
            self._trail(connection, user.name, "account.password", {"user": user.name})

    def follow_link(self, code: str, *, address: str, agent: str) -> str:
        """Sign in by a one-time link; the secret for the cookie.

        Raises:
            AccountError: the link was used, is too old, or the user is disabled.
        """
        self._attempts.begin(None, address)
        user = self._owner(CodeKind.LINK, code)
        with self._database.write() as connection:
            self.codes.use(connection, CodeKind.LINK, code)
            self._attempts.succeeded(connection, None, address)
            return self.sessions.open_within(
                connection, user.user_id, address=address, agent=agent, how="link"
            )

    def admit(
        self,
        *,
        issuer: str,
        subject: str,
        name: str,
        roles: frozenset[Role],
        address: str,
        agent: str,
    ) -> str:
        """Sign in whom the provider vouches for; the secret for the cookie.

        The provider's word is the truth about the roles. A newcomer becomes a user; one who has
        the name of another here gets a number behind it, and never that other's account.

        Raises:
            AccountError: the user is disabled here, or the roles exclude each other.
        """
        by = f"(provider {issuer})"[:120]
        wanted = compatible(roles)
        with self._database.write() as connection:
            user = user_at(connection, issuer, subject)
            if user is None:
                free, key = free_name(connection, name)
                user = self.users.add_within(
                    connection, free, key, wanted, None, by=by, oidc=(issuer, subject)
                )
            elif user.disabled:
                raise refuse(Refusal.CREDENTIALS)
            elif user.roles != wanted:
                user = self.users.set_roles_within(connection, user, wanted, by=by)
            return self.sessions.open_within(
                connection, user.user_id, address=address, agent=agent, how="provider"
            )

    def reset(self, user_id: int, kind: CodeKind, *, by: str) -> str:
        """A one-time code for the user, to be handed over; its predecessor ends."""
        with self._database.write() as connection:
            user = read_user(connection, user_id)
            self._trail(connection, by, "account.code", {"user": user.name, "for": kind})
            return self.codes.new_within(connection, kind, user_id)

    def _owner(self, kind: CodeKind, code: str) -> User:
        with self._database.read() as connection:
            user = read_user(connection, self.codes.owner(connection, kind, code) or 0)
        if user.disabled:
            raise refuse(Refusal.CODE)
        return user

    def _first(self, connection: Connection, code: str) -> None:
        if any_user(connection):
            raise refuse(Refusal.STARTED)
        self.codes.owner(connection, CodeKind.START, code)
