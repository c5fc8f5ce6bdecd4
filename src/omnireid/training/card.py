"""The model card: what a model is, how it was made, what it can do, in the words of its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence

from omnireid.runtime import ModelInfo
from omnireid.training.configuration import TrainingConfig
from omnireid.training.exporting import Parity
from omnireid.training.held_out import Direction, as_markdown


def model_card(
    info: ModelInfo,
    config: TrainingConfig,
    parity: Parity,
    rows: Sequence[Direction],
    held_out: str,
    command: str,
    step: int,
) -> str:
    """The card in Markdown.

    `held_out` names the set of `rows` and how to make it again; `command` made the model.
    """
    stages = ", then ".join(f"{stage.steps:,} steps {stage.modalities}" for stage in config.stages)
    data = "; ".join(f"{k}: {v}" for k, v in sorted(json.loads(info.training_data).items()))
    origin = f"{info.frozen_encoder} ({info.frozen_encoder_origin})"
    graphs = "\n".join(
        f"| {kind} | {difference:.1e} | {parity.rounding[kind]:.1e} |"
        for kind, difference in parity.graph.items()
    )
    return f"""# Model card: {info.name} {info.version}

One network for colour, infrared, sketch and text; any combination of them gives one vector of
{info.width} numbers. Vectors of this model compare only with each other (`{info.model_id}`).

* **Intended use**: ranking a site's records by similarity to a query, for a person who decides.
  A score is a similarity, not evidence of identity. Not for automatic decisions about people.
* **Licence**: {info.licence}. Frozen encoder: {origin}.
* **Training data**: rendered people only; no picture of a real person, no research-only set.
  {data}.
* **Made by**: `{command}`, stopped at step {step:,} (recipe: {stages}; seed {config.seed};
  {config.identities_per_step} identities a step; {config.precision}). The recipe is
  `src/omnireid/training/recipes/`.
* **Chosen by**: nothing. It is the last step; no checkpoint was picked by a score.

## Held-out rendered people

{held_out}

{as_markdown(rows)}

Figures on rendered people say that the model learned; they do not say how it does at your site.
Measure there.

## Parity of the exported graphs

Largest absolute difference of a vector's component (vectors have length 1) from the checkpoint in
torch, on eight random inputs of each kind.

| input | float32 graphs | as shipped, weights stored in half precision |
|---|---|---|
{graphs}

Lowest cosine between a shipped vector and torch's: {parity.cosine:.6f}.
"""
