"""Random secrets: made here, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is read for another
_GROUPS, _LENGTH = 4, 5


def new_secret() -> str:
    """256 random bits for a cookie or a key."""
    return secrets.token_urlsafe(_BYTES)


def new_code() -> str:
    """A code that a person types: 98 random bits in four groups.

    >>> len(new_code())
    23
    """
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def read_code(typed: str) -> str:
    """A typed code as it was made: capitals and groups, whatever the typist did.

    >>> read_code(" abcde fghjk mnpqr stvwx ")
    'ABCDE-FGHJK-MNPQR-STVWX'
    """
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return "-".join(letters[at : at + _LENGTH] for at in range(0, len(letters), _LENGTH))


def digest(secret: str) -> str:
    """What is kept of a random secret. Not for passwords, which are guessed: see passwords.py."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
