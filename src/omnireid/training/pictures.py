"""Every rendered picture of a training set, decoded once and kept at the network's size."""

from __future__ import annotations

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
        if kept.shape == shape:
            return kept
    cache.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cache.with_suffix(".unfinished.npy")
    pictures = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)
    for index, view in enumerate(rendered.views):
        for axis, modality in enumerate(IMAGE_MODALITIES):
            pictures[index, axis] = prepare_picture(
                rendered.picture(view, modality), modality, rules
            )
        if progress is not None:
            progress(index + 1, len(rendered.views))
    pictures.flush()
    del pictures
    unfinished.replace(cache)
    final: npt.NDArray[np.uint8] = np.load(cache, mmap_mode="r")
    return final
