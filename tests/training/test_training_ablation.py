"""Ablations: one thing changed at a time, equal budget, one table, and a stopped run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

import omnireid.training
from omnireid.errors import InputError
from omnireid.training import ablation_table, read_config, run_ablations
from omnireid.training.ablation import Plan, Variant, vary
from omnireid.training.configuration import Stage, TrainingConfig

RECIPES = Path(omnireid.training.__file__).parent / "recipes"

RECIPE = """
name = "tiny"
identities_per_step = 4
checkpoint_every = 2
warm_up_steps = 1
stages = [
  {name = "first", modalities = "synthesised", steps = 2, one_tokenizer = true},
  {name = "then", modalities = "paired", steps = 4},
]
[network]
encoder_seed = 0
encoder_layers = 1
image_height = 64
image_width = 32
"""
PLAN = """
budget = 0.5
variants = [
  {name = "as it is"},
  {name = "Batch norm!", change = {network = {image_norm = "batch", encoder_tuning = "full"}}},
]
"""


def test_every_variant_is_trained_measured_and_told(rendered_folder: Path, tmp_path: Path) -> None:
    recipe, plan = tmp_path / "recipe.toml", tmp_path / "plan.toml"
    recipe.write_text(RECIPE)
    plan.write_text(PLAN)
    lines: list[str] = []

    def run() -> tuple[object, ...]:
        return run_ablations(
            recipe,
            plan,
            rendered_folder,
            rendered_folder,
            tmp_path / "out",
            report=lines.append,
            threads=1,
        )

    rows = run()
    assert [row.name for row in rows] == ["as it is", "Batch norm!"]
    assert [row.steps for row in rows] == [3, 3]
    assert rows[1].trainable > rows[0].trainable + 1e6
    queries = [one.query for one in rows[0].directions]
    assert queries == ["text (English)", "text (Japanese)", "rgb", "infrared", "sketch", "text"]
    written = (tmp_path / "out" / "ablations.md").read_text()
    assert written.startswith("## Ablations\n")
    assert "trained once for 50% of" in written
    assert "\n8 rendered people that training has not seen (seed 11, 4 views" in written
    assert written.endswith("\n\n" + ablation_table(rows) + "\n")
    assert ablation_table(rows).count("\n") == 3
    lines.clear()
    again = run()
    assert ablation_table(again) == ablation_table(rows)
    assert not any("min left" in line for line in lines), "finished variants were trained again"


def test_the_shipped_plan_fits_the_shipped_recipe() -> None:
    import tomllib

    base = read_config(RECIPES / "default.toml")
    plan = Plan.model_validate(tomllib.loads((RECIPES / "ablations.toml").read_text()))
    varied = [vary(base, variant, plan.budget) for variant in plan.variants]
    assert len({config.steps for config in varied}) == 1
    assert len({config.model_dump_json() for config in varied}) == len(varied)


def test_a_table_changes_every_stage() -> None:
    stages = (
        Stage(name="a", modalities="synthesised", steps=10),
        Stage(name="b", modalities="paired", steps=10),
    )
    base = TrainingConfig(stages=stages, checkpoint_every=20)
    changed = vary(base, Variant(name="x", change={"stages": {"modalities": "paired"}}), 0.5)
    assert [stage.modalities for stage in changed.stages] == ["paired", "paired"]
    assert changed.steps == 10


def test_a_change_that_no_recipe_knows_is_named() -> None:
    base = read_config(RECIPES / "default.toml")
    with pytest.raises(InputError, match="speed of light"):
        vary(base, Variant(name="speed of light", change={"c": 1}), 1.0)
