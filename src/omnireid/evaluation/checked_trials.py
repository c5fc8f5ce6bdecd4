"""Which queries of a trial can be scored: read from the labels alone, without a similarity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from omnireid.datasets import Sample
from omnireid.evaluation.draws import Trial
from omnireid.evaluation.exclusion import Exclusion
from omnireid.evaluation.ranking import Validity, query_validity
from omnireid.evaluation.running import label_samples

UNREADABLE = "a picture of it cannot be read"
_EXAMPLES = 3


@dataclass(frozen=True)
class TrialCheck:
    """One trial's counts, and for each reason how many queries it costs, with a few of them."""

    number: int
    num_query: int
    num_scorable: int
    num_gallery: int
    unscorable: dict[str, int]
    examples: dict[str, tuple[str, ...]]


def readable(drawn: Trial, unreadable: Collection[Sample]) -> Trial:
    """The trial as an evaluation has it: what cannot be read is on neither side."""
    return Trial(
        tuple(sample for sample in drawn.query if sample not in unreadable),
        tuple(sample for sample in drawn.gallery if sample not in unreadable),
    )


def check_trial(
    number: int, drawn: Trial, rule: Exclusion, unreadable: Collection[Sample]
) -> TrialCheck:
    """Count a trial's queries that can be scored under a rule, and the others by reason."""
    trial = readable(drawn, unreadable)
    by_reason = {
        UNREADABLE: [sample for sample in drawn.query if sample in unreadable],
        **_without_positive(trial, rule),
    }
    by_reason = {reason: samples for reason, samples in by_reason.items() if samples}
    lacking = lacking_labels(trial, rule)
    return TrialCheck(
        number,
        len(drawn.query),
        len(drawn.query) - sum(map(len, by_reason.values())),
        len(trial.gallery),
        {reason: len(samples) for reason, samples in by_reason.items()},
        {
            reason: tuple(_name(sample) for sample in samples[:_EXAMPLES])
            for reason, samples in by_reason.items()
            if reason != lacking  # it is true of every query, and names none
        },
    )


def scorable(trial: Trial, rule: Exclusion) -> int | None:
    """Scorable queries under a rule; None where the data lack the labels that it compares."""
    if lacking_labels(trial, rule) is not None:
        return None
    return len(trial.query) - sum(map(len, _without_positive(trial, rule).values()))


def lacking_labels(trial: Trial, rule: Exclusion) -> str | None:
    """Which labels the rule compares and nobody names, in words."""
    for compared, what, label in (
        (rule.needs_cameras, "cameras", "camera"),
        (rule.same_identity_and_picture, "pictures", "picture"),
    ):
        asked, kept = (
            any(getattr(sample, label) is not None for sample in side)
            for side in (trial.query, trial.gallery)
        )
        if compared and not (asked and kept):
            silent = "queries name" if kept else "gallery names" if asked else "data name"
            return f"the rule compares {what} and the {silent} none"
    return None


def _without_positive(trial: Trial, rule: Exclusion) -> dict[str, list[Sample]]:
    """Readable queries that cannot be scored, by reason."""
    lacking = lacking_labels(trial, rule)
    if lacking is not None:
        return {lacking: list(trial.query)}
    codes = query_validity(label_samples(trial.query, trial.gallery, rule))
    return {
        code.reason: [trial.query[row] for row in np.flatnonzero(codes == code)]
        for code in (Validity.NOT_IN_GALLERY, Validity.ALL_EXCLUDED)
    }


def _name(sample: Sample) -> str:
    return str(sample.files[0]) if sample.files else f"{sample.identity}: {sample.text}"
