"""CMC, mAP, mINP and the result object."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from omnireid.errors import InputError
from omnireid.evaluation import (
    NO_EXCLUSION,
    SAME_CAMERA,
    ApRule,
    CmcRule,
    Exclusion,
    RetrievalResult,
    average_precision,
    evaluate_retrieval,
    inverse_negative_penalty,
    mean_of_trials,
)

VECTORS = [
    ([1, 2, 4, 7], 0.830357, 0.811012, 0.571429),
    ([2], 0.5, 0.25, 0.5),
    ([5, 10], 0.2, 0.127778, 0.2),
    ([2, 3, 50], 0.408889, 0.294580, 0.06),
]


@pytest.mark.parametrize(("ranks", "plain", "trapezoid", "inp"), VECTORS)
def test_the_published_vectors(
    ranks: list[int], plain: float, trapezoid: float, inp: float
) -> None:
    array = np.array(ranks)
    assert average_precision(array) == pytest.approx(plain, abs=5e-7)
    assert average_precision(array, ApRule.TRAPEZOID) == pytest.approx(trapezoid, abs=5e-7)
    assert inverse_negative_penalty(array) == pytest.approx(inp, abs=5e-7)


@given(st.sets(st.integers(1, 200), min_size=1, max_size=40))
def test_ap_and_inp_equal_walking_down_the_list(places: set[int]) -> None:
    hits, plain, trapezoid, last = 0, 0.0, 0.0, 0
    for rank in range(1, max(places) + 1):
        if rank in places:
            before = hits / (rank - 1) if rank > 1 else 1.0
            hits += 1
            plain += hits / rank
            trapezoid += (before + hits / rank) / 2
            last = rank
    ranks = np.array(sorted(places))
    assert average_precision(ranks) == pytest.approx(plain / hits)
    assert average_precision(ranks, ApRule.TRAPEZOID) == pytest.approx(trapezoid / hits)
    assert inverse_negative_penalty(ranks) == pytest.approx(hits / last)
    assert average_precision(ranks, ApRule.TRAPEZOID) <= average_precision(ranks) <= 1.0


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([NO_EXCLUSION, SAME_CAMERA]),
    st.sampled_from(list(ApRule)),
    st.integers(1, 12),
)
def test_the_whole_result_equals_a_slow_evaluator(
    seed: int, rule: Exclusion, ap_rule: ApRule, queries: int
) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 60))
    # Whole numbers of one length: cosines tie often, and are exact enough to tie in float32.
    query = np.eye(6, dtype=np.float32)[rng.integers(0, 6, queries)]
    gallery = np.eye(6, dtype=np.float32)[rng.integers(0, 6, size)]
    ids, others = rng.integers(0, 5, queries), rng.integers(0, 4, size)
    cameras, places = rng.integers(0, 3, queries), rng.integers(0, 3, size)
    result = evaluate_retrieval(
        query, gallery, ids, others, cameras, places, exclusion=rule, ap_rule=ap_rule
    )
    precisions, firsts, penalties = [], [], []
    for q in range(queries):
        kept = [
            g
            for g in range(size)
            if not (rule is SAME_CAMERA and others[g] == ids[q] and places[g] == cameras[q])
        ]
        ordered = sorted(kept, key=lambda g: (-float(query[q] @ gallery[g]), g))
        ranks = [place for place, g in enumerate(ordered, 1) if others[g] == ids[q]]
        if ranks:
            precisions.append(average_precision(np.array(ranks), ap_rule))
            firsts.append(ranks[0])
            penalties.append(len(ranks) / ranks[-1])
    assert (result.num_query, result.num_valid) == (queries, len(precisions))
    assert sum(result.invalid.values()) == queries - len(precisions)
    if precisions:
        assert result.mAP == pytest.approx(np.mean(precisions))
        assert result.mINP == pytest.approx(np.mean(penalties))
        for k in (1, 2, 5, 50):
            assert result.at(k) == pytest.approx(np.mean([first <= k for first in firsts]))


def _line(angles: list[float]) -> np.ndarray:
    """Unit vectors in the plane: the nearer the angle, the more alike."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_means_are_over_valid_queries_and_the_others_are_counted_with_the_reason() -> None:
    result = evaluate_retrieval(
        _line([0.0, 0.0, 0.0]),
        _line([0.1, 0.2, 0.3]),
        ["a", "b", "nobody"],
        ["b", "a", "b"],
        ["1", "1", "1"],
        ["1", "2", "1"],
    )
    assert (result.num_query, result.num_valid) == (3, 1)
    assert result.invalid == {
        "the identity is not in the gallery": 1,
        "the exclusion rule removes every gallery item of the identity": 1,
    }
    # Only "a" counts: one positive at rank 2.
    assert (result.rank1, result.at(2), result.mAP, result.mINP) == (0.0, 1.0, 0.5, 0.5)
    text = str(result)
    for word in ("1 of 3 queries", "gallery 3", "same_camera", "plain", "image-level", "trials: 1"):
        assert word in text


