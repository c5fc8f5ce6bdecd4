"""Precision, recall and F1 of yes-or-no decisions, and of attribute readings class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.labels import Labels


@dataclass(frozen=True)
class F1Score:
    """Precision, recall and F1 with the counts under them; a ratio of nothing to nothing is 0."""

    true_positives: int
    false_positives: int
    false_negatives: int

    def __post_init__(self) -> None:
        if min(self.true_positives, self.false_positives, self.false_negatives) < 0:
            raise InputError("a negative count", "counts are at least 0", "count again")

    @property
    def precision(self) -> float:
        """Share of the yes-decisions that are right."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """Share of the true cases that were found."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        wrong = self.false_positives + self.false_negatives
        return _ratio(2 * self.true_positives, 2 * self.true_positives + wrong)

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.2%}, precision {self.precision:.2%}, recall {self.recall:.2%} | "
            f"{self.true_positives} right, {self.false_positives} wrong, "
            f"{self.false_negatives} missed"
        )


def f1_score(predicted: npt.NDArray[np.bool_], actual: npt.NDArray[np.bool_]) -> F1Score:
    """F1 of decisions (n,) against the truth (n,).

    Raises:
        InputError: lengths that differ.

    >>> f1_score(np.array([True, True, False]), np.array([True, False, True])).f1
    0.5
    """
    said, true = np.asarray(predicted, dtype=np.bool_), np.asarray(actual, dtype=np.bool_)
    _check_lengths(said, true)
    return F1Score(int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum()))


def f1_by_class(predicted: Labels, actual: Labels) -> dict[str, F1Score]:
    """F1 of each class that was said or is true; `macro_f1` averages them.

    Raises:
        InputError: lengths that differ.

    >>> scores = f1_by_class(["red", "blue"], ["red", "red"])
    >>> round(scores["red"].f1, 3), scores["blue"].f1
    (0.667, 0.0)
    """
    said, true = np.asarray(predicted).astype(str), np.asarray(actual).astype(str)
    _check_lengths(said, true)
    names = np.unique(np.concatenate([said, true]))
    return {str(name): f1_score(said == name, true == name) for name in names}


def macro_f1(scores: dict[str, F1Score]) -> float:
    """Unweighted mean of F1 over classes; NaN without any."""
    return sum(score.f1 for score in scores.values()) / len(scores) if scores else float("nan")


def _check_lengths(said: npt.NDArray[np.generic], true: npt.NDArray[np.generic]) -> None:
    if said.shape != true.shape:
        raise InputError(
            "decisions and truth do not fit",
            f"their shapes are {said.shape} and {true.shape}",
            "give one decision for each case",
        )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
