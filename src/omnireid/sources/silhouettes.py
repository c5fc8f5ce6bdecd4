"""From the mask of what moves to one box a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from omnireid.sources.background import Mask
from omnireid.sources.boxes import Box
from omnireid.sources.opencv import cv2
from omnireid.sources.perspective import Perspective

WIDTH = 0.40
"""The usual width of a walking person, as a share of the height."""
VEHICLE_FILL = 0.66
"""Light shows between the heads and the legs of people side by side, not through a car."""
_SCALE = 48
"""Templates are compared with a person this many pixels tall: enough to tell two heads apart."""


def clean(mask: Mask, person: float) -> Mask:
    """`mask` (H, W) without thin streaks and specks, its cracks closed, for people `person` tall.

    >>> clean(np.eye(40, dtype=np.uint8), person=40).sum()
    np.uint64(0)
    """
    thin = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(0.04 * person),) * 2)
    # Legs and necks come apart from top to bottom, people side by side: close upwards only.
    tall = np.ones((_odd(0.12 * person), _odd(0.04 * person)), np.uint8)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, thin)
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, tall), dtype=np.uint8)


def blobs(mask: Mask, smallest: float) -> list[tuple[Box, Mask]]:
    """The connected pieces of `mask` of `smallest` pixels or more, each with its box."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for label in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[label])
        if area >= smallest:
            piece = (labels[y : y + h, x : x + w] == label).astype(np.uint8)
            found.append((Box(x, y, x + w, y + h), piece))
    return found


def without_posts(
    pieces: list[tuple[Box, Mask]], perspective: Perspective
) -> list[tuple[Box, Mask]]:
    """`pieces` with the two halves of one body joined where a post or a pole stands before it."""
    joined: list[tuple[Box, Mask]] = []
    for box, piece in sorted(pieces, key=lambda found: found[0].x0):
        for index, (left, mask) in enumerate(joined):
            if _halves(left, box, perspective.height(max(left.y1, box.y1))):
                joined[index] = _together(left, mask, box, piece)
                break
        else:
            joined.append((box, piece))
    return joined


def _halves(left: Box, right: Box, person: float) -> bool:
    narrow = max(left.width, right.width) < 0.3 * person
    near = right.x0 - left.x1 < 0.12 * person and right.x1 - left.x0 < 0.55 * person
    shared = min(left.y1, right.y1) - max(left.y0, right.y0)
    level = shared > 0.6 * max(left.height, right.height)
    return narrow and near and level and shared > 0.4 * person


def _together(a: Box, mask_a: Mask, b: Box, mask_b: Mask) -> tuple[Box, Mask]:
    x0, y0 = min(a.x0, b.x0), min(a.y0, b.y0)
    both = Box(x0, y0, max(a.x1, b.x1), max(a.y1, b.y1))
    mask = np.zeros((int(both.height), int(both.width)), np.uint8)
    for box, piece in ((a, mask_a), (b, mask_b)):
        top, left = int(box.y0 - y0), int(box.x0 - x0)
        mask[top : top + piece.shape[0], left : left + piece.shape[1]] |= piece
    return both, mask


def looks_alone(box: Box, piece: Mask) -> bool:
    """Whether a blob has the shape of one person who walks alone: upright, solid, slim."""
    return 1.7 <= box.height / box.width <= 4.5 and float(piece.mean()) > 0.38


def people_in(box: Box, piece: Mask, perspective: Perspective) -> list[Box]:
    """The people that explain one blob, given how tall people are there; the score is the fit.

    A blob of one person's size is that person. A larger one is explained greedily: the upright
    figure that covers most of the mask not yet covered, again until no figure gains (after Zhao
    and Nevatia, Tracking Multiple Humans in Complex Situations, PAMI 2004).
    """
    person = perspective.height(box.y1)
    if box.height < 0.55 * person or box.width < 0.15 * person:
        return []
    if box.height <= 1.25 * person and box.width <= 0.62 * person:
        solid = float(piece.mean())
        size = 1.0 - min(abs(box.height / person - 1.0), 1.0)
        return [Box(box.x0, box.y0, box.x1, box.y1, min(size, 2.0 * solid))]
    if box.width > 1.1 * person and float(piece.mean()) > VEHICLE_FILL:
        return []
    return _explain(box, piece, perspective)


def _explain(box: Box, piece: Mask, perspective: Perspective) -> list[Box]:
    factor = _SCALE / perspective.height(box.y1)
    margin = _SCALE // 2
    small = cv2.resize(
        piece.astype(np.float32), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )
    rest = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    empty = (rest < 0.5).astype(np.float32)
    found: list[Box] = []
    while len(found) < 12:
        best = max((_place(rest, empty, size) for size in (0.88, 1.0, 1.12)), key=lambda p: p[0])
        gain, x, y, height, width = best
        if gain < 0.42:
            break
        figure = _figure(height, width)
        view = rest[y : y + height, x : x + width]
        view *= 1.0 - np.minimum(cv2.dilate(figure, np.ones((5, 5), np.uint8)), 1.0)
        left, top = ((value - margin) / factor for value in (x, y))
        found.append(
            Box(
                box.x0 + left,
                box.y0 + top,
                box.x0 + left + width / factor,
                box.y0 + top + height / factor,
                min(gain, 1.0),
            )
        )
    return found


def _place(
    rest: npt.NDArray[np.float32], empty: npt.NDArray[np.float32], size: float
) -> tuple[float, int, int, int, int]:
    """Where a figure covers most of `rest` and least of `empty`: share gained, x, y, h, w."""
    height = round(_SCALE * size)
    width = round(height * WIDTH)
    if rest.shape[0] < height or rest.shape[1] < width:
        return 0.0, 0, 0, height, width
    figure = _figure(height, width)
    gain = cv2.matchTemplate(rest, figure, cv2.TM_CCORR)
    loss = cv2.matchTemplate(empty, figure, cv2.TM_CCORR)
    score = (gain - 0.8 * loss) / float(figure.sum())
    _, best, _, (x, y) = cv2.minMaxLoc(score)
    return float(best), x, y, height, width


def _figure(height: int, width: int) -> npt.NDArray[np.float32]:
    """A standing person as a mask (height, width): head, body, legs that open downwards."""
    figure = np.zeros((height, width), np.float32)
    middle = width // 2
    cv2.ellipse(
        figure,
        (middle, round(0.08 * height)),
        (round(0.18 * width), round(0.08 * height)),
        0,
        0,
        360,
        1.0,
        -1,
    )
    cv2.ellipse(
        figure,
        (middle, round(0.33 * height)),
        (round(0.34 * width), round(0.21 * height)),
        0,
        0,
        360,
        1.0,
        -1,
    )
    legs = [(0.28, 0.45), (0.72, 0.45), (0.82, 0.98), (0.18, 0.98)]
    points = np.array([(x * width, y * height) for x, y in legs], np.int32)
    cv2.fillPoly(figure, [points], 1.0)
    return figure


def _odd(size: float) -> int:
    return max(2 * round(size / 2 - 0.5) + 1, 3)
