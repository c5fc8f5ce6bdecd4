"""SYNTH-PEDES: photos with generated captions and six attribute slots; for training only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omnireid.datasets.attribute_sentences import synth_pedes_sentence
from omnireid.datasets.layout import (
    captions_of,
    first_present,
    identity_of,
    present,
    read_json_list,
)
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

LISTS = ("synthpedes-dataset.json", "synthpedes_dataset.json")
"""The releases write the name either way."""

SLOTS = ("person", "hair", "upper", "lower", "shoes", "carried")
UNKNOWN = "unknown"


def load(root: Path, card: Card) -> DataSet:
    """Read `train`: a sample for each photo and caption; and `train.attributes`: a sample for each
    photo with a sentence of its six attribute slots, those that are unknown left out.

    Raises:
        InputError: the layout is not SYNTH-PEDES'.
    """
    listed = first_present(root, card, LISTS)
    problems: list[Problem] = []
    captioned: list[Sample] = []
    described: list[Sample] = []
    for number, record in enumerate(read_json_list(listed), 1):
        where = f"{listed.name}, record {number}"
        identity = identity_of(record.get("id")) if isinstance(record, dict) else None
        if identity is None or "file_path" not in record:
            problems.append(Problem(where, "no id or file_path"))
            continue
        path = root / str(record["file_path"])
        captions = captions_of(record)
        if not captions:
            problems.append(Problem(where, "the photo has no caption"))
        if not present(path, problems):
            continue
        captioned += [
            Sample(identity, rgb=(path,), text=text, picture=path.stem) for text in captions
        ]
        sentence = _slots(record.get("attributes"), where, problems)
        if sentence:
            described.append(Sample(identity, rgb=(path,), text=sentence, picture=path.stem))
    splits = {"train": tuple(captioned), "train.attributes": tuple(described)}
    return DataSet(card.name, root, splits, tuple(problems))


def _slots(attributes: Any, where: str, problems: list[Problem]) -> str | None:
    """A sentence of `man,black hair,black shirt,pink shorts,black shoes,unknown`."""
    if not attributes:
        return None
    listed = attributes if isinstance(attributes, list) else [attributes]
    joined = ",".join(map(str, listed))
    words = [word.strip().lower() for word in joined.split(",")]
    if len(words) != len(SLOTS):
        problems.append(
            Problem(where, f"{len(words)} attribute slots, not {len(SLOTS)}: {joined!r}; left out")
        )
        return None
    slot = {name: word for name, word in zip(SLOTS, words, strict=True) if word != UNKNOWN}
    return synth_pedes_sentence(slot) if slot else None
