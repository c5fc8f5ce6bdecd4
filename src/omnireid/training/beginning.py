"""A run that learns on: it takes over what another run, or a model folder, has learned."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from omnireid.aio.network import AIONetwork
from omnireid.errors import ModelError
from omnireid.training.batches import Attributes
from omnireid.training.checkpoint import BEGUN, Saved, read_saved
from omnireid.training.reopening import Opened, open_model

_START, _CHANGE = "text_tokenizer.start", "text_tokenizer.change"
_VALUES = ("attribute_head.mlp.2.weight", "attribute_head.mlp.2.bias")
_QUERIES, _OWNER = "attribute_head.queries", "attribute_head.owner"


@dataclass(frozen=True)
class Fresh:
    """A run before its first step. `people` describes its training data as a run does."""

    network: AIONetwork
    classifier: nn.Linear
    people: Mapping[str, str | int]
    vocabulary: str
    attributes: Attributes
    shown: Collection[int]
    """The ids of the words in its people's captions."""


def begin_from(source: Path, fresh: Fresh) -> dict[str, str | int]:
    """Give a fresh network what a checkpoint, or a model by folder or name, has learned.

    A part that the other lacks, or has in another shape, keeps its fresh weights; so do the rows
    of attributes and values that it lacks, the identities' classifier, unless a checkpoint's run
    had the same `people`, and the row of a word that the other did not know or that is not among
    `shown`: of a word that no caption shows nothing can have been learned. Returns what the other
    was made of.

    Raises:
        ModelError: neither of them, or one of another frozen encoder or tokenizer.
    """
    if source.is_file() or source.suffix == ".ckpt":
        return _from_checkpoint(read_saved(source), fresh)
    return _from_model(open_model(source, fresh.network), fresh)


def _from_checkpoint(saved: Saved, fresh: Fresh) -> dict[str, str | int]:
    config, contents = saved.config, saved.contents
    names = ("encoder", "encoder_layers", "encoder_seed", "image_tokenizer")
    ours = fresh.network.config
    other = [n for n in names if getattr(config.network, n) != getattr(ours, n)]
    if other:
        raise ModelError(
            f"training cannot begin from {saved.path}",
            f"it differs in {', '.join(other)}",
            "give the checkpoint of a run with the same, or leave --from out to start anew",
        )
    weights, state = saved.network, fresh.network.state_dict()
    for name in (_START, _CHANGE):
        weights[name] = _known_rows(weights[name], contents.vocabulary, state[name], fresh)
    theirs = tuple((name, tuple(values)) for name, values in contents.attributes)
    _take_over(weights, theirs, fresh)
    if all(contents.training_data.get(name) == value for name, value in fresh.people.items()):
        fresh.classifier.load_state_dict({"weight": saved.state["classifier.weight"]})
    origin = f"{config.name} {config.version}, step {saved.step:,}"
    return _origin(origin, contents.training_data)


def _from_model(opened: Opened, fresh: Fresh) -> dict[str, str | int]:
    start = fresh.network.state_dict()[_START]
    rows = _known_rows(opened.words, opened.vocabulary, start, fresh)
    _take_over(opened.weights | {_CHANGE: rows - start}, opened.attributes, fresh)
    return _origin(opened.made_of, opened.training_data)


def _take_over(weights: Mapping[str, Tensor], attributes: Attributes, fresh: Fresh) -> None:
    state = fresh.network.state_dict()
    rows = {name: _named_rows(attributes) for name in _VALUES}
    wanted = {name: _named_rows(fresh.attributes) for name in _VALUES}
    rows[_QUERIES] = [(name, "") for name, _ in attributes]
    wanted[_QUERIES] = [(name, "") for name, _ in fresh.attributes]
    learned = {name: value for name, value in weights.items() if name != _OWNER}
    for name in rows:
        if name in learned:
            learned[name] = _by_name(learned[name], rows[name], state[name], wanted[name])
    learned = {
        name: value
        for name, value in learned.items()
        if name in state and state[name].shape == value.shape
    }
    fresh.network.load_state_dict(state | learned)


def _origin(made_of: str, training_data: Mapping[str, str | int]) -> dict[str, str | int]:
    return {
        BEGUN: made_of,
        **{f"{BEGUN}: {name}": value for name, value in training_data.items()},
    }


def _known_rows(rows: Tensor, tokens: str, start: Tensor, fresh: Fresh) -> Tensor:
    """`start` (V, D), with the other's rows of the shown words that both vocabularies have."""
    wanted = [
        token if row in fresh.shown else None
        for row, token in enumerate(json.loads(fresh.vocabulary)["tokens"])
    ]
    return _by_name(rows, json.loads(tokens)["tokens"], start, wanted)


def _named_rows(attributes: Attributes) -> list[tuple[str, str]]:
    return [(name, value) for name, values in attributes for value in values]


def _by_name(
    rows: Tensor, names: Sequence[object], start: Tensor, wanted: Sequence[object]
) -> Tensor:
    """`start`, with the row of `rows` that has the same name wherever there is one."""
    place = {name: row for row, name in enumerate(names)}
    result = start.clone()
    for row, name in enumerate(wanted):
        if name in place:
            result[row] = rows[place[name]]
    return result
