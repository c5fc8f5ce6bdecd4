"""A report's main findings as sentences, for people who do not read tables of rates."""

from __future__ import annotations

import json

from omnireid.evaluation.bootstrap import Interval
from omnireid.evaluation.calibration import NO_MATCH_FAR, STRICT_FAR
from omnireid.evaluation.reporting import EvaluationReport
from omnireid.evaluation.thresholds import OpenSetFigures

_FAR = 0.1
_TELLING = 10
"""People, or searches, from which on a part is worth a sentence."""


def in_words(report: EvaluationReport) -> tuple[str, ...]:
    """Two to five sentences: how often right, where it is weakest, and what a threshold costs."""
    result = report.result
    if not result.num_valid:
        return ()
    sentences = [_right(report)]
    weakest = _weakest(report)
    if weakest:
        sentences.append(weakest)
    sentences += _thresholds(report)
    if result.num_valid < result.num_query:
        left = result.num_query - result.num_valid
        sentences.append(
            f"{left:,} of {result.num_query:,} searches could not be scored and are not in any "
            "figure; the reasons are below."
        )
    return tuple(sentences)


def training_in_words(training_data: str) -> str:
    """What a model was trained on; a description that is a JSON object is read out.

    >>> training_in_words('{"rendered identities": 2000}')
    'rendered identities 2,000'
    """
    try:
        described = json.loads(training_data)
    except ValueError:
        return training_data
    if not isinstance(described, dict):
        return training_data
    return ", ".join(
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
        for name, value in described.items()
    )


def _right(report: EvaluationReport) -> str:
    result = report.result
    whole = next((part.rank1 for part in report.breakdowns if part.kind == "all"), None)
    reach = min(10, len(result.cmc))
    interval = f" (95 % interval over people: {_span(whole)})" if whole is not None else ""
    return (
        f"In {_share(result.rank1)} of the searches the right person came first{interval}, in "
        f"{_share(result.at(reach))} among the first {reach}."
    )


def _weakest(report: EvaluationReport) -> str | None:
    """The part that is surely worse than the whole: its interval ends below the overall figure."""
    parts = [
        part
        for part in report.breakdowns
        if part.kind != "all"
        and part.rank1.num_identities >= _TELLING
        and part.rank1.high < report.result.rank1
    ]
    if not parts:
        return None
    worst = min(parts, key=lambda part: part.rank1.mean)
    return (
        f"Surely weaker than the rest: {worst.kind} {worst.group}, "
        f"{_share(worst.rank1.mean)} ({_span(worst.rank1)})."
    )


def _thresholds(report: EvaluationReport) -> list[str]:
    sentences: list[str] = []
    telling = [
        (figures, point)
        for figures in report.open_set
        for point in figures.points
        if point.far == _FAR and point.num_non_mated >= _TELLING
    ]
    if telling:
        figures, point = max(telling, key=lambda one: one[1].dir)
        best = f" (with {_query(figures)} queries)" if len(telling) > 1 else ""
        sentences.append(
            "If at most one in ten searches for an absent person may return somebody, "
            f"{_share(point.dir)} of the present people are still found first{best}."
        )
    for index, name in enumerate(("no_match", "strict")):
        loose = [
            f"{_query(figures)} ({_share(figures.own[index].fpir)})"
            for figures in report.open_set
            if figures.own and figures.own[index].fpir > 2 * figures.own[index].far
        ]
        if loose:
            meant = NO_MATCH_FAR if name == "no_match" else STRICT_FAR
            sentences.append(
                f"The model's own threshold {name} lets too many searches for absent people "
                f"through (meant: {_share(meant)}): {', '.join(loose)}. Calibrate it on data such "
                "as these."
            )
    return sentences


def _query(figures: OpenSetFigures) -> str:
    return figures.combination.split(">")[0]


def _share(value: float) -> str:
    return f"{value:.0%}" if value in (0.0, 1.0) else f"{value:.1%}"


def _span(interval: Interval) -> str:
    return f"{interval.low:.1%} to {interval.high:.1%}"
