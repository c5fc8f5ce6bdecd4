"""The stream: the same views as a rendered set, without a disk, dealt to workers."""

from __future__ import annotations

import multiprocessing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from omnireid.errors import InputError, OmniReIDError, RenderError
from omnireid.observation import Modality
from omnireid.people import RenderedSet, StreamedView, render, stream

SMALL = (48, 96)


def drawn(count: int, **numbers: int) -> list[StreamedView]:
    try:
        return list(islice(stream(views=2, seed=6, size=SMALL, **numbers), count))
    except OmniReIDError as error:
        pytest.skip(str(error))


def test_a_stream_gives_the_views_that_render_writes(tmp_path: Path) -> None:
    streamed = drawn(6)
    render(tmp_path, identities=3, views=2, seed=6, size=SMALL, workers=1)
    stored = RenderedSet(tmp_path)
    assert [item.view for item in streamed] == list(stored.views)
    for item, view in zip(streamed, stored.views, strict=True):
        for modality in (Modality.RGB, Modality.INFRARED, Modality.SKETCH):
            ours, theirs = item.picture(modality), stored.picture(view, modality)
            assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def test_workers_see_different_worlds_and_go_on_into_the_next() -> None:
    first, second = drawn(1, worker=0, workers=2), drawn(1, worker=1, workers=2)
    assert first[0].view.identity == 0
    assert second[0].view.identity == 64
    assert first[0].view.camera != second[0].view.camera
    assert drawn(1, first_identity=200)[0].view.identity == 200


def _first_world(worker: int) -> list[tuple[int, bytes]]:
    views = islice(stream(views=1, seed=6, size=SMALL, worker=worker, workers=2), 2)
    return [(item.view.identity, b"".join(item.encoded.values())) for item in views]


def test_spawned_workers_draw_the_bytes_of_one_process_and_forked_ones_are_refused() -> None:
    drawn(1)  # skips where there is no OpenGL
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_first_world, (0, 1)) == [_first_world(0), _first_world(1)]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        told = pool.apply_async(_first_world, (0,))
        with pytest.raises(RenderError, match="spawn"):
            told.get(timeout=60)


def test_words_and_impossible_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="captions_en"):
        drawn(1)[0].picture(Modality.TEXT)
    for numbers in ({"worker": 2, "workers": 2}, {"views": 0}, {"seed": -1}, {"workers": 0}):
        with pytest.raises(InputError):
            stream(**numbers)
