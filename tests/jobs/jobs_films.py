"""A small film of drawn walkers before a still, noisy scene."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 480, 360, 10
COATS = ((200, 30, 40), (30, 60, 200), (30, 150, 60))
FRAMES = 55


def walkers(path: Path) -> Path:
    """Three people, one after another, walk from left to right."""
    random = np.random.default_rng(5)
    coarse = random.integers(110, 170, (HEIGHT // 12, WIDTH // 12, 3)).astype(np.uint8)
    scene = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = random.integers(0, 6, scene.shape).astype(np.uint8)
    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), RATE, (WIDTH, HEIGHT))
    for number in range(FRAMES * len(COATS)):
        picture = scene.copy()
        _draw(picture, COATS[number // FRAMES], number % FRAMES)
        # One noise, shifted: making more takes longer than all the rest.
        noise = np.roll(grain, 7 * number, axis=1)
        film.write(cv2.add(np.ascontiguousarray(picture[:, :, ::-1]), noise))
    film.release()
    return path


def _draw(picture: np.ndarray, coat: tuple[int, int, int], number: int) -> None:
    x, foot, tall = 11.0 * number - 40, 300, 110
    step = 0.09 * tall * np.sin(number * 0.9)
    hip = (round(x), round(foot - 0.48 * tall))
    for side in (-1, 1):
        toe = (round(x + side * (step + 0.03 * tall)), foot - 3)
        cv2.line(picture, hip, toe, (40, 40, 90), round(0.11 * tall))
    shoulder, waist = round(foot - 0.83 * tall), round(foot - 0.45 * tall)
    half = round(0.13 * tall)
    cv2.rectangle(picture, (round(x) - half, shoulder), (round(x) + half, waist), coat, -1)
    head = (round(x), round(foot - 0.91 * tall))
    cv2.circle(picture, head, round(0.08 * tall), (205, 165, 140), -1)
