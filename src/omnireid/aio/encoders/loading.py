"""`load_encoder`: a frozen encoder from the registry, a local folder or the Hugging Face hub."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import Tensor

from omnireid.aio.configuration import Tuning
from omnireid.aio.encoders.blocks import FrozenEncoder, draw_weights
from omnireid.aio.encoders.cards import EncoderCard, registered_encoders
from omnireid.aio.encoders.huggingface import card_from_folder
from omnireid.aio.encoders.layouts import LAYOUTS, count_blocks, find_prefix, translate
from omnireid.aio.encoders.weights import fetch_from_hub, locate, read_tensors, tensor_names
from omnireid.errors import ModelError

_LOCAL, _HUB = "local-dir:", "hf-hub:"


def load_encoder(
    name_or_path: str,
    *,
    random_weights_seed: int | None = None,
    layers: int | None = None,
    tuning: Tuning = "frozen",
) -> FrozenEncoder:
    """The frozen encoder called `name_or_path`.

    Args:
        name_or_path: a registry name (`minilm-l6`), `local-dir:FOLDER` or `hf-hub:ORG/NAME`; the
            last two take `#vision` or `#text` where the model has two towers.
        random_weights_seed: draw the blocks' weights at random instead (an ablation). The word
            table stays the pre-trained one, so that the ablation changes one thing.
        layers: keep only the first so many blocks; None: all.
        tuning: leave the LayerNorms, or everything, trainable (ablations).

    Raises:
        ModelError: the name is unknown, or the weights are missing, changed, pickled or of
            another shape than the card says, or it has fewer blocks than `layers`.
    """
    card = encoder_card(name_or_path)
    layout = LAYOUTS[card.kind]
    table = None if layout.word_table is None else partial(_word_table, card)
    encoder = FrozenEncoder(card.architecture, word_table=table, tuning=tuning)
    if layers is not None and layers > card.layers:
        raise ModelError(
            f"the encoder {card.name!r} cannot be cut to {layers} blocks",
            f"it has {card.layers}",
            f"ask for at most {card.layers}, or leave encoder_layers out",
        )
    if random_weights_seed is not None:
        draw_weights(encoder, random_weights_seed)
        return encoder.cut(layers)
    path, prefix = _source(card)
    names = {n for n in tensor_names(path) if n.startswith(prefix)}
    found = count_blocks(names, layout, prefix)
    if found != card.layers:
        raise _misfit(card, f"{card.layers} blocks expected, {found} found")
    if layout.word_table is not None:
        names.discard(prefix + layout.word_table)  # large, and read only when asked for
    state = translate(read_tensors(path, names), layout, prefix)
    try:
        encoder.load_state_dict(state)
    except RuntimeError as error:
        raise _misfit(card, str(error).splitlines()[-1].strip().rstrip(".")) from error
    return encoder.cut(layers)


def encoder_card(name_or_path: str) -> EncoderCard:
    """What is known of an encoder (origin, licence, shape) without reading its weights.

    Raises:
        ModelError: the name is unknown or the folder is not a model of a known family.
    """
    place, _, tower = name_or_path.partition("#")
    if place.startswith(_LOCAL):
        folder = Path(place.removeprefix(_LOCAL)).expanduser()
        return card_from_folder(folder, name_or_path, origin=str(folder.name), tower=tower)
    if place.startswith(_HUB):
        hub = place.removeprefix(_HUB)
        return card_from_folder(fetch_from_hub(hub), name_or_path, origin=hub, tower=tower)
    cards = registered_encoders()
    if name_or_path not in cards:
        raise ModelError(
            f"unknown encoder {name_or_path!r}",
            "the registry knows " + ", ".join(sorted(cards)),
            "use one of these names, local-dir:FOLDER or hf-hub:ORG/NAME",
        )
    return cards[name_or_path]


def _source(card: EncoderCard) -> tuple[Path, str]:
    """The checked weights file, and the prefix of the blocks in it."""
    path = locate(card.weights, card.name)
    prefix = find_prefix(tensor_names(path), LAYOUTS[card.kind])
    if prefix is None:
        raise _misfit(card, f"it holds no blocks of the kind {card.kind}")
    return path, prefix


def _word_table(card: EncoderCard) -> Tensor:
    path, prefix = _source(card)
    name = f"{prefix}{LAYOUTS[card.kind].word_table}"
    tensors = read_tensors(path, {name})
    if name not in tensors:
        raise _misfit(card, f"the word table {name} is missing")
    return tensors[name].float()


def _misfit(card: EncoderCard, why: str) -> ModelError:
    return ModelError(
        f"the weights of the encoder {card.name!r} do not fit its description",
        why,
        "use the file that belongs to it, or correct the registry entry",
    )
