"""One transformer in plain torch for every family of encoder: fast on a CPU, clean in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from omnireid.aio.configuration import Tuning

Activation = Literal["gelu", "gelu_tanh", "quick_gelu"]


@dataclass(frozen=True)
class Architecture:
    """The shape of a stack of transformer blocks.

    `post_norm` normalises after each residual sum (BERT), otherwise before each part (ViT, CLIP).
    `entry_norm` and `exit_norm` are LayerNorms before the first and after the last block.
    `layer_scale` multiplies each part by a learned vector before the sum (DINOv2).
    """

    width: int
    layers: int
    heads: int
    mlp_width: int
    activation: Activation
    norm_eps: float
    post_norm: bool = False
    entry_norm: bool = False
    exit_norm: bool = False
    layer_scale: bool = False


class _Block(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width, eps = architecture.width, architecture.norm_eps
        self.heads = architecture.heads
        self.activation = architecture.activation
        self.post_norm = architecture.post_norm
        self.layer_scale = architecture.layer_scale
        # One product for queries, keys and values: three small ones are slower on a CPU.
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.fc1 = nn.Linear(width, architecture.mlp_width)
        self.fc2 = nn.Linear(architecture.mlp_width, width)
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        if self.layer_scale:
            self.scale1 = nn.Parameter(torch.ones(width))
            self.scale2 = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        if self.post_norm:
            x = self.norm1(x + self._attend(x, mask))
            return self.norm2(x + self._transform(x))  # type: ignore[no-any-return]
        attended, scale = self._attend(self.norm1(x), mask), self.layer_scale
        x = x + (attended * self.scale1 if scale else attended)
        transformed = self._transform(self.norm2(x))
        return x + (transformed * self.scale2 if scale else transformed)

    def _attend(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        # Written out: at re-identification's short lengths torch's fused attention is slower on a
        # CPU, seven times in the backward pass under bfloat16 (docs/decisions/0002).
        scores = (query @ key.transpose(-1, -2)) * (width // self.heads) ** -0.5
        weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
        attended = weights.to(value.dtype) @ value
        return self.out(attended.transpose(1, 2).reshape(batch, length, width))  # type: ignore[no-any-return]

    def _transform(self, x: Tensor) -> Tensor:
        return self.fc2(_activate(self.fc1(x), self.activation))  # type: ignore[no-any-return]


class FrozenEncoder(nn.Module):
    """A pre-trained stack of transformer blocks whose weights never change.

    Tokens in, tokens of the same shape out. [CLS], positions and tokenizers come from outside.
    Every parameter is created frozen and the module stays in evaluation mode whatever `train()`
    is told; gradients still flow through it to the tokens. `tuning` frees the LayerNorms or all
    weights (the ablations of method.md, section 3).

    Args:
        architecture: the shape of the blocks.
        word_table: reads the pre-trained word embedding table (V, W) from the encoder's files.
    """

    def __init__(
        self,
        architecture: Architecture,
        *,
        word_table: Callable[[], Tensor] | None = None,
        tuning: Tuning = "frozen",
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self._word_table = word_table
        width, eps = architecture.width, architecture.norm_eps
        self.entry_norm = nn.LayerNorm(width, eps=eps) if architecture.entry_norm else nn.Identity()
        self.blocks = nn.ModuleList(_Block(architecture) for _ in range(architecture.layers))
        self.exit_norm = nn.LayerNorm(width, eps=eps) if architecture.exit_norm else nn.Identity()
        self.requires_grad_(tuning == "full")
        if tuning == "layer-norm":
            for module in self.modules():
                if isinstance(module, nn.LayerNorm):
                    module.requires_grad_(True)
        self.train(False)

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return self.architecture.width

    def word_embedding(self) -> Tensor | None:
        """The pre-trained word table (V, W) for a text tokenizer; None if the encoder has none.

        Read from the encoder's files at each call and not kept, so it costs no memory here.

        Raises:
            ModelError: the files are missing or changed.
        """
        return None if self._word_table is None else self._word_table()

    def cut(self, layers: int | None) -> FrozenEncoder:
        """Drop the blocks after the first `layers` (None: keep all); returns itself."""
        self.blocks = self.blocks[:layers]
        return self

    def train(self, mode: bool = True) -> FrozenEncoder:
        """Stay in evaluation mode: a frozen encoder has no training behaviour."""
        del mode
        super().train(False)
        return self

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Encode tokens.

        Args:
            tokens: (B, L, D) float.
            mask: (B, L) bool, True for a real token; every row needs at least one.

        Returns:
            (B, L, D); rows of padding hold numbers without meaning.
        """
        attend_to = mask[:, None, None, :]
        x = self.entry_norm(tokens)
        for block in self.blocks:
            x = block(x, attend_to)
        return self.exit_norm(x)  # type: ignore[no-any-return]


def draw_weights(encoder: FrozenEncoder, seed: int) -> None:
    """Draw every weight at random in place: N(0, 0.02), biases 0, norms and scales 1.

    BERT's and ViT's own initialisation; the control of the ablation "frozen, random".
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in encoder.modules():
            if isinstance(module, nn.Linear):
                module.weight.normal_(0.0, 0.02, generator=generator)
                module.bias.zero_()


def _activate(x: Tensor, activation: Activation) -> Tensor:
    if activation == "quick_gelu":
        return x * torch.sigmoid(1.702 * x)
    return functional.gelu(x, approximate="tanh" if activation == "gelu_tanh" else "none")
