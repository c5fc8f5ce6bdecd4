"""Augmentation keeps shape and range, follows its generator, and changes what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor

from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.training import augmentation
from omnireid.training.augmentation import augment, erase, move, vary_colour

STEPS: list[Callable[[Tensor, Generator], Tensor]] = [
    augmentation.move,
    augmentation.crowd,
    augmentation.lower_resolution,
    augmentation.mix_styles,
    augmentation.vary_light,
    augmentation.vary_colour,
    augmentation.add_noise,
    augmentation.vary_strokes,
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
