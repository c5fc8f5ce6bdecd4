"""The trap of every colour set, on a miniature on disk, through its protocol.

Figures are worked out by hand; each test names what a wrong evaluator would have said instead.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from placed import PlacedEncoder, pictures

from omnireid.datasets import load_dataset
from omnireid.evaluation import (
    EmbeddingCache,
    Evaluation,
    evaluate_protocol,
    find_protocol,
)


def _evaluate(root: Path, dataset: str, protocol: str, degrees: dict[str, float]) -> Evaluation:
    return evaluate_protocol(
        PlacedEncoder(degrees),
        load_dataset(dataset, root),
        find_protocol(protocol),
        EmbeddingCache(None),
    )


def _market(root: Path) -> dict[str, float]:
    degrees = {
        "query/0001_c1s1_000001_00.jpg": 0.0,
        "query/0002_c1s1_000001_00.jpg": 90.0,
        "bounding_box_test/-1_c2s1_000001_00.jpg": 1.0,
        "bounding_box_test/0001_c1s1_000002_00.jpg": 2.0,
        "bounding_box_test/0000_c2s1_000001_00.jpg": 3.0,
        "bounding_box_test/0001_c2s1_000001_00.jpg": 4.0,
        "bounding_box_test/0001_c13s1_000001_00.jpg": 20.0,
        "bounding_box_test/0002_c1s1_000002_00.jpg": 91.0,
    }
    pictures(root, degrees)
    (root / "bounding_box_train").mkdir()
    return degrees


def test_market_drops_junk_keeps_distractors_and_skips_the_own_camera(tmp_path: Path) -> None:
    degrees = _market(tmp_path)
    result = _evaluate(tmp_path, "market1501", "market1501", degrees).result
    # Query 1: distractor at 1, its own at 2 and 3. Kept junk would move them to 3 and 4, the own
    # camera kept would put one at 1, a dropped distractor would make it perfect.
    assert result.per_trial[0].num_valid == 1
    assert result.mAP == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert result.cmc[:2] == (0.0, 1.0)
    assert result.mINP == pytest.approx(2 / 3)
    assert result.num_gallery == 5
    # Query 2 is seen by one camera alone: counted, with the reason, and not averaged in as 0.
    assert result.invalid == {"the exclusion rule removes every gallery item of the identity": 1}
    trapezoid = _evaluate(tmp_path, "market1501", "market1501.trapezoid", degrees).result
    # The mean of 1/2 and 0/1, and of 2/3 and 1/2.
    assert trapezoid.mAP == pytest.approx((1 / 4 + 7 / 12) / 2)
    assert trapezoid.ap_rule == "trapezoid"


def test_the_500k_distractors_only_ever_push_the_right_ones_down(tmp_path: Path) -> None:
    degrees = _market(tmp_path)
    more = {"images/distractor-1.jpg": 3.5, "images/distractor-2.jpg": 10.0}
    pictures(tmp_path, more)
    result = _evaluate(tmp_path, "market1501", "market1501.500k", {**degrees, **more}).result
    # Ranks 3 and 5 now, whatever camera a distractor is said to be of.
    assert result.mAP == pytest.approx((1 / 3 + 2 / 5) / 2)
    assert result.num_gallery == 7


def test_market_sentences_find_all_images_of_their_person_in_any_camera(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    degrees = _market(tmp_path)
    names = np.empty((1, 1), dtype=object)
    names[0, 0] = "0001"
    part = {"gender": np.array([[1]]), "upred": np.array([[2]]), "image_index": names}
    io.savemat(
        tmp_path / "market_attribute.mat", {"market_attribute": {"train": part, "test": part}}
    )
    degrees["A man with a red top and trousers."] = 0.0
    result = _evaluate(tmp_path, "market1501", "market1501.t2r", degrees).result
    # A sentence has no camera: nothing is excluded. Right at 1, 3 and 4; the distractor at 2.
    assert result.mAP == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert result.num_query == 1


def test_cuhk03_new_protocol_reports_detected_and_labelled_apart(tmp_path: Path) -> None:
    degrees = {}
    for boxes, other in (("detected", 1.0), ("labeled", 9.0)):
        degrees |= {
            f"{boxes}/query/0002_c1_2.png": 0.0,
            f"{boxes}/bounding_box_test/0002_c1_1.png": 0.5,
            f"{boxes}/bounding_box_test/0002_c2_3.png": 5.0,
            f"{boxes}/bounding_box_test/0003_c2_3.png": other,
            f"{boxes}/bounding_box_train/0001_c1_1.png": 0.1,
        }
    pictures(tmp_path, degrees)
    detected = _evaluate(tmp_path, "cuhk03", "cuhk03.detected", degrees).result
    labelled = _evaluate(tmp_path, "cuhk03", "cuhk03.labelled", degrees).result
    assert (detected.mAP, labelled.mAP) == (0.5, 1.0)
    assert (detected.num_gallery, labelled.num_gallery) == (3, 3)


def test_cuhk03_classic_draws_one_image_an_identity_and_its_curve_never_falls(
    tmp_path: Path,
) -> None:
    degrees = {f"1_001_1_{n:02d}.png": 0.0 for n in range(1, 6)}
    degrees |= {"1_001_2_06.png": 1.0, "1_001_2_07.png": 9.0, "1_002_2_06.png": 5.0}
    degrees |= {"1_001_1_09.png": 0.5}
    pictures(tmp_path / "images_detected", degrees)
    entries = {name: [f"/elsewhere/{name}", int(name[2:5]), int(name[6])] for name in degrees}
    split = {
        "train": [],
        "query": [entries[f"1_001_1_{n:02d}.png"] for n in range(1, 6)],
        "gallery": [
            entries["1_001_2_06.png"],
            entries["1_001_2_07.png"],
            entries["1_002_2_06.png"],
            entries["1_001_1_09.png"],
        ],
    }
    (tmp_path / "splits_classic_detected.json").write_text(json.dumps([split] * 20))
    result = _evaluate(tmp_path, "cuhk03", "cuhk03.classic.detected", degrees).result
    # Half of the draws take the far image, which the other person beats; an image-level CMC would
    # say 100 %, and the own camera (0.5 degrees) would win always if it were kept.
    assert 0.4 < result.rank1 < 0.6
    # Two identities: past rank 2 the curve stays, and does not fall to 0.
    assert result.cmc[1:] == (1.0,) * 49
    # AP is over the full kept list: right at 1 and 3.
    assert result.mAP == pytest.approx((1 + 2 / 3) / 2)
    assert (result.trials, result.num_query) == (20, 5)
    # Each trial draws anew.
    assert len({trial.rank1 for trial in result.per_trial}) > 1


def test_msmt17_reads_cameras_of_two_digits_and_keeps_train_and_test_people_apart(
    tmp_path: Path,
) -> None:
    degrees = {
        "test/0000/0000_000_14_0303noon_0008_0.jpg": 0.0,
        "test/0000/0000_001_14_0303noon_0009_0.jpg": 1.0,
        "test/0001/0001_000_01_0303noon_0008_0.jpg": 2.0,
        "test/0000/0000_002_01_0303noon_0008_0.jpg": 3.0,
        "test/0000/0000_003_04_0303noon_0008_0.jpg": 4.0,
        "train/0000/0000_000_01_0303noon_0008_0.jpg": 0.1,
    }
    pictures(tmp_path, degrees)

    def listed(name: str, *ends: str) -> None:
        rows = [f"{end} {int(end.split('/')[0])}" for end in ends]
        (tmp_path / name).write_text("\n".join(rows))

    tests = [name.removeprefix("test/") for name in degrees if name.startswith("test/")]
    listed("list_query.txt", tests[0])
    listed("list_gallery.txt", *tests[1:])
    listed("list_train.txt", "0000/0000_000_01_0303noon_0008_0.jpg")
    listed("list_val.txt", "0000/0000_000_01_0303noon_0008_0.jpg")
    result = _evaluate(tmp_path, "msmt17", "msmt17", degrees).result
    # Camera 14 is not camera 4 and not camera 1: one image goes, two stay, at ranks 2 and 3.
    assert result.mAP == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_rgbnt201_compares_every_view_with_every_other_but_its_own_camera(tmp_path: Path) -> None:
    angles = {
        "000258_cam1_0_00.jpg": 0.0,
        "000258_cam1_0_01.jpg": 1.0,
        "000258_cam2_0_02.jpg": 4.0,
        "000300_cam2_0_00.jpg": 2.0,
    }
    pictures(tmp_path, {f"test/{s}/{name}": 0.0 for s in ("RGB", "NI", "TI") for name in angles})
    result = _evaluate(tmp_path, "rgbnt201", "rgbnt201", angles).result
    # cam1 queries: the other person first, then cam2's view. cam2's query: the other person of
    # 2 degrees first, then 1 and 0. Nobody finds himself; person 300 has one view: invalid.
    assert (result.num_query, result.num_valid) == (4, 3)
    assert result.mAP == pytest.approx((1 / 2 + 1 / 2 + (1 / 2 + 2 / 3) / 2) / 3)
    assert result.rank1 == 0.0


def test_msvr310_removes_the_same_vehicle_in_the_same_scene_from_any_side(tmp_path: Path) -> None:
    angles = {
        "0007_s012_v1_002.jpg": 0.0,
        "0007_s012_v5_003.jpg": 1.0,
        "0009_s012_v1_001.jpg": 2.0,
        "0007_s003_v1_001.jpg": 3.0,
    }
    for name in angles:
        part = "query3" if name == "0007_s012_v1_002.jpg" else "bounding_box_test"
        pictures(tmp_path, {f"{part}/{name[:4]}/{s}/{name}": 0.0 for s in ("vis", "ni", "th")})
    result = _evaluate(tmp_path, "msvr310", "msvr310", angles).result
    # The same scene goes though its side (v5) is another; the same side in another scene stays.
    assert result.mAP == 0.5
    assert result.num_valid == 1


def test_attribute_sentences_want_every_picture_that_reads_the_same(tmp_path: Path) -> None:
    archive = tmp_path / "VIPeR/archive"
    degrees = {"001_45.bmp": 0.0, "001_90.bmp": 2.0, "002_45.bmp": 3.0, "003_45.bmp": 1.0}
    pictures(archive, degrees)
    (archive / "Label.txt").write_text(
        "001 personalMale upperBodyBlack\n"
        "002 upperBodyBlack personalMale\n"
        "003 personalFemale upperBodyBlack\n"
    )
    sentences = {
        "A man wearing a black top.": 0.0,
        "A woman wearing a black top.": 1.0,
    }
    result = _evaluate(tmp_path, "peta", "peta.t2r", {**degrees, **sentences}).result
    # The man's sentence: right at 1, 3, 4 (persons 1 and 2 read the same, in whatever order the
    # words stand); by person alone it would be 1 and 3. The woman's: right at 1.
    assert result.num_query == 2
    assert result.mAP == pytest.approx(((1 + 2 / 3 + 3 / 4) / 3 + 1) / 2)


def test_pa100k_uses_its_test_part_alone(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")

    def cells(*values: str) -> np.ndarray:
        made = np.empty((len(values), 1), dtype=object)
        for row, value in enumerate(values):
            made[row, 0] = value
        return made

    degrees = {"1.jpg": 0.0, "2.jpg": 1.0, "3.jpg": 2.0, "4.jpg": 0.5}
    pictures(tmp_path / "data", degrees)
    io.savemat(
        tmp_path / "annotation.mat",
        {
            "attributes": cells("Female", "Backpack"),
            "train_images_name": cells("4.jpg"),
            "train_label": np.array([[1, 0]]),
            "test_images_name": cells("1.jpg", "2.jpg", "3.jpg"),
            "test_label": np.array([[1, 0], [0, 1], [1, 0]]),
        },
    )
    degrees |= {"A woman in a top.": 0.0, "A man in a top, carrying a backpack.": 1.0}
    result = _evaluate(tmp_path, "pa100k", "pa100k.t2r", degrees).result
    assert (result.num_query, result.num_gallery) == (2, 3)
    assert result.mAP == pytest.approx(((1 + 2 / 3) / 2 + 1) / 2)
