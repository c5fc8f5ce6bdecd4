"""The heads: BNNecks and the identity classifier (CE), attributes (VA); binding (FB) is a loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from omnireid.observation import Modality

NECKS = (*Modality, "fused")
"""One BNNeck for each single modality and one for every combination."""


class BNNecks(nn.Module):
    """A BNNeck (BatchNorm with its bias held at 0) for each modality, and one for combinations.

    One neck for all of them collapsed the binding loss: the gap between modalities filled the batch
    variance and every colour picture got the same vector (docs/decisions/0002). Luo et al.,
    "Bag of Tricks", CVPRW 2019, for the neck itself.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.necks = nn.ModuleList(nn.BatchNorm1d(width) for _ in NECKS)
        for neck in self.necks:
            assert isinstance(neck, nn.BatchNorm1d)
            neck.bias.requires_grad_(False)

    def forward(self, pooled: Tensor, neck: Tensor) -> Tensor:
        """(B, E) to the same shape; `neck` (B,) int64 indexes NECKS."""
        normed = torch.empty_like(pooled)
        for index in set(neck.tolist()):
            members = neck == index
            normed[members] = self.necks[index](pooled[members])
        return normed

    def affine(self) -> tuple[Tensor, Tensor]:
        """What the necks do at inference, as scale and shift, each (len(NECKS), E)."""
        scales, shifts = [], []
        for neck in self.necks:
            assert isinstance(neck, nn.BatchNorm1d)
            assert neck.running_mean is not None
            assert neck.running_var is not None
            scale = neck.weight / torch.sqrt(neck.running_var + neck.eps)
            scales.append(scale)
            shifts.append(neck.bias - neck.running_mean * scale)
        return torch.stack(scales), torch.stack(shifts)


class AttributeHead(nn.Module):
    """The VA head: a small MLP from a hidden state (…, D) to logits over attribute values (…, A).

    In training it names the masked attribute words of a text that is joined with a picture
    (vision-guided masked attribute modelling); at inference it reads attributes off a picture.
    """

    def __init__(self, width: int, values: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(width, width // 2), nn.GELU(), nn.Linear(width // 2, values)
        )

    def forward(self, hidden: Tensor) -> Tensor:
        """(…, D) to (…, A)."""
        logits: Tensor = self.mlp(hidden)
        return logits
