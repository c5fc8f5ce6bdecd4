"""Line drawings from colour pictures, without weights: dark lines on white, in the same size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)

# Blur-difference line art as ControlNet's annotators use it, in units of 1 instead of 255.
_STRONG = 8 / 255
_LEAST_DIVISOR = 16 / 255
_MEDIAN_INK = 127 / 255


def xdog(
    pictures: Tensor,
    sigma: float | Tensor = 0.8,
    *,
    k: float = 1.6,
    tau: float = 0.98,
    epsilon: float = 0.0,
    phi: float = 60.0,
) -> Tensor:
    """Line art by the extended difference of Gaussians, with a sharp tanh threshold.

    Winnemoeller, "XDoG: advanced image stylization with extended Difference-of-Gaussians", NPAR
    2011: D = G(sigma) - tau G(k sigma); white where D >= epsilon, else 1 + tanh(phi (D - epsilon)).

    Args:
        pictures: (B, 3, H, W) float in [0, 1].
        sigma: of the inner Gaussian in pixels, one for all or one each (B,); wider draws broader
            and fewer lines.
        k: the outer Gaussian is k times wider.
        tau: below 1 leaves even surfaces white; epsilon above 0 darkens them again.
        phi: sharpness of the threshold.

    Returns:
        (B, 3, H, W) in [0, 1], the three channels equal.

    Raises:
        ValueError: pictures of another shape.
    """
    _check(pictures)
    luma = (pictures * pictures.new_tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)
    difference = gaussian_blur(luma, sigma) - tau * gaussian_blur(luma, k * sigma)
    tone = 1.0 + torch.tanh(phi * (difference - epsilon).clamp(max=0.0))
    return tone.expand(-1, 3, -1, -1).contiguous()


def blur_difference(pictures: Tensor, sigma: float | Tensor = 6.0) -> Tensor:
    """Line art by how much darker a pixel is than its blurred surroundings, in every channel.

    Each picture is divided by the median of its strong responses, so that faint and contrasty
    pictures get lines of like darkness (the "standard lineart" of ControlNet's annotators).

    Args:
        pictures: (B, 3, H, W) float in [0, 1].
        sigma: of the Gaussian in pixels, one for all or one each (B,).

    Returns:
        (B, 3, H, W) in [0, 1], the three channels equal.

    Raises:
        ValueError: pictures of another shape.
    """
    _check(pictures)
    darker = (gaussian_blur(pictures, sigma) - pictures).amin(1).clamp(min=0.0)
    strong = torch.where(darker > _STRONG, darker, torch.nan).flatten(1)
    median = strong.nanmedian(1).values.nan_to_num(0.0).clamp(min=_LEAST_DIVISOR)
    ink = (darker / median[:, None, None] * _MEDIAN_INK).clamp(max=1.0)
    return (1.0 - ink)[:, None].expand(-1, 3, -1, -1).contiguous()


def random_line_art(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Line art as different hands would draw it: method, stroke width and drawn regions at random.

    Half the pictures are drawn whole, half in part (soft-edged patches), because local sketch
    patches generalise better than whole ones. The ranges are ours.

    Args:
        pictures: (B, 3, H, W) float in [0, 1].
        generator: on the CPU; the same state gives the same drawings.

    Returns:
        (B, 3, H, W) in [0, 1], dark lines on white, the three channels equal.

    Raises:
        ValueError: pictures of another shape.
    """
    _check(pictures)
    count, _, height, width = pictures.shape
    draws = torch.rand(count, 3, generator=generator).to(pictures)
    regions = random_regions(count, height, width, generator).to(pictures)
    drawn = torch.empty_like(pictures)
    by_xdog = draws[:, 0] < 0.5
    broad = draws[:, 1]
    drawn[by_xdog] = xdog(pictures[by_xdog], 0.6 + 0.8 * broad[by_xdog])
    drawn[~by_xdog] = blur_difference(pictures[~by_xdog], 2.0 + 4.0 * broad[~by_xdog])
    ink = thicken(1.0 - drawn[:, :1], draws[:, 2])
    return (1.0 - ink * regions).expand(-1, 3, -1, -1).contiguous()


def thicken(ink: Tensor, amount: Tensor) -> Tensor:
    """Broaden strokes by up to one pixel each side.

    Args:
        ink: (B, 1, H, W), 1 = black.
        amount: (B,) from 0 (as it is) to 1 (a pixel).
    """
    edged = functional.pad(ink, (1, 1, 1, 1), mode="replicate")
    # The maximum over a pixel and its four neighbours (a square would leave blocky specks), by
    # shifted copies: many times faster than max_pool2d here.
    tall = torch.maximum(edged[:, :, :-2, 1:-1], edged[:, :, 2:, 1:-1])
    wide = torch.maximum(edged[:, :, 1:-1, :-2], edged[:, :, 1:-1, 2:])
    broad = torch.maximum(torch.maximum(tall, wide), ink)
    return torch.lerp(ink, broad, amount[:, None, None, None])


def random_regions(count: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """What is drawn: (B, 1, H, W) in 0..1; half the pictures whole, half two soft-edged patches.

    A patch covers 30 to 70 % of the height and 60 to 100 % of the width, and its centre lies in
    the picture's middle, so that no drawing is empty.
    """
    draws = torch.rand(count, 9, generator=generator)
    mask = torch.zeros(count, height, width)
    for patch in range(2):
        middle_y, middle_x, tall, broad = draws[:, 4 * patch : 4 * patch + 4].unbind(1)
        rows = _soft_span(height, 0.15 + 0.7 * middle_y, 0.3 + 0.4 * tall)
        columns = _soft_span(width, 0.35 + 0.3 * middle_x, 0.6 + 0.4 * broad)
        mask = torch.maximum(mask, rows[:, :, None] * columns[:, None, :])
    whole = draws[:, 8] < 0.5
    return torch.where(whole[:, None, None], 1.0, mask)[:, None]


def gaussian_blur(pictures: Tensor, sigma: float | Tensor) -> Tensor:
    """Blur (B, C, H, W) by a Gaussian of `sigma` pixels, one for all or one each (B,).

    Borders are mirrored. Two matrix products instead of a convolution: at the size of a person's
    crop they are several times faster on a CPU, and each picture may have its own width.
    """
    _, _, height, width = pictures.shape
    sigmas = torch.as_tensor(sigma, dtype=pictures.dtype, device=pictures.device).reshape(-1)
    rows = _gaussian_matrix(height, sigmas)[:, None]
    columns = _gaussian_matrix(width, sigmas)[:, None]
    return rows @ pictures @ columns.transpose(-1, -2)


def _gaussian_matrix(size: int, sigmas: Tensor) -> Tensor:
    # The bell is computed once a distance and laid out by strided views: taking exp of every
    # entry, or looking every entry up, took most of the time of a drawing.
    distance = torch.arange(2 * size, dtype=sigmas.dtype, device=sigmas.device)
    bell = torch.exp(-((distance / sigmas[:, None]) ** 2) / 2)
    both_sides = torch.cat((bell[:, 1:size].flip(1), bell[:, :size]), dim=1)
    near = both_sides.unfold(1, size, 1).flip(1)  # |i - j|
    first_mirror = bell[:, 1:].unfold(1, size, 1)[:, :size]  # i + j + 1
    last_mirror = bell.flip(1).unfold(1, size, 1)[:, :size]  # 2 size - 1 - i - j
    matrix = near + first_mirror + last_mirror
    return matrix / matrix.sum(-1, keepdim=True)


def _soft_span(size: int, middle: Tensor, length: Tensor) -> Tensor:
    """1 inside [middle - length/2, middle + length/2] (shares of `size`), fading over pixels."""
    at = (torch.arange(size) + 0.5) / size
    inside = length[:, None] / 2 - (at - middle[:, None]).abs()
    return torch.sigmoid(inside * size / 1.5)


def _check(pictures: Tensor) -> None:
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise ValueError(f"expected pictures (B, 3, H, W), got {tuple(pictures.shape)}")
