"""Search in a gallery of a million items against a plain NumPy product, in the same run.

    python benchmarks/search.py [--items 1000000] [--folder DIR]

Fills a gallery through its public door (notes and vectors without pictures), opens it again and
times `Gallery.search` with a query vector: filters resolved, the change of the ledger looked for,
the product, the choice of the best 20 and their rows read from the ledger. The peer is
`matrix @ query` on an array in memory, the rows of the same filter (made beforehand, its time not
counted), argpartition and a sort: no ledger, no filters to resolve, no rows to read. (Masking the
scores with -inf instead was slower: argpartition takes long over many equal values.) "By
log-odds": the gallery ranks by scales, against the same peer, which ranks by cosine. These items
are all notes; rows of four kinds are ranked by `gallery.ranking.rank` alone, in memory. Recall
counts the 20 best that the gallery found too. Exit status 1 when a ratio is above 1.3 or a recall
below 1.0.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from omnireid import Observation
from omnireid.gallery import Filters, Gallery, Scale, Scales, is_gallery
from omnireid.gallery.ranking import rank
from omnireid.observation import Modality

WIDTH, CAMERAS, K, QUERIES, PEOPLE = 256, 20, 20, 25, 5_000
LIMIT = 1.3
START = datetime(2026, 1, 1, tzinfo=UTC)
SCALES = Scales(
    {
        kind: {
            Modality.RGB: Scale(20, -9), Modality.INFRARED: Scale(15, -6),
            Modality.SKETCH: Scale(12, -5), Modality.TEXT: Scale(30, -20),
        }[kind[0]]
        for size in range(1, 5)
        for kind in combinations(Modality, size)
    }
)  # fmt: skip
Matrix = npt.NDArray[np.float32]


class Stored:
    """An encoder that hands out prepared vectors: the number of the item is in its text."""

    model_id = "benchmark@1"
    width = WIDTH

    def __init__(self, vectors: npt.NDArray[np.float16]) -> None:
        self._vectors = vectors

    def encode(self, observations: Sequence[Observation]) -> Matrix:
        rows = self._vectors[[int(o.text or "") for o in observations]].astype(np.float32)
        unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def clustered(items: int) -> npt.NDArray[np.float16]:
    """(items, WIDTH) unit vectors around PEOPLE centres."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((PEOPLE, WIDTH), dtype=np.float32)
    vectors = np.empty((items, WIDTH), np.float16)
    for start in range(0, items, 65_536):
        part = slice(start, min(items, start + 65_536))
        person = rng.integers(0, PEOPLE, part.stop - start)
        noise = rng.standard_normal((len(person), WIDTH), dtype=np.float32)
        rows = centres[person] + 0.5 * noise
        vectors[part] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def observations(items: int) -> Iterator[Observation]:
    """One a minute, camera after camera."""
    for i in range(items):
        yield Observation(
            text=str(i), camera=f"camera {i % CAMERAS}", time=START + timedelta(minutes=i)
        )


def peer(matrix: Matrix, query: Matrix, rows: npt.NDArray[np.intp] | None) -> npt.NDArray[np.intp]:
    """Rows of the K best, best first: the plain NumPy way."""
    scores = matrix @ query
    if rows is not None:
        scores = scores[rows]
    best = np.argpartition(scores, -K)[-K:]
    best = best[np.argsort(-scores[best])]
    return best if rows is None else rows[best]


