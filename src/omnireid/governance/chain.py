"""The hash chain of the audit log: canonical JSON, digests, and what breaks them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from omnireid.errors import InputError

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"


def canonical(value: JSON) -> str:
    """One text for one value: sorted keys, no spaces, no NaN, and only what UTF-8 can hold.

    >>> canonical({"b": [1, None], "a": "赤"})
    '{"a":"赤","b":[1,null]}'
    """
    return storable(
        json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
    )


def storable(text: str) -> str:
    """The text with lone surrogates, which no database takes, written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def genesis(gallery: str) -> str:
    """What the first entry follows: the gallery's own name, so that no log fits another gallery."""
    return hashlib.sha256(f"omnireid audit 1 {gallery}".encode()).hexdigest()


def entry_digest(
    seq: int,
    at: str,
    actor: str,
    action: str,
    purpose: str | None,
    case: str | None,
    facts: str,
    sealed: str | None,
    previous: str,
) -> str:
    """The digest of an entry, over all its fields and the digest of the entry before."""
    fields: dict[str, JSON] = {
        "seq": seq,
        "at": at,
        "actor": actor,
        "action": action,
        "purpose": purpose,
        "case": case,
        "facts": facts,
        "sealed": sealed,
        "previous": previous,
    }
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def seal(salt: bytes, payload: str) -> str:
    """The commitment to a payload: without its random salt nobody can guess the words from it."""
    return hashlib.sha256(b"omnireid payload 1" + salt + payload.encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """The last entry of the log: kept elsewhere, it anchors everything before it."""

    gallery: str
    seq: int
    digest: str
    at: str

    def to_json(self) -> str:
        """One line for a file, a printout, a colleague."""
        return canonical(
            {"gallery": self.gallery, "seq": self.seq, "digest": self.digest, "at": self.at}
        )

    @classmethod
    def from_json(cls, text: str) -> Head:
        """The inverse of `to_json`.

        Raises:
            InputError: it is no anchor.
        """
        try:
            read = json.loads(text)
            return cls(str(read["gallery"]), int(read["seq"]), str(read["digest"]), str(read["at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "the anchor cannot be used",
                "it is not what `omnireid audit head` writes",
                "give the file as it was written",
            ) from error
