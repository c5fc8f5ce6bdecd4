"""The same recipe with one thing changed at a time, at equal budget, in one table."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from omnireid.errors import InputError
from omnireid.observation import Modality
from omnireid.people import RenderedSet
from omnireid.runtime import Encoder
from omnireid.training.checkpoint import read_checkpoint
from omnireid.training.configuration import TrainingConfig, read_config
from omnireid.training.exporting import export
from omnireid.training.held_out import (
    SINGLES,
    Direction,
    directions,
    embed_held_out,
    people_of,
)
from omnireid.training.running import train

Report = Callable[[str], None]


class Variant(BaseModel):
    """A name for the table, and what differs from the recipe (its keys, tables merged)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    change: dict[str, Any] = {}


class Plan(BaseModel):
    """An ablation file: the share of the recipe's steps for each variant, and the variants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    budget: float = Field(default=1.0, gt=0, le=1)
    common: dict[str, Any] = {}
    """What all variants change of the recipe, for example a smaller batch."""
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class AblationRow:
    """One variant: its steps, what of it learns, and what it finds on people it has never seen."""

    name: str
    steps: int
    trainable: int
    directions: tuple[Direction, ...]

    @property
    def mean_ap(self) -> float:
        """Mean of the directions' mAP."""
        return float(np.mean([one.result.mAP for one in self.directions]))


def run_ablations(
    recipe: Path,
    plan_file: Path,
    people: Path,
    held_out: Path,
    out: Path,
    *,
    report: Report = print,
    threads: int | None = None,
) -> tuple[AblationRow, ...]:
    """Train and measure every variant; a stopped run goes on where it was.

    Writes `out/ablations.md` after each variant: a section that `omnireid export --notes` puts
    into a model card.

    Raises:
        InputError: the recipe, the plan or a data set cannot be used.
    """
    base = read_config(recipe)
    plan = _read_plan(plan_file)
    common = vary(base, Variant(name="common", change=plan.common), 1.0)
    rendered = RenderedSet(held_out)
    rows: list[AblationRow] = []
    for variant in plan.variants:
        config = vary(common, variant, plan.budget)
        folder = out / "".join(c if c.isalnum() else "-" for c in variant.name.lower())
        folder.mkdir(parents=True, exist_ok=True)
        written = folder / "variant.toml"
        written.write_text(tomli_w.dumps(config.model_dump(mode="json", exclude_none=True)))
        report(f"{variant.name}: {config.steps:,} steps")
        last = train(
            written, people, folder, report=report, threads=threads, cache=out / "pictures.npy"
        )
        export(last, folder / "model")
        found = directions(
            embed_held_out(Encoder(folder / "model"), rendered, SINGLES, (Modality.RGB,))
        )
        rows.append(AblationRow(variant.name, config.steps, _trainable(last), found))
        (out / "ablations.md").write_text(_section(rows, plan, rendered), encoding="utf-8")
    return tuple(rows)


def vary(base: TrainingConfig, variant: Variant, budget: float) -> TrainingConfig:
    """The recipe with the variant's changes and every stage's steps cut to the budget.

    Raises:
        InputError: a change that no recipe allows.
    """
    merged = _merge(base.model_dump(mode="json"), variant.change)
    for stage in merged["stages"]:
        stage["steps"] = max(1, round(stage["steps"] * budget))
    steps = sum(stage["steps"] for stage in merged["stages"])
    merged["checkpoint_every"] = next(
        every for every in range(1, steps + 1)
        if steps % every == 0 and every >= min(merged["checkpoint_every"], steps)
    )  # fmt: skip
    merged["warm_up_steps"] = round(merged["warm_up_steps"] * budget)
    try:
        return TrainingConfig.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"the variant {variant.name!r} is refused",
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
            "see docs/training.md for every key of a recipe",
        ) from error


def ablation_table(rows: Sequence[AblationRow]) -> str:
    """The table in Markdown: Rank-1 / mAP for each direction, and the mean mAP."""
    names = [one.query for one in rows[0].directions] if rows else []
    lines = [
        "| variant | steps | trained | " + " | ".join(names) + " | mean mAP |",
        "|---" * (len(names) + 4) + "|",
    ]
    for row in rows:
        cells = [f"{one.result.rank1:.1%} / {one.result.mAP:.1%}" for one in row.directions]
        lines.append(
            f"| {row.name} | {row.steps:,} | {row.trainable / 1e6:.1f} M | "
            + " | ".join(cells)
            + f" | {row.mean_ap:.1%} |"
        )
    return "\n".join(lines)


def _section(rows: Sequence[AblationRow], plan: Plan, rendered: RenderedSet) -> str:
    """The table with what is needed to read it where the plan is not at hand."""
    common = f" (all with `{json.dumps(plan.common)}`)" if plan.common else ""
    return f"""## Ablations

One thing changed at a time, each variant{common} trained once for {plan.budget:.0%} of the recipe's
steps and measured as it came out: Rank-1 / mAP of each kind of query against colour pictures of
{people_of(rendered)}.

{ablation_table(rows)}
"""


def _read_plan(path: Path) -> Plan:
    try:
        return Plan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(
            f"the ablation file {path} cannot be used",
            str(error).splitlines()[0],
            "see src/omnireid/training/recipes/ablations.toml for an example",
        ) from error


def _merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged; `stages` as a table changes every stage."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merge(old, value)
        elif isinstance(value, dict) and isinstance(old, list):
            merged[key] = [_merge(one, value) for one in old]
        else:
            merged[key] = value
    return merged


def _trainable(checkpoint: Path) -> int:
    return sum(p.numel() for p in read_checkpoint(checkpoint).network.trainable_parameters())
