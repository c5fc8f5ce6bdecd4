"""Every protocol by name: what queries what, under which rules, over how many trials.

Facts per set: docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations

from omnireid.datasets import DataSet, orbench_task_key
from omnireid.errors import InputError
from omnireid.evaluation.draws import (
    Trial,
    fixed,
    folder,
    numbered,
    one_a_camera,
    pku_split,
    sysu_drawn,
    sysu_official,
)
from omnireid.evaluation.exclusion import (
    NO_EXCLUSION,
    SAME_CAMERA,
    SAME_PICTURE,
    SYSU_CAMERAS,
    Exclusion,
)
from omnireid.evaluation.metrics import ApRule
from omnireid.evaluation.ranking import CmcRule


@dataclass(frozen=True)
class Protocol:
    """A named way to evaluate on a set. `draw(data, trial)` counts trials from 0.

    `gallery_size` is the published one, where the draw decides it and no split's count shows it.
    """

    name: str
    dataset: str
    draw: Callable[[DataSet, int], Trial]
    draw_rule: str
    exclusion: Exclusion = NO_EXCLUSION
    cmc_rule: CmcRule = CmcRule.IMAGE
    ap_rule: ApRule = ApRule.PLAIN
    trials: int = 1
    gallery_size: int | None = None

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
        Protocol("market1501", "market1501", fixed("query", "gallery"), rule, SAME_CAMERA),
        Protocol(
            "market1501.500k",
            "market1501",
            fixed("query", "gallery", "distractors_500k"),
            rule + ", with 500,000 distractors",
            SAME_CAMERA,
        ),
        Protocol(
            "market1501.trapezoid",
            "market1501",
            fixed("query", "gallery"),
            rule,
            SAME_CAMERA,
            ap_rule=ApRule.TRAPEZOID,
        ),
        Protocol(
            "market1501.t2r",
            "market1501",
            fixed("test_sentences", "gallery"),
            "a sentence from the attributes of each test identity against the whole gallery",
        ),
        Protocol("msmt17", "msmt17", fixed("query", "gallery"), rule, SAME_CAMERA),
    ]
    for boxes, name in (("detected", "detected"), ("labeled", "labelled")):
        found.append(
            Protocol(
                f"cuhk03.{name}",
                "cuhk03",
                fixed(f"{boxes}.query", f"{boxes}.gallery"),
                f"new protocol 767/700, {name} boxes",
                SAME_CAMERA,
            )
        )
        found.append(
            Protocol(
                f"cuhk03.classic.{name}",
                "cuhk03",
                partial(numbered, f"classic.{boxes}.{{}}.query", f"classic.{boxes}.{{}}.gallery"),
                f"classic protocol, 20 splits, {name} boxes",
                SAME_CAMERA,
                CmcRule.SINGLE_SHOT,
                trials=20,
            )
        )
    return found


def _sysu() -> list[Protocol]:
    found: list[Protocol] = []
    searches = (("all", ("1", "2", "4", "5"), 301), ("indoor", ("1", "2"), 112))
    for search, cameras, groups in searches:
        for shots, count in (("single", 1), ("multi", 10)):
            found.append(
                Protocol(
                    f"sysu.{search}.{shots}",
                    "sysu_mm01",
                    partial(sysu_drawn, cameras, count),
                    f"all infrared probes; gallery cameras {', '.join(cameras)}, {count} picture"
                    f"{'' if count == 1 else 's'} of each identity and camera drawn with "
                    "random.seed(trial)",
                    SYSU_CAMERAS,
                    CmcRule.IDENTITY,
                    trials=10,
                    gallery_size=groups * count,
                )
            )
            found.append(
                Protocol(
                    f"sysu.{search}.{shots}.official",
                    "sysu_mm01",
                    partial(sysu_official, cameras, count),
                    f"all infrared probes; gallery cameras {', '.join(cameras)}, {count} picture"
                    f"{'' if count == 1 else 's'} of each identity and camera from "
                    "rand_perm_cam.mat",
                    SYSU_CAMERAS,
                    CmcRule.IDENTITY,
                    trials=10,
                    gallery_size=groups * count,
                )
            )
    return found


def _infrared() -> list[Protocol]:
    sides = {"v2t": ("rgb", "infrared"), "t2v": ("infrared", "rgb")}
    found = [
        Protocol(
            f"regdb.{name}",
            "regdb",
            partial(numbered, f"{{}}.test.{query}", f"{{}}.test.{gallery}"),
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
                partial(one_a_camera, f"test.{query}", f"test.{gallery}", "gallery"),
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
            partial(one_a_camera, "test.infrared", "test.rgb", "query"),
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
            pku_split,
            "50 people drawn with random.seed(trial) from all, in numeric order",
            trials=10,
            gallery_size=100,
        ),
        Protocol(
            "pku.s2r.zero_shot",
            "pku_sketch",
            fixed("sketches", "photos"),
            "every sketch against every photo",
        ),
        Protocol(
            "market_sketch.s2r",
            "market_sketch",
            fixed("test.sketches", "test.photos"),
            "single query: every sketch of every style against the test photos",
        ),
        Protocol(
            "market_sketch.s2r.multi",
            "market_sketch",
            fixed("test.sketch_groups", "test.photos"),
            "multi query: all sketches of a person are one query",
        ),
    ]


def _captions() -> list[Protocol]:
    found = [
        Protocol(
            f"{name}.t2r",
            name,
            fixed("test.captions", "test.images"),
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
                    fixed(f"test.{split}", "test.images"),
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
            fixed(key, "gallery"),
            "the fixed list of the task against the RGB gallery",
        )
        for key in keys
    ]


def _others() -> list[Protocol]:
    return [
        Protocol(
            "rgbnt201",
            "rgbnt201",
            fixed("test", "test"),
            "all spectra of a view at once; every test view against every other",
            SAME_CAMERA,
        ),
        Protocol(
            "msvr310",
            "msvr310",
            fixed("query", "gallery"),
            "all spectra of a view at once; queries and gallery as published",
            SAME_CAMERA,
        ),
        Protocol(
            "peta.t2r",
            "peta",
            fixed("all.sentences", "all.images"),
            "each attribute sentence against all pictures that may fit it",
        ),
        Protocol(
            "pa100k.t2r",
            "pa100k",
            fixed("test.sentences", "test.images"),
            "each attribute sentence of the test part against its pictures",
        ),
        Protocol(
            "folder",
            "folder",
            folder,
            "query rows against gallery rows; without a split column, all against all",
            SAME_CAMERA,
        ),
    ]
