"""What every data set becomes: samples in named splits, with what could not be used and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation


@dataclass(frozen=True)
class Sample:
    """One labelled observation on disk.

    `picture` names the photo that the sample is or was made from, so that a sketch can be kept
    from meeting its own photo. `light` is "day" or "night" where the set tells.

    Raises:
        InputError: a sample without an identity or without content.
    """

    identity: str
    rgb: tuple[Path, ...] = ()
    infrared: tuple[Path, ...] = ()
    sketch: tuple[Path, ...] = ()
    text: str | None = None
    camera: str | None = None
    picture: str | None = None
    light: str | None = None
    time: datetime | None = None

    def __post_init__(self) -> None:
        if not self.identity.strip():
            raise InputError("a sample without an identity", "it is empty", "name the person")
        if not self.modalities:
            raise InputError(
                f"a sample of {self.identity} without content",
                "it holds no picture and no text",
                "give at least one",
            )

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities present, in token order."""
        return tuple(m for m in Modality if getattr(self, m.value))

    @property
    def files(self) -> tuple[Path, ...]:
        """Every picture file of the sample."""
        return self.rgb + self.infrared + self.sketch

    def only(self, modalities: tuple[Modality, ...]) -> Sample:
        """The sample with these of its modalities alone.

        Raises:
            InputError: none of them is present.
        """
        return replace(
            self,
            rgb=self.rgb if Modality.RGB in modalities else (),
            infrared=self.infrared if Modality.INFRARED in modalities else (),
            sketch=self.sketch if Modality.SKETCH in modalities else (),
            text=self.text if Modality.TEXT in modalities else None,
        )

    def observation(self) -> Observation:
        """The sample as an encoder takes it, without its identity."""
        return Observation(
            rgb=self.rgb or None,
            infrared=self.infrared or None,
            sketch=self.sketch or None,
            text=self.text,
            camera=self.camera,
            time=self.time,
            source=str(self.files[0]) if self.files else None,
        )


class Pictures(TypedDict, total=False):
    """The picture arguments of a `Sample`."""

    rgb: tuple[Path, ...]
    infrared: tuple[Path, ...]
    sketch: tuple[Path, ...]


def pictures(modality: Modality, *paths: Path) -> Pictures:
    """Picture arguments of one image modality, for `Sample(..., **pictures(...))`.

    Raises:
        InputError: text, which is no picture.
    """
    if modality is Modality.RGB:
        return {"rgb": paths}
    if modality is Modality.INFRARED:
        return {"infrared": paths}
    if modality is Modality.SKETCH:
        return {"sketch": paths}
    raise InputError("text is no picture", "it has no file", "give it as `text`")


@dataclass(frozen=True)
class Problem:
    """Something of a data set that could not be used as it is, and why."""

    where: str
    reason: str
    wrong_count: bool = False
    """A count that differs from the published one: figures are then not comparable."""

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True)
class DataSet:
    """A public set as found on this machine.

    `splits`: samples by split name, in a fixed order. `problems`: files left out, and counts that
    differ from the published ones. `notes`: what was left out on purpose (junk), in words.
    """

    name: str
    root: Path
    splits: Mapping[str, tuple[Sample, ...]]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def split(self, name: str) -> tuple[Sample, ...]:
        """The samples of one split.

        Raises:
            InputError: this set, or this copy of it, has no such split.
        """
        if name not in self.splits:
            raise InputError(
                f"{self.name} has no split {name!r}",
                "this copy holds: " + (", ".join(sorted(self.splits)) or "nothing"),
                "check the layout with `omnireid eval --layout " + self.name + "`",
            )
        return self.splits[name]

    def summary(self) -> dict[str, tuple[int, int]]:
        """Items and identities of each split."""
        return {
            name: (len(samples), len({sample.identity for sample in samples}))
            for name, samples in self.splits.items()
        }
