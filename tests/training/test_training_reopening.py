"""A model folder learned on from: it comes back as it was exported, and its norms can train."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from omnireid.aio.configuration import NetworkConfig
from omnireid.aio.network import AIONetwork
from omnireid.errors import ModelError
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.people import RenderedSet
from omnireid.runtime import TextTokenizer
from omnireid.training import Checkpoint, export, read_checkpoint, train
from omnireid.training.batches import BatchMaker, attribute_values
from omnireid.training.beginning import Fresh, begin_from
from omnireid.training.configuration import Stage, TrainingConfig
from omnireid.training.module import TrainingModule
from omnireid.training.pictures import cached_pictures, picture_rules
from omnireid.training.reopening import open_model, settle
from untrained import write_untrained

TOKENS = ["[PAD]", "[UNK]", "[MASK]", "red", "coat", "青い"]
ATTRIBUTES = (("bag", ("backpack", "none")), ("top.colour", ("blue", "green", "red")))
SMALL = NetworkConfig(encoder_seed=0, encoder_layers=1, image_height=64, image_width=32)


@pytest.fixture(scope="module")
def worn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint whose norms have seen something, no two of its weights alike."""

    def wear(name: str, value: Tensor) -> None:
        if "running" in name:
            value.copy_(torch.rand(value.shape) + 0.5)
        elif value.is_floating_point() and not name.endswith("owner"):
            value.add_(torch.rand(value.shape) * 0.02)

    path = tmp_path_factory.mktemp("worn") / "last.ckpt"
    return write_untrained(path, "worn", SMALL, TOKENS, ATTRIBUTES, wear)


