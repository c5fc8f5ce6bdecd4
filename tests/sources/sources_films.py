"""Small films of drawn walkers before a still, noisy scene."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 480, 360, 10


@dataclass(frozen=True)
class Walker:
    """A drawn person: feet at (x, foot) on frame `first`, then `speed` pixels a frame."""

    x: float
    foot: int
    speed: float
    coat: tuple[int, int, int]
    trousers: tuple[int, int, int] = (40, 40, 90)
    first: int = 0
    last: int = 10_000
    height: int = 110

    def draw(self, picture: np.ndarray, number: int) -> None:
        if not self.first <= number <= self.last:
            return
        x = self.x + self.speed * (number - self.first)
        tall, foot = self.height, self.foot
        step = 0.09 * tall * np.sin(number * 0.9)
        hip = (round(x), round(foot - 0.48 * tall))
        for side in (-1, 1):
            toe = (round(x + side * (step + 0.03 * tall)), foot - 3)
            cv2.line(picture, hip, toe, self.trousers, round(0.11 * tall))
        shoulder, waist = round(foot - 0.83 * tall), round(foot - 0.45 * tall)
        half = round(0.13 * tall)
        cv2.rectangle(picture, (round(x) - half, shoulder), (round(x) + half, waist), self.coat, -1)
        stripe = tuple(int(0.6 * value) for value in self.coat)
        cv2.rectangle(picture, (round(x) - 2, shoulder), (round(x) + 2, waist), stripe, -1)
        head = (round(x), round(foot - 0.91 * tall))
        cv2.circle(picture, head, round(0.08 * tall), (205, 165, 140), -1)


def scene() -> np.ndarray:
    """An empty scene (H, W, 3) RGB with some texture."""
    random = np.random.default_rng(5)
    coarse = random.integers(110, 170, (HEIGHT // 12, WIDTH // 12, 3)).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
