"""The multimodal tokenizer: small trainable networks that turn each modality into tokens.

An image tokenizer maps (B, 3, H, W) floats in [0, 1] to (B, H/16 * W/16, D) tokens; the text
tokenizer maps (B, L) word ids to (B, L, D). Positions and the modality's own embedding are
already added. The frozen encoder adds nothing but attention.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from omnireid.aio.configuration import NetworkConfig, Norm


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


def _norm(norm: Norm, channels: int) -> nn.Module:
    return IBN(channels) if norm == "ibn" else nn.BatchNorm2d(channels)


def ibn_stem(width: int, norm: Norm = "ibn", channels: int = 64) -> nn.Sequential:
    """The paper's IBN convolution stem of stride 16: (B, 3, H, W) to (B, width, H/16, W/16).

    >>> sum(p.numel() for p in ibn_stem(768).parameters()) / 1e6 > 3.2
    True
    """
    return nn.Sequential(
        nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
        _norm(norm, channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        _norm(norm, channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, width, 8, stride=8),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with an IBN after the first, and a shortcut (IBN-ResNet basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int, norm: Norm = "ibn") -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            _norm(norm, outputs),
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


def ibn_residual(width: int, norm: Norm = "ibn") -> nn.Sequential:
    """Ours: a residual IBN network of stride 16, 32-48-96-192-192 channels, then 1x1 to `width`.

    On two CPU cores depth here taught more than twice the tokens (docs/decisions/0002). `norm`
    "batch" puts BatchNorm in the place of every IBN (an ablation).
    """
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, stride=2, padding=2, bias=False),
        _norm(norm, 32),
        nn.ReLU(inplace=True),
        ResidualBlock(32, 48, stride=2, norm=norm),
        ResidualBlock(48, 96, stride=2, norm=norm),
        ResidualBlock(96, 192, stride=2, norm=norm),
        ResidualBlock(192, 192, stride=1, norm=norm),
        nn.Conv2d(192, width, 1),
    )


class ImageTokenizer(nn.Module):
    """One image modality's tokenizer: stem, positions, the modality's embedding, LayerNorm."""

    def __init__(self, config: NetworkConfig, width: int) -> None:
        super().__init__()
        stem = {"ibn-stem": ibn_stem, "ibn-residual": ibn_residual}[config.image_tokenizer]
        # Channels last: twice as fast in bfloat16 on CPUs with AMX, and on GPUs.
        self.stem = stem(width, config.image_norm)
        self.stem.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.positions = nn.Parameter(torch.randn(1, config.tokens_per_picture, width) * 0.02)
        self.norm = nn.LayerNorm(width)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) floats in [0, 1] to (B, H/16 * W/16, D)."""
        # A fixed scale, not the set's statistics: the norms inside do the rest.
        scaled = (pictures * 4.0 - 2.0).contiguous(memory_format=torch.channels_last)
        grid = self.stem(scaled)
        tokens: Tensor = self.norm(grid.flatten(2).transpose(1, 2) + self.positions)
        return tokens


class TextTokenizer(nn.Module):
    """Word ids to tokens: a word table, a learned residual projection, positions, LayerNorm.

    The table is where it starts (`start`, for English the frozen encoder's own rows) plus what
    training changed (`change`, which weight decay pulls to 0): words never seen in training keep
    their pre-trained meaning. Japanese rows start at the mean of their translation's pieces.
    """

    def __init__(self, config: NetworkConfig, table: Tensor) -> None:
        """`table` (V, D) holds the starting rows."""
        super().__init__()
        width = table.shape[1]
        self.start: Tensor
        self.register_buffer("start", table.clone())
        self.change = nn.Parameter(torch.zeros_like(table))
        self.project = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.positions = nn.Parameter(torch.randn(1, config.text_length, width) * 0.02)
        self.norm = nn.LayerNorm(width)

    @property
    def table(self) -> Tensor:
        """The word table (V, D) as it is now."""
        return self.start + self.change

    def forward(self, ids: Tensor, forget: Tensor | None = None) -> Tensor:
        """(B, L) int64, L <= text_length, to (B, L, D).

        `forget` (B, L) bool: words whose learned change is left out.
        """
        change = self.change[ids]
        if forget is not None:
            change = change.masked_fill(forget[..., None], 0.0)
        return self.tokens_of(self.start[ids] + change)

    def tokens_of(self, words: Tensor) -> Tensor:
        """(B, L, D) word rows to tokens of the same shape."""
        tokens: Tensor = self.norm(
            words + self.project(words) + self.positions[:, : words.shape[1]]
        )
        return tokens
