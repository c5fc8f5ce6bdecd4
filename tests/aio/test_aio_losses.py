"""Losses against slow, obvious references."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from omnireid.aio.losses import attribute_loss, binding_loss


def slow_binding(
    anchors: torch.Tensor, ids: torch.Tensor, rgb: torch.Tensor, rgb_ids: torch.Tensor, t: float
) -> float:
    """The formula of the paper's FB head, written out (shared method notes, section 2)."""
    total = 0.0
    counted = 0
    for anchor, identity in zip(anchors, ids, strict=True):
        cosines = [float(F.cosine_similarity(anchor, r, dim=0)) for r in rgb]
        below = math.log(sum(math.exp(c / t) for c in cosines))
        positives = [c for c, i in zip(cosines, rgb_ids, strict=True) if i == identity]
        if positives:
            total += -sum(c / t - below for c in positives) / len(positives)
            counted += 1
    return total / counted


@pytest.mark.parametrize("seed", range(5))
def test_binding_is_the_papers_formula(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    anchors = torch.randn(7, 16, generator=generator)
    rgb = torch.randn(11, 16, generator=generator)
    ids = torch.randint(4, (7,), generator=generator)
    rgb_ids = torch.cat((torch.arange(4), torch.randint(4, (7,), generator=generator)))
    expected = slow_binding(anchors, ids, rgb, rgb_ids, 0.07)
    assert float(binding_loss(anchors, ids, rgb, rgb_ids)) == pytest.approx(expected, rel=1e-4)


def test_binding_falls_when_the_right_ones_come_closer() -> None:
    anchors = torch.eye(4)
    ids = torch.arange(4)
    far = binding_loss(anchors, ids, torch.eye(4)[[1, 2, 3, 0]], ids)
    near = binding_loss(anchors, ids, torch.eye(4), ids)
    assert near < 1e-4 < far


def test_attributes_that_are_unknown_teach_nothing() -> None:
    logits = torch.randn(3, 5, requires_grad=True)
    groups = ((0, 2), (2, 5))
    targets = torch.tensor([[0, -1], [-1, -1], [1, 2]])
    loss = attribute_loss(logits, targets, groups)
    expected = (
        F.cross_entropy(logits[0, :2], torch.tensor(0))
        + F.cross_entropy(logits[2, :2], torch.tensor(1))
        + F.cross_entropy(logits[2, 2:], torch.tensor(2))
    ) / 3
    assert torch.allclose(loss, expected)
    loss.backward()
    assert logits.grad is not None
    assert float(logits.grad[1].abs().sum()) == 0.0
    assert float(logits.grad[0, 2:].abs().sum()) == 0.0


def test_no_known_attribute_at_all_is_zero() -> None:
    loss = attribute_loss(torch.randn(2, 3), torch.full((2, 1), -1), ((0, 3),))
    assert float(loss) == 0.0
