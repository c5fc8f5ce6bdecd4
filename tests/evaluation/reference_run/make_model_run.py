"""Writes the model run: what the shipped model made of 40 rendered people, and slow figures of it.

    omnireid render people --people 40 --views 6 --seed 2 --table table
    python tests/evaluation/reference_run/make_model_run.py table/people.csv

The vectors are rounded to whole numbers (127 times the component), so that inner products are
exact and any evaluator can be compared to the last digit. The stored run stays as it is when
the model changes: it is for checking metrics, not the model.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from make_reference import RULES, figures

import omnireid
from omnireid.datasets import load_dataset

HERE = Path(__file__).parent


def run(table: Path) -> tuple[str, dict[str, np.ndarray]]:
    """The model's name, and features and labels of queries (all four modalities) and gallery."""
    encoder = omnireid.load()
    data = load_dataset("folder", table)
    cameras = sorted({s.camera for part in ("query", "gallery") for s in data.split(part)})
    found: dict[str, np.ndarray] = {}
    for part in ("query", "gallery"):
        samples = data.split(part)
        vectors = encoder.encode([sample.observation() for sample in samples])
        found[f"{part}_features"] = np.round(127 * vectors).astype(np.int8)
        found[f"{part}_ids"] = np.array([int(sample.identity) for sample in samples])
        found[f"{part}_cameras"] = np.array([cameras.index(s.camera) + 1 for s in samples])
        found[f"{part}_pictures"] = np.arange(len(samples))
    return encoder.model_id, found


if __name__ == "__main__":
    model, data = run(Path(sys.argv[1]))
    np.savez_compressed(HERE / "model_run_features.npz", **data)
    expected = {"model": model, "figures": {rule: figures(data, rule) for rule in RULES}}
    (HERE / "model_run_figures.json").write_text(
        json.dumps(expected, indent=1) + "\n", encoding="utf-8"
    )
