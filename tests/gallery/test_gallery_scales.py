"""Ranking items of several modalities by what their cosines are worth."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnireid import Observation
from omnireid.errors import InputError
from omnireid.gallery import Cursor, Filters, Gallery, Item, Match, Order, Scale, Scales
from omnireid.gallery.ranking import Keys, rank
from omnireid.observation import Modality

RGB, TEXT, BOTH = (Modality.RGB,), (Modality.TEXT,), (Modality.RGB, Modality.TEXT)
SKETCH = (Modality.SKETCH,)
# Notes lie high whoever they are of, pictures low: as a query of words finds them.
SCALES = Scales({RGB: Scale(20, -4), TEXT: Scale(30, -25), BOTH: Scale(20, -8)})
QUERY = np.eye(4, dtype=np.float32)[0]


class Placed:
    """An encoder that puts an observation where its source says: at this cosine to QUERY."""

    model_id = "placed@1"
    width = 4

    def encode(self, observations: Sequence[Observation]) -> np.ndarray:
        cosines = np.array([float((o.source or "").split("/")[0]) for o in observations])
        rows = np.zeros((len(cosines), self.width), np.float32)
        rows[:, 0], rows[:, 1] = cosines, np.sqrt(1 - cosines**2)
        return rows


def sighting(cosine: float, kind: tuple[Modality, ...], number: int) -> Observation:
    """One of a kind, unlike every other number."""
    tint = np.full((16, 8, 3), number % 251, np.uint8)
    tint[0, 0] = number // 251, number % 7, len(kind)
    return Observation(
        rgb=tint if Modality.RGB in kind else None,
        sketch=tint if Modality.SKETCH in kind else None,
        text=f"note {number}" if Modality.TEXT in kind else None,
        camera=f"camera {number % 3}",
        source=f"{cosine}/{number}",
    )


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with Gallery.create(tmp_path / "gallery", Placed(), timezone="UTC") as made:
        yield made


@pytest.fixture(scope="module")
def mixed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the gallery below, to be copied."""
    folder = tmp_path_factory.mktemp("scales") / "mixed"
    rng = np.random.default_rng(5)
    low, high = rng.uniform(0, 0.5, 60), rng.uniform(0.7, 0.95, 60)
    with Gallery.create(folder, Placed(), timezone="UTC") as made:
        made.add(
            sighting(round(float((low, high, low)[n % 3][n]), 3), (RGB, TEXT, BOTH)[n % 3], n)
            for n in range(60)
        )
    return folder


@pytest.fixture
def mixed(mixed_folder: Path, tmp_path: Path) -> Iterator[Gallery]:
    """60 items of three kinds in turn; every note lies above every picture."""
    folder = shutil.copytree(mixed_folder, tmp_path / "mixed")
    with Gallery.open(folder, Placed()) as opened:
        yield opened


def expected(matches: Sequence[Match], scales: Scales) -> list[int]:
    """The order by log-odds, one item at a time."""

    def place(match: Match) -> tuple[float, int]:
        scale = scales.of(match.modalities)
        return -(scale.slope * match.score + scale.offset), match.item_id

    return [match.item_id for match in sorted(matches, key=place)]


def ids(items: Sequence[Item]) -> list[int]:
    return [item.item_id for item in items]


def pages(gallery: Gallery, size: int, **asked) -> Iterator[tuple[Item, ...]]:
    after = None
    while True:
        page = gallery.browse.page(QUERY, size=size, after=after, **asked)
        yield page.items
        if page.following is None:
            return
        after = Cursor.from_text(page.following.to_text())


