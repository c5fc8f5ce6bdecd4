"""`omnireid search`, `verify` and `delete`."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import Run
from PIL import Image

from colour_encoder import COLOURS, CalibratedColours
from omnireid.cli import opening
from omnireid.gallery import Gallery
from omnireid.runtime import Calibration


@pytest.mark.parametrize("option", ["--image", "--infrared", "--sketch"])
def test_each_kind_of_picture_finds_its_like(
    run: Run, site: Path, tmp_path: Path, option: str
) -> None:
    Image.new("RGB", (20, 40), COLOURS["blue"]).save(tmp_path / "query.png")
    found = run("search", option, "query.png", "-g", site, "--json").document
    assert next(one["camera"] for one in found) == "blue-gate"
    assert found[0]["score"] > found[1]["score"] > found[2]["score"]
    assert found[0]["time"].startswith("2026-11-23T08:02:00")
    assert Path(found[0]["picture"]).is_file()


def test_a_mixture_of_pictures_and_words(run: Run, site: Path, tmp_path: Path) -> None:
    Image.new("RGB", (20, 40), COLOURS["red"]).save(tmp_path / "query.png")
    ran = run("search", "-i", "query.png", "-i", "query.png", "-t", "赤い服", "-g", site, "--json")
    assert ran.document[0]["camera"] == "red-gate"


def test_filters_top_and_offset(run: Run, site: Path) -> None:
    def cameras(*options: str) -> list[str]:
        found = run("search", "-t", "red", "-g", site, "--json", *options).document
        return [one["camera"] for one in found]

    everything = cameras()
    assert len(everything) == 3
    assert cameras("--top", "1") == everything[:1]
    assert cameras("--offset", "1", "-n", "5") == everything[1:]
    assert cameras("-c", "green-gate", "-c", "blue-gate") == everything[1:]
    assert cameras("--since", "2026-11-23T08:01", "--until", "2026-11-23T08:02") == ["green-gate"]
    assert cameras("--modality", "text") == []


def test_the_table_for_people_shows_camera_time_and_score(run: Run, site: Path) -> None:
    ran = run("search", "--text", "red", "-g", site)
    assert ran.code == 0
    assert "red-gate" in ran.out
    assert "2026-11-23 08:00:00" in ran.out
    assert "not evidence of identity" in ran.err


def test_a_calibrated_model_sorts_by_probability_and_says_it(
    run: Run, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "n.csv").write_text("text\nred coat\n", encoding="utf-8")
    run("index", "notes", "n.csv", "-g", site)
    raw = run("search", "-t", "red", "-g", site, "--json").document
    assert ["text"] in [one["modalities"] for one in raw[:2]]
    assert {one["probability"] for one in raw} == {None}

    def load(no_match: float) -> None:
        pictures = Calibration(slope=20, offset=-2, no_match=no_match, strict=1)
        notes = Calibration(slope=20, offset=-19.5, no_match=0.2, strict=1)
        encoder = CalibratedColours({"text>rgb": pictures, "text>text": notes})
        monkeypatch.setattr(opening, "Encoder", lambda _: encoder)

    load(no_match=0.2)
    found = run("search", "-t", "red", "-g", site, "--json").document
    assert found[0]["camera"] == "red-gate"
    assert found[-1]["modalities"] == ["text"]
    assert sorted(one["id"] for one in found) == sorted(one["id"] for one in raw)
    likely = [one["probability"] for one in found]
    assert likely == sorted(likely, reverse=True)
    assert {one["id"]: one["score"] for one in found} == {one["id"]: one["score"] for one in raw}
    told = run("search", "-t", "red", "-g", site)
    assert "probability" in told.out
    assert "62 %" in told.out
    assert "No good match" not in told.err
    load(no_match=1.1)
    assert "No good match" in run("search", "-t", "red", "-g", site).err


def test_words_alone_search_the_notes(run: Run, site: Path, tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("text\nred coat\n青い帽子とリュック\n", encoding="utf-8-sig")
    run("index", "notes", "n.csv", "-g", site)
    found = run("search", "--words", "リュック", "-g", site, "--json").document
    assert [one["text"] for one in found] == ["青い帽子とリュック"]
    assert found[0]["score"] is None
    assert "No item fits" in run("search", "--words", "umbrella", "-g", site).out


def test_a_search_for_nothing_is_an_error(run: Run, site: Path) -> None:
    ran = run("search", "-g", site)
    assert ran.code == 3
    assert "--sketch" in ran.err


@pytest.mark.parametrize("data", [b"", b"not a picture"])
def test_an_unreadable_query_is_an_error(run: Run, site: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "query.jpg").write_bytes(data)
    ran = run("search", "--image", "query.jpg", "-g", site, "--json")
    assert ran.code == 3
    assert ran.out == ""
    assert "query.jpg" in ran.err


def test_a_time_nobody_understands_is_an_error(run: Run, site: Path) -> None:
    ran = run("search", "-t", "red", "--since", "yesterday", "-g", site)
    assert ran.code == 3
    assert "--since 'yesterday'" in ran.err


def test_a_gallery_of_another_model_is_refused(
    run: Run, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colour_encoder.ColourEncoder.model_id", "colours@2")
    ran = run("search", "-t", "red", "-g", site)
    assert ran.code == 5
    assert "colours@1" in ran.err
    assert "vectors of different models do not compare" in ran.err


@pytest.mark.parametrize("command", ["search", "verify", "delete", "serve"])
def test_a_folder_without_a_gallery_is_an_error(run: Run, tmp_path: Path, command: str) -> None:
    options = {"search": ["-t", "red"], "delete": ["1", "--yes"], "serve": ["--port", "0"]}
    ran = run(command, *options.get(command, []), "-g", tmp_path / "none")
    assert ran.code == 5
    assert "there is no gallery in it" in ran.err


def test_verify_passes_a_whole_gallery(run: Run, site: Path) -> None:
    ran = run("verify", "-g", site)
    assert ran.code == 0
    assert "3 items, 3 pictures checked: whole." in ran.out


def test_verify_finds_a_changed_byte(run: Run, site: Path) -> None:
    victim = next(site.rglob("*.jpg"))
    data = bytearray(victim.read_bytes())
    data[-3] ^= 1
    victim.write_bytes(data)
    ran = run("verify", "-g", site, "--json")
    assert ran.code == 7
    assert not ran.document["ok"]
    assert ran.document["problems"][0]["kind"] == "picture"
    assert "damaged in 1 places" in run("verify", "-g", site, "--repair").out


def test_delete_asks_first_and_then_is_thorough(
    run: Run, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gallery.open(site) as opened:
        victim = opened.items()[0]
    monkeypatch.setattr("typer.confirm", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run("delete", victim.item_id, "-g", site).code != 0
    assert run("verify", "-g", site, "--json").document["items"] == 3
    ran = run("delete", victim.item_id, "999999", "-g", site, "--yes", "--json")
    assert ran.document == {"deleted": 1, "items": 2}
    assert victim.picture_path is not None
    assert not victim.picture_path.exists()
