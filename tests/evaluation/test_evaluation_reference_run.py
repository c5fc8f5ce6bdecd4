"""The reference runs that ship with the tests: our figures are those of independent slow code.

One run holds every hard case, the other is what the shipped model made of rendered people.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omnireid.evaluation import (
    EXCLUSIONS,
    ApRule,
    CmcRule,
    match_labels,
    matrix_scores,
    rank_queries,
    summarise,
)

FOLDER = Path(__file__).parent / "reference_run"
EXPECTED = json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))
MODEL_RUN = json.loads((FOLDER / "model_run_figures.json").read_text(encoding="utf-8"))["figures"]
RUNS = {"features.npz": EXPECTED, "model_run_features.npz": MODEL_RUN}


def _read(name: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / name) as stored:
        return dict(stored)


@pytest.mark.parametrize("name", sorted(RUNS))
@pytest.mark.parametrize("rule", sorted(EXPECTED))
def test_figures_of_the_reference_runs(name: str, rule: str) -> None:
    run = _read(name)
    exclusion = EXCLUSIONS[rule]
    products = run["query_features"].astype(np.float64) @ run["gallery_features"].T
    labels = match_labels(
        run["query_ids"],
        run["gallery_ids"],
        run["query_cameras"],
        run["gallery_cameras"],
        run["query_pictures"],
        run["gallery_pictures"],
        exclusion,
    )
    expected = RUNS[name][rule]
    for cmc_rule, name in ((CmcRule.IMAGE, "cmc_image"), (CmcRule.IDENTITY, "cmc_identity")):
        ranks = rank_queries(matrix_scores(products), labels, cmc_rule=cmc_rule)
        found = summarise(ranks, exclusion=exclusion, max_rank=20)
        assert found.cmc == pytest.approx(expected[name], abs=1e-12)
        assert found.mAP == pytest.approx(expected["mAP"], abs=1e-12)
        assert found.mINP == pytest.approx(expected["mINP"], abs=1e-12)
        assert (found.num_query, found.num_valid, found.num_gallery) == (
            expected["num_query"],
            expected["num_valid"],
            expected["num_gallery"],
        )
        trapezoid = summarise(ranks, exclusion=exclusion, ap_rule=ApRule.TRAPEZOID)
        assert trapezoid.mAP == pytest.approx(expected["mAP_trapezoid"], abs=1e-12)


def test_the_run_holds_the_hard_cases() -> None:
    run = _read("features.npz")
    products = run["query_features"].astype(int) @ run["gallery_features"].T.astype(int)
    assert any(len(np.unique(row)) < len(row) for row in products)
    assert EXPECTED["same_camera"]["num_valid"] < EXPECTED["same_camera"]["num_query"]
    figures = [rule["mAP"] for rule in EXPECTED.values()]
    assert len(set(figures)) == len(figures)
