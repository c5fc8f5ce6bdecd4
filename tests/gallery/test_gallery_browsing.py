"""Paging by cursor: to the end, in every order, while items come and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from gallery_fakes import COLOURS, FakeEncoder, walk
from hypothesis import given
from hypothesis import strategies as st

from omnireid import Observation
from omnireid.errors import InputError
from omnireid.gallery import Cursor, Filters, Gallery, Item, Order
from omnireid.gallery.ranking import rank
from omnireid.runtime import AttributeReading


def pages(gallery: Gallery, vector, size: int = 5, **asked) -> list[Item]:
    found: list[Item] = []
    after = None
    while True:
        page = gallery.browse.page(vector, size=size, after=after, **asked)
        found += page.items
        if page.following is None:
            return found
        after = Cursor.from_text(page.following.to_text())


def ids(items: Sequence[Item]) -> list[int]:
    return [item.item_id for item in items]


@pytest.fixture
def vector(encoder: FakeEncoder) -> np.ndarray:
    return encoder.encode([walk(3)])[0]


@pytest.mark.parametrize("size", [1, 4, 5, 12, 50])
def test_pages_by_similarity_are_the_whole_search_cut_up(filled: Gallery, vector, size) -> None:
    whole = filled.search(vector, k=50)
    found = pages(filled, vector, size)
    assert ids(found) == ids(whole)
    assert [one.score for one in found] == [one.score for one in whole]


def test_pages_of_equal_scores_lose_and_repeat_nothing(gallery: Gallery, vector) -> None:
    # The same words by many cameras: equal vectors, ordered by id.
    gallery.add(Observation(text="red coat", camera=f"c{n}") for n in range(40))
    assert ids(pages(gallery, vector, 7)) == list(range(1, 41))


@pytest.mark.parametrize("order", [Order.NEWEST, Order.OLDEST])
@pytest.mark.parametrize("with_vector", [True, False])
def test_pages_by_time_are_in_order_with_the_timeless_last(
    filled: Gallery, vector, order, with_vector
) -> None:
    filled.add([Observation(text="one without a time"), Observation(text="another without")])
    filled.add(
        [Observation(text="at the same time", time=datetime(2026, 11, 23, 8, 3, tzinfo=UTC))]
    )
    found = pages(filled, vector if with_vector else None, 4, order=order)
    assert ids(found) == ids(filled.items(order=order, k=50))
    assert len(set(ids(found))) == 15


def test_items_added_between_pages_repeat_and_hide_nothing(filled: Gallery, vector) -> None:
    for asked in ({"vector": vector}, {"vector": None, "order": Order.NEWEST}):
        before = set(ids(pages(filled, size=50, **asked)))
        first = filled.browse.page(size=5, **asked)
        # Best matches and newest items at once: they belong to the pages already seen.
        filled.add(
            Observation(
                rgb=walk(3).rgb, text="red coat, walk 3", camera=f"new {n} {len(before)}",
                time=datetime(2026, 12, 1, n, tzinfo=UTC),
            )
            for n in range(3)
        )  # fmt: skip
        filled.delete([first.items[0].item_id])
        rest: list[int] = []
        after = first.following
        while after is not None:
            page = filled.browse.page(size=5, after=after, **asked)
            rest += ids(page.items)
            after = page.following
        seen = ids(first.items) + [i for i in rest if i in before]
        assert sorted(seen) == sorted(before)


def test_words_and_filters_hold_on_every_page(filled: Gallery, vector) -> None:
    filters = Filters(cameras=("camera 0",), scope=("camera 0", "camera 1"))
    assert {one.camera for one in pages(filled, vector, 2, filters=filters)} == {"camera 0"}
    reds = pages(filled, None, 2, words="red")
    assert [one.note for one in reds] == [f"red coat, walk {n}" for n in (8, 4, 0)]
    assert pages(filled, None, filters=Filters(cameras=("camera 2",), scope=("camera 1",))) == []


@given(st.sampled_from(Order), st.floats(-1, 1), st.integers(1, 2**63 - 1))
def test_cursors_survive_their_text(order: Order, score: float, item_id: int) -> None:
    value = score if order is Order.RELEVANCE else "2026-11-23T08:00:00.000000Z"
    cursor = Cursor(order, value, item_id)
    assert Cursor.from_text(cursor.to_text()) == cursor


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_cursor(text: str) -> None:
    try:
        cursor = Cursor.from_text(text)
    except InputError:
        return
    assert Cursor.from_text(cursor.to_text()) == cursor


def test_a_cursor_of_another_order_is_refused(filled: Gallery, vector) -> None:
    page = filled.browse.page(vector, size=2)
    with pytest.raises(InputError, match="another order"):
        filled.browse.page(vector, size=2, after=page.following, order=Order.NEWEST)


@given(
    seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 200), distinct=st.integers(1, 30),
    size=st.integers(1, 40),
)  # fmt: skip
def test_ranking_after_a_place_goes_on_where_the_whole_does(seed, rows, distinct, size) -> None:
    rng = np.random.default_rng(seed)
    pool = rng.standard_normal((distinct, 8)).astype(np.float16).astype(np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    matrix, query = pool[rng.integers(0, distinct, rows)], pool[0]
    chosen = None if rng.random() < 0.3 else rng.random(rows) < 0.7
    whole, scores = rank(matrix, query, chosen, rows)
    found: list[int] = []
    after = None
    while len(part := rank(matrix, query, chosen, size, after)[0]):
        found += part.tolist()
        place = found.index(found[-1])
        after = float(scores[place]), found[-1]
    assert found == whole.tolist()


def test_neighbours_are_those_before_and_after_on_the_same_camera(filled: Gallery) -> None:
    item = filled.browse.item(7)  # walk 6, camera 0
    before, after = filled.browse.neighbours(item, count=1)
    assert (ids(before), ids(after)) == ([4], [10])
    before, after = filled.browse.neighbours(item)
    assert (ids(before), ids(after)) == ([1, 4], [10])
    assert filled.browse.neighbours(item, scope=("camera 1",)) == ((), ())


def test_an_item_outside_the_scope_is_as_absent(filled: Gallery) -> None:
    assert filled.browse.item(1, scope=("camera 1",)) is None
    assert filled.browse.item(1, scope=("camera 0",)).camera == "camera 0"
    assert filled.browse.item(2**70) is None


def test_stored_vectors_and_pictures_come_back(filled: Gallery, encoder) -> None:
    stored = filled.browse.vectors_of([3, 99])
    assert list(stored) == [3]
    expected = encoder.encode([walk(2)])[0]
    np.testing.assert_allclose(stored[3], expected, atol=1e-3)
    kept = filled.browse.observation_of(filled.browse.item(3))
    assert kept.modalities == walk(2).modalities
    again = encoder.encode([kept])[0]
    assert again @ expected > 0.9


class ReadingFake(FakeEncoder):
    """Reads the colour of the coat from the note, and is less sure of every other one."""

    def encode_and_read(self, observations):
        readings = [
            (
                AttributeReading("top.colour", (o.text or "blue").split()[0], 0.9),
                AttributeReading("hat.kind", "none", 0.99),
                AttributeReading(
                    "bag.kind", "backpack", 0.6 if "walk 4" in (o.text or "") else 0.3
                ),
            )
            for o in observations
        ]
        return self.encode(observations), readings


def test_attributes_read_at_ingest_are_kept_filtered_by_and_deleted(folder, vector) -> None:
    encoder = ReadingFake()
    with Gallery.create(folder, encoder, timezone="UTC") as gallery:
        gallery.add([*(walk(n) for n in range(12)), Observation(text="red coat in a note alone")])
        known = gallery.browse.attribute_values()
        assert ("hat.kind", "none") not in known
        assert ("top.colour", "red") in known

        def found(*wanted: tuple[str, str]) -> list[int]:
            filters = Filters(attributes=wanted)
            by_vector = pages(gallery, vector, 2, filters=filters)
            assert sorted(ids(by_vector)) == sorted(ids(pages(gallery, None, filters=filters)))
            assert gallery.count(filters=filters) == len(by_vector)
            return sorted(ids(by_vector))

        assert found(("top.colour", "red")) == [1, 5, 9]
        assert found(("top.colour", "red"), ("top.colour", "blue")) == [1, 2, 5, 6, 9, 10]
        assert found(("top.colour", "red"), ("bag.kind", "backpack")) == [5]
        assert found(("top.colour", "mauve")) == []
        gallery.delete([5])
        assert found(("top.colour", "red")) == [1, 9]
        assert gallery.verify().ok


def test_attributes_are_read_later_for_items_that_have_none(folder) -> None:
    with Gallery.create(folder, FakeEncoder(), timezone="UTC") as gallery:
        gallery.add([*(walk(n) for n in range(40)), Observation(text="red coat in a note alone")])
        assert gallery.unread() == 0
        assert list(gallery.read_attributes()) == []
    with Gallery.open(folder, ReadingFake()) as gallery:
        gallery.add([walk(50)])
        assert gallery.browse.attribute_values() == (("top.colour", COLOURS[50 % 4]),)
        damaged = gallery.browse.item(40).picture_path
        damaged.write_bytes(b"no picture")
        assert gallery.unread() == 40
        vectors = gallery.browse.vectors_of(range(1, 42))
        reading = gallery.read_attributes()
        assert next(reading) == 32
        gallery.delete([33])
        assert list(reading) == [7]
        red = Filters(attributes=[("top.colour", "red")])
        assert ids(pages(gallery, None, filters=red)) == [i for i in range(37, 0, -4) if i != 33]
        again = gallery.browse.vectors_of(range(1, 42))
        assert all((again[i] == vectors[i]).all() for i in again)
        assert list(gallery.read_attributes()) == [1]
