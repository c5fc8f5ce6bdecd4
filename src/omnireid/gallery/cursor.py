"""A place in the results, as an address carries it.

A cursor names the last item seen by what it is sorted by and its id, not by its place: items that
are added meanwhile neither repeat nor hide one. It holds no more than the page already showed.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass

from omnireid.errors import InputError
from omnireid.gallery.values import Order

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Cursor:
    """Where a page ended.

    value: a similarity, a time as the ledger writes it, or no time. scales: their fingerprint,
    where items are ranked by log-odds and `value` is such.
    """

    order: Order
    value: float | str | None
    item_id: int
    scales: str | None = None

    def to_text(self) -> str:
        """As an address carries it."""
        value = self.value.hex() if isinstance(self.value, float) else self.value
        parts = [self.order.value, value, self.item_id, *([self.scales] if self.scales else [])]
        written = json.dumps(parts, separators=(",", ":"))
        return base64.urlsafe_b64encode(written.encode()).rstrip(b"=").decode()

    @classmethod
    def from_text(cls, text: str) -> Cursor:
        """The inverse of `to_text`.

        Raises:
            InputError: it is no cursor.
        """
        try:
            written = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            name, value, item_id, *scales = json.loads(written)
            order = Order(name)
            if order is Order.RELEVANCE:
                value = float.fromhex(value)
                sound = math.isfinite(value)
            else:
                sound = (value is None or bool(_TIME.fullmatch(value))) and not scales
            sound = sound and (not scales or bool(_FINGERPRINT.fullmatch(*scales)))
            sound = sound and type(item_id) is int and 0 < item_id < 2**63
        except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
            sound = False
        if not sound:
            raise InputError(
                f"{text[:40]!r} is no place in the results",
                "the address was changed or cut short",
                "go back to the first page",
            )
        return cls(order, value, item_id, *scales)
