"""Protocols by name: who queries whom, and which pictures are drawn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from omnireid.datasets import DataSet, Sample, cards
from omnireid.errors import InputError
from omnireid.evaluation import (
    SAME_PICTURE,
    SYSU_CAMERAS,
    CmcRule,
    find_protocol,
    protocols,
    protocols_of,
)


def _rgb(identity: str, camera: str, number: int) -> Sample:
    return Sample(identity, rgb=(Path(f"{camera}/{identity}/{number:04d}.jpg"),), camera=camera)


def _infrared(identity: str, camera: str, number: int) -> Sample:
    path = Path(f"{camera}/{identity}/{number:04d}.jpg")
    return Sample(identity, infrared=(path,), camera=camera)


def _sysu() -> DataSet:
    rgb = [
        _rgb(identity, camera, number)
        for identity in ("0006", "0010")
        for camera in ("1", "2", "4", "5")
        for number in range(1, 13)
        if (identity, camera) != ("0010", "4")
    ]
    infrared = [_infrared("0006", "3", 1), _infrared("0010", "6", 1)]
    splits = {"test.rgb": tuple(rgb), "test.infrared": tuple(infrared)}
    return DataSet("sysu_mm01", Path("sysu"), splits)


def test_every_issue_name_and_every_set_has_its_protocol() -> None:
    for name in (
        "market1501",
        "sysu.all.single",
        "sysu.indoor.multi",
        "regdb.v2t",
        "llcm.ir2vis",
        "pku.s2r",
        "cuhk_pedes.t2r",
        "tri_cuhk.st2r",
        "orbench.TEXT+NIR",
    ):
        assert find_protocol(name).name == name
    trained_only = {name for name, card in cards().items() if card.use == "training only"}
    assert {p.dataset for p in protocols().values()} == set(cards()) - trained_only


def test_published_figures_belong_to_known_protocols() -> None:
    for card in cards().values():
        for figure in card.figures:
            if "average" not in figure.protocol:
                assert find_protocol(figure.protocol).dataset == card.name


def test_orbench_has_its_32_tasks_and_takes_any_order_after_the_anchor() -> None:
    names = [p.name for p in protocols_of("orbench")]
    assert len(names) == 32
    counts = [sum(name.count("+") == n for name in names) for n in range(4)]
    assert counts == [4, 12, 12, 4]
    first = find_protocol("orbench.TEXT+SK+NIR")
    assert first is find_protocol("orbench.TEXT+NIR+SK")
    assert first is not find_protocol("orbench.NIR+SK+TEXT")


def test_an_unknown_protocol_lists_those_of_the_set() -> None:
    with pytest.raises(InputError, match=r"sysu.indoor.multi"):
        find_protocol("sysu.outdoor")


def test_the_sysu_draw_repeats_the_widely_used_one() -> None:
    data = _sysu()
    trial = find_protocol("sysu.all.single").draw(data, 3)
    random.seed(3)
    expected = []
    for identity in ("0006", "0010"):
        for camera in ("1", "2", "4", "5"):
            names = sorted(
                s.rgb[0].name
                for s in data.split("test.rgb")
                if (s.identity, s.camera) == (identity, camera)
            )
            if names:
                expected.append((identity, camera, random.choice(names)))
    assert [(s.identity, s.camera, s.rgb[0].name) for s in trial.gallery] == expected
    assert len(trial.query) == 2


def test_sysu_searches_differ_in_cameras_and_shots() -> None:
    data = _sysu()
    indoor = find_protocol("sysu.indoor.multi")
    gallery = indoor.draw(data, 0).gallery
    assert {s.camera for s in gallery} == {"1", "2"}
    assert len(gallery) == 4 * 10
    assert len(set(gallery)) == len(gallery)
    assert (indoor.exclusion, indoor.cmc_rule) == (SYSU_CAMERAS, CmcRule.IDENTITY)
    assert indoor.draw(data, 0).gallery != indoor.draw(data, 1).gallery


def test_published_gallery_sizes_are_those_of_the_draws() -> None:
    sizes = {name: one.gallery_size for name, one in protocols().items() if one.gallery_size}
    published = {"all.single": 301, "all.multi": 3010, "indoor.single": 112, "indoor.multi": 1120}
    assert sizes == {
        "pku.s2r": 100,
        **{f"sysu.{search}": size for search, size in published.items()},
        **{f"sysu.{search}.official": size for search, size in published.items()},
    }


def test_llcm_mirror_and_released_script_differ() -> None:
    data = DataSet(
        "llcm",
        Path("llcm"),
        {
            "test.rgb": tuple(_rgb("0005", c, n) for c in ("1", "3") for n in range(3)),
            "test.infrared": tuple(_infrared("0005", c, n) for c in ("1", "4") for n in range(4)),
        },
    )
    sizes = {
        name: tuple(map(len, (trial.query, trial.gallery)))
        for name in ("llcm.ir2vis", "llcm.vis2ir", "llcm.vis2ir.released")
        for trial in [find_protocol(name).draw(data, 0)]
    }
    assert sizes == {
        "llcm.ir2vis": (8, 2),
        "llcm.vis2ir": (6, 2),
        "llcm.vis2ir.released": (2, 6),
    }


def test_regdb_trials_take_their_own_lists() -> None:
    splits = {
        f"{trial}.test.{kind}": (make(str(trial), kind, 1),)
        for trial in range(1, 11)
        for kind, make in (("rgb", _rgb), ("infrared", _infrared))
    }
    protocol = find_protocol("regdb.t2v")
    trial = protocol.draw(DataSet("regdb", Path("regdb"), splits), 9)
    assert [s.identity for s in trial.query] == ["10"]
    assert trial.query[0].infrared
    assert protocol.trials == 10


def test_pku_draws_fifty_people_and_says_when_there_are_fewer() -> None:
    def data(people: int) -> DataSet:
        names = [str(n) for n in range(1, people + 1)]
        return DataSet(
            "pku_sketch",
            Path("pku"),
            {
                "sketches": tuple(Sample(n, sketch=(Path(f"{n}.jpg"),)) for n in names),
                "photos": tuple(_rgb(n, c, 1) for n in names for c in ("1", "2")),
            },
        )

    trial = find_protocol("pku.s2r").draw(data(200), 0)
    assert (len(trial.query), len(trial.gallery)) == (50, 100)
    assert {s.identity for s in trial.query} == {s.identity for s in trial.gallery}
    with pytest.raises(InputError, match="49 people"):
        find_protocol("pku.s2r").draw(data(49), 0)


def test_generated_sketches_never_meet_their_own_photo() -> None:
    for name in ("tri_cuhk.s2r", "tri_icfg.t2r", "tri_rstp.st2r"):
        assert find_protocol(name).exclusion is SAME_PICTURE
    assert find_protocol("cuhk_pedes.t2r").exclusion.description == "nothing removed"


def test_a_missing_split_is_named() -> None:
    with pytest.raises(InputError, match="no split 'distractors_500k'"):
        find_protocol("market1501.500k").draw(
            DataSet("market1501", Path("m"), {"query": (), "gallery": ()}), 0
        )


def test_a_table_without_splits_is_all_against_all() -> None:
    rows = (_rgb("1", "a", 1), _rgb("1", "b", 1))
    trial = find_protocol("folder").draw(DataSet("folder", Path("x.csv"), {"all": rows}), 0)
    assert trial.query == trial.gallery == rows
