"""The report as one self-contained HTML page: pictures and charts inside, nothing fetched."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from omnireid import __version__
from omnireid.datasets import find_card
from omnireid.errors import InputError
from omnireid.evaluation.charts import Line, interval_bar, line_chart, reliability_chart
from omnireid.evaluation.in_words import in_words, training_in_words
from omnireid.evaluation.open_set import FARS
from omnireid.evaluation.reporting import EvaluationReport, ModelFacts
from omnireid.evaluation.tables import TableRow, leave_one_out, orbench_averages
from omnireid.evaluation.thresholds import OpenSetFigures
from omnireid.images import open_image

THUMBNAIL = (72, 144)
_PROBLEMS_SHOWN = 50
_COUNTS_SHOWN = 8


def report_page(report: EvaluationReport, *, pictures: bool = True) -> str:
    """The page as HTML. Without `pictures` no person is shown, only names and texts."""
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            result=report.result,
            version=__version__,
            pictures=pictures,
            thumbnail=_thumbnail if pictures else _no_thumbnail,
            bar=interval_bar,
            words=in_words(report),
            trained_on=training_in_words(report.training_data),
            fars=FARS,
            own_thresholds=any(one.own for one in report.open_set),
            ranks=[rank for rank in (1, 5, 10, 20) if rank <= len(report.result.cmc)],
            cmc_chart=_cmc_chart(report),
            size_chart=_size_chart(report),
            missing_chart=_missing_chart(report),
            reliability_charts=_reliability_charts(report),
            problems_shown=_PROBLEMS_SHOWN,
        )
    )


def table_page(rows: Sequence[TableRow], models: Sequence[ModelFacts], *, created: datetime) -> str:
    """The table of protocols and models as HTML, with licences, leaks and published figures."""
    names = dict.fromkeys(row.dataset for row in rows)
    return (
        _environment()
        .get_template("table.html")
        .render(
            rows=rows,
            created=created,
            version=__version__,
            left_out=leave_one_out(rows, models),
            orbench=orbench_averages(rows),
            orbench_published=[f for f in find_card("orbench").figures if "average" in f.protocol],
            cards=[find_card(name) for name in names],
            wrong_counts=_wrong_counts(rows),
            counts_shown=_COUNTS_SHOWN,
            others={row.protocol: row.published for row in rows if row.published},
        )
    )


def _wrong_counts(rows: Sequence[TableRow]) -> dict[str, list[str]]:
    """What differs in the copy of each set, by its title: all that its rows tell."""
    found: dict[str, list[str]] = {}
    for row in rows:
        told = found.setdefault(find_card(row.dataset).title, [])
        told += [count for count in row.wrong_counts if count not in told]
    return {title: counts for title, counts in found.items() if counts}


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("omnireid.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=_percent, breakable=_breakable, number=lambda value: f"{value:,}"
    )
    return environment


def _percent(value: float | None) -> str:
    return f"{value:.1%}" if value is not None and math.isfinite(value) else "not known"


def _cmc_chart(report: EvaluationReport) -> Markup:
    if not report.result.num_valid:
        return Markup("")
    curves = [("all" if report.combinations else "CMC", report.result)]
    curves += [
        (one.query, one.result)
        for one in report.combinations
        if "+" not in one.query and one.result is not None and one.result.num_valid
    ]
    lines = [
        Line(name, tuple((float(rank), share) for rank, share in enumerate(result.cmc, 1)))
        for name, result in curves
    ]
    return line_chart(lines, "rank", title="CMC curve")


def _size_chart(report: EvaluationReport) -> Markup:
    points = tuple((float(size), share) for size, share in report.gallery_sizes if size)
    return line_chart(
        [Line("rank-1", points)],
        "wrong images in the gallery",
        logarithmic=True,
        title="Rank-1 against gallery size",
    )


def _missing_chart(report: EvaluationReport) -> Markup:
    return line_chart(
        [
            Line("rank-1", tuple((one.probability, one.rank1) for one in report.missing)),
            Line("mAP", tuple((one.probability, one.mAP) for one in report.missing)),
        ],
        "probability that a modality is dropped",
        title="Figures against missing modalities",
    )


def _breakable(name: str) -> Markup:
    """A combination's name that may break after each plus."""
    return Markup("+<wbr>").join(name.split("+"))


def _reliability_charts(report: EvaluationReport) -> list[tuple[OpenSetFigures, Markup]]:
    return [
        (
            one,
            reliability_chart(
                one.reliability.stated,
                one.reliability.observed,
                one.reliability.counts,
                title=f"Reliability of {one.combination}",
            ),
        )
        for one in report.open_set
        if one.reliability is not None
    ]


def _thumbnail(path: str) -> str:
    """A small JPEG as a data address; empty where the picture cannot be read any more."""
    try:
        picture = open_image(path)
    except InputError:
        return ""
    picture.thumbnail(THUMBNAIL)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()


def _no_thumbnail(_path: str) -> str:
    return ""
