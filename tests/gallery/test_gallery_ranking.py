from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnireid.gallery.ranking import rank


def slow_rank(matrix, query, chosen, limit):
    """One row at a time, in double precision, sorted by (-score, row)."""
    scored = []
    for row in range(len(matrix)):
        if chosen is None or chosen[row]:
            products = matrix[row].astype(np.float64) * query.astype(np.float64)
            scored.append((-float(products.sum()), row))
    return [row for _, row in sorted(scored)[:limit]]


def unit_rows(rng, rows, distinct):
    """Unit rows of float16 values, many of them equal: ties on purpose."""
    pool = rng.standard_normal((distinct, 64))
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    return pool.astype(np.float16).astype(np.float32)[rng.integers(0, distinct, rows)]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 300),
    distinct=st.integers(1, 40),
    limit=st.integers(0, 310),
    share=st.sampled_from([None, 0.0, 0.04, 0.5, 1.0]),
)
def test_ranking_is_that_of_a_slow_loop_ties_included(seed, rows, distinct, limit, share) -> None:
    rng = np.random.default_rng(seed)
    matrix = unit_rows(rng, rows, distinct)
    query = unit_rows(rng, 1, 1)[0]
    chosen = None if share is None else rng.random(rows) < share
    found, scores = rank(matrix, query, chosen, limit)
    assert found.tolist() == slow_rank(matrix, query, chosen, limit)
    expected = matrix[found].astype(np.float64) @ query.astype(np.float64)
    np.testing.assert_allclose(scores, expected, atol=1e-12)


@pytest.mark.parametrize("rows", [5_000, 20_001])
def test_pages_of_many_equal_rows_fit_together(rows: int) -> None:
    # Products of equal rows differ in the last bit with their place in the matrix: not here.
    matrix = np.repeat(unit_rows(np.random.default_rng(1), 1, 1), rows, axis=0)
    query = unit_rows(np.random.default_rng(2), 1, 1)[0]
    everything, scores = rank(matrix, query, None, rows)
    assert everything.tolist() == list(range(rows))
    assert len(np.unique(scores)) == 1
    assert rank(matrix, query, None, 100)[0].tolist() == list(range(100))


@pytest.mark.parametrize("sign", [1, -1])
def test_rows_longer_than_one_are_equal_at_the_end_of_the_scale(sign: int) -> None:
    matrix = np.linspace(1, 1.002, 2_000, dtype=np.float32)[:, None] * np.float32([0.6, 0.8])
    query, found = sign * np.float32([0.6, 0.8]), []
    after = None
    while len(part := rank(matrix, query, None, 700, after)[0]):
        found += part.tolist()
        after = float(sign), found[-1]
    assert found == list(range(2_000))


def test_gathering_and_multiplying_agree() -> None:
    rng = np.random.default_rng(3)
    matrix, query = unit_rows(rng, 4_000, 4_000), unit_rows(rng, 1, 1)[0]
    few = np.zeros(4_000, bool)
    few[::50] = True
    rows, scores = rank(matrix, query, few, 80)
    everything, every_score = rank(matrix, query, None, 4_000)
    kept = few[everything]
    assert rows.tolist() == everything[kept].tolist()
    assert scores.tolist() == every_score[kept].tolist()


@pytest.mark.parametrize("limit", [1, 7, 77, 78, 79, 200, 19_999])
@pytest.mark.parametrize("distinct", [3, 20_000])
def test_a_large_matrix_is_ranked_as_by_a_stable_sort(limit: int, distinct: int) -> None:
    rng = np.random.default_rng(limit)
    matrix, query = unit_rows(rng, 20_000, distinct), unit_rows(rng, 1, 1)[0]
    exact = (matrix.astype(np.float64) * query.astype(np.float64)).sum(axis=1)
    expected = np.argsort(-exact, kind="stable")[:limit]
    assert rank(matrix, query, None, limit)[0].tolist() == expected.tolist()
