"""How tall a person is in the picture, by where the feet are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TOLERANCE = 0.15
"""People's own heights and the gait move a box by this share around the line."""


@dataclass(frozen=True)
class Perspective:
    """The height of a standing person as a straight line over the row of the feet.

    For a camera that looks level or down on a flat floor the relation is a straight line, zero at
    the horizon (Hoiem et al., Putting Objects in Perspective, IJCV 2008).
    """

    slope: float
    offset: float

    def height(self, foot: float) -> float:
        """The expected height in pixels of a person whose feet are on row `foot`."""
        return max(self.slope * foot + self.offset, 8.0)


def fit_perspective(
    feet: npt.ArrayLike, heights: npt.ArrayLike, *, at_least: int = 8, seed: int = 0
) -> Perspective | None:
    """The line that most of the boxes agree on, or None if too few do.

    Consensus of random pairs (RANSAC), then least squares over those within TOLERANCE, so that
    cars, half bodies and pairs of people do not bend the line.

    Args:
        feet: (n,) rows of the lower edges of boxes.
        heights: (n,) their heights, same unit.

    >>> fit_perspective([100, 120, 140, 160], [50, 60, 70, 80], at_least=4).height(200)
    100.0
    """
    x, y = np.asarray(feet, dtype=np.float64), np.asarray(heights, dtype=np.float64)
    if len(x) < at_least:
        return None
    random = np.random.default_rng(seed)
    best = np.zeros(len(x), dtype=bool)
    for first, second in random.integers(0, len(x), (400, 2)):
        run = x[second] - x[first]
        # Two boxes side by side say nothing about the slope: take the height as constant.
        slope = (y[second] - y[first]) / run if abs(run) > 0.5 * y[first] else 0.0
        if not 0.0 <= slope <= 1.5:
            continue
        line = y[first] + slope * (x - x[first])
        agree = np.abs(y - line) < TOLERANCE * np.maximum(line, 8.0)
        if agree.sum() > best.sum():
            best = agree
    if best.sum() < max(at_least, 0.3 * len(x)):
        return None
    x, y = x[best], y[best]
    spread = np.var(x)
    slope = (
        float(np.clip(np.mean((x - x.mean()) * (y - y.mean())) / spread, 0.0, 1.5))
        if (spread > (0.25 * y.mean()) ** 2)
        else 0.0
    )
    return Perspective(round(slope, 9), round(float(y.mean() - slope * x.mean()), 9))
