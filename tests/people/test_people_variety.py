"""The variety report: true counts, near-duplicates found where there are any, a page."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from omnireid.cli.app import app
from omnireid.errors import OmniReIDError, RenderError
from omnireid.people import RenderedSet, measure_variety, render, write_report
from omnireid.people.captions_attributes import ATTRIBUTE_VALUES
from omnireid.people.shards import read_entry, read_shard, write_shard

SMALL = (48, 96)
PEOPLE, VIEWS = 6, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("variety") / "set"
    try:
        render(out, identities=PEOPLE, views=VIEWS, seed=8, size=SMALL, workers=1)
    except OmniReIDError as error:
        pytest.skip(str(error))
    return out


def test_distributions_count_everyone_once(folder: Path) -> None:
    rendered = RenderedSet(folder)
    variety = measure_variety(rendered)
    assert (variety.people, variety.views) == (PEOPLE, PEOPLE * VIEWS)
    by_name = {one.name: one for one in variety.attributes}
    assert by_name.keys() == ATTRIBUTE_VALUES.keys()
    for name, one in by_name.items():
        firsts = [view for view in rendered.views if view.view == 0]
        assert +Counter(one.counts) == Counter(view.attributes[name] for view in firsts)
        assert tuple(one.counts) == ATTRIBUTE_VALUES[name]
        assert 0 <= one.evenness <= 1
    for one in variety.making:
        assert one.total >= PEOPLE * VIEWS


def test_different_people_do_not_look_alike_and_pairs_are_sorted(folder: Path) -> None:
    variety = measure_variety(RenderedSet(folder))
    assert variety.twins == 0
    assert variety.near_duplicates < 0.2
    assert -1 < variety.nearest_other[0] <= variety.nearest_other[1] < 1
    for pairs in (variety.by_colour, variety.by_form):
        assert len(pairs) == PEOPLE // 2  # each person in one pair at most
        assert [pair.distance for pair in pairs] == sorted(pair.distance for pair in pairs)
        for pair in pairs:
            assert pair.first.identity != pair.second.identity
            assert pair.differ


def test_a_copied_person_is_found_as_a_near_duplicate(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    shard = next(copy.glob("shard-*.zip"))
    rows, entries = read_shard(shard)
    pictures = {
        name: read_entry(shard, entry)
        for name, entry in entries.items()
        if not name.endswith(".jsonl")
    }
    for view in range(VIEWS):  # person 1 becomes person 0 under another number
        for kind in ("rgb.jpg", "infrared.jpg", "sketch.png"):
            pictures[f"0000001-{view:03d}-{kind}"] = pictures[f"0000000-{view:03d}-{kind}"]
        rows[VIEWS + view]["attributes"] = rows[view]["attributes"]
    write_shard(shard, pictures, rows)
    variety = measure_variety(RenderedSet(copy))
    assert variety.near_duplicates >= 2 / PEOPLE
    assert variety.twins == 2 / PEOPLE
    assert variety.nearest_other[1] == pytest.approx(1, abs=1e-3)
    closest = variety.by_colour[0]
    assert {closest.first.identity, closest.second.identity} == {0, 1}
    assert closest.distance == pytest.approx(0, abs=0.01)  # float32
    assert closest.differ == ()


def test_the_page_stands_alone_and_shows_every_value_that_occurs(
    folder: Path, tmp_path: Path
) -> None:
    rendered = RenderedSet(folder)
    page = write_report(rendered, tmp_path / "deep" / "page.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:image/jpeg;base64,|#)', page)
    for name in ("top.kind", "bag.kind", "hair_style"):
        for value in {view.attributes[name] for view in rendered.views}:
            assert f'alt="{value}"' in page
    for view in rendered.views:
        assert view.camera in page
        assert f"sketch: {view.sketch_style}" in page
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "page.html"]


def test_a_page_that_cannot_be_written_is_said_and_leaves_nothing(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RenderError, match=r"the report .* could not be written"):
        write_report(RenderedSet(folder), tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_render_writes_the_report_and_names_it(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "variety.html"
    result = CliRunner().invoke(
        app,
        ["render", str(folder), "-n", str(PEOPLE), "--views", str(VIEWS), "--seed", "8",
         "--width", "48", "--height", "96", "--report", str(page), "--json"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["report"] == str(page)
    assert "rendered people" in page.read_text(encoding="utf-8")
