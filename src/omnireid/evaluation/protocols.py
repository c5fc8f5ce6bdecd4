"""Every protocol by name: what queries what, under which rules, over how many trials.

Facts per set: docs/evaluation.md. The gallery draws of SYSU-MM01 and LLCM repeat the widely used
evaluators': `random.seed(trial)` with trials counted from 0, then a choice over sorted names, for
identities ascending and cameras within each.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations, groupby

from omnireid.datasets import DataSet, Sample, orbench_task_key, sysu_official_permutations
from omnireid.errors import InputError
from omnireid.evaluation.exclusion import (
    NO_EXCLUSION,
    SAME_CAMERA,
    SAME_PICTURE,
    SYSU_CAMERAS,
    Exclusion,
)
from omnireid.evaluation.metrics import ApRule
from omnireid.evaluation.ranking import CmcRule

Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Trial:
    """The queries and the gallery of one trial."""

    query: Samples
    gallery: Samples


@dataclass(frozen=True)
class Protocol:
    """A named way to evaluate on a set. `draw(data, trial)` counts trials from 0."""

    name: str
    dataset: str
    draw: Callable[[DataSet, int], Trial]
    draw_rule: str
    exclusion: Exclusion = NO_EXCLUSION
    cmc_rule: CmcRule = CmcRule.IMAGE
    ap_rule: ApRule = ApRule.PLAIN
    trials: int = 1

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.draw_rule}; {self.trials} trial"
            f"{'' if self.trials == 1 else 's'}; exclusion {self.exclusion}; AP {self.ap_rule}; "
            f"CMC {self.cmc_rule}"
        )


def find_protocol(name: str) -> Protocol:
    """A protocol by name; ORBench task keys may list the modalities after the anchor in any order.

    Raises:
        InputError: no such protocol; the message lists those of the set, or the sets.

    >>> find_protocol("orbench.TEXT+SK+NIR").name
    'orbench.TEXT+NIR+SK'
    """
    known = protocols()
    if name.startswith("orbench.") and not name.startswith("orbench.average"):
        name = "orbench." + orbench_task_key(name.removeprefix("orbench."))
    if name in known:
        return known[name]
    prefix = name.split(".", 1)[0]
    alike = [other for other in known if other.split(".", 1)[0] == prefix]
    raise InputError(
        f"no protocol called {name!r}",
        "known are: " + ", ".join(alike or known),
        "use one of these names",
    )


def protocols_of(dataset: str) -> tuple[Protocol, ...]:
    """The protocols of a data set."""
    return tuple(one for one in protocols().values() if one.dataset == dataset)


@cache
def protocols() -> dict[str, Protocol]:
    """Every protocol by name."""
    every = (
        *_colour(),
        *_sysu(),
        *_infrared(),
        *_sketches(),
        *_captions(),
        *_orbench(),
        *_others(),
    )
    return {protocol.name: protocol for protocol in every}


def _colour() -> list[Protocol]:
    rule = "queries and gallery as published"
    found = [
        Protocol("market1501", "market1501", _splits("query", "gallery"), rule, SAME_CAMERA),
        Protocol(
            "market1501.500k",
            "market1501",
            _splits("query", "gallery", "distractors_500k"),
            rule + ", with 500,000 distractors",
            SAME_CAMERA,
        ),
        Protocol(
            "market1501.trapezoid",
            "market1501",
            _splits("query", "gallery"),
            rule,
            SAME_CAMERA,
            ap_rule=ApRule.TRAPEZOID,
        ),
        Protocol(
            "market1501.t2r",
            "market1501",
            _splits("test_sentences", "gallery"),
            "a sentence from the attributes of each test identity against the whole gallery",
        ),
        Protocol("msmt17", "msmt17", _splits("query", "gallery"), rule, SAME_CAMERA),
    ]
    for boxes, name in (("detected", "detected"), ("labeled", "labelled")):
        found.append(
            Protocol(
                f"cuhk03.{name}",
                "cuhk03",
                _splits(f"{boxes}.query", f"{boxes}.gallery"),
                f"new protocol 767/700, {name} boxes",
                SAME_CAMERA,
            )
        )
        found.append(
            Protocol(
                f"cuhk03.classic.{name}",
                "cuhk03",
                partial(_numbered, f"classic.{boxes}.{{}}.query", f"classic.{boxes}.{{}}.gallery"),
                f"classic protocol, 20 splits, {name} boxes",
                SAME_CAMERA,
                CmcRule.SINGLE_SHOT,
                trials=20,
            )
        )
    return found


def _sysu() -> list[Protocol]:
    found: list[Protocol] = []
    for search, cameras in (("all", ("1", "2", "4", "5")), ("indoor", ("1", "2"))):
        for shots, count in (("single", 1), ("multi", 10)):
            found.append(
                Protocol(
                    f"sysu.{search}.{shots}",
                    "sysu_mm01",
                    partial(_sysu_drawn, cameras, count),
                    f"all infrared probes; gallery cameras {', '.join(cameras)}, {count} picture"
                    f"{'' if count == 1 else 's'} of each identity and camera drawn with "
                    "random.seed(trial)",
                    SYSU_CAMERAS,
                    CmcRule.IDENTITY,
                    trials=10,
                )
            )
            found.append(
                Protocol(
                    f"sysu.{search}.{shots}.official",
                    "sysu_mm01",
                    partial(_sysu_official, cameras, count),
                    f"all infrared probes; gallery cameras {', '.join(cameras)}, {count} picture"
                    f"{'' if count == 1 else 's'} of each identity and camera from "
                    "rand_perm_cam.mat",
                    SYSU_CAMERAS,
                    CmcRule.IDENTITY,
                    trials=10,
                )
            )
    return found


def _infrared() -> list[Protocol]:
    sides = {"v2t": ("rgb", "infrared"), "t2v": ("infrared", "rgb")}
    found = [
        Protocol(
            f"regdb.{name}",
            "regdb",
            partial(_numbered, f"{{}}.test.{query}", f"{{}}.test.{gallery}"),
            "ten published splits, 206 people each",
            trials=10,
        )
        for name, (query, gallery) in sides.items()
    ]
    drawn = "one picture of each identity and camera drawn with random.seed(trial)"
    for name, query, gallery in (("ir2vis", "infrared", "rgb"), ("vis2ir", "rgb", "infrared")):
        found.append(
            Protocol(
                f"llcm.{name}",
                "llcm",
                partial(_one_a_camera, f"test.{query}", f"test.{gallery}", "gallery"),
                f"all {query} queries; gallery {gallery}, {drawn}",
                SAME_CAMERA,
                CmcRule.IDENTITY,
                trials=10,
            )
        )
    found.append(
        Protocol(
            "llcm.vis2ir.released",
            "llcm",
            partial(_one_a_camera, "test.infrared", "test.rgb", "query"),
            f"as the released script: all rgb pictures ranked for infrared queries, {drawn}",
            SAME_CAMERA,
            CmcRule.IDENTITY,
            trials=10,
        )
    )
    return found


def _sketches() -> list[Protocol]:
    return [
        Protocol(
            "pku.s2r",
            "pku_sketch",
            _pku_split,
            "50 people drawn with random.seed(trial) from all, in numeric order",
            trials=10,
        ),
        Protocol(
            "pku.s2r.zero_shot",
            "pku_sketch",
            _splits("sketches", "photos"),
            "every sketch against every photo",
        ),
        Protocol(
            "market_sketch.s2r",
            "market_sketch",
            _splits("test.sketches", "test.photos"),
            "single query: every sketch of every style against the test photos",
        ),
        Protocol(
            "market_sketch.s2r.multi",
            "market_sketch",
            _splits("test.sketch_groups", "test.photos"),
            "multi query: all sketches of a person are one query",
        ),
    ]


def _captions() -> list[Protocol]:
    found = [
        Protocol(
            f"{name}.t2r",
            name,
            _splits("test.captions", "test.images"),
            "every test caption against every test photo",
        )
        for name in ("cuhk_pedes", "icfg_pedes", "rstpreid")
    ]
    for name in ("tri_cuhk", "tri_icfg", "tri_rstp"):
        for direction, split in (
            ("t2r", "captions"),
            ("s2r", "sketches"),
            ("st2r", "sketch_captions"),
        ):
            found.append(
                Protocol(
                    f"{name}.{direction}",
                    name,
                    _splits(f"test.{split}", "test.images"),
                    f"every test sample of {split} against the photos, less its own photo",
                    SAME_PICTURE,
                )
            )
    return found


def _orbench() -> list[Protocol]:
    parts = ("NIR", "CP", "SK", "TEXT")
    keys = [
        orbench_task_key("+".join((anchor, *others)))
        for count in range(4)
        for anchor in parts
        for others in combinations([part for part in parts if part != anchor], count)
    ]
    return [
        Protocol(
            f"orbench.{key}",
            "orbench",
            _splits(key, "gallery"),
            "the fixed list of the task against the RGB gallery",
        )
        for key in keys
    ]


def _others() -> list[Protocol]:
    return [
        Protocol(
            "rgbnt201",
            "rgbnt201",
            _splits("test", "test"),
            "all spectra of a view at once; every test view against every other",
            SAME_CAMERA,
        ),
        Protocol(
            "peta.t2r",
            "peta",
            _splits("all.sentences", "all.images"),
            "each attribute sentence against all pictures that may fit it",
        ),
        Protocol(
            "pa100k.t2r",
            "pa100k",
            _splits("test.sentences", "test.images"),
            "each attribute sentence of the test part against its pictures",
        ),
        Protocol(
            "folder",
            "folder",
            _folder,
            "rows of split `query` against rows of split `gallery`, or all against all",
            SAME_CAMERA,
        ),
    ]


def _splits(query: str, *galleries: str) -> Callable[[DataSet, int], Trial]:
    return partial(_as_published, query, galleries)


def _as_published(query: str, galleries: tuple[str, ...], data: DataSet, _trial: int) -> Trial:
    gallery = tuple(sample for name in galleries for sample in data.split(name))
    return Trial(data.split(query), gallery)


def _numbered(query: str, gallery: str, data: DataSet, trial: int) -> Trial:
    return Trial(data.split(query.format(trial + 1)), data.split(gallery.format(trial + 1)))


def _by_identity_and_camera(samples: Samples) -> list[list[Sample]]:
    """Groups in the samples' order: loaders give identities ascending, cameras within."""
    return [list(group) for _, group in groupby(samples, lambda s: (s.identity, s.camera))]


def _sysu_drawn(cameras: tuple[str, ...], count: int, data: DataSet, trial: int) -> Trial:
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


def _sysu_official(cameras: tuple[str, ...], count: int, data: DataSet, trial: int) -> Trial:
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


def _one_a_camera(query: str, gallery: str, drawn: str, data: DataSet, trial: int) -> Trial:
    """All of one side; of the other (`drawn`) one picture for each identity and camera."""
    chooser = random.Random(trial)
    source = data.split(gallery if drawn == "gallery" else query)
    one_each = tuple(chooser.choice(group) for group in _by_identity_and_camera(source))
    if drawn == "gallery":
        return Trial(data.split(query), one_each)
    return Trial(one_each, data.split(gallery))


def _pku_split(data: DataSet, trial: int) -> Trial:
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


def _folder(data: DataSet, _trial: int) -> Trial:
    if "all" in data.splits:
        return Trial(data.split("all"), data.split("all"))
    return Trial(data.split("query"), data.split("gallery"))
