"""Infrared pictures from colour by channel augmentation."""

from __future__ import annotations

import torch
from torch import Tensor

GREY_SHARE = 0.25
"""How often the grey mixture is drawn instead of one colour channel."""

# One row a choice: red, green, blue, grey (ITU-R BT.601 luma).
_CHOICES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.299, 0.587, 0.114))


def channel_augmentation(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Stand-in infrared: one colour channel, or grey, drawn for each picture.

    It varies how bright each dye looks, as near infrared does. It cannot make thermal contrast:
    warm skin and cold cloth are not in a colour picture.

    Channel exchangeable augmentation: Ye, Ruan, Du, Shou, "Channel Augmented Joint Learning for
    Visible-Infrared Recognition", ICCV 2021. The grey quarter is method.md's.

    Args:
        pictures: (B, 3, H, W) float in [0, 1].
        generator: on the CPU; the same state gives the same choices.

    Returns:
        (B, 3, H, W), the three channels equal.

    Raises:
        ValueError: pictures of another shape.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise ValueError(f"expected pictures (B, 3, H, W), got {tuple(pictures.shape)}")
    share = (1.0 - GREY_SHARE) / 3
    bounds = torch.tensor([share, 2 * share, 3 * share])
    drawn = torch.bucketize(torch.rand(len(pictures), generator=generator), bounds)
    mixture = torch.tensor(_CHOICES)[drawn].to(pictures)[:, :, None, None]
    return (pictures * mixture).sum(1, keepdim=True).expand(-1, 3, -1, -1).contiguous()
