"""The model card: what a model is, how it was made, what it can do, in the words of its figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from omnireid.evaluation import reliability_sheet
from omnireid.runtime import ModelInfo
from omnireid.training.checkpoint import BEGUN
from omnireid.training.configuration import TrainingConfig
from omnireid.training.exporting import Parity
from omnireid.training.fitting import SHOWN
from omnireid.training.held_out import as_markdown

if TYPE_CHECKING:
    from omnireid.training.publishing import Measured

PLOTS = "calibration.svg"
"""The picture beside the card that the card shows."""

AGAINST_COLOUR = ">rgb"


def model_card(
    info: ModelInfo,
    config: TrainingConfig,
    parity: Parity,
    measured: Measured,
    step: int,
    notes: Sequence[str] = (),
) -> str:
    """The card in Markdown; `notes` are what a person has to say, and come last."""
    return (
        "\n\n".join(
            (
                _head(info, config, step),
                _people(measured),
                _fusion(info, measured),
                _calibration(measured),
                _attributes(measured),
                _parity(parity),
                *(note.strip() for note in notes),
            )
        )
        + "\n"
    )


def calibration_plots(info: ModelInfo, measured: Measured) -> str:
    """The picture that the card shows: an SVG document of reliability charts."""
    return reliability_sheet(
        {
            key.removesuffix(AGAINST_COLOUR): judged.reliability
            for key, judged in measured.calibrations.items()
            if key.endswith(AGAINST_COLOUR)
        },
        f"{info.name} {info.version}: how often a stated probability comes true",
        (
            f"Up: the share of the first {SHOWN} candidates that was the right person, in colour "
            "pictures of people that the calibration was not fitted on.",
            "On the dashed line it is what was stated. Larger circles hold more answers, pale "
            "ones fewer than ten. Above each chart: what the query holds.",
        ),
    )


def _head(info: ModelInfo, config: TrainingConfig, step: int) -> str:
    stages = ", then ".join(f"{stage.steps:,} steps {stage.name}" for stage in config.stages)
    told = sorted(json.loads(info.training_data).items())
    data = "; ".join(f"{k}: {v}" for k, v in told if not k.startswith(BEGUN))
    before = _learned_before(dict(told))
    begun = f"\n* **Learned on from** {before}." if before else ""
    origin = f"{info.frozen_encoder} ({info.frozen_encoder_origin})"
    if config.network.encoder_layers:
        origin += f", its first {config.network.encoder_layers} blocks"
    return f"""# Model card: {info.name} {info.version}

One network for colour, infrared, sketch and text; any combination of them gives one vector of
{info.width} numbers. Vectors of this model compare only with each other (`{info.model_id}`).

* **Intended use**: ranking a site's records by similarity to a query, for a person who decides.
  A score is a similarity, not evidence of identity. Not for automatic decisions about people.
* **Licence**: {info.licence}. Frozen encoder: {origin}.
* **Training data**: rendered people only; no picture of a real person, no research-only set.
  {data}.
* **Made by**: `omnireid train RECIPE --people DIR --out RUN`, stopped at step {step:,}
  (recipe: {stages}; seed {config.seed}; {config.identities_per_step} identities a step;
  {config.precision}).{begun}
* **Chosen by**: nothing. It is the last step; no checkpoint was picked by a score."""


def _learned_before(told: Mapping[str, str | int]) -> str:
    """The runs that a run learned on from, the latest first.

    >>> _learned_before({"begun from": "b 2, step 9", "begun from: seed": 4,
    ...                  "begun from: begun from": "a 1, step 7"})
    'b 2, step 9 (seed 4), which learned on from a 1, step 7'
    """
    if BEGUN not in told:
        return ""
    lead = f"{BEGUN}: "
    earlier = {k.removeprefix(lead): v for k, v in told.items() if k.startswith(lead)}
    facts = ", ".join(f"{k} {v}" for k, v in earlier.items() if not k.startswith(BEGUN))
    before = _learned_before(earlier)
    this = f"{told[BEGUN]} ({facts})" if facts else str(told[BEGUN])
    return this + (f", which learned on from {before}" if before else "")


def _people(measured: Measured) -> str:
    return f"""## People it has never seen