def slow_rank(matrix, query, chosen, keys: Keys, kinds, limit, after):
    """One row at a time, in double precision, sorted by (-key, row)."""
    keyed = []
    for row in np.flatnonzero(chosen).tolist():
        cosine = float((matrix[row : row + 1] * query.astype(np.float64)).sum(axis=1)[0])
        cosine = min(1.0, max(-1.0, cosine))
        key = float(keys.slopes[kinds[row]]) * cosine + float(keys.offsets[kinds[row]])
        keyed.append((-key, row))
    if after is not None:
        keyed = [one for one in keyed if one > (-after[0], after[1])]
    return sorted(keyed)[:limit]


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 400), distinct=st.integers(1, 60),
    kinds=st.integers(1, 5), limit=st.integers(1, 60),
    share=st.sampled_from([0.04, 0.5, 1.0]),
    slopes=st.lists(st.floats(1e-3, 200), min_size=5, max_size=5),
    offsets=st.lists(st.floats(-100, 100) | st.just(0.0), min_size=5, max_size=5),
)  # fmt: skip
def test_pages_by_keys_are_those_of_a_slow_loop_ties_included(
    seed, rows, distinct, kinds, limit, share, slopes, offsets
) -> None:
    rng = np.random.default_rng(seed)
    pool = rng.standard_normal((distinct, 48))
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    matrix = pool.astype(np.float16).astype(np.float32)[rng.integers(0, distinct, rows)]
    query, kind = matrix[0].copy(), rng.integers(0, kinds, rows).astype(np.uint8)
    keys = Keys(np.array(slopes), np.array(offsets), np.ones(5, bool))
    chosen = rng.random(rows) < share
    after, seen = None, 0
    for _ in range(4):
        found, cosines = rank(matrix, query, chosen, limit, after, (keys, kind))
        wanted = slow_rank(matrix, query, chosen, keys, kind, limit, after)
        assert found.tolist() == [row for _, row in wanted]
        if not wanted:
            break
        seen += len(wanted)
        order = keys.slopes[kind[found]] * cosines + keys.offsets[kind[found]]
        assert order.tolist() == [-key for key, _ in wanted]
        after = float(order[-1]), int(found[-1])
    assert seen == min(4 * limit, chosen.sum())


