"""One query vector out of several: modalities by weight, and examples to be like or unlike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation

FloatArray = npt.NDArray[np.float32]
Encode = Callable[[Sequence[Observation]], FloatArray]

LIKED = 0.75
DISLIKED = 0.5
"""How much the mean of the examples counts beside the query (Rocchio's method; against its usual
0.15, a person who says "not like this" expects to see it)."""

_NOTHING = 1e-6


def mix(vectors: FloatArray, weights: Sequence[float]) -> FloatArray:
    """The normalised weighted sum of (m, d) unit vectors: (d,).

    Raises:
        InputError: the vectors cancel each other out.

    >>> mix(np.eye(2, dtype=np.float32), [3, 4])
    array([0.6, 0.8], dtype=float32)
    """
    total = np.asarray(weights, np.float64) @ np.asarray(vectors, np.float64)
    length = np.linalg.norm(total)
    if not np.isfinite(length) or length < _NOTHING:
        raise InputError(
            "the parts of the query cancel each other out",
            "what is left of them points nowhere",
            "change a weight, or take an example away",
        )
    return (total / length).astype(np.float32)


def encode_weighted(
    encode: Encode, observation: Observation, weights: Mapping[Modality, float]
) -> FloatArray:
    """The vector (d,) of an observation whose modalities count unequally.

    A modality of weight 0 is left out. Equal weights give the model's own fused vector, which
    saw all modalities at once; unequal ones the weighted sum of the vectors of each alone.

    Raises:
        InputError: every weight is 0, or what `encode` refuses.
    """
    counted = {m: weights.get(m, 1.0) for m in observation.modalities}
    kept = {m: weight for m, weight in counted.items() if weight > 0}
    if not kept:
        raise InputError(
            "the search holds nothing to compare with",
            "every part of it has the weight 0",
            "raise the weight of one",
        )
    if len(set(kept.values())) == 1:
        vector: FloatArray = encode([only(observation, tuple(kept))])[0]
        return vector
    return mix(encode([only(observation, (m,)) for m in kept]), list(kept.values()))


def steer(query: FloatArray | None, liked: FloatArray, disliked: FloatArray) -> FloatArray:
    """The query vector (d,) moved towards (p, d) examples and away from (q, d) others.

    Without a query, the examples alone.

    Raises:
        InputError: there is nothing, or all of it cancels out.
    """
    parts = [] if query is None else [(query, 1.0)]
    if len(liked):
        parts.append((liked.mean(axis=0), 1.0 if query is None else LIKED))
    if len(disliked):
        parts.append((disliked.mean(axis=0), -DISLIKED))
    if not parts:
        raise InputError(
            "the search holds nothing to compare with",
            "there is neither a query nor an example",
            "give one of them",
        )
    return mix(np.stack([part for part, _ in parts]), [weight for _, weight in parts])


def only(observation: Observation, modalities: Sequence[Modality]) -> Observation:
    """The observation without its other modalities."""
    return Observation(
        **{m.value: getattr(observation, m.value) for m in modalities},
        camera=observation.camera,
        time=observation.time,
        source=observation.source,
    )
