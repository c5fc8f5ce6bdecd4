"""Pictures that are nearly the same: found by their hashes, none missed, none joined wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from omnireid.gallery import Gallery
from omnireid.jobs import FolderOptions, JobQueue, NearDuplicatesOptions, likeness_groups
from omnireid.jobs.likeness import BITS, MOST_BITS, difference_hash, groups_of, unpack


def scene(seed: int) -> Image.Image:
    """A picture with structure of its own."""
    coarse = np.random.default_rng(seed).integers(0, 255, (12, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((96, 192), Image.Resampling.BICUBIC)


def differing(a: Image.Image, b: Image.Image) -> int:
    bits = unpack([difference_hash(a), difference_hash(b)])
    return int((bits[0] != bits[1]).sum())


@pytest.mark.parametrize("seed", range(5))
def test_the_same_picture_in_other_clothes_is_close_and_another_is_far(seed: int) -> None:
    picture = scene(seed)
    assert differing(picture, picture.resize((48, 96))) <= 12
    assert differing(picture, picture.point(lambda value: min(value + 12, 255))) <= 12
    assert differing(picture, scene(seed + 100)) > 60


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), bits=st.integers(0, MOST_BITS), count=st.integers(0, 40))
def test_groups_are_those_of_comparing_every_pair(seed: int, bits: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.random((max(count // 3, 1), BITS)) > 0.5
    hashes = base[rng.integers(0, len(base), count)]
    # A few flips each: some pairs on either side of the limit.
    hashes ^= rng.random(hashes.shape) < 0.02
    near = (hashes[:, None] != hashes[None]).sum(2) <= bits
    left, expected = set(range(count)), []
    while left:
        group, fresh = set(), {min(left)}
        while fresh:
            group |= fresh
            fresh = {int(n) for one in fresh for n in np.flatnonzero(near[one])} - group
        left -= group
        if len(group) > 1:
            expected.append(sorted(group))
    assert sorted(groups_of(hashes, bits)) == sorted(expected)


def test_a_scan_shows_groups_and_forgets_deleted_items(
    gallery: Gallery, queue: JobQueue, tmp_path: Path, work: Callable[[], int]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(4):
        scene(seed).save(folder / f"{seed}.png")
    scene(2).resize((60, 120)).save(folder / "2-small.jpg", quality=85)
    Image.new("RGB", (20, 40), "red").save(folder / "flat-red.png")
    Image.new("RGB", (20, 40), "blue").save(folder / "flat-blue.png")
    queue.add(FolderOptions(path=folder, camera="gate"), "Ito")
    queue.add(NearDuplicatesOptions(), "Ito")
    work()
    (group,) = likeness_groups(gallery)
    names = {Path(member.item.source or "").name for member in group}
    assert names == {"2.png", "2-small.jpg"}
    assert group[0].bits == 0
    assert likeness_groups(gallery, scope=["elsewhere"]) == []
    assert len(likeness_groups(gallery, scope=["gate"])) == 1
    gallery.delete([group[1].item.item_id])
    assert likeness_groups(gallery) == []
