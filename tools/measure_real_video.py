"""Searches a real video: `python tools/measure_real_video.py VIDEO [--model default]`.

Cuts the walks out of a fixed camera's video (the README's is Debian's `vtest.avi`, package
opencv-doc), holds the last picture of each walk back, and searches the others' pictures by it, by
its line drawing, and by sentences in English and Japanese whose colour a histogram can judge.
Prints Rank-1, the middle rank, and the area under the curve of each sentence (0.5: a random order).
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.console import Console

from omnireid import Observation, load
from omnireid.aio.synthesis import xdog
from omnireid.observation import Modality
from omnireid.sources import read_video

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "end_to_end"))
from colour_statistics import (
    area_under_curve,
    blue_share,
    dark_share,
    red_share,
    upper_body,
)

SENTENCES = (
    ("a woman in a red jacket and blue jeans", red_share, 0.15),
    ("赤い上着を着た女性", red_share, 0.15),
    ("a person wearing a light blue coat", blue_share, 0.3),
    ("水色のコートを着た人", blue_share, 0.3),
    ("a man in a black jacket", dark_share, 0.6),
    ("黒いジャケットの男性", dark_share, 0.6),
)


def drawing(picture: object) -> np.ndarray:
    """Dark lines on white where the picture changes (XDoG)."""
    pixels = torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(pixels, size=(256, 128), mode="bilinear")
    return (xdog(resized)[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def as_file(picture: object) -> io.BytesIO:
    """A picture as the file that the statistics open."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(picture)).save(file, "PNG")
    return file


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("--model", default="default")
    chosen = parser.parse_args()
    say = Console(width=160, highlight=False).print
    walks = [found for found in read_video(chosen.video) if isinstance(found, Observation)]
    kept = [walk.images(Modality.RGB) for walk in walks]
    asked = [row for row, pictures in enumerate(kept) if len(pictures) > 1]
    gallery = [Observation(rgb=p[:-1] if len(p) > 1 else p) for p in kept]
    encoder = load(chosen.model)
    vectors = encoder.encode(gallery)
    say(f"{encoder.model_id}: {len(walks)} walks, {len(asked)} pictures held back")
    last = [kept[row][-1] for row in asked]
    for name, queries in (
        ("picture", [Observation(rgb=one) for one in last]),
        ("line drawing", [Observation(sketch=drawing(one)) for one in last]),
        ("grey picture as infrared", [Observation(infrared=one) for one in last]),
    ):
        scores = encoder.encode(queries) @ vectors.T
        own = scores[np.arange(len(asked)), asked]
        ranks = 1 + (scores > own[:, None]).sum(1)
        say(f"{name}: Rank-1 {np.mean(ranks == 1):.0%}, Rank-5 {np.mean(ranks <= 5):.0%}, "
            f"middle rank {np.median(ranks):g}, chance {1 / len(walks):.0%}")  # fmt: skip
    for sentence, share, least in SENTENCES:
        truth = [share(upper_body(as_file(pictures[0]))) >= least for pictures in kept]
        scores = encoder.encode([Observation(text=sentence)])[0] @ vectors.T
        say(f"{sentence}: {sum(truth)} of {len(truth)} walks, AUC "
            f"{area_under_curve(scores.tolist(), truth):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
