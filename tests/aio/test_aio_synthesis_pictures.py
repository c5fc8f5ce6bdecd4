"""Infrared and sketch synthesised from colour, against slow NumPy references."""

import numpy as np
import pytest
import torch

from omnireid.aio.synthesis import (
    DrawingNetwork,
    blur_difference,
    channel_augmentation,
    load_drawing_network,
    random_line_art,
    xdog,
)
from omnireid.errors import ModelError


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures() -> torch.Tensor:
    """Smooth colour blobs with hard-edged boxes: flat parts, slopes and edges. (4, 3, 24, 17)."""
    noise = torch.rand(4, 3, 4, 3, generator=seeded(2))
    smooth = torch.nn.functional.interpolate(noise, (24, 17), mode="bicubic").clamp(0, 1)
    smooth[:, :, 6:15, 4:12] = torch.rand(4, 3, 1, 1, generator=seeded(3))
    return smooth


def slow_blur(plane: np.ndarray, sigma: float) -> np.ndarray:
    """(H, W) by direct sums over the symmetric padding."""
    height, width = plane.shape
    padded = np.pad(plane.astype(np.float64), ((height, height), (width, width)), mode="symmetric")

    def smooth(line: np.ndarray, size: int) -> list[float]:
        at = np.arange(len(line)) - size
        bells = [np.exp(-((at - i) ** 2) / (2 * sigma**2)) for i in range(size)]
        return [float((line * bell).sum() / bell.sum()) for bell in bells]

    across = np.array([smooth(row, width) for row in padded])
    return np.array([smooth(column, height) for column in across.T]).T


def slow_xdog(picture: np.ndarray, sigma: float) -> np.ndarray:
    luma = 0.299 * picture[0] + 0.587 * picture[1] + 0.114 * picture[2]
    difference = slow_blur(luma, sigma) - 0.98 * slow_blur(luma, 1.6 * sigma)
    return np.where(difference >= 0, 1.0, 1.0 + np.tanh(60.0 * difference))