@pytest.mark.parametrize("slope", [1e-3, 1.0, 50.0])
def test_many_rows_are_ranked_by_keys_as_by_a_stable_sort(slope: float) -> None:
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((30_000, 32)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    kinds = rng.integers(0, 3, len(matrix)).astype(np.uint8)
    keys = Keys(np.array([slope, 20, 7]), np.array([-2, -9.5, -3]), np.ones(3, bool))
    exact = (matrix * matrix[7].astype(np.float64)).sum(axis=1)
    order = keys.slopes[kinds] * np.clip(exact, -1, 1) + keys.offsets[kinds]
    expected = np.argsort(-order, kind="stable")
    assert rank(matrix, matrix[7], None, 500, None, (keys, kinds))[0].tolist() == (
        expected[:500].tolist()
    )
    after = float(order[expected[9_999]]), int(expected[9_999])
    assert rank(matrix, matrix[7], None, 50, after, (keys, kinds))[0].tolist() == (
        expected[10_000:10_050].tolist()
    )


def test_notes_no_longer_swamp_pictures(mixed: Gallery) -> None:
    raw = mixed.search(QUERY, k=60)
    assert {match.modalities for match in raw[:20]} == {TEXT}
    ranked = mixed.search(QUERY, k=60, scales=SCALES)
    assert ids(ranked) == expected(raw, SCALES)
    assert {match.modalities for match in ranked[:10]} == {RGB, TEXT}
    assert BOTH in {match.modalities for match in ranked[:20]}
    assert sorted(ids(ranked)) == sorted(ids(raw))
    # The score stays the cosine; the probability falls from one to the next.
    assert {m.item_id: m.score for m in ranked} == {m.item_id: m.score for m in raw}
    likely = [match.probability for match in ranked]
    assert likely == sorted(likely, reverse=True)
    assert {match.probability for match in raw} == {None}


def test_equal_log_odds_are_ordered_by_lower_id(gallery: Gallery) -> None:
    scales = Scales({RGB: Scale(4, 0), TEXT: Scale(2, 0)})
    gallery.add(sighting((0.25, 0.5)[n % 2], (RGB, TEXT)[n % 2], n) for n in range(30))
    assert ids(gallery.search(QUERY, k=30, scales=scales)) == list(range(1, 31))
    assert [i for part in pages(gallery, 7, scales=scales) for i in ids(part)] == [*range(1, 31)]


@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_pages_by_log_odds_are_the_whole_search_cut_up(mixed: Gallery, size: int) -> None:
    whole = mixed.search(QUERY, k=60, scales=SCALES)
    assert [item for part in pages(mixed, size, scales=SCALES) for item in part] == list(whole)
    assert mixed.search(QUERY, k=10, offset=20, scales=SCALES) == whole[20:30]
    first = mixed.browse.page(QUERY, size=size, scales=SCALES)
    assert first.best == whole[0]


def test_pages_hold_to_the_end_while_items_are_added(mixed: Gallery) -> None:
    before = ids(mixed.search(QUERY, k=60, scales=SCALES))

    def add() -> None:
        for n in range(100, 140):
            # Some of a kind that has no scale: the pages that began go on by log-odds.
            mixed.add([sighting(0.4 + n / 1000, (RGB, TEXT, SKETCH)[n % 3], n)])

    adding = Thread(target=add)
    found: list[int] = []
    for part in pages(mixed, 4, scales=SCALES):
        found += ids(part)
        if not adding.ident:
            adding.start()
    adding.join()
    assert len(found) == len(set(found))
    assert [i for i in found if i <= 60] == before
    assert Modality.SKETCH not in {
        m for item in mixed.browse.items_of(found).values() for m in item.modalities
    }
    # A search that begins now holds sketches, and is ranked by cosine.
    raw = ids(mixed.search(QUERY, k=100))
    assert [i for part in pages(mixed, 9, scales=SCALES) for i in ids(part)] == raw


def test_a_kind_without_a_scale_puts_all_in_order_of_cosine(mixed: Gallery) -> None:
    mixed.add([sighting(0.6, SKETCH, 200)])
    found = mixed.search(QUERY, k=61, scales=SCALES)
    assert ids(found) == ids(mixed.search(QUERY, k=61))
    # What is known is still said.
    for match in found:
        scale = SCALES.of(match.modalities)
        assert match.probability == (None if scale is None else scale.probability(match.score))
    # Where the filter leaves only kinds that have one, those are ranked by it.
    filters = Filters(modalities=[Modality.RGB, Modality.TEXT])
    kept = mixed.search(QUERY, k=61, filters=filters, scales=SCALES)
    assert ids(kept) == expected(kept, SCALES)
    assert ids(kept) != ids(mixed.search(QUERY, k=61, filters=filters))
    assert len(kept) == 60
    # A search that began by cosine goes on so when the last such item is deleted.
    page = mixed.browse.page(QUERY, size=9, scales=SCALES)
    rest = mixed.search(QUERY, k=61)[9:]
    mixed.delete([61])
    after = mixed.browse.page(QUERY, size=61, after=page.following, scales=SCALES)
    assert ids(after.items) == [i for i in ids(rest) if i != 61]


def test_the_best_by_time_are_the_most_probable(mixed: Gallery) -> None:
    mixed.add(sighting(0.99, TEXT, n) for n in range(300, 400))
    page = mixed.browse.page(QUERY, size=200, order=Order.NEWEST, scales=SCALES)
    assert set(ids(page.items)) == set(ids(mixed.search(QUERY, k=100, scales=SCALES)))
    assert page.best.item_id == ids(mixed.search(QUERY, k=1, scales=SCALES))[0]


def test_a_place_on_other_scales_is_refused(mixed: Gallery) -> None:
    place = mixed.browse.page(QUERY, size=5, scales=SCALES).following
    other = Scales({**SCALES.by_modalities, RGB: Scale(20, -4.5)})
    for scales in (other, None):
        with pytest.raises(InputError, match="no longer hold"):
            mixed.browse.page(QUERY, size=5, after=place, scales=scales)


def test_filters_and_deletions_hold_with_scales(mixed: Gallery) -> None:
    mixed.delete(range(1, 20))
    filters = Filters(cameras=["camera 0", "camera 1"])
    found = [item for part in pages(mixed, 3, scales=SCALES, filters=filters) for item in part]
    assert ids(found) == expected(mixed.search(QUERY, k=60, filters=filters), SCALES)
    assert {item.camera for item in found} == {"camera 0", "camera 1"}
    assert min(ids(found)) == 20


@given(st.floats(0.001, 1000), st.floats(-1000, 1000), st.floats(-1, 1))
def test_a_probability_is_that_of_its_log_odds(slope, offset, cosine) -> None:
    found = Scale(slope, offset).probability(cosine)
    assert 0 <= found <= 1
    assert math.isclose(found, 0.5 * (1 + math.tanh((slope * cosine + offset) / 2)), abs_tol=1e-12)


@pytest.mark.parametrize(
    "numbers", [(0, 1), (-1, 1), (math.nan, 0), (1, math.nan), (math.inf, 0), (1, -1e9)]
)
def test_what_is_no_scale_is_refused(numbers: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="no scale"):
        Scale(*numbers)


@pytest.mark.parametrize("scales", ["", "zz", "0123456", "0123456g", "012345678", 5, None])
def test_a_place_with_damaged_scales_is_no_place(scales: object) -> None:
    text = Cursor(Order.RELEVANCE, 0.5, 3, scales or "?").to_text()
    with pytest.raises(InputError, match="no place"):
        Cursor.from_text(text)
