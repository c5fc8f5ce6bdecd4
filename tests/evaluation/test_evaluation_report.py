"""Reports and tables as JSON, CSV and pages."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from colour_people import ColourEncoder

from omnireid.datasets import DataSet, Problem, Sample, load_dataset
from omnireid.evaluation import (
    NO_EXCLUSION,
    Acquaintance,
    EmbeddingCache,
    EvaluationReport,
    GroupFigures,
    Interval,
    ModelFacts,
    OpenSetPoint,
    Options,
    RetrievalResult,
    TableRow,
    check_data,
    evaluate_protocol,
    evaluate_retrieval,
    find_protocol,
    in_words,
    leave_one_out,
    make_report,
    orbench_averages,
    report_page,
    table_page,
    table_row,
    training_in_words,
    write_report,
    write_table,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def report(people: Path, encoder: ColourEncoder) -> EvaluationReport:
    data, cache = load_dataset("folder", people), EmbeddingCache(None)
    evaluation = evaluate_protocol(encoder, data, find_protocol("folder"), cache)
    facts = ModelFacts(encoder.model_id, "Apache-2.0", "rendered people and Market-1501")
    return make_report(
        encoder,
        facts,
        data,
        evaluation,
        cache,
        Options(),
        created=NOW,
        trained_on={"folder": data.split("gallery")[:1]},
    )


def test_files_hold_the_same_figures(report: EvaluationReport, tmp_path: Path) -> None:
    as_json, as_csv, page = write_report(report, tmp_path / "out")
    document = json.loads(as_json.read_text(encoding="utf-8"))
    assert document["result"]["mAP"] == report.result.mAP
    assert document["result"]["exclusion"] == report.result.exclusion
    with as_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (value,) = [r["value"] for r in rows if (r["section"], r["metric"]) == ("result", "mAP")]
    assert float(value) == report.result.mAP
    sections = {row["section"] for row in rows}
    assert {"combination", "missing", "gallery size", "open set", "camera"} <= sections
    assert f"{report.result.mAP:.1%}" in page.read_text(encoding="utf-8")


def test_the_page_stands_alone_and_says_every_rule(report: EvaluationReport) -> None:
    page = report_page(report)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    within = [address for address in addresses if address.startswith("#")]
    assert all(f'id="{address[1:]}"' in page for address in within)
    assert all(
        address.startswith("data:image/jpeg;base64,")
        for address in addresses
        if address not in within
    )
    assert len(addresses) > len(within) > 0
    assert "<script" not in page
    assert "http" not in page
    for words in (
        "12 of 12 scored",
        "same_camera (same identity and same camera removed)",
        "lower gallery index first",
        "files in training and test: 1",
        "rgb+infrared+sketch+text",
    ):
        assert words in page


def test_findings_are_said_in_words(report: EvaluationReport) -> None:
    result = report.result
    sentences = in_words(report)
    assert f"In {result.rank1:.1%}" in sentences[0] or "In 100%" in sentences[0]
    assert "interval over people" in sentences[0]
    page = report_page(report)
    assert all(sentence in page for sentence in sentences)
    # A part is called weaker only where its whole interval lies below the overall figure.
    weak = Interval(0.1, 0.05, 0.2, 40, 20)
    unsure = Interval(0.1, 0.05, 1.0, 40, 20)
    parts = (
        *report.breakdowns,
        GroupFigures("camera", "cellar", weak, weak),
        GroupFigures("camera", "roof", unsure, unsure),
    )
    said = " ".join(in_words(replace(report, breakdowns=parts)))
    assert "Surely weaker than the rest: camera cellar, 10.0%" in said
    assert "roof" not in said


def test_thresholds_that_do_not_hold_are_named(report: EvaluationReport) -> None:
    first = report.open_set[0]
    loose = OpenSetPoint(0.1, 0.2, 0.45, 0.1, 0.9, 20, 20, 1)
    holds = OpenSetPoint(0.01, 0.9, 0.01, 0.5, 0.5, 20, 20, 1)
    open_set = (replace(first, own=(loose, holds)), *report.open_set[1:])
    changed = replace(report, open_set=open_set)
    (sentence,) = [one for one in in_words(changed) if "own threshold" in one]
    assert "no_match" in sentence
    assert f"{first.combination.split('>')[0]} (45.0%)" in sentence
    assert "45.0%" in report_page(changed)


def test_a_description_in_json_is_read_out() -> None:
    assert training_in_words('{"people": 2000, "seed": "a"}') == "people 2,000, seed a"
    assert training_in_words("Market-1501") == "Market-1501"
    assert training_in_words("[1]") == "[1]"


def test_without_pictures_nobody_is_shown(report: EvaluationReport) -> None:
    page = report_page(report, pictures=False)
    assert "data:image" not in page
    assert "Worst rank lists" in page


def test_names_and_texts_cannot_break_the_page(report: EvaluationReport) -> None:
    evil = "<script>alert(1)</script>"
    shown = replace(report.best[0].query, text=evil, identity=evil)
    page = report_page(replace(report, model_id=evil, best=(replace(report.best[0], query=shown),)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_result_without_valid_queries_still_gets_its_page(encoder: ColourEncoder) -> None:
    data = DataSet(
        "folder",
        Path("x.csv"),
        {
            "query": (Sample("1", text="red blue"), Sample("2", text="green blue")),
            "gallery": (Sample("9", text="blue blue"),),
        },
    )
    cache = EmbeddingCache(None)
    options = Options(exclusion=NO_EXCLUSION)
    evaluation = evaluate_protocol(encoder, data, find_protocol("folder"), cache, options)
    report = make_report(
        encoder, ModelFacts(encoder.model_id), data, evaluation, cache, options, created=NOW
    )
    page = report_page(report)
    assert "No query could be scored" in page
    assert "2 not scored: the identity is not in the gallery" in page
    assert "nan" not in page.lower().replace("nanosecond", "")


def _result() -> RetrievalResult:
    return evaluate_retrieval(
        [[1.0, 0.0]],
        [[1.0, 0.1]],
        [1],
        [1],
        exclusion=NO_EXCLUSION,  # type: ignore[arg-type]
    )


def _row(protocol: str, dataset: str, model: str, known: Acquaintance) -> TableRow:
    return TableRow(protocol, dataset, model, known, _result(), None, (), "research", (), ())


def test_a_row_says_what_training_had_to_do_with_the_set(
    people: Path, encoder: ColourEncoder
) -> None:
    data = load_dataset("folder", people)
    evaluation = evaluate_protocol(encoder, data, find_protocol("folder"), EmbeddingCache(None))
    as_market = replace(evaluation, protocol=find_protocol("market1501"))
    for training, expected in (
        ("Market-1501", Acquaintance.TRAINED),
        ("Market-Sketch-1K", Acquaintance.SHARES),
        ("rendered people", Acquaintance.UNSEEN),
        ("", Acquaintance.UNKNOWN),
    ):
        row = table_row(as_market, ModelFacts("m", training_data=training), data)
        assert row.acquaintance is expected
    doubtful = replace(data, problems=(Problem("query", "2 found", wrong_count=True),))
    assert table_row(as_market, ModelFacts("m"), doubtful).wrong_counts == ("query: 2 found",)
    assert row.paper.rank1 == 79.6
    assert not any("AIO" in text for text in row.published)
    assert "SyRI, trained on rendered people only: rank-1 29.0%, mAP 10.8%" in row.published
    page = table_page([row], [ModelFacts("m")], created=NOW)
    assert "79.6%" in page


def test_what_a_copy_lacks_is_said_in_the_row(people: Path, encoder: ColourEncoder) -> None:
    lost = Problem("people.csv, row 9", "no picture and no text")
    data = replace(load_dataset("folder", people), problems=(lost,))
    protocol = replace(find_protocol("folder"), gallery_size=301)
    evaluation = evaluate_protocol(encoder, data, protocol, EmbeddingCache(None))
    row = table_row(evaluation, ModelFacts("m"), data)
    (note,) = row.notes
    assert note.startswith("rows and files that could not be used as they are: 1 (first: people.cs")
    (told,) = row.wrong_counts
    assert told.startswith("folder: gallery items drawn: 36, published: 301")
    assert told in map(str, check_data(data, protocol).problems)
    other = replace(row, wrong_counts=("query: items found: 2",))
    page = table_page([row, other], [ModelFacts("m")], created=NOW)
    assert "gallery items drawn: 36, published: 301; query: items found: 2" in page


def test_leave_one_out_takes_the_model_of_all_the_others() -> None:
    models = [
        ModelFacts("a", training_data="Market-1501 and SYSU-MM01"),
        ModelFacts("b", training_data="PKU-Sketch and SYSU-MM01"),
    ]
    unseen, trained = Acquaintance.UNSEEN, Acquaintance.TRAINED
    rows = [
        _row("market1501", "market1501", "a", trained),
        _row("market1501", "market1501", "b", unseen),
        _row("sysu.all.single", "sysu_mm01", "a", trained),
        _row("pku.s2r", "pku_sketch", "a", unseen),
        _row("pku.s2r", "pku_sketch", "b", trained),
    ]
    found = {one.dataset: one for one in leave_one_out(rows, models)}
    assert found["market1501"].model_id == "b"
    assert found["pku_sketch"].model_id == "a"
    assert found["sysu_mm01"].model_id is None
    assert found["pku_sketch"].rows == (rows[3],)
    assert leave_one_out(rows[:2], models) == ()


def test_orbench_tasks_are_averaged_by_number_of_modalities() -> None:
    rows = [
        _row("orbench.NIR", "orbench", "a", Acquaintance.UNSEEN),
        _row("orbench.TEXT", "orbench", "a", Acquaintance.UNSEEN),
        _row("orbench.TEXT+NIR", "orbench", "a", Acquaintance.UNSEEN),
    ]
    assert orbench_averages(rows) == {"a": {1: (1.0, 1.0, 2), 2: (1.0, 1.0, 1)}}


def test_the_table_shows_published_figures_licences_and_rules(tmp_path: Path) -> None:
    rows = [
        _row("market1501", "market1501", "a", Acquaintance.UNSEEN),
        _row("orbench.TEXT", "orbench", "a", Acquaintance.UNSEEN),
    ]
    models = [ModelFacts("a", training_data="ORBench")]
    page = table_page(rows, models, created=NOW)
    for words in ("Leave one domain out", "ReID5o", "signed agreement", "image-level"):
        assert words in page
    as_json, as_csv, _ = write_table(rows, models, tmp_path, created=NOW)
    assert len(json.loads(as_json.read_text(encoding="utf-8"))) == 2
    with as_csv.open(encoding="utf-8", newline="") as file:
        (first, _) = list(csv.DictReader(file))
    assert (first["protocol"], first["num_valid"], first["exclusion"]) == (
        "market1501",
        "1",
        "none (nothing removed)",
    )
