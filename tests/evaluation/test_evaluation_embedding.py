"""The cache of vectors, and what cannot be encoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colour_people import ColourEncoder, paint

from omnireid.datasets import Sample
from omnireid.errors import InputError
from omnireid.evaluation import EmbeddingCache, content_digest, embed


def _sample(path: Path, **more: str) -> Sample:
    return Sample("1", rgb=(path,), **more)


def test_a_second_run_encodes_nothing_even_after_files_moved(
    tmp_path: Path, encoder: ColourEncoder
) -> None:
    path = paint(tmp_path / "a.png", "red", "blue")
    cache = EmbeddingCache(tmp_path / "deep" / "vectors.sqlite")
    first = embed(encoder, [_sample(path)], cache)
    cache.close()
    moved = path.rename(tmp_path / "b.png")
    second = embed(encoder, [_sample(moved)], EmbeddingCache(tmp_path / "deep/vectors.sqlite"))
    assert encoder.encoded == 1
    assert np.array_equal(first.vectors, second.vectors)


def test_another_model_or_another_content_is_encoded_anew(
    tmp_path: Path, encoder: ColourEncoder
) -> None:
    path = paint(tmp_path / "a.png", "red", "blue")
    cache = EmbeddingCache(None)
    embed(encoder, [_sample(path)], cache)
    other = ColourEncoder()
    other.model_id = "colours@2:test"
    embed(other, [_sample(path)], cache)
    assert (encoder.encoded, other.encoded) == (1, 1)
    paint(path, "green", "blue")
    embed(encoder, [_sample(path), _sample(path, text="a red coat and blue trousers")], cache)
    assert encoder.encoded == 3


def test_the_same_content_is_encoded_once(tmp_path: Path, encoder: ColourEncoder) -> None:
    samples = [_sample(paint(tmp_path / f"{i}.png", "red", "red")) for i in range(3)]
    found = embed(encoder, samples, EmbeddingCache(None))
    assert (encoder.encoded, len(found.vectors), len(set(found.digests))) == (1, 3, 1)


def test_content_tells_modalities_apart(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", "red", "red")
    assert content_digest(_sample(path)) != content_digest(Sample("1", sketch=(path,)))


def test_bad_samples_are_left_out_and_named(tmp_path: Path, encoder: ColourEncoder) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    samples = [
        _sample(paint(tmp_path / "a.png", "red", "blue")),
        _sample(broken),
        _sample(tmp_path / "lost.png"),
        Sample("2", text="something unspeakable"),
    ]
    found = embed(encoder, samples, EmbeddingCache(None))
    assert found.samples == (samples[0],)
    reasons = {problem.where.rsplit("/", 1)[-1]: problem.reason for problem in found.problems}
    assert "No such file" in reasons["lost.png"]
    assert "damaged" in reasons["broken.png"]
    assert "it cannot be said" in reasons["text of 2"]


def test_a_vector_that_is_not_finite_is_left_out(tmp_path: Path, encoder: ColourEncoder) -> None:
    good = _sample(paint(tmp_path / "a.png", "red", "blue"))

    class Broken(ColourEncoder):
        def encode(self, observations):
            vectors = super().encode(observations)
            vectors[-1] = np.nan
            return vectors

    other = _sample(paint(tmp_path / "b.png", "green", "blue"))
    cache = EmbeddingCache(None)
    found = embed(Broken(), [good, other], cache)
    assert found.samples == (good,)
    assert "NaN" in found.problems[0].reason
    # What was bad is not kept: a mended encoder gets its chance.
    assert len(embed(encoder, [good, other], cache).samples) == 2
    assert encoder.encoded == 1


def test_nothing_to_encode_is_an_error(tmp_path: Path, encoder: ColourEncoder) -> None:
    with pytest.raises(InputError, match="nothing could be encoded"):
        embed(encoder, [_sample(tmp_path / "lost.png")], EmbeddingCache(None))


def test_progress_reaches_the_end_and_stopping_keeps_what_is_done(
    tmp_path: Path, encoder: ColourEncoder
) -> None:
    samples = [Sample(str(i), text=f"{'very ' * i}red blue") for i in range(300)]
    cache = EmbeddingCache(tmp_path / "vectors.sqlite")

    def stop(done: int, total: int) -> None:
        assert total == 300
        if done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(encoder, samples, cache, stop)
    seen: list[int] = []
    embed(
        encoder, samples, EmbeddingCache(tmp_path / "vectors.sqlite"), lambda d, _: seen.append(d)
    )
    assert encoder.encoded == 300
    assert seen[-1] == 300 - 256


def test_a_file_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(b"not a database, but long enough to be read as a header" * 40)
    with pytest.raises(InputError, match="cannot be used"):
        EmbeddingCache(path)
