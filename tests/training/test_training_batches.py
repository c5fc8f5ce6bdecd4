"""Batches: what a step draws, the same for the same step, and true to the rendered set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from omnireid.observation import IMAGE_MODALITIES
from omnireid.people import RenderedSet
from omnireid.runtime import Preprocessing, TextTokenizer, prepare_picture
from omnireid.training.batches import BatchMaker, StepBatches, attribute_values
from omnireid.training.configuration import Stage, TrainingConfig
from omnireid.training.pictures import cached_pictures

RULES = Preprocessing(height=128, width=64, resampling="bilinear", text_length=40)
CONFIG = TrainingConfig(
    stages=(Stage(name="only", modalities="paired", steps=10),),
    identities_per_step=6,
    checkpoint_every=5,
)


@pytest.fixture(scope="module")
def rendered(rendered_folder: Path) -> RenderedSet:
    return RenderedSet(rendered_folder)


@pytest.fixture(scope="module")
def pictures(
    rendered: RenderedSet, tmp_path_factory: pytest.TempPathFactory
) -> npt.NDArray[np.uint8]:
    return cached_pictures(rendered, RULES, tmp_path_factory.mktemp("cache") / "pictures.npy")


@pytest.fixture(scope="module")
def maker(rendered: RenderedSet, pictures: npt.NDArray[np.uint8]) -> BatchMaker:
    letters = [chr(code) for code in range(97, 123)]
    words = ["[PAD]", "[UNK]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = TextTokenizer(words)
    return BatchMaker(CONFIG, rendered, pictures, tokenizer, attribute_values(rendered))


def test_the_cache_holds_what_the_runtime_would_prepare(
    rendered: RenderedSet, pictures: npt.NDArray[np.uint8]
) -> None:
    for index in (0, 13, 31):
        for axis, modality in enumerate(IMAGE_MODALITIES):
            expected = prepare_picture(
                rendered.picture(rendered.views[index], modality), modality, RULES
            )
            assert np.array_equal(pictures[index, axis], expected)


def test_a_half_written_cache_is_made_anew(rendered: RenderedSet, tmp_path: Path) -> None:
    (tmp_path / "pictures.unfinished0.npy").write_bytes(b"half")
    made = cached_pictures(rendered, RULES, tmp_path / "pictures.npy")
    assert made.shape == (32, 3, 128, 64, 3)
    assert not (tmp_path / "pictures.unfinished0.npy").exists()


def test_a_cache_of_other_people_is_made_anew(rendered: RenderedSet, tmp_path: Path) -> None:
    cache = tmp_path / "pictures.npy"
    first = np.array(cached_pictures(rendered, RULES, cache))
    changed = first.copy()
    changed[0] = 255 - changed[0]
    np.save(cache, changed)
    assert np.array_equal(cached_pictures(rendered, RULES, cache), first)


def test_a_step_is_made_from_its_number(maker: BatchMaker) -> None:
    first, again, other = maker.batch(3), maker.batch(3), maker.batch(4)
    assert torch.equal(first.rgb, again.rgb)
    assert torch.equal(first.text_ids, again.text_ids)
    assert not torch.equal(first.rgb, other.rgb)
    assert not torch.equal(first.rgb, maker.batch(3, rank=1).rgb)  # another process's share
    assert [len(batch.identities) for batch in StepBatches(maker, 2, 5)] == [6, 6, 6]


def test_a_batch_shows_each_identity_in_other_views(
    maker: BatchMaker, rendered: RenderedSet, pictures: npt.NDArray[np.uint8]
) -> None:
    batch = maker.batch(0)
    assert batch.identities.unique().numel() == 6
    by_picture = {pictures[i, 0].tobytes(): v for i, v in enumerate(rendered.views)}
    by_infrared = {pictures[i, 1].tobytes(): v for i, v in enumerate(rendered.views)}
    names = sorted({view.identity for view in rendered.views})
    for row, place in enumerate(batch.identities.tolist()):
        colour = [
            by_picture[batch.rgb[row, k].permute(1, 2, 0).contiguous().numpy().tobytes()]
            for k in range(2)
        ]
        infrared = by_infrared[batch.infrared[row].permute(1, 2, 0).contiguous().numpy().tobytes()]
        assert {view.identity for view in (*colour, infrared)} == {names[place]}
        assert len({view.view for view in (*colour, infrared)}) == 3
        cameras = {v.camera for v in rendered.views if v.identity == names[place]}
        assert len({view.camera for view in colour}) == min(2, len(cameras))


def test_targets_are_the_persons_attributes(maker: BatchMaker, rendered: RenderedSet) -> None:
    values = attribute_values(rendered)
    batch = maker.batch(1)
    names = sorted({view.identity for view in rendered.views})
    for row, place in enumerate(batch.identities.tolist()):
        view = next(v for v in rendered.views if v.identity == names[place])
        read = {
            name: options[target]
            for (name, options), target in zip(values, batch.attributes[row].tolist(), strict=True)
            if target >= 0
        }
        assert read == view.attributes


def test_words_that_name_an_attribute_are_marked_with_its_value(
    maker: BatchMaker, rendered: RenderedSet
) -> None:
    values = [(name, value) for name, options in attribute_values(rendered) for value in options]
    names = sorted({view.identity for view in rendered.views})
    marked = 0
    for step in range(5):
        batch = maker.batch(step)
        people = batch.identities.repeat_interleave(batch.texts_per_identity).tolist()
        for place, targets in zip(people, batch.word_targets, strict=True):
            attributes = next(v.attributes for v in rendered.views if v.identity == names[place])
            for target in targets[targets >= 0].tolist():
                name, value = values[target]
                assert attributes[name] == value
                marked += 1
    assert marked > 50
