"""The losses of the method: L = L_CE + alpha * L_VA + beta * L_FB."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def binding_loss(
    anchors: Tensor,
    anchor_ids: Tensor,
    rgb: Tensor,
    rgb_ids: Tensor,
    *,
    temperature: float = 0.07,
) -> Tensor:
    """FB: pull each anchor (B, E) to the RGB vectors (R, E) of its identity, away from the others.

    The supervised contrastive loss (Khosla et al., NeurIPS 2020) with RGB vectors as references, as
    the AIO paper's multimodal feature binding. Vectors need not be normalised. The mean is over the
    anchors that have an RGB positive; without any the loss is 0.

    >>> e = torch.eye(4)
    >>> bool(binding_loss(e, torch.arange(4), e, torch.arange(4)) < 1e-4)
    True
    """
    cosines = F.normalize(anchors.float(), dim=1) @ F.normalize(rgb.float(), dim=1).T
    log_shares = F.log_softmax(cosines / temperature, dim=1)
    positive = anchor_ids[:, None] == rgb_ids[None, :]
    count = positive.sum(1)
    each = -(log_shares * positive).sum(1) / count.clamp(min=1)
    return each.sum() / (count > 0).sum().clamp(min=1)


def attribute_loss(logits: Tensor, targets: Tensor, groups: tuple[tuple[int, int], ...]) -> Tensor:
    """VA read off a picture: cross-entropy for each attribute over its own values.

    Args:
        logits: (B, A) over all values of all attributes.
        targets: (B, G) the value's index within its attribute; -1 where it cannot be known.
        groups: G pairs (first, end) that cut A into attributes.
    """
    terms = [
        F.cross_entropy(logits[:, first:end], targets[:, g], ignore_index=-1, reduction="sum")
        for g, (first, end) in enumerate(groups)
    ]
    return torch.stack(terms).sum() / (targets >= 0).sum().clamp(min=1)
