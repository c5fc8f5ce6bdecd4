"""Pictures of two plain colours, and an encoder that sees colours: no model is needed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from omnireid.errors import InputError
from omnireid.images import open_image
from omnireid.observation import IMAGE_MODALITIES, Observation

COLOURS = {
    "red": (200, 30, 30),
    "green": (30, 170, 60),
    "blue": (40, 60, 200),
    "white": (235, 235, 235),
    "black": (25, 25, 25),
    "yellow": (220, 200, 40),
}


class ColourEncoder:
    """Vectors from the mean colours of the upper and lower half, and from colour words."""

    model_id = "colours@1:test"

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, observations: Sequence[Observation]) -> np.ndarray:
        self.encoded += len(observations)
        return np.stack([self._one(observation) for observation in observations])

    def _one(self, observation: Observation) -> np.ndarray:
        parts = [
            self._picture(image)
            for modality in IMAGE_MODALITIES
            for image in observation.images(modality)
        ]
        if observation.text:
            if "unspeakable" in observation.text:
                raise InputError("a text", "it cannot be said", "say something else")
            words = [word for word in observation.text.split() if word in COLOURS]
            parts.append(np.concatenate([np.array(COLOURS[word]) - 110 for word in words[:2]]))
        vector = np.mean(parts, axis=0).astype(np.float32)
        return vector / np.linalg.norm(vector)

    @staticmethod
    def _picture(image: object) -> np.ndarray:
        pixels = np.asarray(open_image(image), dtype=np.float32)
        half = len(pixels) // 2
        return np.concatenate(
            [part.mean(axis=(0, 1)) - 110 for part in (pixels[:half], pixels[half:])]
        )


def paint(path: Path, upper: str, lower: str, noise: float = 0.0) -> Path:
    """A picture of two plain colours; the noise is seeded by the name."""
    rng = np.random.default_rng(zlib.crc32(path.name.encode()))
    pixels = np.zeros((32, 16, 3))
    pixels[:16], pixels[16:] = COLOURS[upper], COLOURS[lower]
    pixels += rng.normal(0, 1, 3) * noise
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path
