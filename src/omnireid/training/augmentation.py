"""Random changes to batches of pictures, so that the network learns the person, not the camera.

All functions take (B, 3, H, W) floats in [0, 1] on any device and a generator on the CPU, so that
one seed draws the same everywhere, and return the same shape and range. Everything is vectorised
over the batch: on two cores augmentation must cost little.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from omnireid.observation import Modality


def augment(pictures: Tensor, modality: Modality, generator: Generator) -> Tensor:
    """The whole chain for one modality."""
    moved = move(pictures, generator)
    if modality is Modality.SKETCH:
        moved = bend(moved, generator)
        moved = vary_strokes(moved, generator)
        moved = vary_paper(moved, generator)
    else:
        moved = crowd(moved, generator)
        moved = lower_resolution(moved, generator)
        moved = mix_styles(moved, generator)
        moved = vary_light(moved, generator)
        if modality is Modality.RGB:
            moved = vary_colour(moved, generator)
        moved = blur_motion(moved, generator)
        moved = sharpen(moved, generator)
        moved = add_noise(moved, generator)
        moved = compress(moved, generator)
    return erase(moved, generator)


def _uniform(size: tuple[int, ...], low: float, high: float, generator: Generator) -> Tensor:
    return torch.rand(size, generator=generator) * (high - low) + low


def move(pictures: Tensor, generator: Generator) -> Tensor:
    """Flip, scale, shift and turn a little, as a detector's box jitters; edges are repeated.

    One box in five is rough: far too wide, too tall or too small, as those of moving pixels are.
    """
    n = len(pictures)
    flip = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    rough = torch.rand(n, generator=generator) < 0.2
    scale_x = _uniform((n,), 0.82, 1.15, generator)
    scale_y = _uniform((n,), 0.85, 1.12, generator)
    scale_x = torch.where(rough, _uniform((n,), 0.75, 1.7, generator), scale_x)
    scale_y = torch.where(rough, _uniform((n,), 0.7, 1.35, generator), scale_y)
    turn = _uniform((n,), -0.08, 0.08, generator)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = scale_x * torch.cos(turn) * flip
    theta[:, 0, 1] = -torch.sin(turn)
    theta[:, 1, 0] = torch.sin(turn)
    theta[:, 1, 1] = scale_y * torch.cos(turn)
    theta[:, 0, 2] = _uniform((n,), -0.12, 0.12, generator)
    theta[:, 1, 2] = _uniform((n,), -0.07, 0.07, generator)
    grid = F.affine_grid(theta.to(pictures), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def lower_resolution(pictures: Tensor, generator: Generator) -> Tensor:
    """Half of the batch loses detail, as people far from the camera do."""
    n, _, height, width = pictures.shape
    chosen = torch.rand(n, generator=generator)
    result = pictures
    for low, high in ((0.5, 0.7), (0.7, 0.87), (0.87, 1.0)):
        members = (chosen >= low) & (chosen < high)
        if not bool(members.any()):
            continue
        factor = float(_uniform((1,), 0.3, 0.85, generator))
        size = (max(8, int(height * factor)), max(4, int(width * factor)))
        small = F.interpolate(pictures[members], size=size, mode="bilinear", antialias=True)
        restored = F.interpolate(small, size=(height, width), mode="bilinear")
        where = members[:, None, None, None].to(pictures.device)
        result = result.masked_scatter(where, restored)
    return result


def crowd(pictures: Tensor, generator: Generator, probability: float = 0.25) -> Tensor:
    """A strip of another picture at the left or right edge: people and things that stand close."""
    n, _, _, width = pictures.shape
    other = pictures[torch.randperm(n, generator=generator)]
    wide = _uniform((n, 1, 1, 1), 0.05, 0.25, generator) * width
    x = torch.arange(width).expand(n, 1, 1, width)
    left = torch.rand(n, 1, 1, 1, generator=generator) < 0.5
    strip = torch.where(left, x < wide, x >= width - wide)
    strip &= torch.rand(n, 1, 1, 1, generator=generator) < probability
    return torch.where(strip.to(pictures.device), other, pictures)


def mix_styles(pictures: Tensor, generator: Generator, probability: float = 0.3) -> Tensor:
    """Part of the way to the tone of another picture's camera.

    The mean and spread of each channel are mixed with another picture's, as MixStyle does with
    features (Zhou et al., ICLR 2021), but taken from the side edges alone: what is seen there is
    the scene and its camera, not what the person wears, which words must still fit.
    """
    n, _, _, width = pictures.shape
    edge = max(1, width // 8)
    sides = torch.cat((pictures[..., :edge], pictures[..., -edge:]), dim=-1).flatten(2)
    mean, spread = sides.mean(-1)[..., None, None], sides.std(-1)[..., None, None] + 0.05
    other = torch.randperm(n, generator=generator)
    share = _uniform((n, 1, 1, 1), 0.0, 0.6, generator)
    share = share * (torch.rand(n, 1, 1, 1, generator=generator) < probability)
    share = share.to(pictures)
    stretch = (1 + share * (spread[other] / spread - 1)).clamp(0.6, 1.6)
    shift = share * (mean[other] - mean).clamp(-0.25, 0.25)
    return ((pictures - mean) * stretch + mean + shift).clamp(0.0, 1.0)


def vary_light(pictures: Tensor, generator: Generator) -> Tensor:
    """Gain, offset and gamma of another exposure."""
    n = len(pictures)
    gain = torch.exp(_uniform((n, 1, 1, 1), -0.3, 0.3, generator))
    offset = _uniform((n, 1, 1, 1), -0.1, 0.1, generator)
    gamma = torch.exp(_uniform((n, 1, 1, 1), -0.35, 0.35, generator))
    gain, offset, gamma = gain.to(pictures), offset.to(pictures), gamma.to(pictures)
    return (pictures.clamp(1e-4, 1.0) ** gamma * gain + offset).clamp(0.0, 1.0)


def vary_colour(pictures: Tensor, generator: Generator) -> Tensor:
    """White balance and saturation of another camera; a few pictures lose all colour."""
    n = len(pictures)
    balance = torch.exp(_uniform((n, 3, 1, 1), -0.12, 0.12, generator))
    saturation = _uniform((n, 1, 1, 1), 0.5, 1.4, generator)
    saturation = saturation * (torch.rand(n, 1, 1, 1, generator=generator) > 0.05)
    balance, saturation = balance.to(pictures), saturation.to(pictures)
    grey = pictures.mean(1, keepdim=True)
    return ((grey + (pictures - grey) * saturation) * balance).clamp(0.0, 1.0)


def add_noise(pictures: Tensor, generator: Generator) -> Tensor:
    """Sensor noise of a random strength."""
    strength = _uniform((len(pictures), 1, 1, 1), 0.0, 0.05, generator)
    noise = torch.randn(pictures.shape, generator=generator)
    return (pictures + (noise * strength).to(pictures)).clamp(0.0, 1.0)


def blur_motion(pictures: Tensor, generator: Generator, probability: float = 0.12) -> Tensor:
    """The smear of a person who walks across while the shutter is open."""
    smeared = F.avg_pool2d(pictures, (1, 5), stride=1, padding=(0, 2), count_include_pad=False)
    chosen = torch.rand(len(pictures), 1, 1, 1, generator=generator) < probability
    return torch.where(chosen.to(pictures.device), smeared, pictures)


def sharpen(pictures: Tensor, generator: Generator, probability: float = 0.25) -> Tensor:
    """The bright and dark rims that cameras draw around edges (unsharp masking)."""
    n = len(pictures)
    soft = F.avg_pool2d(pictures, 3, stride=1, padding=1, count_include_pad=False)
    amount = _uniform((n, 1, 1, 1), 0.3, 1.5, generator)
    amount = amount * (torch.rand(n, 1, 1, 1, generator=generator) < probability)
    return (pictures + (pictures - soft) * amount.to(pictures)).clamp(0.0, 1.0)


def compress(pictures: Tensor, generator: Generator, probability: float = 0.4) -> Tensor:
    """The blocks and poor colours of JPEG and of video, at random strengths.

    Height and width are multiples of 16.
    """
    n = len(pictures)
    chosen = torch.rand(n, generator=generator) < probability
    strength = torch.exp(_uniform((n,), math.log(0.5), math.log(3.5), generator))
    # Blocks begin anywhere: the crop was cut out of a larger picture.
    down, right = torch.randint(8, (2,), generator=generator).tolist()
    coded = jpeg(pictures.roll((down, right), (2, 3)), strength).roll((-down, -right), (2, 3))
    return torch.where(chosen[:, None, None, None].to(pictures.device), coded, pictures)


def jpeg(pictures: Tensor, strength: Tensor) -> Tensor:
    """What JPEG leaves of pictures: the quantisation of ITU-T T.81 with its example tables, 4:2:0.

    `strength` (B,) multiplies the tables: 1 is a quality of 50, 2 one of 25. In place of a real
    encoder: on the device, and for the whole batch at once.
    """
    height, width = pictures.shape[2:]
    strength = strength[:, None, None, None, None, None].to(pictures)
    coded = torch.einsum("dc,nchw->ndhw", _YCBCR.to(pictures), pictures) * 255.0
    luma = _quantise(coded[:, :1] - 128.0, _LUMA, strength) + 128.0
    small = _quantise(F.avg_pool2d(coded[:, 1:], 2), _CHROMA, strength)
    chroma = F.interpolate(small, size=(height, width), mode="bilinear")
    back = torch.linalg.inv(_YCBCR).to(pictures)
    decoded = torch.einsum("dc,nchw->ndhw", back, torch.cat((luma, chroma), 1) / 255.0)
    return decoded.clamp(0.0, 1.0)


def _quantise(channels: Tensor, steps: Tensor, strength: Tensor) -> Tensor:
    """(B, C, H, W) through the cosine transform of 8x8 blocks, rounded to steps."""
    n, c, height, width = channels.shape
    cosines = _COSINES.to(channels)
    blocks = channels.reshape(n, c, height // 8, 8, width // 8, 8).transpose(3, 4)
    step = steps.to(channels) * strength
    rounded = (cosines @ blocks @ cosines.T / step).round() * step
    return (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(n, c, height, width)


_YCBCR = torch.tensor(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
_COSINES = torch.cos((torch.arange(8)[None] + 0.5) * torch.arange(8)[:, None] * math.pi / 8) / 2
_COSINES[0] /= math.sqrt(2)
_LUMA = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
])  # fmt: skip
_CHROMA = torch.tensor([
    [17, 18, 24, 47, 99, 99, 99, 99], [18, 21, 26, 66, 99, 99, 99, 99],
    [24, 26, 56, 99, 99, 99, 99, 99], [47, 66, 99, 99, 99, 99, 99, 99],
    *[[99] * 8] * 4,
])  # fmt: skip


def bend(pictures: Tensor, generator: Generator) -> Tensor:
    """Smoothly wrong proportions: what is long, broad or slanted in a drawing is the hand's."""
    n, _, height, width = pictures.shape
    coarse = torch.randn(n, 2, 4, 3, generator=generator)
    coarse = coarse * _uniform((n, 1, 1, 1), 0.0, 0.045, generator)
    offset = F.interpolate(coarse.to(pictures), size=(height, width), mode="bicubic")
    still = torch.eye(2, 3).to(pictures).expand(n, 2, 3)
    grid = F.affine_grid(still, list(pictures.shape), align_corners=False)
    grid = grid + offset.permute(0, 2, 3, 1)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def vary_paper(pictures: Tensor, generator: Generator) -> Tensor:
    """Grey paper, light that falls off across it, and the coarse pixels of a snapshot of it."""
    n, _, height, width = pictures.shape
    y = torch.linspace(-1, 1, height)[:, None]
    x = torch.linspace(-1, 1, width)[None, :]
    slope = torch.randn(n, 2, 1, 1, generator=generator) * 0.05
    light = _uniform((n, 1, 1), 0.78, 1.0, generator) + slope[:, 0] * y + slope[:, 1] * x
    plain = torch.rand(n, 1, 1, generator=generator) < 0.5
    light = torch.where(plain, torch.ones(()), light)[:, None].to(pictures)
    lit = (pictures * light).clamp(0.0, 1.0)
    coarse = torch.rand(n, generator=generator) < 0.3
    return torch.where(
        coarse[:, None, None, None].to(pictures.device), lower_resolution(lit, generator), lit
    )


