"""Writes the reference run: features, labels, and figures from slow code that shares nothing.

    python tests/evaluation/reference_run/make_reference.py

Anybody's evaluator can be checked with the two files: rank by the inner product of the features
(they are small whole numbers, so it is exact in any order of summation), ties to the lower gallery
index, and compare.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RULES = {
    "none": lambda _: False,
    "same_camera": lambda item: item["same"] and item["cameras"][0] == item["cameras"][1],
    "same_picture": lambda item: item["same"] and item["pictures"][0] == item["pictures"][1],
    "sysu_cameras": lambda item: item["cameras"] == (3, 2),
}


def run() -> dict[str, np.ndarray]:
    """50 queries and 300 gallery items of 25 people and distractors, 24 numbers each."""
    rng = np.random.default_rng(20261123)
    centres = rng.integers(-4, 5, (25, 24))
    query_ids = rng.integers(0, 25, 50)
    gallery_ids = np.where(rng.random(300) < 0.2, -7, rng.integers(3, 25, 300))
    query = centres[query_ids] + rng.integers(-5, 6, (50, 24))
    gallery = rng.integers(-5, 6, (300, 24))
    gallery[gallery_ids >= 0] += centres[gallery_ids[gallery_ids >= 0]]
    gallery[100:120] = gallery[80:100]  # ties, some of them between different people
    return {
        "query_features": query.astype(np.int8),
        "gallery_features": gallery.astype(np.int8),
        "query_ids": query_ids,
        "gallery_ids": gallery_ids,
        "query_cameras": rng.integers(1, 5, 50),
        "gallery_cameras": rng.integers(1, 5, 300),
        "query_pictures": rng.integers(0, 6, 50),
        "gallery_pictures": rng.integers(0, 6, 300),
    }


def figures(data: dict[str, np.ndarray], rule: str) -> dict[str, float | int | list[float]]:
    """Everything from lists of hits, one query after another, in plain Python."""
    precisions, trapezoids, penalties, image_ranks, identity_ranks = [], [], [], [], []
    for q in range(len(data["query_ids"])):
        kept = []
        for g in range(len(data["gallery_ids"])):
            item = {
                "same": data["query_ids"][q] == data["gallery_ids"][g],
                "cameras": (int(data["query_cameras"][q]), int(data["gallery_cameras"][g])),
                "pictures": (int(data["query_pictures"][q]), int(data["gallery_pictures"][g])),
            }
            if not RULES[rule](item):
                a, b = data["query_features"][q], data["gallery_features"][g]
                product = sum(int(x) * int(y) for x, y in zip(a, b, strict=True))
                kept.append((-product, g, int(data["gallery_ids"][g])))
        names = [name for _, _, name in sorted(kept)]
        own = int(data["query_ids"][q])
        if own not in names:
            continue
        hits, precision, trapezoid, last = 0, 0.0, 0.0, 0
        for rank, name in enumerate(names, 1):
            if name == own:
                before = hits / (rank - 1) if rank > 1 else 1.0
                hits += 1
                precision += hits / rank
                trapezoid += (hits / rank + before) / 2
                last = rank
        precisions.append(precision / hits)
        trapezoids.append(trapezoid / hits)
        penalties.append(hits / last)
        image_ranks.append(names.index(own) + 1)
        identity_ranks.append(list(dict.fromkeys(names)).index(own) + 1)
    count = len(precisions)
    return {
        "num_query": len(data["query_ids"]),
        "num_valid": count,
        "num_gallery": len(data["gallery_ids"]),
        "mAP": sum(precisions) / count,
        "mAP_trapezoid": sum(trapezoids) / count,
        "mINP": sum(penalties) / count,
        "cmc_image": [sum(r <= k for r in image_ranks) / count for k in range(1, 21)],
        "cmc_identity": [sum(r <= k for r in identity_ranks) / count for k in range(1, 21)],
    }


if __name__ == "__main__":
    data = run()
    np.savez_compressed(HERE / "features.npz", **data)
    expected = {rule: figures(data, rule) for rule in RULES}
    (HERE / "figures.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