def test_the_same_camera_rule_can_be_switched_off() -> None:
    one_camera = ("x",) * 2
    arguments = (_line([0.0, 1.0]), _line([0.1, 1.1]), [1, 2], [1, 2], one_camera, one_camera)
    assert evaluate_retrieval(*arguments).num_valid == 0
    assert evaluate_retrieval(*arguments, exclusion=NO_EXCLUSION).rank1 == 1.0


def test_without_a_valid_query_figures_are_unknown_not_zero() -> None:
    result = evaluate_retrieval(_line([0.0]), _line([0.1]), [1], [2], exclusion=NO_EXCLUSION)
    assert np.isnan([result.mAP, result.mINP, result.rank1]).all()
    assert "no query could be scored" in str(result)


def test_the_curve_of_a_short_gallery_stays_up() -> None:
    result = evaluate_retrieval(
        _line([0.0]), _line([0.1, 0.2]), [1], [2, 1], exclusion=NO_EXCLUSION, max_rank=20
    )
    assert result.cmc == (0.0,) + (1.0,) * 19


def test_identity_level_counts_each_identity_once() -> None:
    angles = _line([0.1, 0.2, 0.3, 0.4])
    arguments = (_line([0.0]), angles, [1], [2, 2, 2, 1])
    by_image = evaluate_retrieval(*arguments, exclusion=NO_EXCLUSION)
    by_identity = evaluate_retrieval(*arguments, exclusion=NO_EXCLUSION, cmc_rule=CmcRule.IDENTITY)
    assert by_image.cmc[:4] == (0.0, 0.0, 0.0, 1.0)
    assert by_identity.cmc[:4] == (0.0, 1.0, 1.0, 1.0)
    assert by_image.mAP == by_identity.mAP == 0.25


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_not_finite_are_named(bad: float) -> None:
    gallery = _line([0.1, 0.2])
    gallery[1, 0] = bad
    with pytest.raises(InputError, match=r"1 of 2 gallery vectors are not finite.*row 1"):
        evaluate_retrieval(_line([0.0]), gallery, [1], [1, 2], exclusion=NO_EXCLUSION)


def test_widths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="2 and 3"):
        evaluate_retrieval(_line([0.0]), np.eye(3), [1], [1, 2, 3], exclusion=NO_EXCLUSION)


def _result(identities: list[int]) -> RetrievalResult:
    return evaluate_retrieval(
        _line([0.0, 1.0]), _line([0.1, 1.1]), [1, 2], identities, exclusion=NO_EXCLUSION
    )


def test_the_mean_of_trials_keeps_each_trial() -> None:
    mean = mean_of_trials([_result([1, 2]), _result([2, 1])])
    assert (mean.rank1, mean.mAP, mean.trials) == (0.5, 0.75, 2)
    assert [trial.rank1 for trial in mean.per_trial] == [1.0, 0.0]
    assert "trials: 2 (rank-1 0.00% to 100.00%" in str(mean)


def test_trials_under_different_rules_are_not_averaged() -> None:
    other = evaluate_retrieval(
        _line([0.0]), _line([0.1]), [1], [1], ["1"], ["2"], exclusion=SAME_CAMERA
    )
    with pytest.raises(InputError, match="different rules"):
        mean_of_trials([_result([1, 2]), other])


def test_trials_of_which_some_have_nothing_to_score_are_not_averaged() -> None:
    for trials in ([_result([1, 2]), _result([8, 9])], [_result([8, 9]), _result([1, 2])]):
        with pytest.raises(InputError, match="some have no valid query"):
            mean_of_trials(trials)


def test_a_result_cannot_contradict_itself() -> None:
    good = _result([1, 2]).model_dump()
    for change in ({"num_valid": 1}, {"mAP": 1.5}, {"cmc": (1.0, 0.5)}):
        with pytest.raises(ValidationError):
            RetrievalResult.model_validate({**good, **change})


def test_a_result_survives_json() -> None:
    result = _result([1, 2])
    assert RetrievalResult.model_validate_json(result.model_dump_json()) == result


def test_unknown_figures_survive_json_too() -> None:
    unknown = evaluate_retrieval(_line([0.0]), _line([0.1]), [1], [2], exclusion=NO_EXCLUSION)
    again = RetrievalResult.model_validate_json(unknown.model_dump_json())
    assert np.isnan(again.mAP)
    assert again.invalid == unknown.invalid
