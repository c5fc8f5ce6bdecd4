"""Augmentation keeps shape and range, follows its generator, and changes what it says."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Generator, Tensor

from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.training import augmentation
from omnireid.training.augmentation import augment, erase, jpeg, move, vary_colour

STEPS: list[Callable[[Tensor, Generator], Tensor]] = [
    augmentation.move,
    augmentation.crowd,
    augmentation.lower_resolution,
    augmentation.mix_styles,
    augmentation.vary_light,
    augmentation.vary_colour,
    augmentation.blur_motion,
    augmentation.sharpen,
    augmentation.add_noise,
    augmentation.compress,
    augmentation.bend,
    augmentation.vary_strokes,
    augmentation.vary_paper,
    augmentation.erase,
]


def pictures(n: int = 16) -> Tensor:
    return torch.rand(n, 3, 128, 64, generator=Generator().manual_seed(0))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_each_step_keeps_shape_and_range_and_follows_its_seed(
    step: Callable[[Tensor, Generator], Tensor],
) -> None:
    source = pictures()
    kept = source.clone()
    first = step(source, Generator().manual_seed(5))
    again = step(source, Generator().manual_seed(5))
    other = step(source, Generator().manual_seed(6))
    assert first.shape == source.shape
    assert 0.0 <= float(first.min()) <= float(first.max()) <= 1.0
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(source, kept), "the input was changed in place"


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_the_chain_keeps_what_makes_a_modality(modality: Modality) -> None:
    grey = pictures().mean(1, keepdim=True).expand(-1, 3, -1, -1).contiguous()
    changed = augment(grey, modality, Generator().manual_seed(1))
    assert changed.shape == grey.shape
    assert torch.isfinite(changed).all()


def test_erasing_fills_one_rectangle_and_leaves_the_rest() -> None:
    source = pictures(200)
    changed = erase(source, Generator().manual_seed(2))
    touched = (changed != source).any(1)
    share = touched.any((1, 2)).float().mean()
    assert 0.3 < share < 0.5
    for one in touched[touched.any((1, 2))][:20]:
        rows, columns = one.any(1).nonzero()[:, 0], one.any(0).nonzero()[:, 0]
        box = one[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert box.float().mean() > 0.95


@pytest.mark.parametrize(("strength", "quality"), [(1.0, 50), (2.0, 25)])
def test_jpeg_is_what_a_real_encoder_leaves(strength: float, quality: int) -> None:
    """Pillow's encoder as the reference, on smooth pictures with edges."""
    rough = torch.rand(4, 3, 8, 4, generator=Generator().manual_seed(3))
    source = torch.nn.functional.interpolate(rough, size=(128, 64), mode="bicubic").clamp(0, 1)
    source[:, :, 40:60, 10:50] = 0.1
    made = jpeg(source, torch.full((4,), strength))
    for before, after in zip(source, made, strict=True):
        pixels = (before.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0")
        real = torch.from_numpy(np.asarray(Image.open(file)).copy()).permute(2, 0, 1) / 255
        lost = (real - before).abs().mean()
        assert (real - after).abs().mean() < 0.35 * lost


def test_only_some_pictures_are_compressed_and_by_different_strengths() -> None:
    rough = torch.rand(200, 3, 16, 8, generator=Generator().manual_seed(3))
    source = torch.nn.functional.interpolate(rough, size=(128, 64), mode="bilinear")
    changed = (augmentation.compress(source, Generator().manual_seed(2)) - source).abs()
    lost = changed.mean((1, 2, 3))
    assert 0.3 < float((lost > 1e-3).float().mean()) < 0.5
    assert float(lost.max()) > 2 * float(lost[lost > 1e-3].min())


def test_a_bent_drawing_keeps_its_ink_about_where_it_was() -> None:
    source = torch.ones(50, 3, 128, 64)
    source[:, :, 40:90, 24:40] = 0.0
    bent = augmentation.bend(source, Generator().manual_seed(4))
    ink = (1 - bent).mean((1, 2, 3)) / (1 - source).mean((1, 2, 3))
    assert 0.75 < float(ink.min()) <= float(ink.max()) < 1.35
    assert float((bent - source).abs().mean()) > 0.005
    assert float((bent - source).abs()[:, :, 60:70, 30:34].max()) < 0.01


def test_moving_keeps_a_plain_picture_plain() -> None:
    plain = torch.full((8, 3, 128, 64), 0.4)
    assert torch.allclose(move(plain, Generator().manual_seed(3)), plain, atol=1e-5)


def test_some_pictures_lose_all_colour_and_most_keep_theirs() -> None:
    red = torch.zeros(400, 3, 8, 8)
    red[:, 0] = 0.8
    changed = vary_colour(red, Generator().manual_seed(4))
    spread = (changed.amax(1) - changed.amin(1)).mean((1, 2))
    assert 0.01 < (spread < 0.15).float().mean() < 0.12
    assert (spread > 0.3).float().mean() > 0.85


def test_a_neighbour_enters_at_one_edge_and_leaves_the_middle() -> None:
    source = pictures(200)
    changed = augmentation.crowd(source, Generator().manual_seed(2))
    columns = (changed != source).any(1).any(1)
    assert 0.15 < float(columns.any(1).float().mean()) < 0.35
    assert not columns[:, 16:48].any()
    assert not (columns[:, 0] & columns[:, -1]).any()


def test_styles_come_from_the_edges_not_from_the_clothes() -> None:
    """Two pictures with equal edges keep their tone, however different the people are."""
    source = torch.full((2, 3, 128, 64), 0.5)
    source[:, :, :, ::2] = 0.6
    source[0, :, :, 20:44] = 0.1
    mixed = augmentation.mix_styles(source, Generator().manual_seed(1))
    assert torch.allclose(mixed, source, atol=1e-5)
    source[1] = source[1] * 0.4
    generator = Generator().manual_seed(1)
    changed = [augmentation.mix_styles(source, generator) for _ in range(20)]
    assert max(float((one[0] - source[0]).abs().max()) for one in changed) > 0.02


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_pictures_stay_on_their_device(modality: Modality) -> None:
    # No GPU here: torch's meta device refuses, as a GPU does, what lies elsewhere.
    elsewhere = pictures().to("meta")
    assert augment(elsewhere, modality, Generator().manual_seed(5)).device.type == "meta"
