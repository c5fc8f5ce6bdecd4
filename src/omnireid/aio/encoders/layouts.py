"""Where each family of checkpoint keeps its transformer blocks: names only, no code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from omnireid.errors import ModelError


@dataclass(frozen=True)
class Layout:
    """The tensor names of one family. Names end where `weight` or `bias` is appended.

    `prefixes` are tried in order: the same blocks lie deeper in a file that holds two towers.
    """

    prefixes: tuple[str, ...]
    block: str
    qkv: tuple[str, ...]
    out: str
    norm1: str
    norm2: str
    fc1: str
    fc2: str
    scales: tuple[str, str] | None = None
    entry_norm: str | None = None
    exit_norm: str | None = None
    word_table: str | None = None
    post_norm: bool = False


# CLIP and SigLIP share their blocks; what differs is around them.
_CLIP_TEXT = Layout(
    prefixes=("text_model.", ""),
    block="encoder.layers.{}.",
    qkv=("self_attn.q_proj.", "self_attn.k_proj.", "self_attn.v_proj."),
    out="self_attn.out_proj.",
    norm1="layer_norm1.",
    norm2="layer_norm2.",
    fc1="mlp.fc1.",
    fc2="mlp.fc2.",
    exit_norm="final_layer_norm.",
    word_table="embeddings.token_embedding.weight",
)
_SIGLIP_VISION = replace(
    _CLIP_TEXT, prefixes=("vision_model.", ""), exit_norm="post_layernorm.", word_table=None
)
_OPEN_CLIP_TEXT = Layout(
    prefixes=("", "text."),
    block="transformer.resblocks.{}.",
    qkv=("attn.in_proj_",),
    out="attn.out_proj.",
    norm1="ln_1.",
    norm2="ln_2.",
    fc1="mlp.c_fc.",
    fc2="mlp.c_proj.",
    exit_norm="ln_final.",
    word_table="token_embedding.weight",
)

LAYOUTS: Mapping[str, Layout] = {
    # BERT, MiniLM, XLM-RoBERTa, alone or as the text tower of a CLIP. The LayerNorm of the
    # embeddings belongs to the entry: post-norm blocks were trained on normalised input.
    "bert": Layout(
        prefixes=("", "bert.", "roberta.", "text.transformer."),
        block="encoder.layer.{}.",
        qkv=("attention.self.query.", "attention.self.key.", "attention.self.value."),
        out="attention.output.dense.",
        norm1="attention.output.LayerNorm.",
        norm2="output.LayerNorm.",
        fc1="intermediate.dense.",
        fc2="output.dense.",
        entry_norm="embeddings.LayerNorm.",
        word_table="embeddings.word_embeddings.weight",
        post_norm=True,
    ),
    # "pre_layrnorm" is the library's own spelling.
    "clip-vision": replace(_SIGLIP_VISION, entry_norm="pre_layrnorm."),
    "clip-text": _CLIP_TEXT,
    "siglip-vision": _SIGLIP_VISION,
    "siglip-text": _CLIP_TEXT,
    "dinov2": Layout(
        prefixes=("", "dinov2."),
        block="encoder.layer.{}.",
        qkv=(
            "attention.attention.query.",
            "attention.attention.key.",
            "attention.attention.value.",
        ),
        out="attention.output.dense.",
        norm1="norm1.",
        norm2="norm2.",
        fc1="mlp.fc1.",
        fc2="mlp.fc2.",
        scales=("layer_scale1.lambda1", "layer_scale2.lambda1"),
        exit_norm="layernorm.",
    ),
    "open-clip-vision": replace(
        _OPEN_CLIP_TEXT,
        prefixes=("visual.",),
        entry_norm="ln_pre.",
        exit_norm="ln_post.",
        word_table=None,
    ),
    "open-clip-text": _OPEN_CLIP_TEXT,
    # Meta-Transformer publishes the blocks of a timm ViT as one Sequential: 0.norm1.weight ...
    "vit-blocks": Layout(
        prefixes=("", "blocks."),
        block="{}.",
        qkv=("attn.qkv.",),
        out="attn.proj.",
        norm1="norm1.",
        norm2="norm2.",
        fc1="mlp.fc1.",
        fc2="mlp.fc2.",
    ),
}


def find_prefix(names: set[str], layout: Layout) -> str | None:
    """The prefix under which the first block of `layout` lies; None if it is not in the file."""
    first = layout.block.format(0) + layout.qkv[0] + "weight"
    return next((p for p in layout.prefixes if p + first in names), None)


def count_blocks(names: set[str], layout: Layout, prefix: str) -> int:
    """How many blocks the file holds."""
    pattern = re.compile(re.escape(prefix + layout.block).replace(r"\{\}", r"(\d+)"))
    return 1 + max(int(found[1]) for name in names if (found := pattern.match(name)))


def translate(source: Mapping[str, Tensor], layout: Layout, prefix: str) -> dict[str, Tensor]:
    """The checkpoint's tensors under this package's names, as float32.

    Raises:
        ModelError: a tensor of the blocks is missing.
    """

    def take(name: str) -> Tensor:
        try:
            return source[prefix + name].float()
        except KeyError:
            raise ModelError(
                "the encoder's weights are incomplete",
                f"the tensor {prefix + name} is missing",
                "fetch the file again from its origin",
            ) from None

    names = set(source)
    renamed: dict[str, Tensor] = {}
    for suffix in ("weight", "bias"):
        for ours, theirs in (("entry_norm", layout.entry_norm), ("exit_norm", layout.exit_norm)):
            if theirs is not None:
                renamed[f"{ours}.{suffix}"] = take(theirs + suffix)
        for index in range(count_blocks(names, layout, prefix)):
            block = layout.block.format(index)
            renamed[f"blocks.{index}.qkv.{suffix}"] = torch.cat(
                [take(block + part + suffix) for part in layout.qkv]
            )
            for part in ("out", "norm1", "norm2", "fc1", "fc2"):
                renamed[f"blocks.{index}.{part}.{suffix}"] = take(
                    block + getattr(layout, part) + suffix
                )
            if layout.scales is not None and suffix == "weight":
                for number, scale in enumerate(layout.scales, start=1):
                    renamed[f"blocks.{index}.scale{number}"] = take(block + scale)
    return renamed
