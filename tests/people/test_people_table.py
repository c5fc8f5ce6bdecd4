"""A rendered set as a table that `omnireid eval --folder` reads."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("anny")
pytest.importorskip("moderngl")

from omnireid.datasets import load_dataset
from omnireid.errors import InputError, RenderError
from omnireid.evaluation import check_data, find_protocol
from omnireid.observation import Modality
from omnireid.people import RenderedSet, render, write_table


def test_the_table_holds_queries_of_every_kind_against_colour_pictures(tmp_path: Path) -> None:
    try:
        render(tmp_path / "set", identities=2, views=3, seed=4, size=(32, 64), workers=1)
    except RenderError as error:
        pytest.skip(f"this machine has no off-screen OpenGL: {error}")
    rendered = RenderedSet(tmp_path / "set")
    table = write_table(rendered, tmp_path / "table", query_views=1)
    data = load_dataset("folder", table)
    assert not data.problems
    assert [s.modalities for s in data.split("query")] == [tuple(Modality)] * 2
    assert [s.modalities for s in data.split("gallery")] == [(Modality.RGB,)] * 4
    view = rendered.views[0]
    first = data.split("query")[0]
    assert (first.camera, first.text) == (view.camera, view.captions_en[0])
    assert first.time == view.time.replace(second=0, microsecond=0)
    assert check_data(data, find_protocol("folder")).num_query == 2


def test_a_table_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    try:
        render(tmp_path / "set", identities=2, views=3, seed=4, size=(32, 64), workers=1)
    except RenderError as error:
        pytest.skip(f"this machine has no off-screen OpenGL: {error}")
    rendered = RenderedSet(tmp_path / "set")
    with pytest.raises(RenderError, match="what was rendered is kept"):
        write_table(rendered, tmp_path / "set" / "dataset.json")
    shard = tmp_path / "set" / "shard-00000.zip"
    data = bytearray(shard.read_bytes())
    data[data.index(b"\xff\xd9") - 200] ^= 255  # in the first picture
    shard.write_bytes(data)
    with pytest.raises(InputError, match="checksum"):
        write_table(rendered, tmp_path / "table")
    assert [path.name for path in (tmp_path / "table").iterdir()] == ["pictures"]
