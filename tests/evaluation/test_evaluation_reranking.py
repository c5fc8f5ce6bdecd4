"""k-reciprocal re-ranking against the dense, slow one of the paper's authors."""

from __future__ import annotations

import numpy as np
import pytest

from omnireid.errors import InputError
from omnireid.evaluation import (
    NO_EXCLUSION,
    Reranking,
    evaluate_retrieval,
    reranked_scores,
    vector_scores,
)


def _slow(query: np.ndarray, gallery: np.ndarray, rule: Reranking) -> np.ndarray:
    """Zhong et al.'s algorithm on full matrices, step by step; returns final distances."""
    everything = np.concatenate([query, gallery]).astype(np.float64)
    size = len(everything)
    distance = 2 - 2 * everything @ everything.T
    distance = distance / distance.max(axis=1, keepdims=True)
    ranks = np.argsort(distance, axis=1, kind="stable")
    membership = np.zeros((size, size))

    def reciprocal(item: int, k: int) -> set[int]:
        return {j for j in ranks[item, : k + 1] if item in ranks[j, : k + 1]}

    for item in range(size):
        own = reciprocal(item, rule.k1)
        expanded = set(own)
        for candidate in own:
            theirs = reciprocal(candidate, round(rule.k1 / 2))
            if len(theirs & own) > 2 / 3 * len(theirs):
                expanded |= theirs
        columns = sorted(expanded)
        weight = np.exp(-distance[item, columns])
        membership[item, columns] = weight / weight.sum()
    if rule.k2 > 1:
        membership = np.stack([membership[ranks[i, : rule.k2]].mean(axis=0) for i in range(size)])
    final = np.empty((len(query), len(gallery)))
    for i in range(len(query)):
        for j in range(len(gallery)):
            low = np.minimum(membership[i], membership[len(query) + j]).sum()
            high = np.maximum(membership[i], membership[len(query) + j]).sum()
            jaccard = 1 - low / high
            final[i, j] = (1 - rule.weight) * jaccard + rule.weight * distance[i, len(query) + j]
    return final


def _people(seed: int, spread: float) -> tuple[np.ndarray, np.ndarray, list[int], list[int]]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((12, 16))
    query_ids = list(range(12))
    gallery_ids = [i % 12 for i in range(60)]
    query = centres[query_ids] + spread * rng.standard_normal((12, 16))
    gallery = centres[gallery_ids] + spread * rng.standard_normal((60, 16))
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    return query, gallery, query_ids, gallery_ids


@pytest.mark.parametrize(
    "rule", [Reranking(), Reranking(k1=6, k2=1), Reranking(k1=7, k2=3, weight=0.8)]
)
def test_sparse_blocks_equal_full_matrices(rule: Reranking) -> None:
    query, gallery, _, _ = _people(0, 0.8)
    scores = reranked_scores(query, gallery, rule)
    ours = np.concatenate([scores(start, start + 4) for start in range(0, 12, 4)])
    assert np.abs(ours - (1 - _slow(query, gallery, rule))).max() < 2e-5


def test_neighbours_do_not_depend_on_the_block_size() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((900, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    small = reranked_scores(vectors[:2], vectors[2:], Reranking(), memory_mb=1)(0, 2)
    large = reranked_scores(vectors[:2], vectors[2:], Reranking(), memory_mb=512)(0, 2)
    assert np.abs(small - large).max() < 1e-5


def test_it_helps_where_people_form_groups_and_is_named() -> None:
    query, gallery, query_ids, gallery_ids = _people(3, 1.0)
    plain = evaluate_retrieval(query, gallery, query_ids, gallery_ids, exclusion=NO_EXCLUSION)
    better = evaluate_retrieval(
        query,
        gallery,
        query_ids,
        gallery_ids,
        exclusion=NO_EXCLUSION,
        reranking=Reranking(k1=6, k2=3),
    )
    assert better.mAP > plain.mAP
    assert plain.ranking == "cosine"
    assert better.ranking == "cosine, k-reciprocal re-ranking (k1 6, k2 3, weight 0.3)"
    assert vector_scores(query, gallery)(0, 1).shape == (1, 60)


@pytest.mark.parametrize("bad", [{"k1": 0}, {"k2": 30}, {"weight": 1.5}])
def test_parameters_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        Reranking(**bad)
