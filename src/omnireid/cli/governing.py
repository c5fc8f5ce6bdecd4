"""Opening a gallery for the commands of governance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omnireid.cli.opening import gallery_folder
from omnireid.gallery import Gallery
from omnireid.governance import Governance
from omnireid.review import held_items

DAMAGED = 7
"""Exit code of a check that found damage, and of an erasure that is not complete."""


@contextmanager
def governed(gallery: Path | None) -> Iterator[Governance]:
    """The gallery given, or that of the settings, without a model.

    Raises:
        GalleryError: no gallery there.
    """
    with Gallery.open(gallery_folder(gallery)) as opened:
        yield Governance(opened, held_items)
