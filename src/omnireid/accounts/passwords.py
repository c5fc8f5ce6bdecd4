"""Passwords: what may be one, and argon2."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from omnireid.accounts.refusals import Refusal, refuse

MIN_LENGTH, MAX_LENGTH = 12, 200
_DIFFERENT = 5
_AT_ONCE = 2


class Passwords:
    """argon2id at the strength of its library's default (RFC 9106, low memory: 64 MiB, 3 passes).

    Few are computed at once, so that a flood of sign-ins cannot take the machine's memory.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn:
            return self._hasher.hash(_normal(password))

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; as slow for a user without one, who has none that fits."""
        with self._turn:
            try:
                found = self._hasher.verify(kept or self._of_nobody, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return found and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than these."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, name: str) -> None:
    """Whether this may be the password of the user called `name`.

    Raises:
        AccountError: too short, too long or too easily guessed.
    """
    plain = _normal(password)
    if len(plain) < MIN_LENGTH:
        raise refuse(Refusal.PASSWORD_SHORT, length=len(plain), least=MIN_LENGTH)
    if len(plain) > MAX_LENGTH:
        raise refuse(Refusal.PASSWORD_LONG, length=len(plain), most=MAX_LENGTH)
    rest = plain.casefold().replace(name.casefold(), "") if name else plain
    if len(set(plain)) < _DIFFERENT or len(rest) < MIN_LENGTH // 2:
        raise refuse(Refusal.PASSWORD_GUESSED)


def _normal(password: str) -> str:
    # The same characters typed on another keyboard must give the same bytes (RFC 8265).
    return unicodedata.normalize("NFKC", password)