@pytest.fixture(scope="module")
def model(worn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "worn"
    export(worn, folder)
    return folder


def reopened(model: Path, source: Checkpoint) -> AIONetwork:
    """A fresh network that has taken over what the model folder knows."""
    torch.manual_seed(1)
    table = source.network.text_tokenizer.start
    values = [len(values) for _, values in source.attributes]
    network = AIONetwork(source.config.network, source.network.encoder, table, values)
    classifier = nn.Linear(source.config.network.embedding_width, 2, bias=False)
    shown = range(len(table))
    fresh = Fresh(network, classifier, {}, source.vocabulary, source.attributes, shown)
    origin = begin_from(model, fresh)
    assert origin == {"begun from": "model worn 0", "begun from: rendered identities": 0}
    return network.eval()


def answers(network: AIONetwork) -> list[Tensor]:
    """The vectors of each modality and of all four, and the attributes of all four."""
    generator = torch.Generator().manual_seed(7)
    pictures = torch.rand(3, 3, 64, 32, generator=generator)
    with torch.inference_mode():
        tokens = {m: network.tokenize_pictures(m, pictures) for m in IMAGE_MODALITIES}
        ids = torch.randint(4, (3, 5), generator=generator)
        tokens[Modality.TEXT] = network.tokenize_text(ids, torch.ones(3, 5, dtype=torch.bool))
        each = network.encode_each(tokens)
        fused = network.encode(tokens)
        read = network.attribute_head.read(fused.states, fused.mask)
    return [*(one.vector for one in each.values()), fused.vector, read]


def test_what_was_exported_comes_back(worn: Path, model: Path) -> None:
    source = read_checkpoint(worn)
    for there, back in zip(answers(source.network), answers(reopened(model, source)), strict=True):
        # The folder holds weights rounded to half precision and to int8 steps.
        assert torch.cosine_similarity(there, back).min() > 0.999


def test_settled_norms_change_nothing_and_can_train(
    worn: Path, model: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    source = read_checkpoint(worn)
    network = reopened(model, source)
    rendered = RenderedSet(rendered_folder)
    config = TrainingConfig(
        network=source.config.network,
        stages=(Stage(name="only", modalities="paired", steps=1),),
        identities_per_step=8,
        checkpoint_every=1,
    )
    pictures = cached_pictures(rendered, picture_rules(config.network), tmp_path / "pictures.npy")
    tokenizer = TextTokenizer(TOKENS)
    maker = BatchMaker(config, rendered, pictures, tokenizer, attribute_values(rendered))
    module = TrainingModule(config, network, maker.identities, maker.attribute_groups, 2)
    before = answers(network)
    settle(module, maker)
    network.eval()
    for was, now in zip(before, answers(network), strict=True):
        assert torch.allclose(was, now, atol=1e-4)
    # In training the norms now say what they say at inference, as far as batches are alike.
    picture = maker.batch(99).rgb.flatten(0, 1).float() / 255
    alike = []
    with torch.no_grad():
        calm = network.tokenize_pictures(Modality.RGB, picture).values
        for made in (network, reopened(model, source)):
            moved = made.train().tokenize_pictures(Modality.RGB, picture).values
            alike.append(float(torch.cosine_similarity(calm, moved, dim=2).mean()))
    assert alike[0] > 0.75
    assert alike[0] > alike[1] + 0.3, "as they came out of the folder, they did not"


def test_attributes_are_taken_over_by_name(worn: Path, model: Path) -> None:
    """Other people have other values, in other places; those in common keep what was learned."""
    source = read_checkpoint(worn)
    theirs = source.network.attribute_head
    wanted = (("hat", ("cap",)), ("top.colour", ("black", "red")))
    for begin, tolerance in ((worn, 0.0), (model, 0.01)):
        torch.manual_seed(2)
        table = source.network.text_tokenizer.start
        network = AIONetwork(SMALL, source.network.encoder, table, (1, 2))
        ours = network.attribute_head
        fresh = ours.mlp[2].weight.detach().clone()
        begin_from(
            begin,
            Fresh(
                network,
                nn.Linear(256, 2, bias=False),
                {"a": 1},
                source.vocabulary,
                wanted,
                range(6),
            ),
        )
        assert torch.equal(ours.mlp[2].weight[:2], fresh[:2])
        assert torch.allclose(ours.mlp[2].weight[2], theirs.mlp[2].weight[4], atol=tolerance)
        assert torch.allclose(ours.mlp[2].bias[2], theirs.mlp[2].bias[4], atol=tolerance)
        assert torch.allclose(ours.queries[1], theirs.queries[1], atol=tolerance)
        assert ours.owner.tolist() == [[1, 0, 0], [0, 1, 1]]


def test_a_model_of_another_make_is_refused(model: Path, worn: Path) -> None:
    source = read_checkpoint(worn)
    other = SMALL.model_copy(update={"image_height": 128})
    network = AIONetwork(other, source.network.encoder, source.network.text_tokenizer.start, (2,))
    with pytest.raises(ModelError, match=r"rgb\.onnx is not how this version writes"):
        open_model(model, network)
    with pytest.raises(ModelError, match="is not how this version writes"):
        open_model(Path("default-int8"), source.network)
    with pytest.raises(ModelError, match="no model called 'nothing'"):
        open_model(Path("nothing"), source.network)


def test_a_run_begins_from_a_model_folder(
    model: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        'name = "on"\nidentities_per_step = 4\ncheckpoint_every = 1\nwarm_up_steps = 0\n'
        "learning_rate = 1e-12\n"
        'stages = [{name = "then", modalities = "paired", steps = 1}]\n'
        "[network]\nencoder_seed = 0\nencoder_layers = 1\nimage_height = 64\nimage_width = 32\n"
    )
    last = train(recipe, rendered_folder, tmp_path / "run", report=str, threads=1, begin=model)
    trained = read_checkpoint(last)
    assert trained.training_data["begun from"] == "model worn 0"
    state = trained.network.state_dict()
    opened = open_model(model, trained.network)
    name = "image_tokenizers.sketch.stem.0.weight"
    assert torch.allclose(state[name], opened.weights[name], atol=1e-6)
    assert torch.allclose(state["cls"], opened.weights["cls"], atol=1e-6)
