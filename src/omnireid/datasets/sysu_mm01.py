"""SYSU-MM01: `cam1` … `cam6`, a folder per person; cameras 3 and 6 are infrared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from omnireid.datasets.layout import first_present, pictures_in, read_lines, read_mat, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample, pictures
from omnireid.errors import InputError
from omnireid.observation import Modality

RGB_CAMERAS = ("1", "2", "4", "5")
INFRARED_CAMERAS = ("3", "6")
DARK_CAMERAS = frozenset(INFRARED_CAMERAS)
PERMUTATIONS = ("exp/rand_perm_cam.mat", "data_split/rand_perm_cam.mat")


def load(root: Path, card: Card) -> DataSet:
    """Read the persons of each id list. Splits: `test.rgb`, `test.infrared`, the same for train
    and val. Identities ascend, then cameras, then names: the official draws count on it.

    Raises:
        InputError: the layout is not SYSU-MM01's.
    """
    require(root, card, [f"cam{camera}" for camera in range(1, 7)])
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for part in ("train", "val", "test"):
        if part == "val" and not (root / "exp/val_id.txt").exists():
            continue
        listed = first_present(root, card, (f"exp/{part}_id.txt",))
        identities = _identities(listed)
        for modality, cameras in (("rgb", RGB_CAMERAS), ("infrared", INFRARED_CAMERAS)):
            splits[f"{part}.{modality}"] = tuple(
                sample
                for identity in identities
                for camera in cameras
                for sample in _pictures(root, identity, camera, problems)
            )
    return DataSet(card.name, root, splits, tuple(problems))


def official_permutations(dataset: DataSet) -> dict[tuple[str, str], list[list[int]]]:
    """The published gallery draw: (identity, camera) -> for each trial, 0-based picture places.

    Raises:
        InputError: `rand_perm_cam.mat` is not there, or has another structure.
    """
    path = next(
        (dataset.root / name for name in PERMUTATIONS if (dataset.root / name).exists()), None
    )
    if path is None:
        raise InputError(
            "the official SYSU-MM01 gallery draw cannot be used",
            f"{PERMUTATIONS[0]} is not under {dataset.root}",
            "take it from github.com/wuancong/SYSU-MM01 (evaluation/data_split), or use the "
            "protocol without `.official`",
        )
    cells: Any = read_mat(path).get("rand_perm_cam")
    try:
        found: dict[tuple[str, str], list[list[int]]] = {}
        for camera in RGB_CAMERAS:
            people = np.asarray(cells[int(camera) - 1][0], dtype=object).squeeze()
            for index, table in enumerate(people):
                rows = np.atleast_2d(np.asarray(table))
                if rows.size:
                    found[f"{index + 1:04d}", camera] = (rows.astype(int) - 1).tolist()
        return found
    except (TypeError, IndexError, ValueError) as error:
        raise InputError(
            f"{path} is not the official draw",
            f"its structure differs ({type(error).__name__}: {error})",
            "copy it again from the official evaluation code",
        ) from error


def _identities(listed: Path) -> list[str]:
    words = ",".join(read_lines(listed)).replace(" ", ",").split(",")
    try:
        return [f"{number:04d}" for number in sorted({int(word) for word in words if word})]
    except ValueError as error:
        raise InputError(
            f"{listed} is not a list of identities", str(error), "copy the file again"
        ) from error


def _pictures(root: Path, identity: str, camera: str, problems: list[Problem]) -> list[Sample]:
    folder = root / f"cam{camera}" / identity
    if not folder.is_dir():
        return []  # not everybody walked past every camera
    samples: list[Sample] = []
    for path in pictures_in(folder):
        if path.stat().st_size == 0:
            problems.append(Problem(str(path), "the file is empty"))
            continue
        content = pictures(Modality.INFRARED if camera in DARK_CAMERAS else Modality.RGB, path)
        light = "night" if camera in DARK_CAMERAS else "day"
        picture = f"cam{camera}/{identity}/{path.stem}"
        samples.append(Sample(identity, camera=camera, picture=picture, light=light, **content))
    return samples
