"""Every layout in miniature: what is read, what is set aside and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import miniature_sets as mini
import numpy as np
import pytest

from omnireid.datasets import (
    DataSet,
    cards,
    load_dataset,
    orbench_task_key,
    shared_between,
    sysu_official_permutations,
)
from omnireid.datasets.peta_sentence import peta_sentence
from omnireid.errors import InputError
from omnireid.observation import Modality


def _reasons(found: DataSet) -> str:
    return "\n".join(str(problem) for problem in found.problems)


def _identities(found: DataSet, split: str) -> list[str]:
    return [sample.identity for sample in found.split(split)]


def test_market1501_drops_junk_keeps_distractors_and_reads_any_camera_number(
    tmp_path: Path,
) -> None:
    found = load_dataset("market1501", mini.market1501(tmp_path))
    assert sorted(_identities(found, "gallery")) == ["0000", "0001", "0001", "0003"]
    assert {s.camera for s in found.split("train")} == {"1", "12"}
    assert len(found.split("distractors_500k")) == 1
    assert found.notes == ("gallery: 1 junk images (identity -1) dropped",)
    assert "holiday.jpg: the name does not fit" in _reasons(found)
    assert "0004_c1s1_000001_00.jpg: the file is empty" in _reasons(found)


def test_wrong_counts_are_said_and_the_set_stays_usable(tmp_path: Path) -> None:
    found = load_dataset("market1501", mini.market1501(tmp_path))
    assert "query: items found: 2, published: 3,368" in _reasons(found)
    assert "not comparable" in _reasons(found)
    assert len(found.split("query")) == 2


def test_cuhk03_reads_both_protocols_and_foreign_paths(tmp_path: Path) -> None:
    found = load_dataset("cuhk03", mini.cuhk03(tmp_path))
    assert _identities(found, "labeled.query") == ["0002"]
    assert _identities(found, "classic.detected.1.query") == ["0"]
    assert "9_009_1_01.png: listed, but not on disk" in _reasons(found)


def test_cuhk03_in_its_original_release_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "cuhk-03.mat").touch()
    with pytest.raises(InputError, match="original release"):
        load_dataset("cuhk03", tmp_path)


def test_msmt17_names_identities_by_part_and_finds_both_versions(tmp_path: Path) -> None:
    found = load_dataset("msmt17", mini.msmt17(tmp_path))
    assert _identities(found, "train") == ["train:0"]
    assert [(s.identity, s.camera) for s in found.split("query")] == [("test:0", "14")]
    assert "list_val.txt, line 1: not `path identity`" in _reasons(found)
    assert "0001_001_02_0303afternoon_0008_0.jpg: listed, but not on disk" in _reasons(found)
    (tmp_path / "test").rename(tmp_path / "mask_test_v2")
    assert len(load_dataset("msmt17", tmp_path).split("gallery")) == 1


def test_sysu_orders_people_then_cameras_and_knows_the_dark_ones(tmp_path: Path) -> None:
    found = load_dataset("sysu_mm01", mini.sysu_mm01(tmp_path))
    gallery = found.split("test.rgb")
    assert list(dict.fromkeys((s.identity, s.camera) for s in gallery)) == [
        ("0006", "1"),
        ("0006", "2"),
        ("0006", "4"),
        ("0010", "2"),
    ]
    probes = found.split("test.infrared")
    assert {s.camera for s in probes} == {"3", "6"}
    assert all(s.modalities == (Modality.INFRARED,) and s.light == "night" for s in probes)


def test_sysu_official_draw_is_read_from_the_published_file(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    root = mini.sysu_mm01(tmp_path)
    dataset = load_dataset("sysu_mm01", root)
    with pytest.raises(InputError, match=r"rand_perm_cam.mat is not under"):
        sysu_official_permutations(dataset)
    cells = np.empty((6, 1), dtype=object)
    for camera in range(6):
        people = np.empty((10, 1), dtype=object)
        for person in range(10):
            people[person, 0] = np.zeros((0, 0))
        cells[camera, 0] = people
    cells[0, 0][5, 0] = np.array([[12, 1, 2], [3, 2, 1]])
    io.savemat(root / "exp/rand_perm_cam.mat", {"rand_perm_cam": cells})
    assert sysu_official_permutations(dataset) == {("0006", "1"): [[11, 0, 1], [2, 1, 0]]}


def test_regdb_has_ten_trials_and_takes_the_person_from_the_folder(tmp_path: Path) -> None:
    found = load_dataset("regdb", mini.regdb(tmp_path))
    assert _identities(found, "7.test.infrared") == ["2"]
    assert _identities(found, "7.train.rgb") == ["1"]
    (tmp_path / "idx/test_thermal_4.txt").unlink()
    with pytest.raises(InputError, match=r"missing in it: idx/test_thermal_4.txt"):
        load_dataset("regdb", tmp_path)


def test_llcm_reads_cameras_of_two_digits(tmp_path: Path) -> None:
    found = load_dataset("llcm", mini.llcm(tmp_path))
    assert [(s.identity, s.camera) for s in found.split("test.infrared")] == [
        ("0002", "10"),
        ("0005", "1"),
    ]
    assert _identities(found, "train.rgb") == ["train:0"]


def test_pku_sketch_names_people_without_a_photo(tmp_path: Path) -> None:
    found = load_dataset("pku_sketch", mini.pku_sketch(tmp_path))
    assert sorted(_identities(found, "photos")) == ["1", "1", "2", "2", "3", "3"]
    assert "person 4: a sketch without a photo" in _reasons(found)


def test_market_sketch_groups_the_sketches_of_a_person(tmp_path: Path) -> None:
    found = load_dataset("market_sketch", mini.market_sketch(tmp_path))
    groups = {s.identity: len(s.sketch) for s in found.split("test.sketch_groups")}
    assert groups == {"0002": 2, "0007": 1}
    assert [s.camera for s in found.split("test.sketches")] == ["A", "C", "C"]


CAPTION_SETS = [
    ("cuhk_pedes", "reid_raw.json", "file_path"),
    ("icfg_pedes", "ICFG-PEDES.json", "file_path"),
    ("rstpreid", "data_captions.json", "img_path"),
]


@pytest.mark.parametrize(("name", "listed", "key"), CAPTION_SETS)
def test_caption_sets_keep_known_people_and_their_captions(
    tmp_path: Path, name: str, listed: str, key: str
) -> None:
    found = load_dataset(name, mini.captions(tmp_path, listed, key))
    assert _identities(found, "test.images") == ["1", "1"]
    assert [s.text for s in found.split("test.captions")] == [
        "A man.",
        "He wears red.",
        "A man in red.",
    ]
    assert len(found.split("train.captions")) == 1
    assert "record 4: no photo, no split, or a caption of an unknown person" in _reasons(found)
    assert "record 6: no photo" in _reasons(found)
    assert "lost.jpg: listed, but not on disk" in _reasons(found)


@pytest.mark.parametrize(
    ("name", "listed", "key"),
    [
        ("tri_cuhk", "reid_raw.json", "file_path"),
        ("tri_icfg", "ICFG-PEDES.json", "file_path"),
        ("tri_rstp", "data_captions.json", "img_path"),
    ],
)
def test_sketches_lie_beside_their_photos(tmp_path: Path, name: str, listed: str, key: str) -> None:
    found = load_dataset(name, mini.captions(tmp_path, listed, key, sketches=True))
    photos = [s.picture for s in found.split("test.images")]
    assert [s.picture for s in found.split("test.sketches")] == photos
    both = found.split("test.sketch_captions")
    assert [s.modalities for s in both] == [(Modality.SKETCH, Modality.TEXT)] * 3


def test_an_older_caption_list_is_recognised(tmp_path: Path) -> None:
    root = mini.captions(tmp_path, "reid_raw.json", "file_path")
    mini.document(root / "reid_raw.json", [{"id": 1, "file_path": "a.jpg", "captions": ["A."]}])
    with pytest.raises(InputError, match="older release"):
        load_dataset("cuhk_pedes", root)


def test_orbench_reads_any_order_of_a_row_and_keeps_the_anchor(tmp_path: Path) -> None:
    found = load_dataset("orbench", mini.orbench(tmp_path))
    (query,) = found.split("TEXT+CP+SK")
    assert query.text == "A man in red."
    assert [path.parent.parent.name for path in query.sketch] == ["sk", "cp"]
    assert len(found.split("NIR")) == 1
    assert "TEXT, row 2: not [identity, content" in _reasons(found)
    assert _identities(found, "train") == ["train:1"]
    assert orbench_task_key("sk+text+nir") == "SK+NIR+TEXT"
    with pytest.raises(InputError, match="no ORBench task"):
        orbench_task_key("TEXT+RGB")


def test_rgbnt201_needs_all_spectra_of_a_view(tmp_path: Path) -> None:
    found = load_dataset("rgbnt201", mini.rgbnt201(tmp_path))
    assert [(s.identity, s.camera) for s in found.split("test")] == [
        ("000258", "1"),
        ("000258", "2"),
    ]
    assert len(found.split("test")[0].infrared) == 2
    assert "000300_cam1_0_00.jpg: listed, but not on disk" in _reasons(found)


def test_msvr310_takes_the_scene_as_camera(tmp_path: Path) -> None:
    found = load_dataset("msvr310", mini.msvr310(tmp_path))
    assert [s.camera for s in found.split("query")] == ["scene 012"]
    assert [(s.identity, s.camera) for s in found.split("gallery")] == [("0007", "scene 003")]
    assert "0009_s003_v2_001.jpg: listed, but not on disk" in _reasons(found)


def test_synth_pedes_gives_a_sample_for_each_caption(tmp_path: Path) -> None:
    root = mini.synth_pedes(tmp_path)
    found = load_dataset("synth_pedes", root)
    assert [s.text for s in found.split("train")] == ["A man.", "He walks."]
    # Six slots make a sentence; what is unknown is not said.
    assert [s.text for s in found.split("train.attributes")] == [
        "A man with black hair, wearing a black shirt, pink shorts and black shoes."
    ]
    assert "record 4: 2 attribute slots, not 6" in _reasons(found)
    (root / "synthpedes-dataset.json").rename(root / "synthpedes_dataset.json")
    assert len(load_dataset("synth_pedes", root).split("train")) == 2


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            "personalLess30 personalMale hairShort hairBlack upperBodyThinStripes upperBodyWhite "
            "upperBodyTshirt lowerBodyTrousers lowerBodyBlack footwearLeatherShoes footwearShoes "
            "accessoryNothing carryingMessengerBag carryingOther",
            "A man of 15 to 30 years with short black hair, wearing a thinly striped white "
            "T-shirt, black trousers and leather shoes, carrying a messenger bag and something "
            "else.",
        ),
        (
            "personalLarger60 personalFemale hairBald accessoryHat carryingPlasticBags",
            "A woman over 60 with a bald head, wearing a hat, carrying plastic bags.",
        ),
        ("upperBodyJacket upperBodyOrange", "A person wearing an orange jacket."),
        ("carryingNothing", "A person."),
    ],
)
def test_peta_words_become_a_sentence(names: str, sentence: str) -> None:
    assert peta_sentence(frozenset(names.split())) == sentence


def test_peta_joins_words_and_pictures_of_a_person(tmp_path: Path) -> None:
    found = load_dataset("peta", mini.peta(tmp_path))
    assert _identities(found, "all.sentences") == ["A man wearing a black top and jeans."]
    assert len(found.split("all.images")) == 2
    assert "7_a.png: no line of Label.txt names it" in _reasons(found)
    (tmp_path / "PETA.mat").touch()
    with pytest.raises(InputError, match="repacked"):
        load_dataset("peta", tmp_path)


def _cells(values: list[str]) -> np.ndarray:
    cells = np.empty((len(values), 1), dtype=object)
    for index, value in enumerate(values):
        cells[index, 0] = value
    return cells


def test_pa100k_turns_attributes_to_sentences(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    mini.pictures(tmp_path / "data", ["1.jpg", "2.jpg"])
    io.savemat(
        tmp_path / "annotation.mat",
        {
            "attributes": _cells(["Female", "Backpack"]),
            "test_images_name": _cells(["1.jpg", "2.jpg", "3.jpg"]),
            "test_label": np.array([[1, 0], [1, 0], [0, 1]]),
        },
    )
    found = load_dataset("pa100k", tmp_path)
    assert len(found.split("test.images")) == 2
    assert _identities(found, "test.sentences") == ["A woman in a top."]
    io.savemat(tmp_path / "annotation.mat", {"labels": np.zeros(2)})
    with pytest.raises(InputError, match="not PA-100K's annotation"):
        load_dataset("pa100k", tmp_path)


def test_market_attributes_become_one_sentence_a_person(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    root = mini.market1501(tmp_path)
    part = {
        "gender": np.array([[1, 2]]),
        "upred": np.array([[2, 1]]),
        "backpack": np.array([[2, 1]]),
        "image_index": _cells(["0001", "0003"]).T,
    }
    io.savemat(root / "market_attribute.mat", {"market_attribute": {"train": part, "test": part}})
    texts = {s.identity: s.text for s in load_dataset("market1501", root).split("test_sentences")}
    assert texts["0001"] == "A man with a red top and trousers, with a backpack."
    assert texts["0003"] == "A woman with a top and trousers."


def test_a_table_of_ones_own_is_read_and_odd_rows_are_named(tmp_path: Path) -> None:
    found = load_dataset("folder", mini.folder(tmp_path))
    (query,) = found.split("query")
    assert (query.identity, query.camera, query.light) == ("7", "gate", "day")
    assert query.time is not None
    assert len(found.split("gallery")[1].rgb) == 2
    for reason in (
        "row 3: the time 'yesterday' is not ISO 8601",
        "lost.jpg: listed, but not on disk",
        "row 6: no identity: a caption or picture of an unknown person",
        "row 7: split 'probe'",
        "row 8: no picture and no text",
    ):
        assert reason in _reasons(found)


def test_a_japanese_table_in_shift_jis_is_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("identity,camera,text\n7,正門,赤いコートの男性\n".encode("cp932"))
    (sample,) = load_dataset("folder", path).split("all")
    assert (sample.camera, sample.text) == ("正門", "赤いコートの男性")


def test_pictures_outside_the_folder_of_the_table_are_read(tmp_path: Path) -> None:
    mini.pictures(tmp_path, ["elsewhere/a.jpg", "elsewhere/b.jpg"])
    table = tmp_path / "tables/people.csv"
    mini.text(
        table, "identity,rgb", f"1,{tmp_path / 'elsewhere/a.jpg'}", "1,../elsewhere/b.jpg", "1,.."
    )
    found = load_dataset("folder", table)
    assert [path.name for s in found.split("all") for path in s.rgb] == ["a.jpg", "b.jpg"]
    assert len({s.picture for s in found.split("all")}) == 2
    assert "listed, but not on disk" in _reasons(found)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_tables_with_semicolons_or_tabs_are_read(tmp_path: Path, mark: str) -> None:
    table = tmp_path / "people.csv"
    mini.text(table, f"identity{mark}camera{mark}text", f"7{mark}gate{mark}red, with a bag")
    (sample,) = load_dataset("folder", table).split("all")
    assert (sample.camera, sample.text) == ("gate", "red, with a bag")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"identity,Identity,text\n1,2,a\n", "two columns are called identity"),
        (b"", "not a table"),
        (b"name,rgb\n1,a.jpg\n", "not a table"),
        (b"\xff\xfe\x81", "neither UTF-8 nor Shift_JIS"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_dataset("folder", path)


PUBLIC = sorted(name for name in cards() if name != "folder")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_missing_set_says_what_to_have_and_how_to_apply(tmp_path: Path, name: str) -> None:
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as raised:
            load_dataset(name, root)
        assert cards()[name].apply in raised.value.to_do
        assert "expected layout" in raised.value.why


def test_every_card_is_whole_and_what_it_shares_is_known() -> None:
    known = cards()
    assert len(known) == 21
    for name, card in known.items():
        assert card.name == name
        assert set(card.shares) <= set(known)


def test_sharing_is_known_from_either_side() -> None:
    assert shared_between("synth_pedes", "tri_cuhk") == shared_between("tri_cuhk", "synth_pedes")
    assert shared_between("synth_pedes", "tri_cuhk") is not None
    assert shared_between("market1501", "sysu_mm01") is None


def test_an_unknown_set_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="market1501"):
        load_dataset("market", "/nowhere")


BUILDERS: list[tuple[str, Callable[[Path], Path]]] = [
    ("market1501", mini.market1501),
    ("sysu_mm01", mini.sysu_mm01),
    ("llcm", mini.llcm),
    ("pku_sketch", mini.pku_sketch),
    ("rgbnt201", mini.rgbnt201),
]


@pytest.mark.parametrize(("name", "build"), BUILDERS)
def test_every_sample_is_an_observation_without_its_identity(
    tmp_path: Path, name: str, build: Callable[[Path], Path]
) -> None:
    found = load_dataset(name, build(tmp_path))
    for samples in found.splits.values():
        for sample in samples:
            observation = sample.observation()
            assert observation.modalities == sample.modalities
            assert all(path.is_file() for path in sample.files)
