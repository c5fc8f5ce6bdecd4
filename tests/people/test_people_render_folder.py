"""A folder that another render began, or that something damaged, and workers that cannot draw."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from omnireid.errors import InputError, OmniReIDError, RenderError
from omnireid.people import RenderedSet, render

SMALL = (48, 96)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("folder") / "set"
    try:
        render(out, identities=5, views=3, seed=4, size=SMALL, workers=1)
    except OmniReIDError as error:
        pytest.skip(str(error))
    return out


def test_shards_of_another_seed_are_not_taken_for_ours(rendered: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(rendered, copy)
    (copy / "dataset.json").unlink()
    with pytest.raises(InputError, match="another data set"):
        render(copy, identities=5, views=3, seed=5, size=SMALL, workers=1)
    shard = "shard-00000.zip"
    assert (copy / shard).read_bytes() == (rendered / shard).read_bytes()  # nor written over


@pytest.mark.parametrize(
    "written", [b"", b"\xff\xfe", b"[1]", b'{"format": 1}', b'{"format": 1, "identities": "5"}']
)
def test_a_damaged_description_says_how_to_mend_it(
    rendered: Path, tmp_path: Path, written: bytes
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(rendered, copy)
    (copy / "dataset.json").write_bytes(written)
    with pytest.raises(InputError, match=r"dataset\.json is damaged.*delete this file"):
        RenderedSet(copy)
    with pytest.raises(InputError, match=r"damaged|another data set"):
        render(copy, identities=5, views=3, seed=4, size=SMALL, workers=1)
    (copy / "dataset.json").unlink()
    render(copy, identities=5, views=3, seed=4, size=SMALL, workers=1)
    assert len(RenderedSet(copy)) == 15


def test_an_error_of_parallel_workers_is_told_as_it_is(
    rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del rendered  # skips where there is no OpenGL
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_DIRS", str(tmp_path))  # hides every driver
    with pytest.raises(RenderError, match="libegl1"):
        render(tmp_path / "set", identities=65, views=1, size=SMALL, workers=2)
