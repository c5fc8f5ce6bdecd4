"""Encoding through the door: any mixture of observations, in any batch, the same vectors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import omnireid
from omnireid.errors import InputError, ModelError
from omnireid.observation import Modality, Observation
from omnireid.runtime import Encoder


@pytest.fixture(scope="module")
def encoder(random_model: Path) -> Encoder:
    return omnireid.load(random_model)


def picture(seed: int, size: tuple[int, int] = (90, 200)) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (8, 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


MIXTURE = [
    Observation(rgb=picture(1)),
    Observation(text="a man, red coats"),
    Observation(infrared=picture(2), sketch=picture(3)),
    Observation(rgb=(picture(4), picture(5)), text="赤い上着の男"),
    Observation(rgb=picture(6), infrared=picture(7), sketch=picture(8), text="blue"),
    Observation(text="青い帽子"),
]


def test_any_mixture_gives_unit_float32_vectors(encoder: Encoder) -> None:
    vectors = encoder.encode(MIXTURE)
    assert vectors.shape == (len(MIXTURE), 256)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_company_does_not_change_a_vector(encoder: Encoder) -> None:
    together = encoder.encode(MIXTURE)
    alone = np.concatenate([encoder.encode([one]) for one in MIXTURE])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together - encoder.encode(MIXTURE, batch_size=1)).max() < 1e-5


def test_nothing_gives_nothing(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 256)


def test_paths_bytes_images_and_arrays_are_the_same_picture(
    encoder: Encoder, tmp_path: Path
) -> None:
    image = picture(9)
    path = tmp_path / "写真 1.png"
    image.save(path)
    ways = [path, str(path), path.read_bytes(), image, np.asarray(image)]
    vectors = encoder.encode([Observation(rgb=way) for way in ways])
    assert np.abs(vectors - vectors[0]).max() < 1e-6


def test_a_walk_is_the_normalised_mean_of_its_moments(encoder: Encoder) -> None:
    first, second = encoder.encode([Observation(rgb=picture(4)), Observation(rgb=picture(5))])
    (walk,) = encoder.encode([Observation(rgb=(picture(4), picture(5)))])
    mean = (first + second) / np.linalg.norm(first + second)
    assert np.abs(walk - mean).max() < 1e-5


def test_infrared_and_sketch_see_no_colour(encoder: Encoder) -> None:
    grey = picture(10).convert("L")
    coloured = picture(10)
    for modality in (Modality.INFRARED, Modality.SKETCH):
        with_colour, without = encoder.encode(
            [Observation(**{modality.value: image}) for image in (coloured, grey)]
        )
        assert np.abs(with_colour - without).max() < 1e-5


def test_attributes_are_named_with_probabilities(encoder: Encoder) -> None:
    (readings,) = encoder.read_attributes([Observation(rgb=picture(1))])
    assert [reading.name for reading in readings] == ["top.colour", "bag"]
    assert readings[0].value in ("blue", "red")
    assert 0.5 <= readings[0].probability <= 1.0
    assert 1 / 3 <= readings[1].probability <= 1.0


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty"), (b"no picture", "damaged"), (b"\x89PNG\r\n\x1a\n", "damaged")],
)
def test_an_unreadable_picture_says_so(encoder: Encoder, data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        encoder.encode([Observation(rgb=data)])


def test_a_missing_picture_names_the_file(encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jpg"):
        encoder.encode([Observation(rgb=tmp_path / "gone.jpg")])


def test_an_unknown_model_lists_what_there_is() -> None:
    with pytest.raises(ModelError, match="shipped models are"):
        omnireid.load("no-such-model")


@pytest.mark.parametrize("name", ["rgb.onnx", "encoder.onnx", "vocabulary.json"])
def test_a_changed_byte_is_found(random_model: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(random_model, folder)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match="damaged or was changed"):
        omnireid.load(folder)


def test_a_missing_file_is_found(random_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(random_model, folder)
    (folder / "text.onnx").unlink()
    with pytest.raises(ModelError, match=r"text\.onnx is missing"):
        omnireid.load(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 99}, "reads format 1"),
        ({"surprise": 1}, "surprise"),
        ({"modalities": ["rgb", "radar"]}, "modalities"),
        ({"files": {"../rgb.onnx": "00"}}, "outside its folder"),
        ({"files": {}}, r"no sha-256 of rgb\.onnx"),
    ],
)
def test_a_wrong_description_is_refused(
    random_model: Path, tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(random_model, folder)
    description = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(description | change))
    with pytest.raises(ModelError, match=reason):
        omnireid.load(folder)


def test_the_model_id_follows_weights_and_preprocessing(random_model: Path) -> None:
    info = omnireid.load(random_model).info
    assert info.model_id.startswith("random@0:")
    other_weights = info.model_copy(update={"files": info.files | {"rgb.onnx": "0" * 64}})
    other_rules = info.model_copy(
        update={"preprocessing": info.preprocessing.model_copy(update={"resampling": "box"})}
    )
    assert len({info.model_id, other_weights.model_id, other_rules.model_id}) == 3


def test_a_fusion_is_the_weighted_sum_that_the_model_states(
    encoder: Encoder, random_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fused"
    shutil.copytree(random_model, folder)
    description = json.loads((folder / "model.json").read_text())
    description["fusion"] = {"rgb+text": {"joint": 0.5, "single": {"rgb": 2.0, "text": 0.0}}}
    (folder / "model.json").write_text(json.dumps(description))
    fused = omnireid.load(folder)
    assert fused.model_id != encoder.model_id
    both = Observation(rgb=picture(4), text="red coat")
    joint, colour = encoder.encode([both, Observation(rgb=picture(4))])
    expected = 0.5 * joint + 2.0 * colour
    expected /= np.linalg.norm(expected)
    assert np.abs(fused.encode([both])[0] - expected).max() < 1e-5
    other = Observation(sketch=picture(5), text="red coat")
    assert np.abs(fused.encode([other]) - encoder.encode([other])).max() < 1e-6
