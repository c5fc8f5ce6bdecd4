"""What is fitted on held-out people, on vectors whose answer is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from omnireid.observation import Modality
from omnireid.training.fitting import (
    apply_fusion,
    fit_calibrations,
    fit_fusion,
    fit_temperature,
)
from omnireid.training.held_out import KINDS, HeldOut, directions, name_of
from omnireid.training.robustness import contradictions, roc_auc

PEOPLE, VIEWS, WIDTH = 60, 3, 32
NOISE = {Modality.RGB: 0.7, Modality.INFRARED: 1.4, Modality.SKETCH: 2.0, Modality.TEXT: 1.2}


class _View:
    """As much of a rendered view as fitting looks at."""

    def __init__(self, identity: int) -> None:
        self.identity = identity


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def people() -> HeldOut:
    """Identities in space, each modality with its own noise; joint vectors are useless."""
    rng = np.random.default_rng(4)
    ids = np.repeat(np.arange(PEOPLE), VIEWS)
    centres = rng.standard_normal((PEOPLE, WIDTH))

    def seen(noise: float) -> np.ndarray:
        return _unit(centres[ids] + noise * rng.standard_normal((len(ids), WIDTH)))

    queries = {
        name_of(kind): seen(NOISE[kind[0]]) if len(kind) == 1 else seen(50.0) for kind in KINDS
    }
    queries |= {"text (English)": queries["text"], "text (Japanese)": queries["text"]}
    views = tuple(_View(int(one)) for one in ids)
    gallery = {m: seen(noise) for m, noise in NOISE.items()}
    return HeldOut(views, views, queries, gallery)  # type: ignore[arg-type]


def test_no_combination_is_worse_than_its_best_part_where_it_was_fitted(people: HeldOut) -> None:
    fusion = fit_fusion(people)
    assert len(fusion) == 11
    rows = {row.query: row.result.mAP for row in directions(apply_fusion(people, fusion))}
    for kind in KINDS:
        if len(kind) > 1:
            assert rows[name_of(kind)] >= max(rows[m] for m in kind) - 1e-9
    # What is useless weighs little, what carries more noise weighs less.
    both = fusion["rgb+sketch"]
    assert both.joint <= 0.25
    assert both.single[Modality.RGB] >= both.single[Modality.SKETCH]
    # And on people it was not fitted on, more senses see more.
    fit, judge = people.half(second=False), people.half(second=True)
    judged = directions(apply_fusion(judge, fit_fusion(fit)))
    rank1 = {row.query: row.result.rank1 for row in judged}
    assert rank1["infrared+sketch+text"] > max(rank1[m] for m in ("infrared", "sketch", "text"))


def test_halves_share_nobody_and_leave_nobody_out(people: HeldOut) -> None:
    first, second = people.half(second=False), people.half(second=True)
    assert not set(first.gallery_ids) & set(second.gallery_ids)
    assert len(first.query_ids) + len(second.query_ids) == len(people.query_ids)
    assert len(second.queries["rgb+text"]) == len(second.query_views)


def test_a_probability_comes_true_as_often_as_it_says(people: HeldOut) -> None:
    judged = fit_calibrations(people.half(second=False), people.half(second=True))
    assert len(judged) == 60
    assert all(0 <= one.ece < 0.2 for one in judged.values())
    colour = judged["rgb>rgb"]
    assert colour.ece < 0.05
    assert colour.calibration.strict >= colour.calibration.no_match
    assert colour.dir_no_match >= colour.dir_strict
    assert abs(colour.far_no_match - 0.1) < 0.2
    steps = [colour.calibration.probability(c) for c in np.linspace(-1, 1, 9)]
    assert all(low <= high for low, high in pairwise(steps))


def test_clearer_modalities_contradict_more_clearly(people: HeldOut) -> None:
    auc = {(c.first, c.second): c.auc for c in contradictions(people)}
    assert len(auc) == 6
    assert auc[Modality.RGB, Modality.TEXT] > auc[Modality.INFRARED, Modality.SKETCH] > 0.5


def test_roc_auc_is_the_share_of_pairs_in_order() -> None:
    rng = np.random.default_rng(0)
    up, down = rng.integers(0, 6, 40), rng.integers(0, 5, 30)
    pairs = [(a > b) + 0.5 * (a == b) for a in up for b in down]
    assert roc_auc(up, down) == pytest.approx(np.mean(pairs))


def test_a_temperature_makes_bold_logits_modest() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 3000)
    logits = rng.standard_normal((3000, 3))
    logits[np.arange(3000), truth] += 1.0
    assert fit_temperature(logits * 8, truth) == pytest.approx(
        8 * fit_temperature(logits, truth), rel=0.01
    )
