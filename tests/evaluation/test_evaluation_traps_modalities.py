"""The trap of every infrared, sketch and text set, on a miniature on disk, through its protocol.

Figures are worked out by hand; each test names what a wrong evaluator would have said instead.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from placed import PlacedEncoder, pictures

from omnireid.datasets import load_dataset
from omnireid.errors import InputError
from omnireid.evaluation import (
    EmbeddingCache,
    Evaluation,
    ModelFacts,
    Options,
    evaluate_protocol,
    evaluate_splits,
    find_protocol,
    orbench_averages,
    protocols_of,
    table_page,
    table_row,
)


def _evaluate(
    root: Path,
    dataset: str,
    protocol: str,
    degrees: Mapping[str, float],
    options: Options | None = None,
) -> Evaluation:
    return evaluate_protocol(
        PlacedEncoder(degrees),
        load_dataset(dataset, root),
        find_protocol(protocol),
        EmbeddingCache(None),
        options,
    )


def _sysu(root: Path) -> dict[str, float]:
    """Person 6 in cameras 1, 2, 3, 6; person 10 in 2, 3, 4; person 11 in 1, 2, 4, 5."""
    degrees = {
        "cam3/0006/0001.jpg": 0.0,
        "cam6/0006/0001.jpg": 0.0,
        "cam3/0010/0001.jpg": 40.0,
        "cam1/0006/0001.jpg": 5.0,
        "cam2/0006/0001.jpg": 1.0,
        "cam2/0010/0001.jpg": 2.0,
        "cam4/0010/0001.jpg": 50.0,
        "cam1/0011/0001.jpg": 3.0,
        "cam2/0011/0001.jpg": 3.5,
        "cam4/0011/0001.jpg": 4.0,
        "cam5/0011/0001.jpg": 4.5,
    }
    pictures(root, degrees)
    (root / "cam5").mkdir(exist_ok=True)
    (root / "exp").mkdir()
    (root / "exp/train_id.txt").write_text("1,2")
    (root / "exp/test_id.txt").write_text("10,6,11")
    return degrees


def test_sysu_all_search_drops_camera_two_for_camera_three_whatever_the_person(
    tmp_path: Path,
) -> None:
    result = _evaluate(tmp_path, "sysu_mm01", "sysu.all.single", _sysu(tmp_path)).result
    # cam3 of 6: all of camera 2 goes (persons 6, 10, 11), so 11 comes three times, then 6 at image
    # rank 4, but at rank 2 among identities. With the person's own camera 2 kept it would be first;
    # with only the own person's dropped, person 10 would stand before.
    # cam6 of 6: nothing goes: 6, 10, 11, 11, 11, 11, 6, 10. cam3 of 10: 50 degrees is nearest.
    assert result.mAP == pytest.approx((1 / 4 + (1 + 2 / 7) / 2 + 1) / 3)
    assert result.mINP == pytest.approx((1 / 4 + 2 / 7 + 1) / 3)
    assert result.rank1 == pytest.approx(2 / 3)
    # Identity-level: 6 comes second after 11. Image-level it would take rank 4.
    assert result.at(2) == 1.0
    assert (result.num_valid, result.num_gallery, result.trials) == (3, 8, 10)


def test_sysu_indoor_search_counts_probes_without_a_positive_and_leaves_them_out(
    tmp_path: Path,
) -> None:
    result = _evaluate(tmp_path, "sysu_mm01", "sysu.indoor.single", _sysu(tmp_path)).result
    # Person 10 is indoors in camera 2 alone, which its camera-3 probe never meets.
    assert (result.num_query, result.num_valid, result.num_gallery) == (3, 2, 5)
    assert result.invalid == {"the exclusion rule removes every gallery item of the identity": 1}
    # cam3 of 6: 11, 6. cam6 of 6: 6, 10, 11, 11, 6. Averaged over all three probes, mAP would be
    # two thirds of this.
    assert result.mAP == pytest.approx((1 / 2 + (1 + 2 / 5) / 2) / 2)
    assert result.rank1 == 0.5


def test_sysu_draws_both_ways(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    names = [f"cam1/0006/{n:04d}.jpg" for n in range(1, 13)]
    degrees = {name: float(n) for n, name in enumerate(names, 1)}
    degrees |= {"cam6/0006/0001.jpg": 0.0, "cam2/0009/0001.jpg": 6.5}
    pictures(tmp_path, degrees)
    for camera in range(1, 7):
        (tmp_path / f"cam{camera}").mkdir(exist_ok=True)
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/train_id.txt").write_text("1")
    (tmp_path / "exp/test_id.txt").write_text("6,9")
    drawn = _evaluate(tmp_path, "sysu_mm01", "sysu.all.single", degrees)
    for trial, ranked in enumerate(drawn.trials):
        random.seed(trial)
        assert ranked.gallery[0].rgb[0].name == Path(random.choice(sorted(names))).name

    cells = np.empty((6, 1), dtype=object)
    orders = np.array([np.roll(np.arange(1, 13), -trial) for trial in range(10)])
    for camera in range(6):
        people = np.empty((9, 1), dtype=object)
        for person in range(9):
            people[person, 0] = np.zeros((0, 0))
        cells[camera, 0] = people
    cells[0, 0][5, 0] = orders
    cells[1, 0][8, 0] = np.ones((10, 1))
    io.savemat(tmp_path / "exp/rand_perm_cam.mat", {"rand_perm_cam": cells})
    official = _evaluate(tmp_path, "sysu_mm01", "sysu.all.single.official", degrees)
    chosen = [trial.gallery[0].rgb[0].name for trial in official.trials]
    assert chosen == [f"{trial + 1:04d}.jpg" for trial in range(10)]
    # Pictures 1 to 6 are nearer than person 9 at 6.5 degrees, 7 to 10 are not.
    assert official.result.rank1 == pytest.approx(0.6)
    assert "rand_perm_cam.mat" in official.protocol.draw_rule
    assert "random.seed(trial)" in drawn.protocol.draw_rule
    multi = _evaluate(tmp_path, "sysu_mm01", "sysu.all.multi.official", degrees).trials[9]
    assert [s.rgb[0].name for s in multi.gallery[:10]] == [
        f"{(9 + n) % 12 + 1:04d}.jpg" for n in range(10)
    ]


def _regdb(root: Path) -> dict[str, float]:
    """Persons 1 to 11: trial n tests person n and person 11; labels count anew in each list."""
    degrees: dict[str, float] = {}
    for person in range(1, 12):
        degrees[f"Visible/{person}/v_{person}.bmp"] = 10.0 * person
        # Person 3's thermal picture lies nearer to person 11's visible one.
        degrees[f"Thermal/{person}/t_{person}.bmp"] = 10.0 * person + (75.0 if person == 3 else 1)
    pictures(root, degrees)
    (root / "idx").mkdir()
    for trial in range(1, 11):
        for kind, letter in (("Visible", "v"), ("Thermal", "t")):
            for part, people in (("train", [12 - trial]), ("test", [trial, 11])):
                # The visible lists count from 0, the thermal ones from 5: labels must not be ids.
                rows = [
                    f"{kind}/{p}/{letter}_{p}.bmp {n + (5 if letter == 't' else 0)}"
                    for n, p in enumerate(people)
                ]
                (root / f"idx/{part}_{kind.lower()}_{trial}.txt").write_text("\n".join(rows))
    return degrees


def test_regdb_takes_people_from_folders_and_averages_ten_splits(tmp_path: Path) -> None:
    degrees = _regdb(tmp_path)
    # Thermal to visible: person 3 (105 degrees) finds person 11 (110) first in its own trial alone.
    result = _evaluate(tmp_path, "regdb", "regdb.t2v", degrees).result
    assert [trial.rank1 for trial in result.per_trial] == [1, 1, 0.5, *[1] * 7]
    assert result.rank1 == pytest.approx(0.95)
    assert (result.num_query, result.num_valid, result.num_gallery) == (2, 2, 2)
    assert result.exclusion == "none (nothing removed)"
    # Visible to thermal: 30 is nearer to 105 than to 111, and 110 to 111: all are right.
    assert _evaluate(tmp_path, "regdb", "regdb.v2t", degrees).result.rank1 == 1.0


def test_regdb_takes_one_model_a_split_when_trained_on_it(tmp_path: Path) -> None:
    degrees = _regdb(tmp_path)
    data, protocol = load_dataset("regdb", tmp_path), find_protocol("regdb.t2v")
    healed = {**degrees, "Thermal/3/t_3.bmp": 31.0}
    encoders = [PlacedEncoder(healed if trial == 3 else degrees) for trial in range(1, 11)]
    for number, encoder in enumerate(encoders, 1):
        encoder.model_id = f"split{number}@1"
    mixed = evaluate_splits(encoders, data, protocol, EmbeddingCache(None))
    assert mixed.result.rank1 == 1.0
    assert mixed.result.trials == 10
    assert "one a trial" in mixed.model_id
    with pytest.raises(InputError, match="9 models for 10 trials"):
        evaluate_splits(encoders[:9], data, protocol, EmbeddingCache(None))


def test_a_part_of_the_trials_is_named_in_the_result(tmp_path: Path) -> None:
    degrees = _regdb(tmp_path)
    result = _evaluate(tmp_path, "regdb", "regdb.t2v", degrees, Options(trials=(3,))).result
    assert (result.rank1, result.trials) == (0.5, 1)
    assert "trials: 1 of 10 (number 3)" in str(result)
    for wrong in ((), (0,), (11,)):
        with pytest.raises(InputError, match="no such trial"):
            _evaluate(tmp_path, "regdb", "regdb.t2v", degrees, Options(trials=wrong))


def test_llcm_both_ways_and_what_the_released_script_does(tmp_path: Path) -> None:
    degrees = {
        "test_nir/cam1/0005/a.jpg": 0.0,
        "test_nir/cam2/0005/b.jpg": 1.0,
        "test_nir/cam2/0006/c.jpg": 30.0,
        "test_vis/cam1/0005/d.jpg": 2.0,
        "test_vis/cam3/0005/e.jpg": 8.0,
        "test_vis/cam3/0006/f.jpg": 4.0,
        "test_vis/cam9/0006/g.jpg": 5.0,
    }
    pictures(tmp_path, degrees)
    (tmp_path / "idx").mkdir()
    (tmp_path / "idx/test_id.txt").write_text("6,5")
    ir2vis = _evaluate(tmp_path, "llcm", "llcm.ir2vis", degrees).result
    # a: camera 1's d is removed; f, g of person 6, then e: image rank 3, identity rank 2.
    # b: d at 1, then f, g, e: right at 1 and 4. c: 30 is nearest to e (8), then g, f: 2 and 3.
    assert ir2vis.mAP == pytest.approx((1 / 3 + (1 + 2 / 4) / 2 + (1 / 2 + 2 / 3) / 2) / 3)
    assert ir2vis.rank1 == pytest.approx(1 / 3)
    assert ir2vis.at(2) == 1.0
    vis2ir = _evaluate(tmp_path, "llcm", "llcm.vis2ir", degrees).result
    # Four visible queries against three infrared pictures. d: a is removed, b at 1. e: b, a at 1
    # and 2. f and g: b, a, then c at 3.
    assert (vis2ir.num_query, vis2ir.num_gallery) == (4, 3)
    assert vis2ir.mAP == pytest.approx((1 + 1 + 1 / 3 + 1 / 3) / 4)
    # The script ranks visible pictures for infrared queries: other counts, other figures.
    released = _evaluate(tmp_path, "llcm", "llcm.vis2ir.released", degrees).result
    assert (released.num_query, released.num_gallery) == (3, 4)
    assert released.mAP == pytest.approx(ir2vis.mAP)
    assert released.mAP != pytest.approx(vis2ir.mAP)


def test_pku_draws_fifty_people_ten_times_and_counts_both_photos(tmp_path: Path) -> None:
    degrees: dict[str, float] = {}
    for person in range(1, 61):
        degrees[f"sketch/{person}.jpg"] = 1.5 * person
        degrees[f"photo/{person}_05_1.jpg"] = 1.5 * person + 0.1
        # The second photo lies beside the next person's sketch.
        degrees[f"photo/{person}_12_1.jpg"] = 1.5 * person + 1.45
    pictures(tmp_path, degrees)
    result = _evaluate(tmp_path, "pku_sketch", "pku.s2r", degrees).result
    assert (result.num_query, result.num_gallery, result.trials) == (50, 100, 10)
    assert len({trial.mAP for trial in result.per_trial}) > 1
    whole = _evaluate(tmp_path, "pku_sketch", "pku.s2r.zero_shot", degrees).result
    assert (whole.num_query, whole.num_gallery) == (60, 120)
    # The first photo lies 0.1 degrees away; nearer, at 0.05, is the second photo of the person
    # before, whom person 1 alone does not have.
    assert whole.rank1 == pytest.approx(1 / 60)
    assert whole.at(2) == 1.0


def test_market_sketches_one_by_one_and_all_of_a_person_at_once(tmp_path: Path) -> None:
    degrees = {
        "photo/query/0002_c1s1_000001_00.jpg": 0.0,
        "photo/query/0007_c1s1_000001_00.jpg": 30.0,
        "sketch/A/query/0002_A.jpg": 20.0,
        "sketch/B/query/0002_B.jpg": 350.0,
        "sketch/C/query/0007_C.jpg": 40.0,
        "sketch/A/train/0001_A.jpg": 0.0,
        "photo/train/0001_c1s1_000001_00.jpg": 0.0,
    }
    pictures(tmp_path, degrees)
    single = _evaluate(tmp_path, "market_sketch", "market_sketch.s2r", degrees).result
    multi = _evaluate(tmp_path, "market_sketch", "market_sketch.s2r.multi", degrees).result
    # Alone, style A of person 2 (20 degrees) finds person 7 first; with style B it is right.
    assert (single.num_query, single.num_gallery) == (3, 2)
    assert single.rank1 == pytest.approx(2 / 3)
    assert (multi.num_query, multi.rank1) == (2, 1.0)
    data = load_dataset("market_sketch", tmp_path)
    evaluation = _evaluate(tmp_path, "market_sketch", "market_sketch.s2r", degrees)
    row = table_row(evaluation, ModelFacts("m", training_data="Market-1501"), data)
    assert "its photos are Market-1501 photos" in row.notes[0]


CAPTIONS = (
    ("cuhk_pedes", "tri_cuhk", "reid_raw.json", "file_path"),
    ("icfg_pedes", "tri_icfg", "ICFG-PEDES.json", "file_path"),
    ("rstpreid", "tri_rstp", "data_captions.json", "img_path"),
)


@pytest.mark.parametrize(("plain", "tri", "listed", "key"), CAPTIONS)
def test_captions_and_sketches_with_and_without_their_own_photo(
    tmp_path: Path, plain: str, tri: str, listed: str, key: str
) -> None:
    photos = {"a/1.jpg": 0.0, "a/2.jpg": 6.0, "b/3.jpg": 4.0}
    sketches = {f"imgs-sketch/{name}": angle for name, angle in photos.items()}
    texts = {"one of him": 0.0, "another of him": 1.0, "him again": 6.0, "her alone": 3.5}
    pictures(tmp_path, {f"imgs/{name}": 0.0 for name in photos} | sketches)
    (tmp_path / listed).write_text(
        json.dumps(
            [
                {
                    "id": 1,
                    key: "a/1.jpg",
                    "split": "test",
                    "captions": ["one of him", "another of him"],
                },
                {"id": 1, key: "a/2.jpg", "split": "test", "captions": ["him again"]},
                {"id": 2, key: "b/3.jpg", "split": "test", "captions": ["her alone"]},
            ]
        )
    )
    degrees = {f"imgs/{name}": angle for name, angle in photos.items()} | sketches | texts
    whole = _evaluate(tmp_path, plain, f"{plain}.t2r", degrees).result
    # Every caption is a query, every photo of the person is right, its own too. Right for person 1
    # at 1 and 3, 1 and 3, 1 and 3; for person 2 at 1. Nothing is removed.
    assert (whole.num_query, whole.num_valid, whole.num_gallery) == (4, 4, 3)
    assert whole.mAP == pytest.approx((3 * (1 + 2 / 3) / 2 + 1) / 4)
    less = _evaluate(tmp_path, tri, f"{tri}.t2r", degrees).result
    # Without the photo that the caption describes: the other of person 1 at rank 2, three times;
    # person 2 has but one photo, so that caption cannot be scored, and is counted.
    assert (less.num_query, less.num_valid) == (4, 3)
    assert less.mAP == 0.5
    sketch = _evaluate(tmp_path, tri, f"{tri}.s2r", degrees).result
    assert (sketch.num_query, sketch.num_valid, sketch.mAP) == (3, 2, 0.5)
    both = _evaluate(tmp_path, tri, f"{tri}.st2r", degrees).result
    assert (both.num_query, both.num_valid, both.mAP) == (4, 3, 0.5)


def _orbench(root: Path) -> dict[str, float]:
    degrees = {
        "vis/0601/a.jpg": 0.0,
        "vis/0602/b.jpg": 10.0,
        "nir/0601/n.jpg": 8.0,
        "nir/0602/n.jpg": 9.0,
        "cp/0601/c.jpg": 1.0,
        "sk/0601/s.jpg": 2.0,
    }
    pictures(root, degrees)
    him = "A man in red."
    lists = {
        "RGB_GALLERY": [[601, "vis/0601/a.jpg"], [602, "vis/0602/b.jpg"]],
        # A caption beside an infrared picture is no part of the task: it would mend the query.
        "NIR": [[601, "nir/0601/n.jpg", him], [602, "nir/0602/n.jpg"]],
        "TEXT": [[601, him]],
        "NIR+TEXT": [[601, "nir/0601/n.jpg", him]],
        "TEXT+NIR": [[601, him, "nir/0601/n.jpg"], [602, him, "nir/0602/n.jpg"]],
        "SK+TEXT+CP": [[601, "sk/0601/s.jpg", him, "cp/0601/c.jpg"]],
        "TEXT+CP": [[601, him]],
        "RGB+TEXT": [[601, "vis/0601/a.jpg", him]],
        "TEXT+CP+SK": [[601, him, "cp/0601/c.jpg", "sk/0601/s.jpg"]],
        "TEXT+SK+CP": [],
    }
    (root / "test_gallery_and_queries.json").write_text(json.dumps(lists))
    return {**degrees, him: 350.0}


def test_orbench_tasks_hold_what_their_key_says_and_the_anchor_makes_another_task(
    tmp_path: Path,
) -> None:
    degrees = _orbench(tmp_path)
    rank1 = {
        key: _evaluate(tmp_path, "orbench", f"orbench.{key}", degrees).result.rank1
        for key in ("NIR", "TEXT", "NIR+TEXT", "TEXT+NIR", "SK+CP+TEXT")
    }
    # Infrared of 601 (8 degrees) lies nearer to 602; with the words (350) it is right. The list of
    # TEXT+NIR holds a second person, who is wrong: the anchor's task has its own list.
    assert rank1 == {"NIR": 0.5, "TEXT": 1.0, "NIR+TEXT": 1.0, "TEXT+NIR": 0.5, "SK+CP+TEXT": 1.0}
    with pytest.raises(InputError, match="0 queries and 2 gallery items"):
        _evaluate(tmp_path, "orbench", "orbench.TEXT+CP", degrees)
    data = load_dataset("orbench", tmp_path)
    reasons = "\n".join(map(str, data.problems))
    assert "NIR, row 1: TEXT is no part of the task" in reasons
    assert "TEXT+CP, row 1: not CP" in reasons
    assert "RGB+TEXT: no task of the set" in reasons
    assert "TEXT+SK+CP: a second list of the task TEXT+CP+SK" in reasons
    assert len(data.split("TEXT+CP+SK")) == 1
    assert len(protocols_of("orbench")) == 32


def test_orbench_averages_group_tasks_by_their_number_of_modalities(tmp_path: Path) -> None:
    degrees = _orbench(tmp_path)
    data, facts = load_dataset("orbench", tmp_path), ModelFacts("placed@1")
    rows = [
        table_row(_evaluate(tmp_path, "orbench", f"orbench.{key}", degrees), facts, data)
        for key in ("NIR", "TEXT", "NIR+TEXT", "TEXT+NIR", "TEXT+CP+SK")
    ]
    averages = orbench_averages(rows)["placed@1"]
    assert averages[1][0::2] == (0.75, 2)
    assert averages[2][0::2] == (0.75, 2)
    assert averages[3][0::2] == (1.0, 1)
    page = table_page(rows, [facts], created=datetime(2026, 11, 24, tzinfo=UTC))
    # An average over two of four tasks must not look like the published one over four.
    assert "2 of 4" in page
    assert "ReID5o" in page


def test_orbench_rows_that_cannot_be_scored_are_counted(tmp_path: Path) -> None:
    degrees = _orbench(tmp_path)
    path = tmp_path / "test_gallery_and_queries.json"
    lists = json.loads(path.read_text())
    lists["NIR"].append([699, "nir/0602/n.jpg"])
    path.write_text(json.dumps(lists))
    result = _evaluate(tmp_path, "orbench", "orbench.NIR", degrees).result
    assert (result.num_query, result.num_valid) == (3, 2)
    assert result.invalid == {"the identity is not in the gallery": 1}
