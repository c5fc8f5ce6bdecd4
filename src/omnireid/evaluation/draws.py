"""How the queries and the gallery of a trial are drawn, set by set.

The draws of SYSU-MM01 and LLCM repeat the widely used evaluators': `random.seed(trial)` with
trials counted from 0, then a choice over sorted names, for identities ascending and cameras within
each.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from omnireid.datasets import DataSet, Sample, sysu_official_permutations
from omnireid.errors import InputError

Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Trial:
    """The queries and the gallery of one trial."""

    query: Samples
    gallery: Samples


def fixed(query: str, *galleries: str) -> Callable[[DataSet, int], Trial]:
    """One split against others, the same in every trial."""
    return partial(_as_published, query, galleries)


def _as_published(query: str, galleries: tuple[str, ...], data: DataSet, _trial: int) -> Trial:
    gallery = tuple(sample for name in galleries for sample in data.split(name))
    return Trial(data.split(query), gallery)


def numbered(query: str, gallery: str, data: DataSet, trial: int) -> Trial:
    """Splits whose name holds the trial's number, from 1."""
    return Trial(data.split(query.format(trial + 1)), data.split(gallery.format(trial + 1)))


def _by_identity_and_camera(samples: Samples) -> list[list[Sample]]:
    """Groups in the samples' order: loaders give identities ascending, cameras within."""
    return [list(group) for _, group in groupby(samples, lambda s: (s.identity, s.camera))]


def sysu_drawn(cameras: tuple[str, ...], count: int, data: DataSet, trial: int) -> Trial:
    """All infrared probes; some pictures of each identity and camera, drawn by the trial."""
    chooser = random.Random(trial)
    gallery: list[Sample] = []
    for group in _by_identity_and_camera(
        tuple(s for s in data.split("test.rgb") if s.camera in cameras)
    ):
        if count == 1:
            gallery.append(chooser.choice(group))
        else:
            gallery += chooser.sample(group, min(count, len(group)))
    return Trial(data.split("test.infrared"), tuple(gallery))


def sysu_official(cameras: tuple[str, ...], count: int, data: DataSet, trial: int) -> Trial:
    """The same with the published permutations.

    Raises:
        InputError: their file is missing, or does not fit this copy.
    """
    orders = sysu_official_permutations(data)
    gallery: list[Sample] = []
    for group in _by_identity_and_camera(
        tuple(s for s in data.split("test.rgb") if s.camera in cameras)
    ):
        rows = orders.get((group[0].identity, group[0].camera or ""), [])
        if trial >= len(rows) or any(place >= len(group) for place in rows[trial][:count]):
            raise InputError(
                "the official SYSU-MM01 draw does not fit this copy",
                f"identity {group[0].identity}, camera {group[0].camera}: {len(group)} pictures",
                "copy the set again, or use the protocol without `.official`",
            )
        gallery += [group[place] for place in rows[trial][:count]]
    return Trial(data.split("test.infrared"), tuple(gallery))


def one_a_camera(query: str, gallery: str, drawn: str, data: DataSet, trial: int) -> Trial:
    """All of one side; of the other (`drawn`) one picture for each identity and camera."""
    chooser = random.Random(trial)
    source = data.split(gallery if drawn == "gallery" else query)
    one_each = tuple(chooser.choice(group) for group in _by_identity_and_camera(source))
    if drawn == "gallery":
        return Trial(data.split(query), one_each)
    return Trial(one_each, data.split(gallery))


def pku_split(data: DataSet, trial: int) -> Trial:
    """Fifty people of those with a sketch and a photo.

    Raises:
        InputError: there are fewer.
    """
    sketches, photos = data.split("sketches"), data.split("photos")
    both = {s.identity for s in sketches} & {s.identity for s in photos}
    people = sorted(both, key=lambda name: (len(name), name))
    if len(people) < 50:
        raise InputError(
            "the PKU-Sketch split cannot be drawn",
            f"{len(people)} people have a sketch and a photo, 50 are needed",
            "copy the set again, or use pku.s2r.zero_shot",
        )
    test = set(random.Random(trial).sample(people, 50))
    return Trial(
        tuple(s for s in sketches if s.identity in test),
        tuple(s for s in photos if s.identity in test),
    )


def folder(data: DataSet, _trial: int) -> Trial:
    """Query rows against gallery rows, or all against all.

    Raises:
        InputError: there are no rows of one side.
    """
    if "all" in data.splits:
        return Trial(data.split("all"), data.split("all"))
    usable = sum(map(len, data.splits.values()))
    unusable = f"{len(data.problems):,} cannot" + (
        f", first: {data.problems[0]}" if data.problems else ""
    )
    if not usable:
        raise InputError(
            f"{data.root.name} has no row that can be used",
            f"of its rows {unusable}" if data.problems else "there is none below the header",
            "write a row for each observation; `omnireid eval --layout folder` shows how",
        )
    missing = [name for name in ("query", "gallery") if not data.splits.get(name)]
    if missing:
        raise InputError(
            f"{data.root.name} has no usable {' and no '.join(missing)} row",
            f"of its rows {usable:,} can be used and {unusable}",
            "write query and gallery into the split column, or leave the column out: then all rows "
            "are compared with all",
        )
    return Trial(data.split("query"), data.split("gallery"))
