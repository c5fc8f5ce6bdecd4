"""Image and text tokenizers."""

from __future__ import annotations

import pytest
import torch

from omnireid.aio.configuration import NetworkConfig
from omnireid.aio.tokenizers import IBN, ImageTokenizer, TextTokenizer, ibn_stem


@pytest.mark.parametrize("kind", ["ibn-stem", "ibn-residual"])
@pytest.mark.parametrize(("height", "width"), [(128, 64), (256, 128)])
def test_one_token_for_each_16_pixels(kind: str, height: int, width: int) -> None:
    config = NetworkConfig(image_tokenizer=kind, image_height=height, image_width=width)  # type: ignore[arg-type]
    tokens = ImageTokenizer(config, 48)(torch.rand(2, 3, height, width))
    assert tokens.shape == (2, config.tokens_per_picture, 48)


def test_the_papers_stem_has_the_papers_size() -> None:
    parameters = sum(p.numel() for p in ibn_stem(768).parameters())
    assert parameters == pytest.approx(3.23e6, rel=0.01)


def test_ibn_norms_half_per_picture_and_half_per_batch() -> None:
    torch.manual_seed(0)
    x = torch.randn(4, 6, 8, 8) * torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None, None] + 5
    y = IBN(6)(x)
    per_picture = y[:, :3].mean((2, 3)).abs().max()
    assert per_picture < 1e-5
    assert y[:, 3:].mean((0, 2, 3)).abs().max() < 1e-5
    assert y[:, 3:].mean((2, 3)).abs().max() > 0.01


def test_ibn_forgets_a_pictures_contrast_in_its_first_half() -> None:
    x = torch.rand(2, 4, 8, 8)
    ibn = IBN(4)
    assert torch.allclose(ibn(x)[:, :2], ibn(x * 3 + 1)[:, :2], atol=1e-3)


def test_words_that_training_never_shows_stay_where_they_were() -> None:
    torch.manual_seed(0)
    start = torch.randn(6, 16)
    tokenizer = TextTokenizer(NetworkConfig(), start)
    optimizer = torch.optim.AdamW(tokenizer.parameters(), lr=0.1, weight_decay=0.1)
    assert torch.equal(tokenizer.table, start)
    for _ in range(3):
        optimizer.zero_grad()
        tokenizer(torch.tensor([[1, 4]]))[..., 0].sum().backward()
        optimizer.step()
    moved = (tokenizer.table - start).abs().sum(1) > 0
    assert moved.tolist() == [False, True, False, False, True, False]


def test_the_same_word_elsewhere_is_another_token() -> None:
    torch.manual_seed(0)
    tokenizer = TextTokenizer(NetworkConfig(), torch.randn(6, 16))
    tokens = tokenizer(torch.tensor([[3, 3]]))
    assert not torch.allclose(tokens[0, 0], tokens[0, 1])
