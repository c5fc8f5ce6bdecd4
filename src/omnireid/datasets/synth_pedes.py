"""SYNTH-PEDES: photos with generated captions and six attribute slots; for training only."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.layout import present, read_json, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

LIST = "synthpedes-dataset.json"


def load(root: Path, card: Card) -> DataSet:
    """Read `train`: a sample for each photo and caption.

    Raises:
        InputError: the layout is not SYNTH-PEDES'.
    """
    require(root, card, [LIST])
    problems: list[Problem] = []
    samples: list[Sample] = []
    for number, record in enumerate(read_json(root / LIST), 1):
        if not isinstance(record, dict) or not {"id", "file_path"} <= record.keys():
            problems.append(Problem(f"{LIST}, record {number}", "no id or file_path"))
            continue
        path = root / str(record["file_path"])
        captions = [str(text) for text in record.get("captions", ()) if str(text).strip()]
        if not captions:
            problems.append(Problem(f"{LIST}, record {number}", "the photo has no caption"))
        if not present(path, problems):
            continue
        samples += [
            Sample(str(record["id"]), rgb=(path,), text=text, picture=path.stem)
            for text in captions
        ]
    return DataSet(card.name, root, {"train": tuple(samples)}, tuple(problems))
