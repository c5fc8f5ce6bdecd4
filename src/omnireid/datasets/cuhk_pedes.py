"""CUHK-PEDES: photos with written captions."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.caption_sets import load_captions
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet


def load(root: Path, card: Card) -> DataSet:
    """Read `reid_raw.json` and its photos.

    Raises:
        InputError: the layout is not the set's.
    """
    return load_captions(root, card, "reid_raw.json")
