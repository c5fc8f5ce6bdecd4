"""How varied a rendered set is: shares of every attribute, near-duplicates, closest identities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from omnireid.observation import Modality
from omnireid.people.body import Floats
from omnireid.people.captions_attributes import ATTRIBUTE_VALUES
from omnireid.people.rendered import RenderedSet, RenderedView

Owners = npt.NDArray[np.integer[Any]]

ALIKE = 0.97
"""Correlation of two thumbnails above which two pictures count as near-duplicates."""
_THUMBNAIL = (16, 32)
_MOST_VIEWS = 4000


@dataclass(frozen=True)
class Distribution:
    """How often each value of one attribute occurs; `counts` holds zeros for what never does."""

    name: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Number of things counted."""
        return sum(self.counts.values())

    @property
    def evenness(self) -> float:
        """Entropy as a share of the greatest possible: 1 when every value is equally common."""
        shares = np.array([count for count in self.counts.values() if count], float)
        if len(self.counts) < 2 or not len(shares):
            return 1.0
        shares /= shares.sum()
        return float(-(shares * np.log(shares)).sum() / np.log(len(self.counts)))


@dataclass(frozen=True)
class Pair:
    """Two identities that lie close together by one measure; `differ` names their attributes."""

    first: RenderedView
    second: RenderedView
    distance: float
    differ: tuple[str, ...]


@dataclass(frozen=True)
class Variety:
    """What one rendered set holds. Shares are of 1."""

    people: int
    views: int
    measured: int  # views whose pictures were read
    attributes: tuple[Distribution, ...]  # of people
    making: tuple[Distribution, ...]  # of views: kind of infrared, sketch style, direction, hour
    twins: float  # people who share every attribute with someone else
    near_duplicates: float  # colour pictures that look like one of somebody else
    same_person_alike: float  # colour pictures that look like another of the same person
    nearest_other: tuple[float, float]  # correlation with the most alike of others: median, highest
    by_colour: tuple[Pair, ...]  # closest identities by colour in stripes
    by_form: tuple[Pair, ...]  # closest identities by the mean of their sketches


def measure_variety(rendered: RenderedSet, pairs: int = 12) -> Variety:
    """Count attributes over everyone; compare pictures of up to 4,000 views, whole people."""
    people: dict[int, list[RenderedView]] = {}
    for view in rendered.views:
        people.setdefault(view.identity, []).append(view)
    each = max(len(next(iter(people.values()))), 1)
    measured = dict(list(people.items())[: max(_MOST_VIEWS // each, 2)])
    views = [view for group in measured.values() for view in group]
    owner = np.repeat(np.arange(len(measured)), [len(group) for group in measured.values()])
    colour = np.stack([_small(rendered.picture(v, Modality.RGB), _THUMBNAIL) for v in views])
    sketch = np.stack([_small(rendered.picture(v, Modality.SKETCH), (8, 16)) for v in views])
    near, own, nearest = _alike(colour, owner)
    firsts = [group[0] for group in people.values()]
    seen = Counter(tuple(view.attributes.values()) for view in firsts)
    shown = [group[0] for group in measured.values()]
    return Variety(
        people=len(people), views=len(rendered.views), measured=len(views),
        attributes=tuple(
            Distribution(name, _counts(values, [v.attributes[name] for v in firsts]))
            for name, values in ATTRIBUTE_VALUES.items()
        ),
        making=_making(rendered.views),
        twins=sum(count for count in seen.values() if count > 1) / len(people),
        near_duplicates=near, same_person_alike=own, nearest_other=nearest,
        by_colour=_closest(_means(_stripes(colour), owner), shown, pairs),
        by_form=_closest(_means(sketch.reshape(len(sketch), -1), owner), shown, pairs),
    )  # fmt: skip


def _small(picture: Image.Image, size: tuple[int, int]) -> Floats:
    return np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32) / 255


def _counts(values: tuple[str, ...], found: list[str]) -> dict[str, int]:
    count = Counter(found)
    return {value: count.get(value, 0) for value in values}


def _making(views: tuple[RenderedView, ...]) -> tuple[Distribution, ...]:
    sides = ("front", "left", "back", "right")
    yaw = [sides[round(view.yaw / (np.pi / 2)) % 4] for view in views]
    named = {
        "infrared": [view.infrared_kind for view in views],
        "sketch style": [view.sketch_style for view in views],
        "seen from": yaw,
        "hour": [f"{view.time.hour:02d}" for view in views],
        "caption length, English words": [
            _five(len(words.split())) for view in views for words in view.captions_en
        ],
    }
    return tuple(
        Distribution(name, dict(sorted(Counter(found).items()))) for name, found in named.items()
    )


def _five(count: int) -> str:
    """The five numbers that a count lies in.

    >>> _five(7), _five(44)
    ('05 to 09', '40 and more')
    """
    low = count // 5 * 5
    return f"{low:02d} to {low + 4:02d}" if low < 40 else "40 and more"


def _alike(thumbnails: Floats, owner: Owners) -> tuple[float, float, tuple[float, float]]:
    """Shares of pictures that look like one of somebody else, and of the same person; and how
    alike the most alike of somebody else is."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    flat = flat - flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    nearest = np.empty(len(flat))
    same = 0
    for start in range(0, len(flat), 500):
        scores = flat[start : start + 500] @ flat.T
        mine = owner[start : start + 500, None] == owner[None]
        nearest[start : start + 500] = np.where(mine, -1, scores).max(1)
        scores[np.arange(len(scores)), start + np.arange(len(scores))] = -1
        same += int((np.where(mine, scores, -1).max(1) > ALIKE).sum())
    typical = (float(np.median(nearest)), float(nearest.max()))
    return float((nearest > ALIKE).mean()), same / len(flat), typical


def _stripes(thumbnails: Floats) -> Floats:
    """Mean colour of eight stripes of the middle half, each picture freed of its exposure."""
    middle = thumbnails[:, :, 4:12]
    rows = middle.reshape(len(middle), 8, -1, 8, 3).mean((2, 3))
    freed: Floats = rows / np.maximum(thumbnails.mean((1, 2))[:, None], 0.02)
    return freed.reshape(len(rows), -1)


def _means(values: Floats, owner: Owners) -> Floats:
    return np.stack([values[owner == number].mean(0) for number in range(owner.max() + 1)])


def _closest(values: Floats, shown: list[RenderedView], count: int) -> tuple[Pair, ...]:
    """The closest pairs, each person in one pair at most; distance 1 is the median pair's."""
    square = (values**2).sum(1)
    distance = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * values @ values.T, 0))
    first, second = np.triu_indices(len(values), 1)
    if not len(first):
        return ()
    apart = distance[first, second]
    usual = max(float(np.median(apart)), 1e-9)
    result: list[Pair] = []
    used: set[int] = set()
    for index in np.argsort(apart, kind="stable"):
        a, b = int(first[index]), int(second[index])
        if len(result) == count:
            break
        if {a, b} & used:
            continue
        used |= {a, b}
        one, other = shown[a].attributes, shown[b].attributes
        differ = tuple(f"{name}: {one[name]} / {other[name]}" for name in one
                       if one[name] != other[name])  # fmt: skip
        result.append(Pair(shown[a], shown[b], float(apart[index]) / usual, differ))
    return tuple(result)
