"""A real video through the command line: walks in, four kinds of search out.

The shipped model was trained on rendered people alone; nothing here was seen in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from colour_statistics import area_under_curve, blue_share, dark_share, red_share, upper_body
from command_line import omnireid
from PIL import Image

from omnireid import Modality, Observation, sources
from omnireid.cli import opening
from omnireid.runtime import Encoder
from omnireid.sources import Found

# The video is read once, in the first test's time.
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Site:
    """A gallery of the walks, and of each walk one picture that was held back from it."""

    gallery: Path
    items: int
    held_back: dict[str, Path]

    def search(self, *query: object) -> list[dict[str, Any]]:
        """All walks, most similar first."""
        found: list[dict[str, Any]] = omnireid(
            "search", *query, "--gallery", self.gallery, "--top", 1000
        )
        assert len(found) == self.items
        return found


@pytest.fixture(scope="module")
def site(real_video: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("real video")
    held_back: dict[str, Path] = {}
    read_video = sources.read_video

    def without_the_last_picture(*arguments: Any, **options: Any) -> Iterator[Found]:
        for found in read_video(*arguments, **options):
            if isinstance(found, Observation) and len(found.images(Modality.RGB)) > 1:
                *kept, last = found.images(Modality.RGB)
                path = folder / f"held-back-{len(held_back)}.png"
                Image.fromarray(np.asarray(last)).save(path)
                held_back[str(found.source)] = path
                found = replace(found, rgb=tuple(kept))
            yield found

    with pytest.MonkeyPatch.context() as patch:
        # One load for all commands: each would check and load the same files anew.
        patch.setattr(opening, "Encoder", cache(Encoder))
        # The command imports it when it runs: OpenCV is an optional part.
        patch.setattr(sources, "read_video", without_the_last_picture)
        report = omnireid("index", "video", real_video, "--gallery", folder / "gallery",
                          "--camera", "car park", "--start", "2026-11-23T08:00")  # fmt: skip
        assert report["skipped"] == []
        yield Site(folder / "gallery", report["items"], held_back)


def test_the_walks_are_found(site: Site) -> None:
    assert 15 <= site.items <= 45
    assert len(site.held_back) >= 15
    walks = site.search("--text", "a person")
    assert {walk["camera"] for walk in walks} == {"car park"}
    assert all(walk["time"].startswith("2026-11-23T08:0") for walk in walks)
    again = omnireid("verify", "--gallery", site.gallery)
    assert again["ok"]


def test_a_picture_from_another_moment_finds_its_walk(site: Site) -> None:
    ranks = [
        [walk["source"] for walk in site.search("--image", picture)].index(source) + 1
        for source, picture in site.held_back.items()
    ]
    # By chance one in twenty-five comes first; half the walkers here wear the same black clothes.
    assert np.mean([rank == 1 for rank in ranks]) >= 0.45, ranks
    assert np.median(ranks) <= 2, ranks


@pytest.mark.parametrize(("share", "at_least"), [(red_share, 0.15), (blue_share, 0.3)])
def test_a_picture_of_someone_in_a_striking_colour_finds_the_same_walk_first(
    site: Site, share: Any, at_least: float
) -> None:
    asked = 0
    for source, picture in site.held_back.items():
        if share(upper_body(picture)) < at_least:
            continue
        found = site.search("--image", picture)
        # The same person may have walked by twice: then either walk is right.
        assert share(upper_body(found[0]["picture"])) >= at_least
        assert source in [walk["source"] for walk in found[:2]]
        asked += 1
    assert asked >= 1


@pytest.mark.parametrize(
    ("sentence", "share", "at_least", "margin"),
    [
        ("a woman in a red jacket and blue jeans", red_share, 0.15, 0.3),
        ("赤い上着を着た女性", red_share, 0.15, 0.3),
        ("a person wearing a light blue coat", blue_share, 0.3, 0.3),
        ("水色のコートを着た人", blue_share, 0.3, 0.3),
        ("a man in a black jacket", dark_share, 0.6, 0.2),
        ("黒いジャケットの男性", dark_share, 0.6, 0.2),
    ],
)
def test_colours_of_a_sentence_beat_a_random_order(
    site: Site, sentence: str, share: Any, at_least: float, margin: float
) -> None:
    walks = site.search("--text", sentence)
    shown = [share(upper_body(walk["picture"])) >= at_least for walk in walks]
    assert 2 <= sum(shown) < len(shown)
    area = area_under_curve([walk["score"] for walk in walks], shown)
    assert area >= 0.5 + margin


def test_a_line_drawing_finds_its_walk_more_often_than_chance(site: Site, tmp_path: Path) -> None:
    ranks = []
    for source, picture in site.held_back.items():
        line_drawing(picture).save(tmp_path / "drawing.png")
        found = site.search("--sketch", tmp_path / "drawing.png")
        ranks.append([walk["source"] for walk in found].index(source) + 1)
    # By chance one in twenty-five comes first, and the middle rank is 13.
    assert np.mean([rank == 1 for rank in ranks]) >= 0.12, ranks
    assert np.median(ranks) <= 7, ranks


@pytest.mark.parametrize(
    ("sentence", "share", "at_least"),
    [("a woman in a red jacket", red_share, 0.15), ("水色のコートを着た人", blue_share, 0.3)],
)
def test_a_line_drawing_with_the_colour_said_finds_its_walk_first(
    site: Site, tmp_path: Path, sentence: str, share: Any, at_least: float
) -> None:
    ranks, areas = [], []
    for source, picture in site.held_back.items():
        if share(upper_body(picture)) < at_least:
            continue
        line_drawing(picture).save(tmp_path / "drawing.png")
        found = site.search("--sketch", tmp_path / "drawing.png", "--text", sentence)
        ranks.append([walk["source"] for walk in found].index(source) + 1)
        shown = [share(upper_body(walk["picture"])) >= at_least for walk in found]
        areas.append(area_under_curve([walk["score"] for walk in found], shown))
    assert ranks
    # One of the drawings may be of another's outline; most must find their own walk first.
    assert np.mean([rank == 1 for rank in ranks]) >= 0.5, ranks
    assert np.mean(areas) >= 0.75, areas


def line_drawing(picture: Path) -> Image.Image:
    """Dark lines on white where the picture changes, as a hand would trace it."""
    import torch

    from omnireid.aio.synthesis import xdog

    pixels = np.asarray(Image.open(picture).resize((128, 256)), dtype=np.float32) / 255
    drawn = xdog(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    return Image.fromarray((drawn[0].mean(0).numpy() * 255).round().astype(np.uint8))


def test_a_picture_and_a_sentence_together(site: Site) -> None:
    source, picture = next(iter(site.held_back.items()))
    alone = [walk["source"] for walk in site.search("--image", picture)]
    both = [walk["source"] for walk in site.search("--image", picture, "--text", "a person")]
    assert sorted(alone) == sorted(both)
    assert both.index(source) <= alone.index(source) + site.items // 5
