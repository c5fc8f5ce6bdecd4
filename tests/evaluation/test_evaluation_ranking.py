"""The ranking core against a slow, obvious reference."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.evaluation import (
    EXCLUSIONS,
    NO_EXCLUSION,
    SAME_CAMERA,
    SYSU_CAMERAS,
    CmcRule,
    Exclusion,
    Validity,
    match_labels,
    matrix_scores,
    rank_queries,
    vector_scores,
)


@dataclass
class Case:
    scores: np.ndarray
    query_ids: list[int]
    gallery_ids: list[int]
    query_cameras: list[int]
    gallery_cameras: list[int]
    query_pictures: list[str]
    gallery_pictures: list[str]
    exclusion: Exclusion


@st.composite
def cases(draw: st.DrawFn) -> Case:
    queries, size = draw(st.integers(1, 6)), draw(st.integers(1, 90))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # Few levels make ties; few identities make queries with more positives than are counted singly.
    levels = draw(st.sampled_from([2, 5, 1000]))
    identities = draw(st.sampled_from([1, 3, 8]))
    return Case(
        (rng.integers(0, levels, (queries, size)) / levels).astype(
            draw(st.sampled_from([np.float32, np.float64]))
        ),
        rng.integers(0, identities + 1, queries).tolist(),
        rng.integers(0, identities, size).tolist(),
        rng.integers(1, 5, queries).tolist(),
        rng.integers(1, 5, size).tolist(),
        [f"p{i}" for i in rng.integers(0, 6, queries)],
        [f"p{i}" for i in rng.integers(0, 6, size)],
        draw(st.sampled_from(list(EXCLUSIONS.values()))),
    )


def _excluded(case: Case, query: int, item: int) -> bool:
    rule = case.exclusion
    same = case.query_ids[query] == case.gallery_ids[item]
    cameras = case.query_cameras[query], case.gallery_cameras[item]
    if rule.same_identity_and_camera and same and cameras[0] == cameras[1]:
        return True
    if (
        rule.same_identity_and_picture
        and same
        and case.query_pictures[query] == case.gallery_pictures[item]
    ):
        return True
    return (str(cameras[0]), str(cameras[1])) in rule.camera_pairs


def _slow(case: Case, query: int) -> tuple[list[int], int, float]:
    """(image ranks of the positives, identity rank or 0, best kept score)."""
    kept = [i for i in range(len(case.gallery_ids)) if not _excluded(case, query, i)]
    ordered = sorted(kept, key=lambda i: (-case.scores[query, i], i))
    names = [case.gallery_ids[i] for i in ordered]
    own = case.query_ids[query]
    ranks = [place for place, name in enumerate(names, 1) if name == own]
    distinct = list(dict.fromkeys(names))
    best = float(case.scores[query, ordered[0]]) if ordered else float("nan")
    return ranks, distinct.index(own) + 1 if own in distinct else 0, best


def _rank(case: Case, rule: CmcRule, memory_mb: int = 256):
    gallery = match_labels(
        case.query_ids,
        case.gallery_ids,
        case.query_cameras,
        case.gallery_cameras,
        case.query_pictures,
        case.gallery_pictures,
        case.exclusion,
    )
    return rank_queries(matrix_scores(case.scores), gallery, cmc_rule=rule, memory_mb=memory_mb)


@settings(max_examples=150)
@given(cases())
def test_ranks_equal_those_of_a_full_stable_sort(case: Case) -> None:
    by_image, by_identity = _rank(case, CmcRule.IMAGE), _rank(case, CmcRule.IDENTITY)
    for query in range(len(case.query_ids)):
        ranks, identity_rank, best = _slow(case, query)
        assert by_image.positive_ranks[query].tolist() == ranks
        assert by_image.first_ranks[query].tolist() == [ranks[0] if ranks else 0]
        assert by_identity.first_ranks[query].tolist() == [identity_rank]
        assert np.array_equal(by_image.best_scores[query], best, equal_nan=True)
        assert by_image.valid[query] == bool(ranks)
        if not ranks:
            known = case.query_ids[query] in case.gallery_ids
            expected = Validity.ALL_EXCLUDED if known else Validity.NOT_IN_GALLERY
            assert by_image.validity[query] == expected


def test_the_block_size_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    size, queries = 40_000, 7
    case = Case(
        rng.integers(0, 50, (queries, size)).astype(np.float32),
        rng.integers(0, 9, queries).tolist(),
        rng.integers(0, 9, size).tolist(),
        [1] * queries,
        rng.integers(1, 3, size).tolist(),
        ["a"] * queries,
        ["b"] * size,
        SAME_CAMERA,
    )
    one_row, all_rows = _rank(case, CmcRule.IMAGE, 1), _rank(case, CmcRule.IMAGE, 512)
    for first, second in zip(one_row.positive_ranks, all_rows.positive_ranks, strict=True):
        assert np.array_equal(first, second)


def test_blocks_stay_within_the_memory_setting() -> None:
    asked: list[int] = []

    def scores(start: int, stop: int) -> np.ndarray:
        asked.append((stop - start) * 50_000 * 8)
        return np.zeros((stop - start, 50_000))

    gallery = match_labels([0] * 30, [0] * 50_000, None, None, None, None, NO_EXCLUSION)
    rank_queries(scores, gallery, memory_mb=4)
    assert len(asked) > 1
    assert max(asked) <= 4 * 2**20


def test_single_shot_counts_one_drawn_image_for_each_identity() -> None:
    # Identity 1 has a near and a far image, identity 2 one between them: half the draws are hits.
    case = Case(
        np.tile(np.array([[0.9, 0.1, 0.5]]), (400, 1)),
        [1] * 400,
        [1, 1, 2],
        [1] * 400,
        [2] * 3,
        ["a"] * 400,
        ["b"] * 3,
        NO_EXCLUSION,
    )
    ranks = _rank(case, CmcRule.SINGLE_SHOT)
    assert ranks.first_ranks.shape == (400, 10)
    assert set(np.unique(ranks.first_ranks)) == {1, 2}
    assert abs((ranks.first_ranks == 1).mean() - 0.5) < 0.05
    assert ranks.positive_ranks[0].tolist() == [1, 3]


def test_sysu_camera_three_never_meets_camera_two() -> None:
    # Identity 1 is alone in camera 2: no positive is left for camera 3, one for camera 6.
    case = Case(
        np.array([[0.9, 0.5], [0.9, 0.5]]),
        [1, 1],
        [1, 2],
        [3, 6],
        [2, 1],
        ["a", "a"],
        ["b", "b"],
        SYSU_CAMERAS,
    )
    ranks = _rank(case, CmcRule.IDENTITY)
    assert ranks.validity.tolist() == [Validity.ALL_EXCLUDED, Validity.VALID]
    assert ranks.best_scores.tolist() == [0.5, 0.9]


def test_integer_and_text_labels_of_the_same_name_match() -> None:
    gallery = match_labels(["1", "2"], np.array([2, 1]), None, None, None, None, NO_EXCLUSION)
    assert gallery.query_identities.tolist() == gallery.gallery_identities.tolist()[::-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1], [1], None, None, None, None, SAME_CAMERA), "no|none were given"),
        (([1], [1], None, None, None, None, EXCLUSIONS["same_picture"]), "picture names"),
        (([1], [1], [1, 2], [1], None, None, SAME_CAMERA), "cameras do not fit"),
    ],
)
def test_labels_that_do_not_serve_the_rule_are_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(InputError, match=words):
        match_labels(*arguments)


def test_a_matrix_with_nan_or_of_another_shape_is_refused() -> None:
    gallery = match_labels([1], [1, 2], None, None, None, None, NO_EXCLUSION)
    with pytest.raises(InputError, match="not finite"):
        rank_queries(matrix_scores(np.array([[0.1, np.nan]])), gallery)
    with pytest.raises(InputError, match="expected \\(1, 2\\)"):
        rank_queries(matrix_scores(np.array([[0.1]])), gallery)


def test_an_empty_gallery_makes_every_query_invalid() -> None:
    gallery = match_labels([1], [], None, None, None, None, NO_EXCLUSION)
    ranks = rank_queries(matrix_scores(np.zeros((1, 0))), gallery)
    assert ranks.validity.tolist() == [Validity.NOT_IN_GALLERY]


def test_memory_is_bounded_by_the_setting_and_not_by_the_sets() -> None:
    """Measured: the peak of what NumPy holds, over a matrix of 23 MB that never exists whole."""
    rng = np.random.default_rng(0)
    query = rng.standard_normal((150, 32)).astype(np.float32)
    gallery = rng.standard_normal((40_000, 32)).astype(np.float32)
    labels = match_labels(
        rng.integers(0, 400, 150),
        rng.integers(0, 400, 40_000),
        None,
        None,
        None,
        None,
        NO_EXCLUSION,
    )
    scores = vector_scores(query, gallery)
    peaks = {}
    for memory_mb in (1, 8):
        tracemalloc.start()
        rank_queries(scores, labels, memory_mb=memory_mb)
        peaks[memory_mb] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    # Besides the blocks: the ranks that are returned and a few rows.
    assert peaks[1] < 1 + 3
    assert peaks[8] < 8 + 3
    assert peaks[1] < peaks[8]
