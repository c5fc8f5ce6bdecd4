"""The card of a model folder in Hugging Face's form (config.json and safetensors)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from omnireid.aio.encoders.blocks import Activation
from omnireid.aio.encoders.cards import EncoderCard, Kind, WeightsSource
from omnireid.aio.encoders.weights import weights_in
from omnireid.errors import MissingExtraError, ModelError

_TWO_TOWERS = {"clip": "clip", "siglip": "siglip", "siglip2": "siglip"}
_ONE_TOWER: dict[str, Kind] = {
    "clip_vision_model": "clip-vision",
    "clip_text_model": "clip-text",
    "siglip_vision_model": "siglip-vision",
    "siglip_text_model": "siglip-text",
    "siglip2_vision_model": "siglip-vision",
    "siglip2_text_model": "siglip-text",
    "dinov2": "dinov2",
    "bert": "bert",
    "roberta": "bert",
    "xlm-roberta": "bert",
}
_ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_new": "gelu_tanh",
    "quick_gelu": "quick_gelu",
}


def card_from_folder(folder: Path, name: str, *, origin: str, tower: str) -> EncoderCard:
    """Read the family and shape of the encoder in `folder` from its config.json.

    Args:
        tower: `vision`, `text`, or empty for the only tower (the vision tower where there are two).

    Raises:
        ModelError: no model there, an unknown family, or a part this package does not have.
        MissingExtraError: transformers is not installed.
    """
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"{folder} is not a model folder",
            "config.json is missing",
            "name a folder with config.json and model.safetensors",
        )
    weights = weights_in(folder)
    kind, config = _family(_read_config(folder), tower, folder)
    if getattr(config, "use_swiglu_ffn", False):
        raise ModelError(
            f"the encoder in {folder} cannot be used",
            "its blocks are gated (SwiGLU), which this package does not have",
            "use a smaller model of the family",
        )
    if config.hidden_act not in _ACTIVATIONS:
        raise ModelError(
            f"the encoder in {folder} cannot be used",
            f"its activation {config.hidden_act!r} is not one of {', '.join(_ACTIVATIONS)}",
            "use another model",
        )
    width = int(config.hidden_size)
    # DINOv2 states a ratio where the others state the width itself.
    mlp_width = getattr(config, "intermediate_size", None) or int(width * config.mlp_ratio)
    return EncoderCard(
        name=name,
        kind=kind,
        origin=origin,
        licence="not stated in the files; see the model's own page",
        width=width,
        layers=int(config.num_hidden_layers),
        heads=int(config.num_attention_heads),
        mlp_width=int(mlp_width),
        activation=_ACTIVATIONS[config.hidden_act],
        norm_eps=float(config.layer_norm_eps),
        vocabulary=origin if kind in ("bert", "clip-text", "siglip-text") else None,
        weights=WeightsSource(folder=str(folder), file=weights.name),
    )


def _read_config(folder: Path) -> Any:
    try:
        from transformers import AutoConfig
    except ImportError:
        raise MissingExtraError.for_package("transformers", "train") from None
    try:
        # transformers fills in what config.json leaves to its defaults; no remote code is run.
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the config.json in {folder} could not be used",
            str(error).strip().splitlines()[0].rstrip("."),
            "fetch the folder again from its origin",
        ) from error


def _family(config: Any, tower: str, folder: Path) -> tuple[Kind, Any]:
    model_type = config.model_type
    if tower not in ("", "vision", "text"):
        raise ModelError(
            f"unknown tower {tower!r}", "a tower is vision or text", "write #vision or #text"
        )
    if model_type in _TWO_TOWERS:
        tower = tower or "vision"
        return cast(Kind, f"{_TWO_TOWERS[model_type]}-{tower}"), getattr(config, f"{tower}_config")
    if model_type not in _ONE_TOWER:
        raise ModelError(
            f"the encoder in {folder} cannot be used",
            f"its family {model_type!r} is unknown; known are "
            + ", ".join(sorted({*_TWO_TOWERS, *_ONE_TOWER})),
            "use a model of one of these families",
        )
    kind = _ONE_TOWER[model_type]
    if tower and tower != ("vision" if kind == "dinov2" or kind.endswith("vision") else "text"):
        raise ModelError(
            f"the encoder in {folder} has no {tower} tower",
            f"it is a {model_type}",
            "leave the #… away",
        )
    return kind, config
