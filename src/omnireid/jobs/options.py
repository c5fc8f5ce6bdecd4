"""What a job is told to do: one frozen, validated model a kind, stored as JSON in the ledger."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.sources import compile_template

DEFAULT_BITS = 12
"""Of 256: pictures that differ in no more are shown as nearly the same."""


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Pictures(_Options):
    camera: Annotated[str, Field(max_length=200)] | None = None
    modality: Modality = Modality.RGB
    pattern: Annotated[str, Field(max_length=500)] | None = None

    @field_validator("modality")
    @classmethod
    def _is_a_picture(cls, value: Modality) -> Modality:
        if value not in IMAGE_MODALITIES:
            raise ValueError("a picture is rgb, infrared or sketch")
        return value

    @field_validator("pattern")
    @classmethod
    def _can_be_used(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                compile_template(value)
            except InputError as error:
                raise ValueError(error.why) from error
        return value


class FolderOptions(_Pictures):
    """Index the pictures of a folder: camera and time from `pattern` or from `table`."""

    kind: Literal["folder"] = "folder"
    path: Path
    table: Path | None = None


class NotesOptions(_Options):
    """Index the rows of a note file. `path` is a CSV, TSV or XLSX file."""

    kind: Literal["notes"] = "notes"
    path: Path
    text_column: str = "text"
    camera_column: str | None = None
    time_column: str | None = None
    picture_column: str | None = None
    modality: Modality = Modality.RGB
    encoding: str | None = None
    sheet: str | None = None


class VideoOptions(_Pictures):
    """Index the walks in a video of a fixed camera. A pattern reads camera and start off its
    name."""

    kind: Literal["video"] = "video"
    path: Path
    start: datetime | None = None
    detector: Path | None = None


class ReindexOptions(_Options):
    """Write both derived indexes anew from the ledger, and read attributes that items lack."""

    kind: Literal["reindex"] = "reindex"


class NearDuplicatesOptions(_Options):
    """Find pictures that differ in at most `bits` of their 256-bit perceptual hash."""

    kind: Literal["near_duplicates"] = "near_duplicates"
    bits: Annotated[int, Field(ge=0, le=15)] = DEFAULT_BITS


Options: TypeAlias = (
    FolderOptions | NotesOptions | VideoOptions | ReindexOptions | NearDuplicatesOptions
)

_ADAPTER: TypeAdapter[Options] = TypeAdapter(Annotated[Options, Field(discriminator="kind")])


def read_options(values: object) -> Options:
    """The options in a form, a request or the ledger's JSON text.

    Raises:
        InputError: an option is missing, unknown or does not fit.

    >>> read_options({"kind": "folder", "path": "/srv/crops", "camera": "gate"}).camera
    'gate'
    """
    try:
        return _ADAPTER.validate_python(json.loads(values) if isinstance(values, str) else values)
    except ValidationError as error:
        first = error.errors()[0]
        # The first part of the place is the kind of job.
        name = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        why = first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"the option {name!r} cannot be used", why[:1].lower() + why[1:], "correct it"
        ) from error


def subject(options: Options) -> str:
    """What the job is about, as it is listed: a file or folder name, or nothing.

    >>> subject(FolderOptions(path=Path("/srv/crops")))
    '/srv/crops'
    """
    path = getattr(options, "path", None)
    return "" if path is None else str(path)


def camera_and_start(options: VideoOptions, name: str) -> tuple[str | None, datetime | None]:
    """Camera and start of a video, as given or else as its name tells.

    Raises:
        InputError: the name does not fit the pattern.
    """
    if options.pattern is None:
        return options.camera, options.start
    camera, time = compile_template(options.pattern).read(PurePosixPath(name))
    return camera or options.camera, time or options.start
