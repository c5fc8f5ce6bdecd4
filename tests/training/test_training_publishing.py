"""A published model: its card, the charts that the card shows, and the notes that end it."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import omnireid.training
from omnireid.cli.app import app
from omnireid.errors import InputError
from omnireid.runtime import Encoder
from omnireid.training import Measured, publish, train
from omnireid.training.held_out import KINDS, name_of

RECIPES = Path(omnireid.training.__file__).parent / "recipes"
SVG = "{http://www.w3.org/2000/svg}"

RECIPE = """
name = "tiny"
identities_per_step = 4
checkpoint_every = 1
warm_up_steps = 1
stages = [{name = "only", modalities = "paired", steps = 1}]
[network]
encoder_seed = 0
encoder_layers = 1
image_height = 64
image_width = 32
"""


@pytest.fixture(scope="module")
def checkpoint(rendered_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return train(recipe, rendered_folder, folder / "out", report=lambda _: None, threads=1)


@pytest.fixture(scope="module")
def published(
    checkpoint: Path, rendered_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Measured]:
    folder = tmp_path_factory.mktemp("published")
    notes = [folder / "first.md", folder / "second.md"]
    notes[0].write_text("\n## What is weak\n\nEverything: 弱い。\n\n", encoding="utf-8")
    notes[1].write_text("## Ablations\n\n| none |\n", encoding="utf-8")
    *_, measured = publish(checkpoint, folder / "model", rendered_folder, notes=notes)
    return folder / "model", measured


def test_notes_end_the_card_in_the_order_given(published: tuple[Path, Measured]) -> None:
    card = Encoder(published[0]).card
    assert card.startswith("# Model card: tiny")
    generated, notes = card.split("## What is weak")
    assert "## Parity of the exported graphs" in generated
    assert notes == "\n\nEverything: 弱い。\n\n## Ablations\n\n| none |\n"


def test_the_card_shows_a_chart_of_each_kind_of_query(published: tuple[Path, Measured]) -> None:
    folder, measured = published
    assert "](calibration.svg)" in Encoder(folder).card
    sheet = ElementTree.parse(folder / "calibration.svg").getroot()
    assert sheet.tag == f"{SVG}svg"
    labels = [chart.get("aria-label", "") for chart in sheet.iter(f"{SVG}svg")]
    texts = {text.text for text in sheet.iter(f"{SVG}text")}
    for kind in KINDS:
        judged = measured.calibrations[f"{name_of(kind)}>rgb"]
        told = f"ECE {judged.ece:.3f}, {sum(judged.reliability.counts):,} answers"
        assert f"{name_of(kind)}: {told}" in labels
        assert {name_of(kind), told} <= texts
    circles = sum(
        len(judged.reliability.counts)
        for key, judged in measured.calibrations.items()
        if key.endswith(">rgb")
    )
    assert len(list(sheet.iter(f"{SVG}circle"))) == circles


def test_charts_are_of_the_half_that_was_not_fitted_on(published: tuple[Path, Measured]) -> None:
    # Of 8 people 4 are judged: 8 queries, 8 colour pictures, 2 of them the person's own, which
    # every second search must do without.
    for key, judged in published[1].calibrations.items():
        if key.endswith(">rgb"):
            assert sum(judged.reliability.counts) == 4 * 8 + 4 * 6


def test_the_sheet_is_white_and_fetches_nothing(published: tuple[Path, Measured]) -> None:
    text = (published[0] / "calibration.svg").read_text(encoding="utf-8")
    sheet = ElementTree.fromstring(text)
    ground = sheet.find(f"{SVG}rect")
    assert ground is not None
    assert ground.get("fill") == "#fff"
    assert (ground.get("width"), ground.get("height")) == (sheet.get("width"), sheet.get("height"))
    # `var(...)` would come from a page's style sheet, and there is none.
    for never in ("href", "url(", "@import", "@font-face", "var(", "<script"):
        assert never not in text


def test_a_folder_without_its_card_and_charts_still_encodes(
    published: tuple[Path, Measured], tmp_path: Path
) -> None:
    folder = shutil.copytree(published[0], tmp_path / "model")
    (folder / "calibration.svg").unlink()
    (folder / "card.md").unlink()
    assert Encoder(folder).model_id == Encoder(published[0]).model_id


@pytest.mark.parametrize("data", [None, b"\xff\xfe\x00"])
def test_notes_that_cannot_be_read_stop_the_export_before_it_begins(
    checkpoint: Path, rendered_folder: Path, tmp_path: Path, data: bytes | None
) -> None:
    notes = tmp_path / "notes.md"
    if data is not None:
        notes.write_bytes(data)
    with pytest.raises(InputError, match=r"notes\.md cannot be read"):
        publish(checkpoint, tmp_path / "model", rendered_folder, notes=[notes])
    assert not (tmp_path / "model").exists()


def test_notes_without_people_to_measure_on_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    notes = str(RECIPES / "default.notes.md")
    told = CliRunner().invoke(
        app, ["export", str(checkpoint), str(tmp_path / "model"), "--notes", notes]
    )
    assert isinstance(told.exception, InputError)
    assert "--held-out" in told.exception.to_do
    assert not (tmp_path / "model").exists()
