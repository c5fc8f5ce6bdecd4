"""Heads become unrecognisable, in what is kept and in what the model sees; the rest stays."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from gallery_fakes import FakeEncoder
from PIL import Image

from omnireid import Observation
from omnireid.gallery import Blur, Gallery, blur_beside, blur_heads
from omnireid.images import open_image
from omnireid.settings import Settings

HEAD, REST = 0.30, 0.40
"""Rendered heads end above the first share of the height; nothing below the second is touched."""


def pictures() -> list[Image.Image]:
    folder = Path(str(resources.files("omnireid") / "data" / "demo" / "rgb"))
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.jpg"))[::6]]


def detail(picture: np.ndarray) -> float:
    """Energy of what is finer than a twentieth of the height: eyes, mouth, the line of a nose."""
    grey = picture.astype(np.float64).mean(axis=2)
    # Windowed: the jump from one border to the other is no detail.
    window = np.outer(*(np.hanning(side) for side in grey.shape))
    spectrum = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    rows = np.abs(np.fft.fftfreq(grey.shape[0]))[:, None]
    columns = np.abs(np.fft.fftfreq(grey.shape[1]))[None, :]
    return float(spectrum[(rows > 0.1) | (columns > 0.1)].sum())


def test_the_detail_of_heads_is_gone_and_the_rest_is_untouched() -> None:
    kept = []
    for picture in pictures():
        before, after = np.asarray(picture), np.asarray(blur_heads(picture))
        head, rest = round(HEAD * len(before)), round(REST * len(before))
        kept.append(detail(after[:head]) / detail(before[:head]))
        assert (after[rest:] == before[rest:]).all()
        # Colours stay roughly: a red hat is still red.
        assert np.abs(after[:head].mean((0, 1)) - before[:head].mean((0, 1))).max() < 6
    assert len(kept) == 30
    # Measured: 0.1 % of the detail is left in the middle, 1.7 % at most.
    assert np.median(kept) < 0.003
    assert max(kept) < 0.03


@pytest.mark.parametrize("size", [(64, 128), (61, 129), (100, 130), (3, 9), (1, 1), (1, 400)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    noise = Image.effect_noise(size, 90).convert("RGB")
    assert blur_heads(noise).size == size
    assert blur_beside(noise).size == size


def test_a_whole_picture_is_blurred_as_a_whole() -> None:
    noise = Image.effect_noise((200, 120), 90).convert("RGB")
    before, after = np.asarray(noise), np.asarray(blur_heads(noise))
    assert detail(after) < 0.02 * detail(before)


class Watching(FakeEncoder):
    """An encoder that remembers what it was shown."""

    def encode(self, observations):
        self.seen = [np.asarray(open_image(o.images(m)[0])) for o in observations
                     for m in o.modalities if o.images(m)]  # fmt: skip
        return super().encode(observations)


@pytest.mark.parametrize("blur", Blur)
def test_what_is_kept_and_what_the_model_sees(folder: Path, blur: Blur) -> None:
    picture = pictures()[3]
    encoder = Watching()
    with Gallery.create(folder, encoder, blur=blur) as gallery:
        gallery.add([Observation(rgb=picture, sketch=picture)])
        rgb, sketch = encoder.seen
        head = round(HEAD * picture.height)
        original = detail(np.asarray(picture)[:head])
        assert (detail(rgb[:head]) < 0.1 * original) == (blur is Blur.EMBEDDING)
        assert (sketch == np.asarray(picture)).all()
        kept = np.asarray(Image.open(gallery.items(k=1)[0].picture_path))
        assert (detail(kept[:head]) < 0.1 * original) == (blur is not Blur.OFF)
        with gallery.database.read() as connection:
            stored = connection.exec_driver_sql("SELECT blur FROM items").scalar()
        assert stored == (None if blur is Blur.OFF else blur.value)
        # The same picture is known again, whatever was blurred.
        assert gallery.add([Observation(rgb=picture, sketch=picture)]).duplicates == 1


def test_the_setting_knows_the_choices() -> None:
    for blur in Blur:
        assert Settings(blur_faces=blur.value).blur_faces == blur.value
