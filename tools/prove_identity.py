"""Is identity visible without colour? `python tools/prove_identity.py SET [--json FILE]`.

Trains a plain small convolutional network from scratch, with a fixed number of steps, on one kind
of picture alone (sketch, near infrared, thermal, grey), at two numbers of identities, and prints
how often it finds unseen people again: rank-1 among 100 people with a single view each, from
another camera. Nothing pre-trained, nothing of OmniReID's own model: only the pictures can know.
SET is a folder of `omnireid render`; its last 100 identities are never trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional

from omnireid.observation import Modality
from omnireid.people import RenderedSet, RenderedView

SIZE = (32, 64)
UNSEEN = 100
PEOPLE, VIEWS = 32, 3  # in a batch
TRIALS = 40

say = Console(soft_wrap=True, markup=False, highlight=False).print

KINDS = (
    ("sketch", Modality.SKETCH, None),
    ("near infrared", Modality.INFRARED, "near"),
    ("thermal", Modality.INFRARED, "thermal"),
    ("grey", Modality.RGB, None),
)


@dataclass(frozen=True)
class Pictures:
    """Pictures of one kind, by identity and camera."""

    pixels: npt.NDArray[np.uint8]  # (N, H, W)
    people: npt.NDArray[np.int64]
    cameras: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """One line of the table; shares of 1."""

    kind: str
    identities: int
    pictures: int
    scored: int
    rank1: float
    low: float
    high: float
    seconds: float


def chosen(data: RenderedSet, people: set[int], infrared: str | None) -> list[RenderedView]:
    """The views of some people, of one kind of infrared where that is asked."""
    return [
        view
        for view in data.views
        if view.identity in people and infrared in (None, view.infrared_kind)
    ]


def read(data: RenderedSet, views: list[RenderedView], modality: Modality) -> Pictures:
    """Grey pictures at `SIZE`."""
    cameras = {name: number for number, name in enumerate(sorted({v.camera for v in views}))}
    pixels = np.empty((len(views), SIZE[1], SIZE[0]), np.uint8)
    for index, view in enumerate(views):
        picture = data.picture(view, modality).convert("L")
        pixels[index] = np.asarray(picture.resize(SIZE, Image.Resampling.BOX))
    return Pictures(
        pixels,
        np.array([view.identity for view in views]),
        np.array([cameras[view.camera] for view in views]),
    )


class Block(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
        )  # fmt: skip
        self.short = nn.Conv2d(before, after, 1, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.body(x) + self.short(x))


def network() -> nn.Module:
    """A plain small network: 32x64 grey pixels to 128 numbers, upper and lower body apart."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 5, 2, 2, bias=False), nn.InstanceNorm2d(24, affine=True), nn.ReLU(),
        Block(24, 40), Block(40, 80), Block(80, 128),
        nn.AdaptiveAvgPool2d((4, 1)), nn.Flatten(), nn.Linear(128 * 4, 128), nn.BatchNorm1d(128),
    )  # fmt: skip


def tensor(pixels: npt.NDArray[np.uint8]) -> Tensor:
    """Pixels (N, H, W) as a batch, each picture with mean 0 and deviation 1."""
    x = torch.from_numpy(pixels.astype(np.float32))[:, None]
    return (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True) + 8.0)


