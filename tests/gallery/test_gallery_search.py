from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from gallery_fakes import FakeEncoder, walk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnireid import Modality, Observation
from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Filters, Gallery, Item, Order

Person = Callable[[int], Observation]
EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[Gallery]:
    """Twelve walks with the item ids 1 to 12; nothing here changes them."""
    folder = tmp_path_factory.mktemp("filled") / "gallery"
    with Gallery.create(folder, FakeEncoder(), timezone="UTC") as made:
        made.add(walk(n) for n in range(12))
        yield made


def test_every_item_is_first_for_its_own_observation(filled: Gallery, person: Person) -> None:
    for number in range(12):
        assert filled.search(person(number), k=1)[0].source == person(number).source


def test_scores_are_cosines_of_the_stored_vectors_and_descend(
    filled: Gallery, person: Person, encoder: FakeEncoder
) -> None:
    vectors = encoder.encode([person(n) for n in range(12)]).astype(np.float16).astype(np.float64)
    query = encoder.encode([person(3)])[0].astype(np.float64)
    matches = filled.search(query, k=12)
    expected = vectors @ query
    assert [m.item_id - 1 for m in matches] == np.argsort(-expected).tolist()
    np.testing.assert_allclose([m.score for m in matches], np.sort(expected)[::-1], atol=1e-6)


def test_a_query_vector_may_have_any_length(filled: Gallery, person: Person, encoder) -> None:
    vector = encoder.encode([person(5)])[0]
    assert filled.search(vector * 64) == filled.search(vector)


def test_pages_join_to_the_whole_ranking(filled: Gallery, person: Person) -> None:
    whole = filled.search(person(0), k=100)
    pages = [m for start in range(0, 15, 5) for m in filled.search(person(0), k=5, offset=start)]
    assert len(whole) == 12
    assert tuple(pages) == whole
    assert filled.search(person(0), k=0) == ()
    assert filled.search(person(0), offset=12) == ()


def test_equal_items_come_by_lower_id(gallery: Gallery) -> None:
    gallery.add(Observation(text="same words", camera=f"camera {n}") for n in range(30))
    found = [m.item_id for m in gallery.search(Observation(text="same words"), k=7, offset=3)]
    assert found == list(range(4, 11))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(cameras=["camera 1"]), {2, 5, 8, 11}),
        (Filters(cameras=["camera 1", "camera 2"]), {2, 3, 5, 6, 8, 9, 11, 12}),
        (Filters(cameras=["no such camera"]), set()),
        (Filters(start=EIGHT + timedelta(minutes=9)), {10, 11, 12}),
        (Filters(end=EIGHT + timedelta(minutes=2)), {1, 2}),
        (Filters(start=datetime(2026, 11, 23, 8, 10)), {11, 12}),
        (Filters(sources=["folder0"]), {1, 3, 5, 7, 9, 11}),
        (Filters(sources=["folder0/"]), {1, 3, 5, 7, 9, 11}),
        (Filters(sources=["folder1/walk1.jpg"]), {2}),
        (Filters(sources=["folder"]), set()),
        (Filters(modalities=[Modality.RGB]), set(range(1, 13))),
        (Filters(modalities=[Modality.SKETCH]), set()),
        (Filters(cameras=["camera 0"], sources=["folder1"], end=EIGHT + timedelta(minutes=9)), {4}),
    ],
)
def test_filters(filled: Gallery, person: Person, filters: Filters, expected: set[int]) -> None:
    assert {m.item_id for m in filled.search(person(0), k=50, filters=filters)} == expected
    assert {m.item_id for m in filled.items(filters=filters)} == expected
    assert filled.count(filters=filters) == len(expected)
    worded = filled.search(words="coat", k=50, filters=filters)
    assert {m.item_id for m in worded} == expected


names = st.sampled_from(["a", "b", "c", "a/b", "a#1", "a%", None])
times = st.sampled_from([None, *(EIGHT + timedelta(hours=h) for h in range(4))])
stored_items = st.lists(
    st.tuples(names, names, times, st.sets(st.sampled_from(["rgb", "sketch", "text"]), min_size=1)),
    min_size=1,
    max_size=10,
)
bounds = st.tuples(times, times).filter(
    lambda pair: pair[0] is None or pair[1] is None or pair[0] < pair[1]
)
some_names = st.lists(names.filter(lambda n: n is not None), max_size=2)


def slow_fits(observation: Observation, filters: Filters) -> bool:
    time = observation.time
    if (filters.start or filters.end) and time is None:
        return False
    return (
        (not filters.cameras or observation.camera in filters.cameras)
        and (filters.start is None or time >= filters.start)
        and (filters.end is None or time < filters.end)
        and (not filters.modalities or bool({*filters.modalities} & {*observation.modalities}))
        and (
            not filters.sources
            or any(
                observation.source is not None
                and (observation.source == s or observation.source.startswith((s + "/", s + "#")))
                for s in filters.sources
            )
        )
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=stored_items,
    questions=st.lists(
        st.tuples(some_names, some_names, bounds, st.sets(st.sampled_from(list(Modality)))),
        min_size=8,
        max_size=8,
    ),
)
def test_index_and_ledger_filter_as_a_slow_loop_does(tmp_path_factory, rows, questions) -> None:
    encoder = FakeEncoder()
    observations = []
    for number, (camera, source, time, kinds) in enumerate(rows):
        picture = np.full((4, 4), number * 9 + 5, np.uint8)
        content = {kind: picture if kind != "text" else f"note {number}" for kind in kinds}
        observations.append(Observation(**content, camera=camera, source=source, time=time))
    with Gallery.create(tmp_path_factory.mktemp("any") / "gallery", encoder) as gallery:
        gallery.add(observations)
        for cameras, sources, (start, end), modalities in questions:
            filters = Filters(cameras, start, end, tuple(modalities), sources)
            expected = {i for i, o in enumerate(observations, 1) if slow_fits(o, filters)}
            found = gallery.search(np.ones(256), k=50, filters=filters)
            assert {m.item_id for m in found} == expected
            assert {m.item_id for m in gallery.items(filters=filters)} == expected


