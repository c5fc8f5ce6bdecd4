"""Weights and examples against a slow, written-out reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation
from omnireid.runtime import encode_weighted, mix, steer
from omnireid.runtime.mixing import DISLIKED, LIKED

WIDTH = 6


def unit(rng: np.random.Generator, rows: int) -> np.ndarray:
    drawn = rng.standard_normal((rows, WIDTH))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def slow_mix(vectors: list[list[float]], weights: list[float]) -> list[float]:
    total = [0.0] * WIDTH
    for vector, weight in zip(vectors, weights, strict=True):
        for place in range(WIDTH):
            total[place] += weight * vector[place]
    length = math.sqrt(sum(value * value for value in total))
    return [value / length for value in total]


@given(st.integers(0, 2**32 - 1), st.lists(st.floats(0.05, 3), min_size=1, max_size=4))
def test_a_mixture_is_the_normalised_weighted_sum(seed: int, weights: list[float]) -> None:
    vectors = unit(np.random.default_rng(seed), len(weights))
    found = mix(vectors, weights)
    assert found == pytest.approx(slow_mix(vectors.tolist(), weights), abs=1e-5)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_examples_pull_and_push_by_their_mean(seed, liked, disliked, asked) -> None:
    rng = np.random.default_rng(seed)
    query = unit(rng, 1)[0] if asked else None
    near, far = unit(rng, liked).reshape(-1, WIDTH), unit(rng, disliked).reshape(-1, WIDTH)
    if query is None and not liked and not disliked:
        with pytest.raises(InputError, match="nothing to compare"):
            steer(query, near, far)
        return
    parts, weights = [], []
    if query is not None:
        parts.append(query.tolist())
        weights.append(1.0)
    if liked:
        parts.append([sum(column) / liked for column in near.T.tolist()])
        weights.append(LIKED if asked else 1.0)
    if disliked:
        parts.append([sum(column) / disliked for column in far.T.tolist()])
        weights.append(-DISLIKED)
    found = steer(query, near, far)
    assert found == pytest.approx(slow_mix(parts, weights), abs=1e-4)


class Parts:
    """Encodes each combination of modalities as a direction of its own, and counts the calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[Modality, ...]] = []

    def __call__(self, observations):
        self.asked += [one.modalities for one in observations]
        rows = [sum(1 << list(Modality).index(m) for m in o.modalities) for o in observations]
        return np.eye(16, dtype=np.float32)[rows]


QUERY = Observation(rgb=b"picture", sketch=b"drawing", text="words")
RGB, SKETCH, TEXT = Modality.RGB, Modality.SKETCH, Modality.TEXT


def test_equal_weights_ask_the_model_for_its_fused_vector() -> None:
    encode = Parts()
    encode_weighted(encode, QUERY, {RGB: 0.4, SKETCH: 0.4, TEXT: 0.4})
    assert encode.asked == [(RGB, SKETCH, TEXT)]


def test_unequal_weights_sum_the_vectors_of_each_alone() -> None:
    encode = Parts()
    vector = encode_weighted(encode, QUERY, {RGB: 3, SKETCH: 0, TEXT: 4})
    assert encode.asked == [(RGB,), (TEXT,)]
    assert vector[1] == pytest.approx(0.6)
    assert vector[8] == pytest.approx(0.8)


def test_weights_of_nothing_and_parts_that_cancel_are_refused() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        encode_weighted(Parts(), QUERY, {RGB: 0, SKETCH: 0, TEXT: 0})
    one = np.float32([[1, 0], [-1, 0]])
    with pytest.raises(InputError, match="cancel"):
        mix(one, [1, 1])
