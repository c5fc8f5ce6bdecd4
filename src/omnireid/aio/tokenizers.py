"""The multimodal tokenizer: small trainable networks that turn each modality into tokens.

An image tokenizer maps (B, 3, H, W) floats in [0, 1] to (B, H/16 * W/16, D) tokens; the text
tokenizer maps (B, L) word ids to (B, L, D). Positions and the modality's own embedding are
already added. The frozen encoder adds nothing but attention.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from omnireid.aio.configuration import NetworkConfig


class IBN(nn.Module):
    """Instance norm on the first half of the channels, batch norm on the rest (IBN-Net, ECCV 2018).

    The instance-normed half forgets a camera's contrast and colour cast; the batch-normed half
    keeps the contents.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.instance_channels = channels // 2
        self.instance = nn.InstanceNorm2d(self.instance_channels, affine=True)
        self.batch = nn.BatchNorm2d(channels - self.instance_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        first, rest = x[:, : self.instance_channels], x[:, self.instance_channels :]
        return torch.cat((self.instance(first.contiguous()), self.batch(rest.contiguous())), dim=1)


def ibn_stem(width: int, channels: int = 64) -> nn.Sequential:
    """The paper's IBN convolution stem of stride 16: (B, 3, H, W) to (B, width, H/16, W/16).

    >>> sum(p.numel() for p in ibn_stem(768).parameters()) / 1e6 > 3.2
    True
    """
    return nn.Sequential(
        nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
        IBN(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        IBN(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, width, 8, stride=8),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with an IBN after the first, and a shortcut (IBN-ResNet basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            IBN(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H/stride, W/stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))


def ibn_residual(width: int) -> nn.Sequential:
    """Ours: a residual IBN network of stride 16, 24-32-64-128-128 channels, then 1x1 to `width`.

    On two CPU cores depth here taught more than twice the tokens (docs/decisions/0002).
    """
    return nn.Sequential(
        nn.Conv2d(3, 24, 5, stride=2, padding=2, bias=False),
        IBN(24),
        nn.ReLU(inplace=True),
        ResidualBlock(24, 32, stride=2),
        ResidualBlock(32, 64, stride=2),
        ResidualBlock(64, 128, stride=2),
        ResidualBlock(128, 128, stride=1),
        nn.Conv2d(128, width, 1),
    )


class ImageTokenizer(nn.Module):
    """One image modality's tokenizer: stem, positions, the modality's embedding, LayerNorm."""

    def __init__(self, config: NetworkConfig, width: int) -> None:
        super().__init__()
        stem = {"ibn-stem": ibn_stem, "ibn-residual": ibn_residual}[config.image_tokenizer]
        self.stem = stem(width)
        self.positions = nn.Parameter(torch.randn(1, config.tokens_per_picture, width) * 0.02)
        self.norm = nn.LayerNorm(width)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) floats in [0, 1] to (B, H/16 * W/16, D)."""
        # A fixed scale, not the set's statistics: the norms inside do the rest.
        grid = self.stem(pictures * 4.0 - 2.0)
        tokens: Tensor = self.norm(grid.flatten(2).transpose(1, 2) + self.positions)
        return tokens


class TextTokenizer(nn.Module):
    """Word ids to tokens: a word table, a learned residual projection, positions, LayerNorm.

    Rows that the frozen encoder brings (English) stay as they are, so that words never seen in
    training keep their pre-trained meaning; rows that are new (Japanese) are trained. With `gloss`
    rows the new ones start at the mean of their translation's pieces.
    """

    def __init__(self, config: NetworkConfig, table: Tensor, trained: Sequence[bool]) -> None:
        """`table` (V, D) holds the starting rows; `trained` (V) says which of them may move."""
        super().__init__()
        width = table.shape[1]
        moves = torch.tensor(trained, dtype=torch.bool)
        order = torch.cat(((~moves).nonzero()[:, 0], moves.nonzero()[:, 0]))
        row_of = torch.empty_like(order)
        row_of[order] = torch.arange(len(order))
        self.row_of: Tensor
        self.kept_rows: Tensor
        self.register_buffer("row_of", row_of)
        self.register_buffer("kept_rows", table[~moves].clone())
        self.trained_rows = nn.Parameter(table[moves].clone())
        self.project = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.positions = nn.Parameter(torch.randn(1, config.text_length, width) * 0.02)
        self.norm = nn.LayerNorm(width)

    @property
    def table(self) -> Tensor:
        """The whole word table (V, D) in the vocabulary's order."""
        return torch.cat((self.kept_rows, self.trained_rows))[self.row_of]

    def forward(self, ids: Tensor) -> Tensor:
        """(B, L) int64, L <= text_length, to (B, L, D)."""
        return self.tokens_of(torch.cat((self.kept_rows, self.trained_rows))[self.row_of[ids]])

    def tokens_of(self, words: Tensor) -> Tensor:
        """(B, L, D) word rows to tokens of the same shape."""
        tokens: Tensor = self.norm(
            words + self.project(words) + self.positions[:, : words.shape[1]]
        )
        return tokens
