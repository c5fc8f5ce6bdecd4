"""The hash chain of the audit log: canonical JSON, digests, and what breaks them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"


def canonical(value: JSON) -> str:
    """One text for one value: sorted keys, no spaces, no NaN.

    >>> canonical({"b": [1, None], "a": "赤"})
    '{"a":"赤","b":[1,null]}'
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


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
