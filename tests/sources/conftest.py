"""Fixtures of the sources' tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from sources_films import HEIGHT, RATE, WIDTH, Walker, scene


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Writes a film of walkers, drawn in the order given, and returns its path."""

    def write(
        walkers: Sequence[Walker] = (),
        frames: int = 80,
        name: str = "film.avi",
        draw: Callable[[np.ndarray, int], None] | None = None,
    ) -> Path:
        path = tmp_path / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (WIDTH, HEIGHT))
        assert writer.isOpened()
        random = np.random.default_rng(1)
        empty = scene().astype(np.int16)
        for number in range(frames):
            noise = random.integers(-4, 5, empty.shape)
            picture = np.clip(empty + noise, 0, 255).astype(np.uint8)
            for walker in walkers:
                walker.draw(picture, number)
            if draw is not None:
                draw(picture, number)
            writer.write(np.ascontiguousarray(picture[:, :, ::-1]))
        writer.release()
        return path

    return write
