"""The recipe: one file says everything that a training run depends on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from omnireid.aio.configuration import NetworkConfig
from omnireid.errors import InputError


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Strict):
    """One stage of the progressive recipe.

    `synthesised`: infrared by channel augmentation and sketches by line art, made from colour;
    `paired`: the really paired infrared and sketches, with a share of synthesised ones kept.
    """

    name: str
    modalities: Literal["synthesised", "paired"]
    steps: int = Field(ge=1)
    synthesised_share: float = Field(default=0.2, ge=0.0, le=1.0)
    one_tokenizer: bool = False
    """Colour's tokenizer reads all three picture modalities; at the first stage without it,
    infrared's and sketch's start as its copies. For the stages at the beginning."""
    bank: bool = False
    """Bind also to the colour vectors of the last steps (`bank_size` of them)."""


class TrainingConfig(_Strict):
    """A training run. Same configuration, data and seed: same steps."""

    name: str = "default"
    version: str = "0.1"
    seed: int = 1
    network: NetworkConfig = NetworkConfig()
    stages: tuple[Stage, ...]
    identities_per_step: int = Field(default=16, ge=2)
    rgb_views_per_identity: int = Field(default=2, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.02, ge=0)
    warm_up_steps: int = Field(default=100, ge=0)
    attribute_weight: float = Field(default=1.0, ge=0)
    """Alpha of the paper's loss."""
    binding_weight: float = Field(default=1.0, ge=0)
    """Beta of the paper's loss."""
    temperature: float = Field(default=0.07, gt=0)
    bank_size: int = Field(default=4096, ge=0)
    """Colour vectors kept for the stages that bind to a bank."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    combination_every: int = Field(default=2, ge=1)
    """A step in so many also trains one combination of two to four modalities."""
    checkpoint_every: int = Field(default=100, ge=1)
    """Steps between checkpoints; a killed run loses no more than these."""
    precision: Literal["32-true", "bf16-mixed"] = "32-true"

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> Stage:
        """The stage that step (from 0) belongs to.

        >>> stages = (Stage(name="a", modalities="synthesised", steps=2),
        ...           Stage(name="b", modalities="paired", steps=1))
        >>> config = TrainingConfig(stages=stages, checkpoint_every=1)
        >>> [config.stage_at(step).name for step in range(3)]
        ['a', 'a', 'b']
        """
        end = 0
        for stage in self.stages:
            end += stage.steps
            if step < end:
                return stage
        return self.stages[-1]

    def parts_at(self, step: int) -> bool:
        """Whether at this step infrared and sketch get tokenizers of their own."""
        return (
            step > 0
            and self.stage_at(step - 1).one_tokenizer
            and not self.stage_at(step).one_tokenizer
        )

    @model_validator(mode="after")
    def _whole_rounds(self) -> TrainingConfig:
        if self.steps % self.checkpoint_every:
            raise ValueError(
                f"the stages' {self.steps} steps are no multiple of checkpoint_every "
                f"({self.checkpoint_every})"
            )
        return self


def read_config(path: Path) -> TrainingConfig:
    """Read a recipe from TOML.

    Raises:
        InputError: not readable, not TOML, an unknown key or a value out of range.
    """
    try:
        return TrainingConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(
            f"the recipe {path} cannot be read", str(error.strerror), "check the path"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the recipe {path} is no TOML", str(error), "mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the recipe"
        raise InputError(
            f"the recipe {path} is refused",
            f"{where}: {first['msg']}",
            "see docs/training.md for every key",
        ) from error