def slow_blur_difference(picture: np.ndarray, sigma: float) -> np.ndarray:
    darker = np.min([slow_blur(plane, sigma) - plane for plane in picture], axis=0) * 255
    strong = sorted(darker[darker > 8])
    median = strong[(len(strong) - 1) // 2] if strong else 0.0
    return 1.0 - np.clip(np.clip(darker, 0, None) / max(16.0, median) * 127, 0, 255) / 255


@pytest.mark.parametrize(
    ("fast", "slow"), [(xdog, slow_xdog), (blur_difference, slow_blur_difference)]
)
def test_line_art_equals_the_slow_reference(fast, slow, pictures):
    sigmas = torch.tensor([0.8, 1.3, 2.0, 3.0])
    drawn = fast(pictures, sigmas).numpy()
    for picture, sigma, got in zip(pictures.numpy(), sigmas.tolist(), drawn, strict=True):
        expected = slow(picture, sigma)
        assert np.ptp(expected) > 0.5
        for channel in got:
            np.testing.assert_allclose(channel, expected, atol=2e-4)


@pytest.mark.parametrize("draw", [xdog, blur_difference])
def test_an_even_picture_gives_an_empty_drawing(draw):
    drawn = draw(torch.full((2, 3, 32, 16), 0.4))
    assert torch.allclose(drawn, torch.ones_like(drawn))


@pytest.mark.parametrize("draw", [xdog, blur_difference])
def test_a_dark_box_gets_a_dark_outline_on_white(draw):
    picture = torch.full((1, 3, 64, 64), 0.8)
    picture[:, :, 16:48, 16:48] = 0.1
    drawn = draw(picture)[0, 0]
    assert drawn[:8].min() > 0.95
    assert drawn[17, 20:44].max() < 0.5
    assert drawn[28:36, 28:36].mean() > drawn[17, 20:44].mean() + 0.3


def test_channel_augmentation_copies_one_channel_or_grey(pictures):
    batch = pictures[:1].expand(400, -1, -1, -1)
    red, green, blue = pictures[0].numpy()
    choices = [red, green, blue, 0.299 * red + 0.587 * green + 0.114 * blue]
    counts = [0, 0, 0, 0]
    for made in channel_augmentation(batch, seeded(4)).numpy():
        hits = [all(np.allclose(c, choice, atol=1e-6) for c in made) for choice in choices]
        assert sum(hits) == 1
        counts[hits.index(True)] += 1
    assert all(70 <= count <= 130 for count in counts)  # 100 expected each, four deviations 35


@pytest.mark.parametrize("make", [channel_augmentation, random_line_art])
def test_the_same_seed_gives_the_same_pictures(make, pictures):
    first, second, other = (make(pictures.repeat(4, 1, 1, 1), seeded(s)) for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("size", [(128, 64), (37, 19)])
def test_random_line_art_draws_every_picture_and_never_alike(size):
    box = torch.full((1, 3, *size), 0.8)
    box[:, :, size[0] // 8 : -size[0] // 8, size[1] // 4 : -size[1] // 4] = 0.1
    drawn = random_line_art(box.expand(60, -1, -1, -1), seeded(7))
    assert drawn.shape == (60, 3, *size)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    ink = (1 - drawn).mean((1, 2, 3))
    assert ink.min() > 0.003
    assert len(set(ink.tolist())) == 60
    # Some are drawn in part: the upper or the lower outline is missing.
    middle = slice(size[1] // 3, size[1] // 2)
    upper = (1 - drawn[:, 0, : size[0] // 4, middle]).amax((1, 2))
    lower = (1 - drawn[:, 0, -size[0] // 4 :, middle]).amax((1, 2))
    partial = (torch.minimum(upper, lower) < 0.1).sum()
    assert 3 <= partial <= 40


@pytest.mark.parametrize("make", [channel_augmentation, random_line_art])
def test_inputs_are_left_as_they_are_and_batches_may_be_empty(make, pictures):
    before = pictures.clone()
    make(pictures, seeded(1))
    assert torch.equal(pictures, before)
    assert make(pictures[:0], seeded(1)).shape == (0, 3, 24, 17)


@pytest.mark.parametrize("make", [channel_augmentation, random_line_art])
def test_another_shape_is_refused(make):
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\)"):
        make(torch.zeros(3, 8, 8), seeded(1))


def test_drawing_network_loads_the_published_layout_and_keeps_the_size(tmp_path):
    # Shapes of the published file: MIT, 4.3 M parameters.
    shapes = {
        "model0.1": (64, 3, 7, 7),
        "model1.0": (128, 64, 3, 3),
        "model1.3": (256, 128, 3, 3),
        **{f"model2.{i}.conv_block.{j}": (256, 256, 3, 3) for i in range(3) for j in (1, 5)},
        "model3.0": (256, 128, 3, 3),
        "model3.3": (128, 64, 3, 3),
        "model4.1": (1, 64, 7, 7),
    }
    state = {}
    for name, shape in shapes.items():
        state[f"{name}.weight"] = torch.randn(shape, generator=seeded(len(state))) * 0.05
        # A transposed convolution holds (in, out, h, w).
        state[f"{name}.bias"] = torch.zeros(shape[1] if name.startswith("model3") else shape[0])
    torch.save(state, tmp_path / "sk_model.pth")
    network = load_drawing_network(tmp_path / "sk_model.pth")
    assert torch.equal(network.model4[1].weight, state["model4.1.weight"])
    assert not any(p.requires_grad for p in network.parameters())
    assert 4.2e6 < sum(p.numel() for p in network.parameters()) < 4.4e6
    drawn = network(torch.rand(2, 3, 35, 22, generator=seeded(9)))
    assert drawn.shape == (2, 3, 35, 22)
    assert torch.equal(drawn[:, 0], drawn[:, 2])
    assert drawn.std() > 0.01


class _Code:
    def __reduce__(self):
        return (print, ("code of the file was run",))


@pytest.mark.parametrize("content", ["missing", "garbage", "other", "code"])
def test_unusable_drawing_weights_are_a_clear_error(content, tmp_path, capsys):
    path = tmp_path / "sk_model.pth"
    if content == "garbage":
        path.write_bytes(b"not weights")
    elif content == "other":
        torch.save({"weight": torch.zeros(3)}, path)
    elif content == "code":
        torch.save({"weight": _Code()}, path)
    with pytest.raises(ModelError, match=r"sk_model\.pth"):
        load_drawing_network(path)
    assert "was run" not in capsys.readouterr().out


def test_drawing_network_is_frozen_from_birth():
    assert not any(p.requires_grad for p in DrawingNetwork().parameters())
