"""The model folder: everything that inference needs, described and checked by one file."""

from __future__ import annotations

import hashlib
import json
import math
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from omnireid.errors import ModelError
from omnireid.observation import Modality

DESCRIPTION = "model.json"
FORMAT = 1
"""Raised when a reader of today could not read tomorrow's folder."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Preprocessing(_Strict):
    """How a picture becomes the network's input: resized, infrared and sketch made grey."""

    height: int = Field(ge=16)
    width: int = Field(ge=16)
    resampling: Literal["bilinear", "bicubic", "box"]
    text_length: int = Field(ge=1)


class Attribute(_Strict):
    """One attribute that the model reads off a picture, and its values in the logits' order."""

    name: str
    values: tuple[str, ...]
    temperature: float = Field(default=1.0, gt=0)
    """Divides the logits, so that the probabilities can be believed."""


class Calibration(_Strict):
    """What a cosine means for one kind of query against one kind of gallery.

    `no_match`: below this best cosine the person is probably not in the gallery; the threshold at
    which one search in ten for an absent person (FAR 10 %) would still pass; `strict`: one in a
    hundred (FAR 1 %).
    """

    slope: float
    offset: float
    no_match: float
    strict: float

    def probability(self, cosine: float) -> float:
        """Probability that a candidate with this cosine is the same identity.

        >>> round(Calibration(slope=10, offset=-5, no_match=0.4, strict=0.6).probability(0.5), 3)
        0.5
        """
        return 1.0 / (1.0 + math.exp(-(self.slope * cosine + self.offset)))


class Fusion(_Strict):
    """How the vector of several modalities is put together, measured on people not trained on.

    The normalised weighted sum of `joint`, the vector of all tokens read at once, and of the
    vectors of single modalities. A weak modality gets the weight that it is worth.
    """

    joint: float = Field(ge=0)
    single: dict[Modality, float]


class ModelInfo(_Strict):
    """`model.json`. Files are named relative to the folder; each has its sha-256."""

    format: int
    name: str
    version: str
    modalities: tuple[Modality, ...]
    width: int
    token_width: int
    preprocessing: Preprocessing
    attributes: tuple[Attribute, ...]
    calibration: dict[str, Calibration]
    """Keys `QUERY>GALLERY`, modalities joined by + in token order, such as `sketch+text>rgb`."""
    fusion: dict[str, Fusion] = {}
    """Keys as the query's in `calibration`; a combination that is absent is its joint vector."""
    frozen_encoder: str
    frozen_encoder_origin: str
    licence: str
    training_data: str
    files: dict[str, str]

    def calibration_of(
        self, query: tuple[Modality, ...], gallery: tuple[Modality, ...]
    ) -> Calibration | None:
        """The calibration for modalities of query and item, None where it was not measured."""
        key = ">".join("+".join(m for m in Modality if m in kinds) for kinds in (query, gallery))
        return self.calibration.get(key)

    @property
    def model_id(self) -> str:
        """Names one space of vectors: name, version, and a digest of all that vectors depend on."""
        parts = [self.preprocessing.model_dump_json(), json.dumps(self.files, sort_keys=True)]
        if self.fusion:
            parts.append(self.model_dump_json(include={"fusion"}))
        return (
            f"{self.name}@{self.version}:{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}"
        )


def find_model_folder(name_or_path: str | Path) -> Path:
    """The folder of a shipped model by name, or of any model by path.

    Raises:
        ModelError: no such model; the message lists those that are shipped.
    """
    path = Path(name_or_path)
    if (path / DESCRIPTION).is_file():
        return path
    shipped = shipped_models()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    raise ModelError(
        f"no model called {str(name_or_path)!r}",
        f"it is no folder with a {DESCRIPTION}, and the shipped models are: "
        + (", ".join(sorted(shipped)) or "none"),
        "give one of these names, or the path of a model folder",
    )


def shipped_models() -> dict[str, Path]:
    """The models inside the package: name to folder."""
    root = Path(str(resources.files("omnireid"))) / "models"
    return {found.parent.name: found.parent for found in sorted(root.glob(f"*/{DESCRIPTION}"))}


def read_model_folder(folder: Path) -> ModelInfo:
    """Read `model.json` and check every file against its sha-256.

    Raises:
        ModelError: a missing or malformed description, a missing file or a changed byte.
    """
    try:
        info = ModelInfo.model_validate_json((folder / DESCRIPTION).read_bytes())
    except OSError as error:
        raise ModelError(
            f"{folder} is no model folder", f"{DESCRIPTION} cannot be read", "copy the whole folder"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelError(
            f"{folder / DESCRIPTION} is malformed",
            f"{where}: {first['msg']}",
            "copy the model folder again from where it was exported",
        ) from error
    if info.format != FORMAT:
        raise ModelError(
            f"{folder} has the format {info.format}",
            f"this version of omnireid reads format {FORMAT}",
            "upgrade omnireid, or export the model with this version",
        )
    for name, expected in info.files.items():
        _check_file(folder, name, expected)
    needed = (*(f"{m}.onnx" for m in info.modalities), "encoder.onnx", "vocabulary.json")
    # What is not listed would be neither checked nor part of the model's id.
    if unlisted := [name for name in needed if name not in info.files]:
        raise ModelError(
            f"{folder / DESCRIPTION} is refused",
            f"it states no sha-256 of {', '.join(unlisted)}",
            "copy the model folder again from where it was exported",
        )
    return info


def sha256_of(path: Path) -> str:
    """The sha-256 of a file as hex digits, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(folder: Path, name: str, expected: str) -> None:
    if Path(name).name != name:
        raise ModelError(
            f"{folder / DESCRIPTION} is refused",
            f"it names a file outside its folder: {name!r}",
            "get the model folder from a source that you trust",
        )
    path = folder / name
    if not path.is_file():
        raise ModelError(
            f"the model folder {folder} is not whole",
            f"{name} is missing",
            "copy the whole folder again",
        )
    if sha256_of(path) != expected:
        raise ModelError(
            f"the model file {path} is damaged or was changed",
            "its sha-256 is not the one in model.json",
            "copy the model folder again; never edit its files by hand",
        )