def cases(items: int) -> dict[str, tuple[Filters, npt.NDArray[np.bool_] | None]]:
    """Filters by name, with the mask that the peer's rows come from."""
    number = np.arange(items)
    half = items // 2
    return {
        "no filter": (Filters(), None),
        "half the time": (
            Filters(start=START, end=START + timedelta(minutes=half)),
            number < half,
        ),
        "10 of 20 cameras": (
            Filters(cameras=[f"camera {c}" for c in range(10)]),
            number % CAMERAS < 10,
        ),
        "3 cameras, half the time": (
            Filters(cameras=[f"camera {c}" for c in range(3)], end=START + timedelta(minutes=half)),
            (number % CAMERAS < 3) & (number < half),
        ),
        "1 camera, one day": (
            Filters(cameras=["camera 7"], start=START, end=START + timedelta(days=1)),
            (number % CAMERAS == 7) & (number < 24 * 60),
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="a gallery kept from run to run")
    options = parser.parse_args()
    if options.folder is not None:
        return measure(options.items, options.folder)
    with tempfile.TemporaryDirectory() as folder:
        return measure(options.items, Path(folder) / "gallery")


def measure(items: int, folder: Path) -> int:
    print(f"{items:,} x {WIDTH}, {platform.platform()}, NumPy {np.__version__}")
    vectors = clustered(items)
    if not is_gallery(folder):
        began = time.perf_counter()
        with Gallery.create(folder, Stored(vectors)) as gallery:
            gallery.add(observations(items), batch_size=8192)
        took = time.perf_counter() - began
        print(f"filled in {took:.1f} s ({items / took:,.0f} items a second, encoding not counted)")
    with Gallery.open(folder) as gallery:
        info = gallery.info()
    print(f"ledger {info.ledger_bytes / 2**20:,.0f} MiB, index {info.index_bytes / 2**20:,.0f} MiB")
    rng = np.random.default_rng(1)
    queries = vectors[rng.integers(0, items, QUERIES)].astype(np.float32)
    queries += 0.02 * rng.standard_normal(queries.shape, dtype=np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    matrix = vectors.astype(np.float32)
    with Gallery.open(folder) as gallery:
        began = time.perf_counter()
        gallery.search(queries[0], k=K)
        print(f"first search after opening (checks every checksum) {since(began):.0f} ms")
        failed = compare(gallery, matrix, queries, None)
        failed |= compare(gallery, matrix, queries, SCALES)
    failed |= compare_kinds(matrix, queries)
    print("failed" if failed else f"passed: ratio <= {LIMIT}, recall 1.0")
    return int(failed)


def compare(gallery: Gallery, matrix: Matrix, queries: Matrix, scales: Scales | None) -> bool:
    print("by cosine:" if scales is None else "by log-odds:")
    print(f"best and median of {QUERIES} queries, ms; the ratio is of the best")
    print(f"{'filter':<26}{'NumPy':>16}{'gallery':>16}{'ratio':>8}{'recall':>8}")
    failed = False
    for name, (filters, mask) in cases(len(matrix)).items():
        rows = None if mask is None else np.flatnonzero(mask)
        ours, theirs, recalls = [], [], []
        for query in queries:
            # In turn, so that other work on the machine meets both.
            began = time.perf_counter()
            expected = peer(matrix, query, rows)
            theirs.append(since(began))
            began = time.perf_counter()
            found = gallery.search(query, k=K, filters=filters, scales=scales)
            ours.append(since(began))
            recalls.append(recall(matrix @ query, expected, [m.item_id - 1 for m in found]))
        # The best of many: other work on the machine only ever adds to a time.
        ratio, lowest = min(ours) / min(theirs), min(recalls)
        failed |= ratio > LIMIT or lowest < 1.0
        print(f"{name:<26}{spread(theirs):>16}{spread(ours):>16}{ratio:>8.2f}{lowest:>8.3f}")
    return failed


def compare_kinds(matrix: Matrix, queries: Matrix) -> bool:
    """Rows of four kinds by log-odds, ranking alone, against the peer by cosine."""
    keys = SCALES.keys()
    kinds = np.random.default_rng(2).choice(np.uint8([1, 2, 4, 8]), len(matrix))
    failed = False
    for name, (_, mask) in cases(len(matrix)).items():
        rows = None if mask is None else np.flatnonzero(mask)
        ours, theirs, recalls = [], [], []
        for query in queries:
            began = time.perf_counter()
            peer(matrix, query, rows)
            theirs.append(since(began))
            began = time.perf_counter()
            found, _ = rank(matrix, query, mask, K, None, (keys, kinds))
            ours.append(since(began))
            odds = keys.slopes[kinds] * _product(matrix, query) + keys.offsets[kinds]
            odds = odds if mask is None else np.where(mask, odds, -np.inf)
            expected = np.argpartition(odds, -K)[-K:]
            expected = expected[np.argsort(-odds[expected])]
            recalls.append(recall(odds, expected, found.tolist()))
        ratio, lowest = min(ours) / min(theirs), min(recalls)
        failed |= ratio > LIMIT or lowest < 1.0
        name = f"4 kinds, {name}"
        print(f"{name:<34}{spread(theirs):>14}{spread(ours):>14}{ratio:>8.2f}{lowest:>8.3f}")
    return failed


def _product(matrix: Matrix, query: Matrix) -> npt.NDArray[np.float64]:
    """In double precision: slopes multiply rounding."""
    blocks = range(0, len(matrix), 65_536)
    wide = query.astype(np.float64)
    return np.concatenate([matrix[start : start + 65_536] @ wide for start in blocks])


def recall(
    scores: npt.NDArray[np.floating], expected: npt.NDArray[np.intp], found: Sequence[int]
) -> float:
    """Share of the expected rows found; one of equal score (to float32 rounding) counts as well."""
    worst = scores[expected[-1]]
    rounding = 1e-6 * max(1.0, abs(worst))
    return sum(scores[row] >= worst - rounding for row in set(found)) / len(expected)


def spread(times: list[float]) -> str:
    """The best and the median."""
    return f"{min(times):.1f}, {statistics.median(times):.1f}"


def since(began: float) -> float:
    """Milliseconds since a perf_counter value."""
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
