"""A small deterministic encoder, and walks past cameras for it to encode."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from omnireid import Observation
from omnireid.errors import InputError
from omnireid.images import open_image
from omnireid.language import search_tokens
from omnireid.observation import IMAGE_MODALITIES

WIDTH = 256
COLOURS = ("red", "blue", "green", "black")


def walk(number: int) -> Observation:
    """The number-th walk past a camera: noise of its own, so that no two are alike."""
    rng = np.random.default_rng(number)
    return Observation(
        rgb=rng.integers(0, 255, (48, 24, 3), dtype=np.uint8),
        text=f"{COLOURS[number % 4]} coat, walk {number}",
        camera=f"camera {number % 3}",
        time=datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(minutes=number),
        source=f"folder{number % 2}/walk{number}.jpg",
    )


class FakeEncoder:
    """Similar pictures and shared words give similar vectors.

    A fixed random projection of 8x16 thumbnails, plus a random direction for each word.
    """

    def __init__(self, model_id: str = "fake@1+0000", width: int = WIDTH) -> None:
        self.model_id = model_id
        self.width = width
        self.calls = 0
        rng = np.random.default_rng(7)
        self._projection = rng.standard_normal((3 * 8 * 16, width)).astype(np.float32)

    def encode(self, observations: Sequence[Observation]) -> np.ndarray:
        self.calls += 1
        rows = np.stack([self._one(o) for o in observations])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _one(self, observation: Observation) -> np.ndarray:
        if observation.text == "refuse me":
            raise InputError("the text was refused", "the fake does not like it", "change it")
        total = np.full(self.width, 1e-3, np.float32)
        for modality in IMAGE_MODALITIES:
            for image in observation.images(modality):
                small = np.asarray(open_image(image).resize((8, 16)), np.float32) / 255 - 0.5
                total = total + small.ravel() @ self._projection
        for token in search_tokens(observation.text or ""):
            seed = int.from_bytes(hashlib.sha256(token.encode()).digest()[:4], "little")
            total = total + 5 * np.random.default_rng(seed).standard_normal(self.width)
        return total
