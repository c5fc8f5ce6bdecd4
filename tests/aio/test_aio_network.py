"""The network: any non-empty subset of modalities, a frozen encoder, a neck for each kind."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from omnireid.aio.configuration import NetworkConfig
from omnireid.aio.encoders import load_encoder
from omnireid.aio.heads import AttributeHead, attend
from omnireid.aio.losses import binding_loss
from omnireid.aio.network import AIONetwork, Tokens, neck_of
from omnireid.observation import IMAGE_MODALITIES, Modality

SUBSETS = [tuple(m for bit, m in enumerate(Modality) if code >> bit & 1) for code in range(1, 16)]


@pytest.fixture(scope="module")
def network() -> AIONetwork:
    torch.manual_seed(0)
    encoder = load_encoder("minilm-l6", random_weights_seed=0)
    table = torch.randn(50, encoder.width) * 0.05
    return AIONetwork(NetworkConfig(), encoder, table, (4, 8))


def parts(
    network: AIONetwork, modalities: tuple[Modality, ...], batch: int = 3, seed: int = 1
) -> dict[Modality, Tokens]:
    generator = torch.Generator().manual_seed(seed)
    made: dict[Modality, Tokens] = {}
    for modality in modalities:
        if modality is Modality.TEXT:
            ids = torch.randint(50, (batch, 6), generator=generator)
            made[modality] = network.tokenize_text(ids, torch.ones(batch, 6).bool())
        else:
            pictures = torch.rand(batch, 3, 128, 64, generator=generator)
            made[modality] = network.tokenize_pictures(modality, pictures)
    return made


@pytest.mark.parametrize("modalities", SUBSETS, ids="+".join)
def test_every_subset_gives_unit_vectors(
    network: AIONetwork, modalities: tuple[Modality, ...]
) -> None:
    network.eval()
    with torch.no_grad():
        encoded = network.encode(parts(network, modalities))
    assert encoded.vector.shape == (3, 256)
    assert torch.allclose(encoded.vector.norm(dim=1), torch.ones(3), atol=1e-5)


def test_a_masked_modality_changes_nothing(network: AIONetwork) -> None:
    """A mixed batch, where a sample lacks a modality, equals the sample without it."""
    network.eval()
    with torch.no_grad():
        both = parts(network, (Modality.RGB, Modality.TEXT))
        empty = Tokens(both[Modality.TEXT].values, torch.zeros(3, 6).bool())
        alone = network.encode({Modality.RGB: both[Modality.RGB]}).vector
        mixed = network.encode({Modality.RGB: both[Modality.RGB], Modality.TEXT: empty}).vector
        joined = network.encode(both).vector
    assert torch.allclose(alone, mixed, atol=1e-5)
    assert not torch.allclose(joined, mixed, atol=1e-3)


def test_a_sample_without_any_token_is_refused(network: AIONetwork) -> None:
    text = parts(network, (Modality.TEXT,))[Modality.TEXT]
    with pytest.raises(ValueError, match="no modality"):
        network.encode({Modality.TEXT: Tokens(text.values, torch.zeros(3, 6).bool())})


def test_necks_follow_what_is_present() -> None:
    present = torch.tensor([[row in subset for row in Modality] for subset in SUBSETS])
    expected = [list(Modality).index(subset[0]) if len(subset) == 1 else 4 for subset in SUBSETS]
    assert neck_of(present).tolist() == expected


def train_one_step(network: AIONetwork) -> dict[str, Tensor]:
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    ids = torch.arange(4)
    every = parts(network, tuple(Modality), batch=4)
    encoded = {m: network.encode({m: part}).vector for m, part in every.items()}
    loss = torch.stack(
        [binding_loss(v, ids, encoded[Modality.RGB], ids) for m, v in encoded.items()]
    ).sum()
    loss = loss + network.encode(every).vector[:, 0].sum()
    loss.backward()
    gradients = {
        name: p.grad.detach().clone()
        for name, p in network.named_parameters()
        if p.grad is not None
    }
    optimizer.step()
    return gradients


def test_frozen_means_frozen(network: AIONetwork) -> None:
    """No encoder weight moves or gets a gradient in training; every tokenizer does."""
    twin = copy.deepcopy(network)
    before = copy.deepcopy(twin.state_dict())
    gradients = train_one_step(twin)
    after = twin.state_dict()
    assert not [name for name in gradients if name.startswith("encoder.")]
    for name, weight in after.items():
        if name.startswith("encoder."):
            assert torch.equal(weight, before[name]), name
    for modality in IMAGE_MODALITIES:
        stem = f"image_tokenizers.{modality}.stem.0.weight"
        assert not torch.equal(after[stem], before[stem])
    assert not torch.equal(after["text_tokenizer.change"], before["text_tokenizer.change"])
    assert torch.equal(after["text_tokenizer.start"], before["text_tokenizer.start"])


def test_only_trainable_parameters_are_listed(network: AIONetwork) -> None:
    listed = {id(p) for p in network.trainable_parameters()}
    assert not any(id(p) in listed for p in network.encoder.parameters())
    assert id(network.cls) in listed


def test_neck_affine_is_what_the_necks_do(network: AIONetwork) -> None:
    twin = copy.deepcopy(network)
    train_one_step(twin)
    twin.eval()
    pooled = torch.randn(10, 256)
    neck = torch.arange(10) % 5
    scale, shift = twin.necks.affine()
    with torch.no_grad():
        assert torch.allclose(
            twin.necks(pooled, neck), pooled * scale[neck] + shift[neck], atol=1e-5
        )


def test_an_attribute_is_read_where_its_query_looks() -> None:
    """Two attributes with the same values at two places: a mean of the tokens could not tell."""
    torch.manual_seed(0)
    head = AttributeHead(8, (2, 2))
    with torch.no_grad():
        head.queries.zero_()
        head.queries[0, 0] = head.queries[1, 1] = 40.0
    states = torch.zeros(2, 2, 8)
    states[:, 0, 0] = states[:, 1, 1] = 1.0  # the upper and the lower place
    states[0, 0, 2], states[0, 1, 2] = 1.0, -1.0  # two colours
    states[1, 0, 2], states[1, 1, 2] = -1.0, 1.0  # changed round
    mask = torch.ones(2, 2, dtype=torch.bool)
    upper, lower = head.read(states, mask).split(2, dim=1)
    assert torch.allclose(upper, head.mlp(states[:, 0])[:, :2], atol=1e-5)
    assert torch.allclose(lower, head.mlp(states[:, 1])[:, 2:], atol=1e-5)
    assert not torch.allclose(upper[0], upper[1], atol=1e-3)


def test_attention_of_queries_agrees_with_loops() -> None:
    generator = torch.Generator().manual_seed(5)
    states, queries = torch.randn(3, 5, 4, generator=generator), torch.randn(2, 4)
    mask = torch.rand(3, 5, generator=generator) < 0.7
    mask[:, 0] = True
    seen = attend(states, mask, queries)
    for sample in range(3):
        kept = states[sample][mask[sample]]
        for place, query in enumerate(queries):
            shares = torch.softmax(kept @ query, dim=0)
            assert torch.allclose(seen[sample, place], (shares[:, None] * kept).sum(0), atol=1e-5)


def test_slots_begin_without_a_say_and_get_a_gradient(network: AIONetwork) -> None:
    mine = copy.deepcopy(network).eval()
    made = parts(mine, (Modality.RGB, Modality.TEXT))
    before = mine.encode(made).vector
    with torch.no_grad():
        mine.slots.normal_()
    assert torch.equal(mine.encode(made).vector, before)
    mine.encode(parts(mine, (Modality.RGB,))).pooled.square().sum().backward()
    assert float(mine.project_slots.weight.grad.abs().max()) > 0


def test_a_forgotten_word_is_read_by_its_first_row(network: AIONetwork) -> None:
    mine = copy.deepcopy(network).eval()
    ids, mask = torch.tensor([[3, 4]]), torch.ones(1, 2, dtype=torch.bool)
    untouched = mine.tokenize_text(ids, mask).values
    with torch.no_grad():
        mine.text_tokenizer.change[3] += 1.0
    learned = mine.tokenize_text(ids, mask).values
    forgotten = mine.tokenize_text(ids, mask, forget=torch.tensor([[True, False]])).values
    assert not torch.allclose(learned, untouched, atol=1e-3)
    assert torch.equal(forgotten, untouched)
