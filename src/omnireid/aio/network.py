"""The AIO network: tokenizers, [CLS], the frozen encoder, and the identity vector.

He Li, Mang Ye, Ming Zhang, Bo Du, "All in One Framework for Multimodal Re-identification in the
Wild", CVPR 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from omnireid.aio.configuration import NetworkConfig
from omnireid.aio.encoders import FrozenEncoder
from omnireid.aio.heads import NECKS, AttributeHead, BNNecks, attend
from omnireid.aio.tokenizers import ImageTokenizer, TextTokenizer
from omnireid.observation import IMAGE_MODALITIES, Modality


@dataclass(frozen=True)
class Tokens:
    """One modality's tokens (B, L, D) and which of them are real (B, L) bool."""

    values: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Encoded:
    """What the encoder gives.

    hidden (B, 1 + L, D); states (B, L, D) and mask (B, L), which attributes are read from; pooled
    (B, E) before the BNNeck; necked (B, E) after it; vector (B, E), the necked one L2-normalised,
    for retrieval.
    """

    hidden: Tensor
    states: Tensor
    mask: Tensor
    pooled: Tensor
    necked: Tensor
    vector: Tensor


def neck_of(present: Tensor) -> Tensor:
    """The BNNeck's index (B,) for queries whose modalities are `present` (B, 4) bool.

    >>> neck_of(torch.tensor([[False, False, False, True], [True, False, False, True]])).tolist()
    [3, 4]
    """
    single = present.to(torch.int64).argmax(1)
    return torch.where(present.sum(1) == 1, single, NECKS.index("fused"))


_NECK = {modality: place for place, modality in enumerate(Modality)}


class AIONetwork(nn.Module):
    """Any non-empty subset of the four modalities to one identity vector in one space."""

    def __init__(
        self,
        config: NetworkConfig,
        encoder: FrozenEncoder,
        word_table: Tensor,
        attribute_values: Sequence[int],
    ) -> None:
        """`word_table` (V, D) starts the text tokenizer; `attribute_values` counts each one's."""
        super().__init__()
        self.config = config
        self.encoder = encoder
        width = encoder.width
        self.image_tokenizers = nn.ModuleDict(
            {m.value: ImageTokenizer(config, width) for m in IMAGE_MODALITIES}
        )
        self.text_tokenizer = TextTokenizer(config, word_table)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.modality_embedding = nn.Parameter(torch.randn(len(Modality), width) * 0.02)
        # [CLS] as in the paper, joined with the mean token after the encoder (it was pre-trained to
        # be read by its mean) and before it: the short way by which the tokenizers begin to learn.
        # Without it nothing was learned in 300 steps (docs/decisions/0002).
        self.project = nn.Linear(3 * width, config.embedding_width)
        # A mean forgets where a thing is; each slot learns to look at a part of the body, and at
        # the words about it (docs/decisions/0004). They begin without a say.
        self.slots = nn.Parameter(torch.randn(config.slots, width) * 0.02)
        self.project_slots = nn.Linear(config.slots * width, config.embedding_width, bias=False)
        nn.init.zeros_(self.project_slots.weight)
        self.necks = BNNecks(config.embedding_width)
        self.attribute_head = AttributeHead(width, attribute_values)

    def tokenize_pictures(
        self, modality: Modality, pictures: Tensor, *, by: Modality | None = None
    ) -> Tokens:
        """(B, 3, H, W) floats in [0, 1] of one image modality to its tokens.

        `by`: lend another modality's tokenizer (the first stage of training teaches one for all).
        """
        values = self.image_tokenizers[(by or modality).value](pictures)
        return Tokens(
            values + self.modality_embedding[list(Modality).index(modality)],
            torch.ones(values.shape[:2], dtype=torch.bool, device=values.device),
        )

    def tokenize_text(self, ids: Tensor, mask: Tensor, *, forget: Tensor | None = None) -> Tokens:
        """(B, L) word ids and their mask (True = a word) to tokens.

        `forget` (B, L) bool: words to read by their pre-trained row alone.
        """
        values = self.text_tokenizer(ids, forget)
        return Tokens(values + self.modality_embedding[list(Modality).index(Modality.TEXT)], mask)

    def encode_hidden(self, parts: Sequence[Tokens]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Concatenated parts through [CLS] and the frozen encoder: hidden, states, mask, pooled."""
        batch = parts[0].values.shape[0]
        cls = self.cls.expand(batch, -1, -1)
        values = torch.cat([cls, *(part.values for part in parts)], dim=1)
        seen = torch.ones(batch, 1, dtype=torch.bool, device=values.device)
        mask = torch.cat([seen, *(part.mask for part in parts)], dim=1)
        hidden: Tensor = self.encoder(values, mask)
        weight = mask[:, 1:, None].to(hidden.dtype)
        count = weight.sum(1).clamp(min=1.0)
        after = (hidden[:, 1:] * weight).sum(1) / count
        before = (values[:, 1:] * weight).sum(1) / count
        pooled = self.project(torch.cat((hidden[:, 0], after, before), dim=1))
        states = hidden[:, 1:] + values[:, 1:]
        if self.config.slots:
            looks = attend(states, mask[:, 1:], self.slots).flatten(1)
            pooled = pooled + self.project_slots(looks)
        return hidden, states, mask[:, 1:], pooled.float()

    def encode(self, parts: Mapping[Modality, Tokens]) -> Encoded:
        """Tokens of any modalities to vectors; a sample lacks a modality where its mask is empty.

        Raises:
            ValueError: a sample without any token.
        """
        ordered = [m for m in Modality if m in parts]
        hidden, states, mask, pooled = self.encode_hidden([parts[m] for m in ordered])
        present = torch.zeros(len(pooled), len(Modality), dtype=torch.bool, device=pooled.device)
        for modality in ordered:
            present[:, list(Modality).index(modality)] = parts[modality].mask.any(1)
        if not bool(present.any(1).all()):
            raise ValueError("a sample has no modality: each needs at least one token")
        return self._necked(hidden, states, mask, pooled, neck_of(present))

    def _necked(
        self, hidden: Tensor, states: Tensor, mask: Tensor, pooled: Tensor, neck: Tensor
    ) -> Encoded:
        necked = self.necks(pooled, neck)
        return Encoded(hidden, states, mask, pooled, necked, F.normalize(necked, dim=1))

    def encode_each(self, tokens: Mapping[Modality, Tokens]) -> dict[Modality, Encoded]:
        """Each modality alone. Pictures go through the encoder as one batch: one pass of it."""
        pictures = [m for m in IMAGE_MODALITIES if m in tokens]
        encoded: dict[Modality, Encoded] = {}
        if pictures:
            sizes = [len(tokens[m].mask) for m in pictures]
            joined = Tokens(
                torch.cat([tokens[m].values for m in pictures]),
                torch.cat([tokens[m].mask for m in pictures]),
            )
            hidden, states, mask, pooled = self.encode_hidden([joined])
            end = 0
            for m, size in zip(pictures, sizes, strict=True):
                rows = slice(end, end := end + size)
                neck = torch.full((size,), _NECK[m], device=pooled.device)
                encoded[m] = self._necked(
                    hidden[rows], states[rows], mask[rows], pooled[rows], neck
                )
        if Modality.TEXT in tokens:
            encoded[Modality.TEXT] = self.encode({Modality.TEXT: tokens[Modality.TEXT]})
        return encoded

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Everything that learns: tokenizers, [CLS], heads; nothing of a frozen encoder."""
        return [p for p in self.parameters() if p.requires_grad]
