"""What an AIO network is made of: one frozen value, stored with every checkpoint."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Norm = Literal["ibn", "batch"]
Tuning = Literal["frozen", "layer-norm", "full"]


class NetworkConfig(BaseModel):
    """The architecture. Unknown keys are refused, so a misspelt option never passes in silence.

    >>> NetworkConfig().tokens_per_picture
    32
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = "minilm-l6"
    """A name of the encoder registry, `local-dir:PATH` or `hf-hub:ORG/NAME`."""
    encoder_seed: int | None = None
    """Draw the encoder's weights at random with this seed (an ablation); None: pre-trained."""
    encoder_layers: int | None = Field(default=None, ge=1)
    """Use only the first so many blocks of the encoder; None: all."""
    encoder_tuning: Tuning = "frozen"
    """Tune the encoder's LayerNorms or all of it (ablations; the method keeps it frozen)."""
    image_tokenizer: Literal["ibn-stem", "ibn-residual"] = "ibn-residual"
    """`ibn-stem` is the paper's; `ibn-residual` (ours) is deeper with the same stride of 16."""
    image_norm: Norm = "ibn"
    """The image tokenizers' norms: instance and batch, or batch alone (an ablation)."""
    image_height: int = Field(default=128, ge=32, multiple_of=16)
    image_width: int = Field(default=64, ge=32, multiple_of=16)
    text_length: int = Field(default=40, ge=4, le=77)
    """Text tokens kept; longer notes are cut."""
    embedding_width: int = Field(default=256, ge=16)
    slots: int = Field(default=4, ge=0)
    """Learned looks at the tokens that join their mean in the vector; 0: none (an ablation)."""

    @property
    def tokens_per_picture(self) -> int:
        """Tokens of one picture: one for each 16 x 16 pixels."""
        return (self.image_height // 16) * (self.image_width // 16)
