"""The heads: BNNecks and the identity classifier (CE), attributes (VA); binding (FB) is a loss."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    (vision-guided masked attribute modelling). At inference each attribute looks at the tokens
    where it can be seen, by a learned query (Liu et al., "Query2Label", 2021): a mean over all of
    them would lose whether red is the jacket or the skirt.
    """

    def __init__(self, width: int, values: Sequence[int]) -> None:
        """`values`: the number of values of each attribute."""
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(width, width // 2), nn.GELU(), nn.Linear(width // 2, sum(values))
        )
        self.queries = nn.Parameter(torch.randn(len(values), width) * 0.02)
        owner = torch.repeat_interleave(torch.arange(len(values)), torch.tensor(values))
        self.owner: Tensor
        self.register_buffer("owner", functional.one_hot(owner, len(values)).float().T.contiguous())

    def forward(self, hidden: Tensor) -> Tensor:
        """(…, D) to (…, A)."""
        logits: Tensor = self.mlp(hidden)
        return logits

    def read(self, states: Tensor, mask: Tensor) -> Tensor:
        """Tokens' states (B, L, D) and mask (B, L) bool to logits (B, A)."""
        looked: Tensor = self.mlp(attend(states, mask, self.queries))
        # Of each attribute's own look only its own values count.
        return (looked * self.owner).sum(1)


def attend(states: Tensor, mask: Tensor, queries: Tensor) -> Tensor:
    """What each of the learned `queries` (Q, D) sees of (B, L, D) where `mask` (B, L): (B, Q, D).

    >>> states = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]])
    >>> seen = attend(states, torch.tensor([[True, True, False]]), torch.tensor([[50.0, 0.0]]))
    >>> seen.round(decimals=3).tolist()
    [[[1.0, 0.0]]]
    """
    scores = (states @ queries.T).transpose(1, 2)
    shares = scores.masked_fill(~mask[:, None], -1e4).softmax(2)
    return shares.to(states.dtype) @ states