def vary_strokes(pictures: Tensor, generator: Generator) -> Tensor:
    """Thicker, softer or fainter lines."""
    n = len(pictures)
    thick = -F.max_pool2d(-pictures, 3, stride=1, padding=1)
    soft = F.avg_pool2d(pictures, 3, stride=1, padding=1, count_include_pad=False)
    chosen = torch.rand(n, 1, 1, 1, generator=generator).to(pictures)
    drawn = torch.where(chosen < 0.3, thick, torch.where(chosen < 0.6, soft, pictures))
    ink = _uniform((n, 1, 1, 1), 0.5, 1.3, generator).to(pictures)
    return (1.0 - (1.0 - drawn) * ink).clamp(0.0, 1.0)


def erase(pictures: Tensor, generator: Generator, probability: float = 0.4) -> Tensor:
    """Random erasing (Zhong et al., AAAI 2020): one rectangle of a random grey."""
    n, channels, height, width = pictures.shape
    area = _uniform((n,), 0.02, 0.15, generator) * height * width
    aspect = torch.exp(_uniform((n,), math.log(0.4), math.log(3.3), generator))
    tall = (area * aspect).sqrt().clamp(2, height * 0.6)
    wide = (area / aspect).sqrt().clamp(2, width * 0.8)
    top = torch.rand(n, generator=generator) * (height - tall)
    left = torch.rand(n, generator=generator) * (width - wide)
    y = torch.arange(height)[None, :, None]
    x = torch.arange(width)[None, None, :]
    inside = (
        (y >= top[:, None, None])
        & (y < (top + tall)[:, None, None])
        & (x >= left[:, None, None])
        & (x < (left + wide)[:, None, None])
    )
    inside &= (torch.rand(n, generator=generator) < probability)[:, None, None]
    fill = torch.rand(n, 1, 1, 1, generator=generator).expand(-1, channels, height, width)
    return torch.where(inside[:, None].to(pictures.device), fill.to(pictures), pictures)
