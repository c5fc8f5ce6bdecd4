"""Uploaded query pictures, held in memory for as long as a person pages through the results."""

from __future__ import annotations

import io
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from omnireid.images import ImageInput, open_image
from omnireid.observation import Modality

_LONGEST_SIDE = 1024
_HELD_QUERIES = 64

Pictures = Mapping[Modality, bytes]


class HeldPictures:
    """The pictures of the latest queries by a random token; the oldest make room. Never on disk."""

    def __init__(self) -> None:
        self._by_token: OrderedDict[str, Pictures] = OrderedDict()
        self._lock = Lock()

    def hold(self, pictures: Pictures) -> str:
        """Keep the pictures of one query and return the token that names them."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._by_token[token] = dict(pictures)
            while len(self._by_token) > _HELD_QUERIES:
                self._by_token.popitem(last=False)
        return token

    def find(self, token: str) -> Pictures | None:
        """The pictures that the token names, or None once they made room."""
        with self._lock:
            return self._by_token.get(token)


def as_jpeg(image: ImageInput, *, longest_side: int = _LONGEST_SIDE) -> bytes:
    """A picture decoded and written anew as JPEG: no metadata, no bytes of the sender left.

    Raises:
        InputError: the picture cannot be decoded.
    """
    picture = open_image(image)
    picture.thumbnail((longest_side, longest_side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
