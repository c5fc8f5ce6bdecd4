"""An encoder whose vectors a test places on a circle, so that every ranking is known beforehand."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from omnireid.observation import IMAGE_MODALITIES, Observation


class PlacedEncoder:
    """Each picture (by the end of its path) and each text stands at an angle in degrees; several
    of one observation at the mean of their vectors. What has no place fails the test."""

    model_id = "placed@1"

    def __init__(self, degrees: Mapping[str, float]) -> None:
        self._degrees = degrees

    def encode(self, observations: Sequence[Observation]) -> np.ndarray:
        return np.stack([self._one(observation) for observation in observations])

    def _one(self, observation: Observation) -> np.ndarray:
        names = [str(image) for m in IMAGE_MODALITIES for image in observation.images(m)]
        names += [observation.text] if observation.text else []
        vectors = [self._place(name) for name in names]
        mean = np.mean(vectors, axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)

    def _place(self, name: str) -> np.ndarray:
        (found,) = {angle for end, angle in self._degrees.items() if name.endswith(end)}
        return np.array([np.cos(np.radians(found)), np.sin(np.radians(found))])


def picture(root: Path, name: str) -> None:
    """A tiny picture whose content follows from its name: no two are the same file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = zlib.crc32(name.encode()).to_bytes(4, "big")
    Image.new("RGB", (4, 8), tuple(digest[:3])).save(path)


def pictures(root: Path, degrees: Mapping[str, float]) -> None:
    """A picture for every placed name."""
    for name in degrees:
        picture(root, name)
