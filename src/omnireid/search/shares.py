"""How much each part of a mixed query contributed to a candidate's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial
from typing import TypeVar

Part = TypeVar("Part")


def shapley(parts: Sequence[Part], score: Callable[[tuple[Part, ...]], float]) -> dict[Part, float]:
    """Each part's Shapley value: its gain, averaged over every order of adding the parts.

    `score` is asked once for each non-empty subset (in the order of `parts`); no parts score 0.
    The values add up to the score of all parts together.

    >>> shapley("ab", lambda chosen: {"a": 0.2, "b": 0.4, "ab": 0.8}["".join(chosen)])
    {'a': 0.3, 'b': 0.5}
    """
    count = len(parts)
    known = {
        chosen: score(chosen) if chosen else 0.0
        for size in range(count + 1)
        for chosen in combinations(parts, size)
    }
    values: dict[Part, float] = {}
    for part in parts:
        total = 0.0
        for chosen, without in known.items():
            if part in chosen:
                continue
            joined = tuple(one for one in parts if one == part or one in chosen)
            weight = factorial(len(chosen)) * factorial(count - len(chosen) - 1)
            total += weight * (known[joined] - without)
        values[part] = round(total / factorial(count), 12)
    return values