{measured.held_out}:
garments in patterns, scenes, cameras, a sketch style and a writer that training never shows. The
first half of each person's views is the gallery, the other half, from other
cameras, the queries; no exclusion; ties go to the lower gallery index; AP plain. Words are English
and Japanese in turn where no language is named.

{as_markdown(measured.rows)}

Figures on rendered people say that the model learned; they do not say how it does at your site.
Measure there (`omnireid eval --folder`)."""


def _fusion(info: ModelInfo, measured: Measured) -> str:
    first = next(iter(measured.judged_rows)).result
    weights = "\n".join(
        f"| {name} | {fusion.joint:g} | "
        + ", ".join(f"{m} {weight:g}" for m, weight in fusion.single.items() if weight)
        + f" | {_rank1(measured, name):.1%} | {_best_part(measured, name):.1%} |"
        for name, fusion in info.fusion.items()
    )
    wrong = "\n".join(
        f"| {one.good} + {one.other} | {one.alone:.1%} | {one.right:.1%} | {one.wrong:.1%} |"
        for one in measured.wrong
    )
    clashes = "; ".join(f"{c.first} and {c.second} {c.auc:.2f}" for c in measured.contradictions)
    return f"""## Several modalities together

The vector of a combination is the weighted sum of the joint vector and of the single ones; the
weights were fitted by mAP on one half of the people above. Figures here and below are of the other
half: {first.num_valid:,} queries, {first.num_gallery:,} colour pictures.

| query | joint | single | Rank-1 | best part alone |
|---|---|---|---|---|
{weights}

A wrong second part (another person's sketch or words), Rank-1:

| query | the first alone | both right | the second wrong |
|---|---|---|---|
{wrong}

Contradictions noticed, as ROC-AUC of the cosine between the two parts of a query
({measured.contradictions[0].pairs:,} pairs that fit against as many that do not): {clashes}."""


def _rank1(measured: Measured, name: str) -> float:
    return float(next(row.result.rank1 for row in measured.judged_rows if row.query == name))


def _best_part(measured: Measured, name: str) -> float:
    return max(_rank1(measured, part) for part in name.split("+"))


def _calibration(measured: Measured) -> str:
    rows = "\n".join(
        f"| {key} | {j.ece:.3f} | {j.dir_no_match:.1%} ({j.far_no_match:.1%}) "
        f"| {j.dir_strict:.1%} ({j.far_strict:.1%}) |"
        for key, j in measured.calibrations.items()
        if key.endswith(AGAINST_COLOUR)
    )
    errors = [j.ece for j in measured.calibrations.values()]
    within = sum(error < 0.05 for error in errors)
    return f"""## Probability, and "not in the gallery"

The probability of a candidate is sigmoid(slope x cosine + offset), fitted on what a page shows: the
first 20 candidates of each search, half of the searches for people who are not in the gallery. It
is meant for galleries of about this size; in a larger one more strangers look alike. Of
{len(errors)} pairs of query and gallery modality {within} have an ECE under 0.05 on the other half;
the largest is {max(errors):.3f}. DIR: the person comes first and passes the threshold; in brackets
the false alarms that the threshold really gave.

| query > gallery | ECE | DIR at FAR 10 % | DIR at FAR 1 % |
|---|---|---|---|
{rows}

![Share that came true against the stated probability, for each kind of query]({PLOTS})"""


def _attributes(measured: Measured) -> str:
    rows = "\n".join(
        f"| {a.name} | {a.f1:.2f} | {a.accuracy:.1%} | {a.common:.1%} | {a.ece:.3f} |"
        for a in measured.attributes
    )
    return f"""## Attributes read off colour pictures

{measured.attributes[0].pictures:,} pictures of the other half; macro F1 over the values that occur,
accuracy beside the share of the commonest value, ECE of the stated probability.

| attribute | F1 | right | commonest | ECE |
|---|---|---|---|---|
{rows}"""


def _parity(parity: Parity) -> str:
    graphs = "\n".join(
        f"| {kind} | {difference:.1e} | {parity.rounding[kind]:.1e} |"
        for kind, difference in parity.graph.items()
    )
    return f"""## Parity of the exported graphs

Largest absolute difference of a vector's component (vectors have length 1) from the checkpoint in
torch, on eight random inputs of each kind.

| input | float32 graphs | as shipped, weights stored in half precision or int8 |
|---|---|---|
{graphs}

Lowest cosine between a shipped vector and torch's: {parity.cosine:.6f}."""
