"""Pictures as people hand them over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from omnireid.errors import InputError
from omnireid.images import open_image


def test_a_cut_file_that_pillow_opened_lazily_is_told(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 32, 3), np.uint8)).save(whole)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:-300])  # the head is there, the end is not
    with pytest.raises(InputError, match=r"cut\.jpg could not be read"):
        open_image(Image.open(cut))


def test_arrays_of_true_and_false_are_black_and_white() -> None:
    assert np.asarray(open_image(np.ones((4, 2), np.bool_))).min() == 255


@pytest.mark.parametrize("kind", [object, complex, "U1"])
def test_arrays_without_numbers_are_refused(kind: type) -> None:
    with pytest.raises(InputError, match="is not a picture"):
        open_image(np.empty((4, 2), kind))
