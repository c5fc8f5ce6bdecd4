"""PA-100K: 100,000 outdoor pedestrians with 26 attributes in `annotation.mat`."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.attribute_sentences import pa100k_sentence
from omnireid.datasets.attribute_sets import sentence_splits
from omnireid.datasets.layout import first_present, present, read_mat, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError

FOLDERS = ("release_data/release_data", "release_data", "data", "images")


def load(root: Path, card: Card) -> DataSet:
    """Read `train`, `val` and `test`, each as `.images` and `.sentences`.

    Raises:
        InputError: the layout is not PA-100K's, or the annotation has another structure.
        MissingExtraError: SciPy is not installed.
    """
    require(root, card, ["annotation.mat"])
    folder = first_present(root, card, FOLDERS)
    mat = read_mat(root / "annotation.mat")
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    try:
        names = [str(cell[0][0]) for cell in mat["attributes"]]
        for part in ("train", "val", "test"):
            if f"{part}_images_name" not in mat:
                continue
            listed = zip(mat[f"{part}_images_name"], mat[f"{part}_label"], strict=True)
            described = [
                (
                    folder / str(cell[0][0]),
                    frozenset(name for name, flag in zip(names, row, strict=True) if flag),
                )
                for cell, row in listed
            ]
            kept = [one for one in described if present(one[0], problems)]
            splits.update(sentence_splits(part, kept, pa100k_sentence))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"{root / 'annotation.mat'} is not PA-100K's annotation",
            f"its structure differs ({type(error).__name__}: {error})",
            "copy the file again",
        ) from error
    return DataSet(card.name, root, splits, tuple(problems))
