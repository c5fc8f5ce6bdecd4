"""A report as files: JSON for machines, CSV for tables, one HTML page for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from omnireid.evaluation.bootstrap import Interval
from omnireid.evaluation.report_page import report_page, table_page
from omnireid.evaluation.reporting import EvaluationReport, ModelFacts
from omnireid.evaluation.tables import TableRow

COLUMNS = ("section", "group", "metric", "value", "low", "high", "queries", "identities")

TABLE_COLUMNS = (
    "protocol",
    "dataset",
    "model",
    "training",
    "rank1",
    "mAP",
    "mINP",
    "num_valid",
    "num_query",
    "num_gallery",
    "trials",
    "exclusion",
    "ap_rule",
    "cmc_rule",
    "ranking",
    "paper_rank1",
    "paper_mAP",
    "published",
    "notes",
    "wrong_counts",
    "licence",
)

Row = tuple[str, str, str, float | None, float | None, float | None, int | None, int | None]


def report_json(report: EvaluationReport) -> str:
    """The whole report as JSON; figures are fractions, NaN is null."""
    return TypeAdapter(EvaluationReport).dump_json(report, indent=2).decode()


def report_csv(report: EvaluationReport) -> str:
    """Every figure as a row, with its interval and counts where it has them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if cell is None else cell for cell in row] for row in _rows(report))
    return text.getvalue()


def write_report(report: EvaluationReport, folder: Path, *, pictures: bool = True) -> list[Path]:
    """Write `report.json`, `report.csv` and `report.html`; returns their paths.

    Without `pictures` the page shows no person: names and texts only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "report.json": report_json(report),
        "report.csv": report_csv(report),
        "report.html": report_page(report, pictures=pictures),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in contents]


def write_table(
    rows: Sequence[TableRow],
    models: Sequence[ModelFacts],
    folder: Path,
    *,
    created: datetime,
) -> list[Path]:
    """Write `table.json`, `table.csv` and `table.html`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TABLE_COLUMNS)
    for row in rows:
        result = row.result
        writer.writerow(
            [
                row.protocol,
                row.dataset,
                row.model_id,
                row.acquaintance,
                result.rank1,
                result.mAP,
                result.mINP,
                result.num_valid,
                result.num_query,
                result.num_gallery,
                result.trials,
                result.exclusion,
                result.ap_rule,
                result.cmc_rule,
                result.ranking,
                row.paper.rank1 / 100 if row.paper is not None else "",
                row.paper.mAP / 100 if row.paper is not None and row.paper.mAP else "",
                "; ".join(row.published),
                "; ".join(row.notes),
                "; ".join(row.wrong_counts),
                row.licence,
            ]
        )
    contents = {
        "table.json": TypeAdapter(list[TableRow]).dump_json(list(rows), indent=2).decode(),
        "table.csv": text.getvalue(),
        "table.html": table_page(rows, models, created=created),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in contents]


def _rows(report: EvaluationReport) -> Iterator[Row]:
    result = report.result
    for metric, value in (
        *((f"rank-{rank}", share) for rank, share in enumerate(result.cmc, 1)),
        ("mAP", result.mAP),
        ("mINP", result.mINP),
    ):
        yield ("result", report.protocol, metric, value, None, None, result.num_valid, None)
    for part in report.breakdowns:
        yield _interval_row(part.kind, part.group, "rank-1", part.rank1)
        yield _interval_row(part.kind, part.group, "mAP", part.mAP)
    for one in report.combinations:
        if one.rank1 is not None and one.mAP is not None:
            yield _interval_row("combination", one.query, "rank-1", one.rank1)
            yield _interval_row("combination", one.query, "mAP", one.mAP)
    for missing in report.missing:
        group = f"dropped with probability {missing.probability:g}"
        yield ("missing", group, "rank-1", missing.rank1, None, None, missing.num_queries, None)
        yield ("missing", group, "mAP", missing.mAP, None, None, missing.num_queries, None)
    for size, share in report.gallery_sizes:
        yield ("gallery size", f"{size} wrong images", "rank-1", share, None, None, None, None)
    for figures in report.open_set:
        for whose, points in (("", figures.points), ("own threshold for ", figures.own)):
            for point in points:
                for metric, value, count in (
                    ("DIR", point.dir, point.num_mated),
                    ("FPIR", point.fpir, point.num_non_mated),
                ):
                    name = f"{metric} at {whose}FAR {point.far:g}"
                    yield ("open set", figures.combination, name, value, None, None, count, None)
        if figures.reliability is not None:
            yield (
                "open set",
                figures.combination,
                "ECE",
                figures.reliability.ece,
                None,
                None,
                sum(figures.reliability.counts),
                None,
            )
    for figure in report.published:
        yield ("published", figure.method, "rank-1", figure.rank1 / 100, None, None, None, None)


def _interval_row(kind: str, group: str, metric: str, interval: Interval) -> Row:
    return (
        kind,
        group,
        metric,
        interval.mean,
        interval.low,
        interval.high,
        interval.num_queries,
        interval.num_identities,
    )