def varied(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Mirrored, shifted, and with a patch missing, each picture for itself."""
    x = functional.pad(x, (2, 2, 2, 2), mode="replicate")
    result = torch.empty(len(x), 1, SIZE[1], SIZE[0])
    for index in range(len(x)):
        left, top = rng.integers(0, 5, 2)
        one = x[index, :, top : top + SIZE[1], left : left + SIZE[0]]
        result[index] = one.flip(2) if rng.random() < 0.5 else one
        if rng.random() < 0.4:
            h, w = rng.integers(6, 24), rng.integers(5, 16)
            y, z = rng.integers(0, SIZE[1] - h), rng.integers(0, SIZE[0] - w)
            result[index, :, y : y + h, z : z + w] = 0
    return result


def train(pictures: Pictures, steps: int, seed: int) -> nn.Module:
    """Pull pictures of one person together and push people apart (supervised contrast)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = network()
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps, pct_start=0.15)
    of_person = {p: np.flatnonzero(pictures.people == p) for p in np.unique(pictures.people)}
    usable = [places for places in of_person.values() if len(places) >= 2]
    people = min(PEOPLE, len(usable))
    labels = torch.arange(people).repeat_interleave(VIEWS)
    same = labels[:, None] == labels[None]
    itself = torch.eye(len(labels), dtype=torch.bool)
    net.train()
    for _ in range(steps):
        chosen = rng.choice(len(usable), people, replace=False)
        places = np.concatenate(
            [rng.choice(usable[c], VIEWS, replace=len(usable[c]) < VIEWS) for c in chosen]
        )
        with torch.autocast("cpu", torch.bfloat16):  # twice as fast where the processor knows it
            seen = net(varied(tensor(pictures.pixels[places]), rng))
        seen = functional.normalize(seen.float())
        scores = (seen @ seen.T / 0.1).masked_fill(itself, -1e4)
        share = scores.log_softmax(1)
        loss = -(share * (same & ~itself)).sum(1).mean() / (VIEWS - 1)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    return net.eval()


@torch.inference_mode()
def rank1(net: nn.Module, pictures: Pictures, seed: int) -> tuple[int, float, float, float]:
    """Rank-1 with one query and one other-camera picture a person; mean and 95 % over people.

    First the number of people that were asked for: those whom two cameras saw in this kind.
    """
    rng = np.random.default_rng(seed)
    vectors = torch.cat([functional.normalize(net(tensor(part)))
                         for part in np.array_split(pictures.pixels, 8) if len(part)])  # fmt: skip
    people = np.unique(pictures.people)
    hits = np.full((TRIALS, len(people)), np.nan)
    for trial in range(TRIALS):
        queries, items = [], []
        for person in people:
            places = rng.permutation(np.flatnonzero(pictures.people == person))
            others = [p for p in places if pictures.cameras[p] != pictures.cameras[places[0]]]
            queries.append(places[0])
            items.append(others[0] if others else -1)
        found = np.array([item >= 0 for item in items])
        scores = (vectors[queries] @ vectors[[max(item, 0) for item in items]].T).numpy()
        scores[:, ~found] = -2  # seen by one camera only: neither asked for nor found
        hits[trial, found] = (scores.argmax(1) == np.arange(len(people)))[found]
    of_person = np.nanmean(hits[:, ~np.isnan(hits).all(0)], 0)
    draws = rng.choice(of_person, (2000, len(of_person))).mean(1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return len(of_person), float(of_person.mean()), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--identities", type=int, nargs="+", default=[500, 2000])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--kinds", nargs="+", default=[name for name, *_ in KINDS])
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", 1)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    data = RenderedSet(asked.set)
    numbers = sorted({view.identity for view in data.views})
    if len(numbers) < 2 * UNSEEN:
        parser.error(f"{asked.set} holds {len(numbers)} people: {UNSEEN} to find and as many to "
                     "learn from are needed; render more")  # fmt: skip
    unseen, known = set(numbers[-UNSEEN:]), numbers[:-UNSEEN]
    rows: list[Row] = []
    say("| pictures | identities trained on | pictures trained on | people | rank-1 | 95 % |")
    say("|---|---|---|---|---|---|")
    for name, modality, infrared in KINDS:
        if name not in asked.kinds:
            continue
        test = read(data, chosen(data, unseen, infrared), modality)
        most = set(known[: max(asked.identities)])
        everyone = read(data, chosen(data, most, infrared), modality)
        for count in (0, *asked.identities):
            start = time.perf_counter()
            mine = np.isin(everyone.people, known[:count])
            part = Pictures(everyone.pixels[mine], everyone.people[mine], everyone.cameras[mine])
            torch.manual_seed(asked.seed)
            net = train(part, asked.steps, asked.seed) if count else network().eval()
            row = Row(name, min(count, len(known)), int(mine.sum()), *rank1(net, test, asked.seed),
                      round(time.perf_counter() - start, 1))  # fmt: skip
            rows.append(row)
            say(f"| {name} | {row.identities or 'none (untrained)'} | {row.pictures} | "
                f"{row.scored} | {row.rank1:.0%} | {row.low:.0%} to {row.high:.0%} |")  # fmt: skip
            if asked.json:
                asked.json.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