def test_words_restrict_a_search_by_similarity(filled: Gallery, person: Person) -> None:
    found = filled.search(person(0), k=50, words="RED coat")
    assert found[0].item_id == 1
    assert {m.item_id for m in found} == {1, 5, 9}
    assert filled.search(person(0), words="purple") == ()
    assert filled.count(words="red") == 3


JAPANESE = {
    1: "赤いリュックサックの男性",
    2: "トラックの運転手、青い帽子",
    3: "赤い帽子の女性 RED CAP",
    4: "ﾘｭｯｸを背負った子供",
    5: "a café owner",
}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("リュック", {1, 4}),
        ("トラック", {2}),
        ("赤い帽子", {3}),
        ("帽", {2, 3}),
        ("帽子 赤い", {3}),
        ("red", {3}),
        ("ｒｅｄ　帽子", {3}),
        ("café", {5}),
        ("cafe", set()),
        ("re", set()),
        ('owner" OR "red', set()),
        ("NOT red", set()),
    ],
)
def test_words_in_japanese_and_english(gallery: Gallery, words: str, expected: set[int]) -> None:
    gallery.add(Observation(text=note) for note in JAPANESE.values())
    assert {m.item_id for m in gallery.search(words=words)} == expected
    assert all(m.score is None for m in gallery.search(words=words))
    assert {m.item_id for m in gallery.search(np.ones(256), words=words)} == expected


def test_words_alone_sort_by_relevance_or_time(gallery: Gallery) -> None:
    notes = ["red red red", "a red scarf and a long green coat with many buttons", "red"]
    for number, note in enumerate(notes):
        gallery.add([Observation(text=note, time=EIGHT - timedelta(hours=number))])
    gallery.add([Observation(text="red, of no known time")])

    def ids(order: Order) -> list[int]:
        return [m.item_id for m in gallery.search(words="red", order=order)]

    relevant = ids(Order.RELEVANCE)
    assert relevant.index(1) < relevant.index(2)
    assert ids(Order.NEWEST) == [1, 2, 3, 4]
    assert ids(Order.OLDEST) == [3, 2, 1, 4]
    assert [m.item_id for m in gallery.search(words="red", order=Order.OLDEST, k=2, offset=1)] == [
        2,
        1,
    ]


def test_items_are_paged_by_time(filled: Gallery) -> None:
    assert [i.item_id for i in filled.items(k=5)] == [12, 11, 10, 9, 8]
    assert [i.item_id for i in filled.items(k=5, offset=10)] == [2, 1]
    assert [i.item_id for i in filled.items(k=2, order=Order.OLDEST)] == [1, 2]
    assert all(type(i) is Item for i in filled.items())


def test_the_gallery_at_a_glance(filled: Gallery) -> None:
    info = filled.info()
    assert (info.items, info.pictures, info.width) == (12, 12, 256)
    assert info.model_id == "fake@1+0000"
    assert info.cameras == ("camera 0", "camera 1", "camera 2")
    assert (info.first, info.last) == (EIGHT, EIGHT + timedelta(minutes=11))
    assert info.picture_bytes == sum(p.stat().st_size for p in info.path.rglob("*.jpg"))
    assert info.index_bytes > 12 * 1024


@pytest.mark.parametrize(
    "vector",
    [np.zeros(256), np.ones(255), np.ones((1, 256)), np.full(256, np.nan), np.full(256, np.inf)],
)
def test_unusable_vectors_are_refused(filled: Gallery, vector: np.ndarray) -> None:
    with pytest.raises(InputError, match="query vector"):
        filled.search(vector)


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"words": "?!"},
        {"words": ""},
        {"words": "red", "k": -1},
        {"words": "red", "offset": -1},
        {"words": "red", "filters": Filters(start=EIGHT, end=EIGHT)},
        {"query": np.ones(256), "filters": Filters(start=EIGHT, end=datetime(2026, 1, 1))},
        {"query": np.ones(256), "order": Order.NEWEST},
        {"query": Observation(rgb=b"not a picture")},
    ],
)
def test_unusable_questions_are_refused(filled: Gallery, question: dict) -> None:
    with pytest.raises(InputError):
        filled.search(**question)


def test_a_text_where_names_are_listed_is_refused() -> None:
    with pytest.raises(InputError, match=r"cameras=\('gate',\)"):
        Filters(cameras="gate")
    with pytest.raises(InputError, match="modality"):
        Filters(modalities=["thermal"])


def test_without_a_model_words_and_vectors_still_work(filled: Gallery) -> None:
    with Gallery.open(filled.info().path) as reader:
        assert len(reader.search(words="red")) == 3
        assert len(reader.search(np.ones(256))) == 12
        with pytest.raises(GalleryError, match="no model is loaded"):
            reader.search(Observation(text="red"))
