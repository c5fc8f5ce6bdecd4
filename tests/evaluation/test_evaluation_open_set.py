"""DIR at FAR, FPIR, FNIR and thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.evaluation import (
    NO_EXCLUSION,
    OpenSetSearches,
    fnir,
    fpir,
    hold_out_identities,
    match_labels,
    matrix_scores,
    open_set_searches,
    operating_points,
    rank_queries,
    threshold_at_far,
)

SEARCHES = OpenSetSearches(
    np.array([0.9, 0.8, 0.7, 0.6]),
    np.array([1, 1, 2, 1]),
    np.array([0.85, 0.5, 0.4, 0.3, 0.2]),
)


def test_rates_count_what_their_names_say() -> None:
    assert fpir(SEARCHES, 0.5) == 0.4
    # The third mated search passes the threshold at rank 2 only.
    assert fnir(SEARCHES, 0.65) == 0.5
    assert fnir(SEARCHES, 0.65, rank=2) == 0.25


def test_an_operating_point_names_counts_and_rates() -> None:
    (point,) = operating_points(SEARCHES, fars=(0.2,))
    assert 0.5 < point.threshold < 0.5001
    assert (point.fpir, point.fnir, point.dir) == (0.2, 0.25, 0.75)
    assert "4 mated and 5 non-mated" in str(point)


@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=40),
    st.floats(0, 1),
)
def test_the_threshold_is_the_lowest_that_keeps_the_rate(scores: list[int], far: float) -> None:
    array = np.array(scores) / 8
    threshold = threshold_at_far(array, far)
    assert (array >= threshold).mean() <= far + 1e-9
    lower = array[array < threshold]
    if len(lower):
        assert (array >= lower.max()).mean() > far


def test_ranks_split_into_mated_and_non_mated_searches() -> None:
    gallery = match_labels(["a", "x"], ["b", "a"], None, None, None, None, NO_EXCLUSION)
    ranks = rank_queries(matrix_scores(np.array([[0.9, 0.4], [0.3, 0.2]])), gallery)
    searches = open_set_searches(ranks)
    assert searches.mated_scores.tolist() == [0.4]
    assert searches.mated_ranks.tolist() == [2]
    assert searches.non_mated_scores.tolist() == [0.3]


def test_without_a_non_mated_search_no_threshold_is_invented() -> None:
    with pytest.raises(InputError, match="hold_out_identities"):
        threshold_at_far(np.array([]), 0.01)


@pytest.mark.parametrize("far", [-0.1, 1.1])
def test_a_rate_outside_its_range_is_refused(far: float) -> None:
    with pytest.raises(InputError, match="no rate"):
        threshold_at_far(np.array([0.1]), far)


def test_scores_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        OpenSetSearches(np.array([np.nan]), np.array([1]), np.array([0.1]))


def test_held_out_identities_are_a_seeded_share() -> None:
    ids = np.array([5, 5, 6, 7, 8])
    first = hold_out_identities(ids, 0.5, seed=1)
    assert len(first) == 2
    assert set(first) <= {5, 6, 7, 8}
    assert np.array_equal(first, hold_out_identities(ids, 0.5, seed=1))
    assert any(
        not np.array_equal(first, hold_out_identities(ids, 0.5, seed=seed)) for seed in range(2, 9)
    )
