"""Miniature copies of each set's layout: tiny flat pictures, and the traps of the real ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 8), "grey").save(path)
    return path


def pictures(root: Path, names: Iterable[str]) -> None:
    for name in names:
        picture(root / name)


def text(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def document(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def market1501(root: Path) -> Path:
    pictures(
        root,
        [
            "bounding_box_train/0002_c1s1_000451_03.jpg",
            "bounding_box_train/0002_c12s1_000551_01.jpg",
            "query/0001_c1s1_001051_00.jpg",
            "query/0003_c3s1_000001_00.jpg",
            "bounding_box_test/0001_c1s1_002301_02.jpg",
            "bounding_box_test/0001_c2s1_000001_02.jpg",
            "bounding_box_test/0003_c3s1_000351_00.jpg",
            "bounding_box_test/-1_c1s1_000401_03.jpg",
            "bounding_box_test/0000_c5s1_000101_01.jpg",
            "images/distractor-1.jpg",
        ],
    )
    text(root / "bounding_box_test/Thumbs.db", "no picture")
    picture(root / "query/holiday.jpg")
    (root / "query/0004_c1s1_000001_00.jpg").touch()
    return root


def cuhk03(root: Path) -> Path:
    for boxes in ("detected", "labeled"):
        pictures(
            root / boxes,
            [
                "bounding_box_train/0001_c1_1.png",
                "query/0002_c1_2.png",
                "bounding_box_test/0002_c2_3.png",
            ],
        )
    pictures(root / "images_detected", ["1_001_1_01.png", "1_001_2_06.png", "1_002_1_01.png"])
    entry = ["C:\\data\\images_detected\\1_001_1_01.png", 0, 0]
    lost = ["/data/images_detected/9_009_1_01.png", 9, 0]
    document(
        root / "splits_classic_detected.json",
        [
            {
                "train": [["/data/1_002_1_01.png", 1, 0]],
                "query": [entry, lost],
                "gallery": [["/data/1_001_2_06.png", 0, 1]],
            }
        ],
    )
    return root


def msmt17(root: Path) -> Path:
    pictures(
        root,
        [
            "train/0000/0000_000_01_0303morning_0008_0.jpg",
            "test/0000/0000_000_14_0303noon_0008_0.jpg",
            "test/0000/0000_001_02_0303afternoon_0008_0.jpg",
        ],
    )
    text(root / "list_train.txt", "0000/0000_000_01_0303morning_0008_0.jpg 0")
    text(root / "list_val.txt", "", "not a line")
    text(root / "list_query.txt", "0000/0000_000_14_0303noon_0008_0.jpg 0")
    text(
        root / "list_gallery.txt",
        "0000/0000_001_02_0303afternoon_0008_0.jpg 0",
        "0001/0001_001_02_0303afternoon_0008_0.jpg 1",
    )
    return root


def sysu_mm01(root: Path) -> Path:
    for camera in range(1, 7):
        (root / f"cam{camera}").mkdir(parents=True)
    pictures(
        root,
        [
            f"cam{camera}/{identity:04d}/{number:04d}.jpg"
            for camera, identity, count in (
                (1, 6, 12),
                (2, 6, 12),
                (4, 6, 2),
                (3, 6, 2),
                (6, 6, 1),
                (2, 10, 3),
                (3, 10, 1),
                (1, 1, 1),
                (3, 1, 1),
            )
            for number in range(1, count + 1)
        ],
    )
    text(root / "exp/train_id.txt", "1")
    text(root / "exp/test_id.txt", "10,6,")
    return root


def regdb(root: Path) -> Path:
    for identity in (1, 2):
        pictures(
            root,
            [
                f"Visible/{identity}/female_back_v_{identity}.bmp",
                f"Thermal/{identity}/female_back_t_{identity}.bmp",
            ],
        )
    for trial in range(1, 11):
        for kind, letter in (("visible", "v"), ("thermal", "t")):
            for part, identity in (("train", 1), ("test", 2)):
                text(
                    root / f"idx/{part}_{kind}_{trial}.txt",
                    f"{kind.capitalize()}/{identity}/female_back_{letter}_{identity}.bmp 0",
                )
    return root


def llcm(root: Path) -> Path:
    pictures(
        root,
        [
            "test_vis/cam1/0005/0005_c01_1.jpg",
            "test_vis/cam1/0005/0005_c01_2.jpg",
            "test_vis/cam3/0005/0005_c03_1.jpg",
            "test_nir/cam1/0005/0005_c01_9.jpg",
            "test_nir/cam10/0002/0002_c10_9.jpg",
            "vis/0001/a.jpg",
        ],
    )
    text(root / "idx/test_id.txt", "5, 2")
    text(root / "idx/train_vis.txt", "vis/0001/a.jpg 0", "vis/0001/lost.jpg 0")
    return root


def pku_sketch(root: Path, people: int = 3) -> Path:
    for identity in range(1, people + 1):
        pictures(
            root,
            [
                f"photo/{identity}_05_356.jpg",
                f"photo/{identity}_12_99.jpg",
                f"sketch/{identity}.jpg",
            ],
        )
    picture(root / f"sketch/{people + 1}.jpg")
    return root


def market_sketch(root: Path) -> Path:
    pictures(
        root,
        [
            "photo/query/0002_c1s1_000451_03.jpg",
            "photo/query/0007_c2s1_000451_03.jpg",
            "sketch/A/query/0002_A.jpg",
            "sketch/C/query/0002_C.jpg",
            "sketch/C/query/0007_C.jpg",
        ],
    )
    return root


def captions(root: Path, listed: str, key: str, *, sketches: bool = False) -> Path:
    names = ["cam_a/1.jpg", "cam_a/2.jpg", "cam_b/3.jpg"]
    pictures(root / "imgs", names)
    if sketches:
        pictures(root / "imgs-sketch", names[:2])
    document(
        root / listed,
        [
            {"id": 1, key: names[0], "split": "test", "captions": ["A man.", "He wears red."]},
            {"id": 1, key: names[1], "split": "test", "captions": ["A man in red."]},
            {"id": 2, key: names[2], "split": "train", "captions": ["A woman.", " "]},
            {"id": None, key: names[2], "split": "test", "captions": ["Somebody."]},
            {"id": 3, key: "cam_b/lost.jpg", "split": "test", "captions": ["Lost."]},
            "no record",
        ],
    )
    return root


def orbench(root: Path) -> Path:
    pictures(
        root,
        [
            "vis/0601/a.jpg",
            "vis/0602/b.jpg",
            "nir/0601/n.jpg",
            "cp/0601/c.jpg",
            "sk/0601/s.jpg",
            "vis/0001/t.jpg",
        ],
    )
    document(
        root / "test_gallery_and_queries.json",
        {
            "RGB_GALLERY": [[601, "vis/0601/a.jpg"], [602, "vis/0602/b.jpg"]],
            "NIR": [[601, "nir/0601/n.jpg"], [602, "nir/0602/lost.jpg"]],
            "TEXT+SK+CP": [[601, "A man in red.", "sk/0601/s.jpg", "cp/0601/c.jpg"]],
            "TEXT": [[601, "A man in red."], [602]],
        },
    )
    document(
        root / "train_annos.json",
        [{"id": 1, "file_path": "vis/0001/t.jpg", "caption": "A man."}, {"id": 2}],
    )
    return root


def rgbnt201(root: Path) -> Path:
    for spectrum in ("RGB", "NI", "TI"):
        pictures(root / "test" / spectrum, ["000258_cam1_0_00.jpg", "000258_cam2_0_01.jpg"])
    picture(root / "test/RGB/000300_cam1_0_00.jpg")
    return root


def msvr310(root: Path) -> Path:
    for spectrum in ("vis", "ni", "th"):
        pictures(
            root,
            [
                f"query3/0007/{spectrum}/0007_s012_v1_002.jpg",
                f"bounding_box_test/0007/{spectrum}/0007_s003_v8_001.jpg",
            ],
        )
    picture(root / "bounding_box_test/0009/vis/0009_s003_v2_001.jpg")
    return root


def synth_pedes(root: Path) -> Path:
    picture(root / "Part1/1/1_0.jpg")
    document(
        root / "synthpedes-dataset.json",
        [
            {
                "id": 1,
                "file_path": "Part1/1/1_0.jpg",
                "captions": ["A man.", "He walks."],
                "attributes": ["man,black hair,black shirt,pink shorts,black shoes,unknown"],
            },
            {"id": 2, "file_path": "Part1/2/2_0.jpg", "captions": ["Lost."]},
            {"id": 3},
            {"id": 4, "file_path": "Part1/1/1_0.jpg", "attributes": ["man,black hair"]},
        ],
    )
    return root


def peta(root: Path) -> Path:
    pictures(
        root,
        ["VIPeR/archive/001_45.bmp", "VIPeR/archive/001_90.bmp", "PRID/archive/7_a.png"],
    )
    text(root / "VIPeR/archive/Label.txt", "001 personalMale upperBodyBlack lowerBodyJeans")
    text(root / "PRID/archive/Label.txt", "9_a personalFemale")
    return root


def folder(root: Path) -> Path:
    pictures(root, ["gate/7a.jpg", "yard/7b.jpg", "yard/8.jpg"])
    text(
        root / "people.csv",
        "Identity,Split,Camera,Time,Light,RGB,Text",
        "7,query,gate,2026-04-01T08:30,Day,gate/7a.jpg,",
        "7,gallery,yard,yesterday,,yard/7b.jpg,a man in a red coat",
        "8,gallery,yard,,night,yard/8.jpg|gate/7a.jpg,",
        "9,gallery,yard,,,yard/lost.jpg,",
        ",query,yard,,,,somebody",
        "9,probe,yard,,,,a woman",
        "9,query,yard,,,,",
    )
    return root / "people.csv"
