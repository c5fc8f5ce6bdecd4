"""Every rendered picture of a training set, decoded once and kept at the network's size."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from omnireid.aio.configuration import NetworkConfig
from omnireid.observation import IMAGE_MODALITIES
from omnireid.people import RenderedSet
from omnireid.runtime.model_folder import Preprocessing
from omnireid.runtime.preprocessing import prepare_picture

Progress = Callable[[int, int], None]


def picture_rules(config: NetworkConfig) -> Preprocessing:
    """How a network's pictures are prepared, in training and in the model folder alike."""
    return Preprocessing(
        height=config.image_height,
        width=config.image_width,
        resampling="bilinear",
        text_length=config.text_length,
    )


def cached_pictures(
    rendered: RenderedSet, rules: Preprocessing, cache: Path, progress: Progress | None = None
) -> npt.NDArray[np.uint8]:
    """All pictures, (views, 3, height, width, 3) uint8, memory-mapped; axis 1 = IMAGE_MODALITIES.

    Decoding JPEG in every step would cost more than the step. The cache is written once beside
    the run; a half-written one is never read, because it gets its name last.
    """
    shape = (len(rendered.views), len(IMAGE_MODALITIES), rules.height, rules.width, 3)
    if cache.is_file():
        kept: npt.NDArray[np.uint8] = np.load(cache, mmap_mode="r")
        # As many pictures of other people are told by their first and last view.
        if kept.shape == shape and all(
            np.array_equal(kept[place], _prepared(rendered, place, rules)) for place in (0, -1)
        ):
            return kept
    cache.parent.mkdir(parents=True, exist_ok=True)
    # Processes that train together decode at once; Lightning numbers them.
    rank = os.environ.get("LOCAL_RANK", "0")
    unfinished = cache.with_suffix(f".unfinished{rank}.npy")
    pictures = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)
    for index in range(len(rendered.views)):
        pictures[index] = _prepared(rendered, index, rules)
        if progress is not None:
            progress(index + 1, len(rendered.views))
    pictures.flush()
    del pictures
    unfinished.replace(cache)
    final: npt.NDArray[np.uint8] = np.load(cache, mmap_mode="r")
    return final


def _prepared(rendered: RenderedSet, index: int, rules: Preprocessing) -> npt.NDArray[np.uint8]:
    """The pictures of one view, (3, height, width, 3)."""
    view = rendered.views[index]
    return np.stack(
        [prepare_picture(rendered.picture(view, m), m, rules) for m in IMAGE_MODALITIES]
    )
