"""The large road on a small scale: CLIP, its multilingual sibling and SigLIP 2 as the encoder.

Random weights of a small configuration, saved in the very files that the hub holds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import omnireid
from omnireid.training import export, train

SHAPE = {
    "hidden_size": 48,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
TEXT = {
    **SHAPE,
    "vocab_size": 60,
    "max_position_embeddings": 16,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
VISION = {**SHAPE, "image_size": 32, "patch_size": 16}

FAMILIES: dict[str, Callable[[], transformers.PreTrainedModel]] = {
    "clip-vit-b16#vision": lambda: transformers.CLIPModel(
        transformers.CLIPConfig(text_config=TEXT, vision_config=VISION)
    ),
    "clip-xlm-roberta#text": lambda: transformers.XLMRobertaModel(
        transformers.XLMRobertaConfig(**TEXT)
    ),
    "siglip2#vision": lambda: transformers.Siglip2Model(
        transformers.Siglip2Config(
            text_config=TEXT, vision_config={**SHAPE, "patch_size": 16, "num_patches": 4}
        )
    ),
}
RECIPE = """
name = "large"
identities_per_step = 4
checkpoint_every = 2
warm_up_steps = 1
stages = [{{name = "only", modalities = "paired", steps = 2}}]
[network]
encoder = "local-dir:{folder}"
image_height = 64
image_width = 32
embedding_width = 32
"""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_recipe_and_exporter(family: str, rendered_folder: Path, tmp_path: Path) -> None:
    name, _, tower = family.partition("#")
    torch.manual_seed(1)
    FAMILIES[family]().save_pretrained(tmp_path / name)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(folder=f"{tmp_path / name}#{tower}"))
    last = train(recipe, rendered_folder, tmp_path / "run", report=lambda _: None, threads=1)
    info, parity = export(last, tmp_path / "model")
    assert parity.passed
    assert info.token_width == 48
    assert "frozen encoder: not stated" in info.licence
    vectors = omnireid.load(tmp_path / "model").encode(
        [
            omnireid.Observation(rgb=Image.new("RGB", (40, 80), "red")),
            omnireid.Observation(text="赤いコート", sketch=Image.new("L", (40, 80), 255)),
        ]
    )
    assert vectors.shape == (2, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
