"""`omnireid eval` from the outside, with a model that sees colours."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from colour_people import ColourEncoder, paint
from typer.testing import CliRunner

import omnireid
from omnireid.cli import eval as command
from omnireid.errors import InputError


class Loaded(ColourEncoder):
    """As `omnireid.load()` gives it."""

    info = SimpleNamespace(licence="Apache-2.0", training_data="rendered people", calibration={})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    loaded = Loaded()
    monkeypatch.setattr(omnireid, "load", lambda _: loaded)

    def invoke(*arguments: str | Path, code: int = 0):
        found = CliRunner().invoke(app, ["eval", *map(str, arguments)])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found

    invoke.encoder = loaded
    return invoke


def test_a_table_of_ones_own_gets_a_table_and_reports(run, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run("--folder", people, "--out", out)
    assert "12 of 12 queries scored" in found.stdout.replace("\n", " ")
    names = {path.name for path in out.rglob("*") if path.is_file()}
    assert names == {
        "table.json",
        "table.csv",
        "table.html",
        "report.json",
        "report.csv",
        "report.html",
        "vectors.sqlite",
    }
    encoded = run.encoder.encoded
    run("--folder", people, "--out", out)
    assert run.encoder.encoded == encoded


def test_json_is_one_document(run, people: Path, tmp_path: Path) -> None:
    found = run("--folder", people, "--out", tmp_path / "out", "--json", "--rerank")
    (row,) = json.loads(found.stdout)
    assert row["result"]["num_valid"] == 12
    assert "re-ranking" in row["result"]["ranking"]
    assert row["acquaintance"] == "unseen"


def test_check_advises_on_data_of_one_camera(run, tmp_path: Path) -> None:
    lines = ["identity,camera,rgb"]
    for number in range(6):
        paint(tmp_path / f"{number}.png", "red", "blue", 40)
        lines.append(f"{number // 2},gate,{number}.png")
    table = tmp_path / "one.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    found = run("--folder", table, "--check", code=3)
    text = " ".join(found.stdout.split())
    assert "0 of 6 queries can be scored" in text
    assert "--exclusion same_picture" in text
    found = run("--folder", table, "--check", "--exclusion", "same_picture", "--json")
    (document,) = json.loads(found.stdout)
    assert document["num_scorable"] == 6
    assert run.encoder.encoded == 0


def test_check_says_what_differs_between_trials(run, tmp_path: Path) -> None:
    root = _regdb(tmp_path)
    arguments = ("regdb.v2t", "--data", f"regdb={root}", "--check")
    text = run(*arguments).stdout
    assert "trial 1 of 10: 2 of 2 queries can be scored against 2 gallery items" in text
    assert "the other 9 trials: the same counts" in text
    (root / "idx/test_thermal_3.txt").write_text("Thermal/2/t2.png 2", encoding="utf-8")
    (root / "idx/test_thermal_8.txt").write_text("Thermal/2/t2.png 2", encoding="utf-8")
    (root / "idx/test_visible_8.txt").write_text("Visible/1/v1.png 1", encoding="utf-8")
    text = run(*arguments, code=3).stdout
    assert (
        "the other 9 trials: 0 to 2 of 1 to 2 queries can be scored against 1 to 2 gallery" in text
    )
    assert "0 to 1 cannot: the identity is not in the gallery (most in trial 3: " in text
    assert "Nothing can be scored in trial 8." in text
    text = run(*arguments, "--trials", "1-2").stdout
    assert "trial 2: the same counts" in text
    text = run(*arguments, "--trials", "3").stdout
    assert "trial 3 of 10: 1 of 2 queries" in text
    (document,) = json.loads(run(*arguments, "--json", code=3).stdout)
    assert [one["num_scorable"] for one in document["trials"]] == [2, 2, 1, 2, 2, 2, 2, 0, 2, 2]


def test_one_unusable_set_does_not_cost_the_others(run, people: Path, tmp_path: Path) -> None:
    found = run(
        "folder",
        "market1501",
        "--folder",
        people,
        "--data",
        f"market1501={tmp_path / 'no'}",
        "--out",
        tmp_path / "out",
        code=3,
    )
    assert "12 of 12 queries scored" in " ".join(found.stdout.split())
    assert "Not evaluated: market1501" in found.stderr
    assert "To get the set" in found.stderr


def test_a_whole_set_is_evaluated_as_far_as_this_copy_goes(run, tmp_path: Path) -> None:
    for name, colours in (
        ("bounding_box_train/0001_c1_1.png", ("red", "blue")),
        ("query/0002_c1_1.png", ("green", "white")),
        ("bounding_box_test/0002_c2_1.png", ("green", "white")),
        ("bounding_box_test/0003_c2_1.png", ("red", "black")),
    ):
        paint(tmp_path / "detected" / name, *colours, 20)
    arguments = ("--data", f"cuhk03={tmp_path}", "--out", tmp_path / "out")
    found = run("cuhk03", *arguments)
    assert "1 of 1 queries scored" in " ".join(found.stdout.split())
    assert "Note: detected.query: items found: 1, published: 1,400" in found.stdout
    assert "Skipped: cuhk03.labelled" in found.stderr
    run("cuhk03.labelled", *arguments, code=3)


def test_a_check_of_a_whole_set_goes_as_far_as_this_copy(run, tmp_path: Path) -> None:
    for name in (
        "bounding_box_train/0001_c1_1.png",
        "query/0002_c1_1.png",
        "bounding_box_test/0002_c2_1.png",
    ):
        paint(tmp_path / "detected" / name, "green", "white")
    found = run("cuhk03", "--data", f"cuhk03={tmp_path}", "--check")
    assert "1 of 1 queries can be scored" in " ".join(found.stdout.split())
    assert "Skipped: cuhk03.classic.detected" in found.stderr
    found = run(
        *("pku.s2r", "cuhk03.detected", "--data", f"pku_sketch={tmp_path}"),
        *("--data", f"cuhk03={tmp_path}", "--check"),
        code=3,
    )
    assert "1 of 1 queries can be scored" in " ".join(found.stdout.split())
    assert "Not checked: pku.s2r" in found.stderr
    assert "To get the set" in found.stderr


def test_model_names_are_printed_as_they_are(run, people: Path, tmp_path: Path) -> None:
    run.encoder.model_id = "colours@1:a"
    found = run("--folder", people, "--out", tmp_path / "out")
    assert "folder, colours@1:a: rank-1" in found.stdout


def test_the_same_weights_twice_are_said_and_evaluated_once(
    run, people: Path, tmp_path: Path
) -> None:
    found = run(
        "--folder", people, "--model", "a", "--model", "copy", "--out", tmp_path / "out", "--json"
    )
    assert len(json.loads(found.stdout)) == 1
    assert "copy: the same weights as a model before it" in " ".join(found.stderr.split())


def test_training_files_in_the_test_are_reported(run, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run("--folder", people, "--trained-on", people, "--out", out, "--no-pictures")
    page = next(out.rglob("report.html")).read_text(encoding="utf-8")
    assert "files in training and test: 72. The result is not a test" in found.stdout
    assert "files in training and test: 72" in page
    assert "identity names in training and test: 12" in page
    assert "data:image" not in page


def test_names_of_another_set_are_not_compared(run, tmp_path: Path) -> None:
    for name in ("query/0002_c1_1.png", "bounding_box_test/0002_c2_1.png"):
        paint(tmp_path / "detected" / name, "green", "white")
    paint(tmp_path / "detected/bounding_box_train/0001_c1_1.png", "red", "blue")
    table = tmp_path / "numbers.csv"
    table.write_text("identity,camera,text\n0001,a,red blue\n0001,b,red green\n", encoding="utf-8")
    out = tmp_path / "out"
    run("--folder", table, "--trained-on", f"cuhk03={tmp_path}", "--out", out)
    page = next(out.rglob("report.html")).read_text(encoding="utf-8")
    assert "identity names" not in page


def test_sketches_name_no_camera_and_are_reported_beside_photos(run, tmp_path: Path) -> None:
    lines = ["identity,split,camera,rgb,sketch"]
    for number, (upper, lower) in enumerate((("red", "blue"), ("green", "white"))):
        for name in ("asked", "drawn", "gate", "yard"):
            paint(tmp_path / f"{number}-{name}.png", upper, lower, 20)
        lines += [
            f"{number},query,gate,{number}-asked.png,",
            f"{number},query,,,{number}-drawn.png",
            f"{number},gallery,gate,{number}-gate.png,",
            f"{number},gallery,yard,{number}-yard.png,",
        ]
    table = tmp_path / "people.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out"
    run("--folder", table, "--out", out)
    report = json.loads(next(out.rglob("report.json")).read_text(encoding="utf-8"))
    kinds = {one["query"]: one["result"] for one in report["combinations"] if one["result"]}
    assert {name: found["num_valid"] for name, found in kinds.items()} == {"rgb": 2, "sketch": 2}
    assert "same_camera" in kinds["sketch"]["exclusion"]


def test_unencodable_samples_are_noted_in_the_table(run, tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    rows = ("7,a,red blue", "7,b,red green", "8,a,unspeakable", "8,b,green blue")
    table.write_text("\n".join(("identity,camera,text", *rows)), encoding="utf-8")
    found = run("--folder", table, "--out", tmp_path / "out")
    assert "Note: samples that could not be encoded and are not counted: 1" in found.stdout
    assert "2 of 3 queries scored" in " ".join(found.stdout.split())


def test_figures_that_are_not_known_are_null_in_json(run, tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    table.write_text(
        "identity,split,camera,text\n7,query,a,red blue\n8,gallery,b,red green\n", encoding="utf-8"
    )
    found = run("--folder", table, "--out", tmp_path / "out", "--json")

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    (row,) = json.loads(found.stdout, parse_constant=refuse)
    assert row["result"]["mAP"] is None
    assert row["result"]["num_valid"] == 0
    assert "Nothing scored: folder; the same command with --check says why" in found.stderr
    report = next((tmp_path / "out").rglob("report.json")).read_text(encoding="utf-8")
    json.loads(report, parse_constant=refuse)


def _regdb(root: Path) -> Path:
    for person, colour in ((1, "red"), (2, "green")):
        for kind, letter in (("Visible", "v"), ("Thermal", "t")):
            paint(root / f"{kind}/{person}/{letter}{person}.png", colour, "blue", 20)
    (root / "idx").mkdir()
    for trial in range(1, 11):
        for kind, letter in (("Visible", "v"), ("Thermal", "t")):
            rows = [f"{kind}/{p}/{letter}{p}.png {p}" for p in (1, 2)]
            for part in ("train", "test"):
                (root / f"idx/{part}_{kind.lower()}_{trial}.txt").write_text("\n".join(rows))
    return root


def test_a_part_of_the_trials_is_said_and_wrong_numbers_are_refused(run, tmp_path: Path) -> None:
    arguments = ("regdb.v2t", "--data", f"regdb={_regdb(tmp_path)}", "--out", tmp_path / "out")
    found = run(*arguments, "--trials", "2-3,7", "--json")
    (row,) = json.loads(found.stdout)
    assert [trial["number"] for trial in row["result"]["per_trial"]] == [2, 3, 7]
    text = " ".join(run(*arguments, "--trials", "4").stdout.split())
    assert "trials: 1 of 10 (number 4)" in text
    assert "asked for 11" in run(*arguments, "--trials", "11", code=3).stderr
    with pytest.raises(InputError, match="1-5"):
        run(*arguments, "--trials", "x")


def test_one_model_a_trial(run, tmp_path: Path) -> None:
    arguments = ("regdb.v2t", "--data", f"regdb={_regdb(tmp_path)}", "--out", tmp_path / "out")
    models = [argument for number in range(10) for argument in ("--model", f"split{number}")]
    (row,) = json.loads(run(*arguments, *models, "--model-per-trial", "--json").stdout)
    assert row["result"]["trials"] == 10
    few = run(*arguments, *models[:4], "--model-per-trial", code=3)
    assert "2 models for 10 trials" in few.stderr


def test_sets_and_layouts_are_shown(run) -> None:
    document = json.loads(run("--list", "--json").stdout)
    assert len(document) == 21
    assert len(document["orbench"]["protocols"]) == 32
    assert "market1501" in run("--list").stdout
    assert "rand_perm_cam.mat" in run("--layout", "sysu_mm01").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to evaluate"),
        (["market1501"], "add --data market1501=FOLDER"),
        (["market"], "no protocol called"),
        (["synth_pedes"], "training only"),
        (["market1501", "--data", "market1501"], "SET=FOLDER"),
        (["market1501", "--data", "nothing=/data"], "no data set called"),
        (["market1501", "--data", "market1501=/x", "--exclusion", "all"], "same_camera"),
    ],
)
def test_wrong_options_say_what_to_give(run, arguments: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(*arguments)
