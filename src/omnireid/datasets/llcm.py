"""LLCM: low-light pictures of nine cameras, visible and near infrared, a folder per person."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.layout import pictures_in, present, read_lines, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample, pictures
from omnireid.errors import InputError
from omnireid.observation import Modality

FOLDERS = {"rgb": "test_vis", "infrared": "test_nir"}
TRAIN_LISTS = {"rgb": "idx/train_vis.txt", "infrared": "idx/train_nir.txt"}


def load(root: Path, card: Card) -> DataSet:
    """Read `test.rgb` and `test.infrared` from folders, `train.*` from their lists if present.

    Identities ascend, then cameras, then names: the official draw counts on it.

    Raises:
        InputError: the layout is not LLCM's.
    """
    require(root, card, ["idx/test_id.txt", *FOLDERS.values()])
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    listed = root / "idx/test_id.txt"
    try:
        numbers = sorted(
            {int(word) for line in read_lines(listed) for word in line.split(",") if word.strip()}
        )
    except ValueError as error:
        raise InputError(
            f"{listed} is not a list of identities", str(error), "copy the file again"
        ) from error
    for modality, folder in FOLDERS.items():
        cameras = sorted(
            (path.name for path in (root / folder).iterdir() if path.name.startswith("cam")),
            key=lambda name: (len(name), name),
        )
        splits[f"test.{modality}"] = tuple(
            _sample(path, f"{number:04d}", camera.removeprefix("cam"), modality)
            for number in numbers
            for camera in cameras
            if (root / folder / camera / f"{number:04d}").is_dir()
            for path in pictures_in(root / folder / camera / f"{number:04d}")
        )
    for modality, name in TRAIN_LISTS.items():
        if (root / name).is_file():
            splits[f"train.{modality}"] = tuple(_listed(root, name, modality, problems))
    return DataSet(card.name, root, splits, tuple(problems))


def _sample(path: Path, identity: str, camera: str, modality: str) -> Sample:
    return Sample(
        identity,
        camera=camera,
        picture=f"{camera}/{identity}/{path.stem}",
        **pictures(Modality.parse(modality), path),
    )


def _listed(root: Path, name: str, modality: str, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for number, line in enumerate(read_lines(root / name), 1):
        fields = line.rsplit(maxsplit=1)
        if len(fields) != 2:
            problems.append(Problem(f"{name}, line {number}", f"not `path label`: {line!r}"))
        elif present(root / fields[0], problems):
            samples.append(
                Sample(
                    f"train:{fields[1]}",
                    picture=Path(fields[0]).stem,
                    **pictures(Modality.parse(modality), root / fields[0]),
                )
            )
    return samples
