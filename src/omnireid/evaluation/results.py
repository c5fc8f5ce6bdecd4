"""Results of a retrieval evaluation: every figure with the counts and rules that it depends on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from omnireid.errors import InputError


def _known(value: object) -> object:
    return math.nan if value is None else value


Share = Annotated[float, BeforeValidator(_known)]
"""A fraction; NaN where unknown, which JSON writes as null."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrialFigures(_Value):
    """One trial's figures, as fractions; its number counts from 1."""

    number: int = Field(ge=1, default=1)
    rank1: Share
    mAP: Share  # noqa: N815 - the field's name for it
    mINP: Share  # noqa: N815
    num_query: int
    num_valid: int
    num_gallery: int


class RetrievalResult(_Value):
    """CMC, mAP and mINP as fractions, with every count and rule; NaN where nothing was valid.

    `cmc[k - 1]` is CMC at rank k. With several trials the figures are means over them, `per_trial`
    holds each, and the counts are those of the first. `protocol_trials` is how many the protocol
    has: fewer may have been run.

    Raises:
        ValueError: counts that contradict each other, or a figure outside 0..1.
    """

    cmc: tuple[Share, ...] = Field(min_length=1)
    mAP: Share  # noqa: N815 - the field's name for it
    mINP: Share  # noqa: N815
    num_query: int = Field(ge=0)
    num_valid: int = Field(ge=0)
    num_gallery: int = Field(ge=0)
    invalid: dict[str, int]
    exclusion: str
    ap_rule: str
    cmc_rule: str
    tie_rule: str
    ranking: str
    trials: int = Field(ge=1)
    protocol_trials: int = Field(ge=1, default=1)
    per_trial: tuple[TrialFigures, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.num_valid + sum(self.invalid.values()) != self.num_query:
            raise ValueError("valid and invalid queries do not add up to all queries")
        if self.trials != len(self.per_trial):
            raise ValueError("there is not one entry for each trial")
        figures = (*self.cmc, self.mAP, self.mINP)
        if self.num_valid == 0:
            if not all(math.isnan(figure) for figure in figures):
                raise ValueError("figures without a valid query")
        elif not all(0.0 <= figure <= 1.0 for figure in figures):
            raise ValueError("a figure lies outside 0..1")
        if any(later < earlier for earlier, later in zip(self.cmc, self.cmc[1:], strict=False)):
            raise ValueError("a CMC curve never falls")
        return self

    @property
    def rank1(self) -> float:
        """CMC at rank 1."""
        return self.cmc[0]

    def at(self, rank: int) -> float:
        """CMC at a rank; beyond the stored curve it is unknown.

        Raises:
            InputError: a rank outside the stored curve.
        """
        if not 1 <= rank <= len(self.cmc):
            raise InputError(
                f"CMC at rank {rank} is not known",
                f"the curve was kept for ranks 1 to {len(self.cmc)}",
                "evaluate with a larger max_rank",
            )
        return self.cmc[rank - 1]

    def __str__(self) -> str:
        if self.num_valid:
            ranks = [rank for rank in (1, 5, 10, 20) if rank <= len(self.cmc)]
            figures = ", ".join(f"rank-{rank} {self.at(rank):.2%}" for rank in ranks)
            figures += f", mAP {self.mAP:.2%}, mINP {self.mINP:.2%}"
        else:
            figures = "no query could be scored"
        reasons = "".join(f"; {count:,} not: {why}" for why, count in sorted(self.invalid.items()))
        return (
            f"{figures} | {self.num_valid:,} of {self.num_query:,} queries scored{reasons} | "
            f"gallery {self.num_gallery:,} | ranked by {self.ranking} | "
            f"exclusion: {self.exclusion} | AP: {self.ap_rule} | CMC: {self.cmc_rule} | "
            f"ties: {self.tie_rule} | trials: {self.trials}{self._part()}{self._spread()}"
        )

    def _part(self) -> str:
        if self.trials >= self.protocol_trials:
            return ""
        numbers = ", ".join(str(trial.number) for trial in self.per_trial)
        return f" of {self.protocol_trials} (number {numbers})"

    def _spread(self) -> str:
        if self.trials == 1:
            return ""
        first = [trial.rank1 for trial in self.per_trial]
        precision = [trial.mAP for trial in self.per_trial]
        text = (
            f" (rank-1 {min(first):.2%} to {max(first):.2%}, "
            f"mAP {min(precision):.2%} to {max(precision):.2%}"
        )
        counts = {(t.num_query, t.num_valid, t.num_gallery) for t in self.per_trial}
        return text + ("; counts differ between trials)" if len(counts) > 1 else ")")


def mean_of_trials(results: Sequence[RetrievalResult]) -> RetrievalResult:
    """The mean over trials of the same protocol; trials without a valid query count as NaN.

    Raises:
        InputError: no trial, or trials evaluated under different rules.
    """
    if not results:
        raise InputError("no trial to average", "the list is empty", "run at least one trial")
    first = results[0]
    rules = {
        (r.exclusion, r.ap_rule, r.cmc_rule, r.tie_rule, r.ranking, len(r.cmc)) for r in results
    }
    if len(rules) > 1:
        raise InputError(
            "trials that cannot be averaged",
            "they were evaluated under different rules",
            "evaluate every trial with the same protocol",
        )
    if len({r.num_valid == 0 for r in results}) > 1:
        raise InputError(
            "trials that cannot be averaged",
            "some have no valid query and others do",
            "check the splits of the trials",
        )
    count = len(results)
    return first.model_copy(
        update={
            "cmc": tuple(
                math.fsum(column) / count for column in zip(*(r.cmc for r in results), strict=True)
            ),
            "mAP": math.fsum(r.mAP for r in results) / count,
            "mINP": math.fsum(r.mINP for r in results) / count,
            "trials": sum(r.trials for r in results),
            "per_trial": tuple(trial for r in results for trial in r.per_trial),
        }
    )
