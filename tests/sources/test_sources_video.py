"""A video becomes one observation for each walk; what is no walk is said, not invented."""

from __future__ import annotations

import wave
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sources_films import HEIGHT, Walker

from omnireid.errors import InputError
from omnireid.observation import Modality, Observation
from omnireid.sources import Skipped, read_video

RED, BLUE, GREEN = (190, 30, 30), (30, 60, 200), (40, 140, 60)
Film = Callable[..., Path]


def walks(path: Path, **options: object) -> list[Observation]:
    found = list(read_video(path, **options))
    assert not [item for item in found if isinstance(item, Skipped)]
    return [item for item in found if isinstance(item, Observation)]


def colour(observation: Observation, modality: Modality = Modality.RGB) -> np.ndarray:
    """The mean colour of the chest over all crops of a walk."""
    chests = []
    for crop in observation.images(modality):
        assert isinstance(crop, np.ndarray)
        height, width = crop.shape[:2]
        part = crop[
            round(0.3 * height) : round(0.45 * height), round(0.42 * width) : round(0.58 * width)
        ]
        chests.append(part.reshape(-1, 3).mean(0))
    return np.mean(chests, axis=0)


def near(found: np.ndarray, wanted: tuple[int, int, int]) -> bool:
    return bool(np.abs(found - np.array(wanted)).max() < 45)


def test_one_walk_is_one_item_with_several_pictures(film: Film) -> None:
    (walk,) = walks(film([Walker(-20, 300, 6, RED)]))
    assert walk.modalities == (Modality.RGB,)
    pictures = walk.images(Modality.RGB)
    assert 3 <= len(pictures) <= 6
    assert near(colour(walk), RED)
    for picture in pictures:
        assert isinstance(picture, np.ndarray)
        assert picture.dtype == np.uint8
        height, width = picture.shape[:2]
        # The drawn person is 110 pixels tall: head to foot, a small margin, a re-id crop's shape.
        assert 105 <= height <= 145
        assert 0.45 <= width / height <= 0.75


def test_who_is_there_from_the_first_frame_is_found(film: Film) -> None:
    (walk,) = walks(film([Walker(150, 300, 4, GREEN)], frames=60), start=datetime(2026, 1, 2, 3))
    assert walk.time is not None
    assert walk.time - datetime(2026, 1, 2, 3) < timedelta(seconds=1)


def test_two_who_cross_are_two_and_keep_their_colours(film: Film) -> None:
    found = walks(film([Walker(-20, 280, 6, RED), Walker(500, 320, -6, BLUE)]))
    assert len(found) == 2
    assert sorted(near(colour(walk), RED) for walk in found) == [False, True]
    assert sorted(near(colour(walk), BLUE) for walk in found) == [False, True]


def test_two_side_by_side_are_two(film: Film) -> None:
    pair = [Walker(-20, 300, 5, RED), Walker(-62, 302, 5, BLUE)]
    found = walks(film([*pair, Walker(500, 250, -7, GREEN)], frames=120))
    assert len(found) == 3


def test_a_walk_behind_a_post_is_one_item(film: Film) -> None:
    def post(picture: np.ndarray, _: int) -> None:
        cv2.rectangle(picture, (235, 0), (265, HEIGHT), (90, 90, 90), -1)

    (walk,) = walks(film([Walker(-20, 300, 6, RED)], draw=post))
    assert near(colour(walk), RED)


def test_who_leaves_and_who_comes_are_two(film: Film) -> None:
    found = walks(
        film([Walker(60, 300, 9, RED, last=60), Walker(500, 300, -9, GREEN, first=66)], frames=130)
    )
    assert len(found) == 2


def test_camera_time_and_source(film: Film) -> None:
    path = film([Walker(-20, 300, 8, RED, first=30)], frames=100)
    start = datetime(2026, 11, 23, 9, 0)
    (walk,) = walks(path, camera="gate", start=start)
    assert walk.camera == "gate"
    assert walk.time is not None
    assert timedelta(seconds=3) < walk.time - start < timedelta(seconds=5)
    assert walk.source is not None
    assert walk.source.startswith(f"{path}#track=")
    (without,) = walks(path)
    assert without.time is None
    assert without.camera is None


def test_an_infrared_camera_gives_infrared(film: Film) -> None:
    (walk,) = walks(film([Walker(-20, 300, 6, RED)]), modality=Modality.INFRARED)
    assert walk.modalities == (Modality.INFRARED,)
    with pytest.raises(InputError, match="cannot be text"):
        read_video(film(), modality=Modality.TEXT)


def test_progress_ends_at_one_and_never_goes_back(film: Film) -> None:
    seen: list[float] = []
    walks(film([Walker(-20, 300, 6, RED)]), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_an_empty_scene_is_said_so(film: Film) -> None:
    (only,) = read_video(film())
    assert isinstance(only, Skipped)
    assert only.reason == "no walking person was found"


def test_lights_and_a_passing_car_are_no_people(film: Film) -> None:
    def car_and_light(picture: np.ndarray, number: int) -> None:
        x = 12 * number - 200
        cv2.rectangle(picture, (x, 200), (x + 200, 280), (200, 200, 210), -1)
        if number > 40:
            picture[:] = np.clip(picture.astype(np.int16) + 12, 0, 255).astype(np.uint8)

    (only,) = read_video(film(draw=car_and_light))
    assert isinstance(only, Skipped)


def test_a_car_among_walkers_is_no_person(film: Film) -> None:
    def car(picture: np.ndarray, number: int) -> None:
        x = 14 * (number - 60) - 220
        cv2.rectangle(picture, (x, 185), (x + 220, 265), (60, 60, 110), -1)
        cv2.rectangle(picture, (x + 40, 190), (x + 180, 220), (150, 180, 190), -1)
        for wheel in (x + 45, x + 175):
            cv2.circle(picture, (wheel, 265), 18, (20, 20, 20), -1)

    found = walks(film([Walker(-20, 310, 7, RED), Walker(500, 330, -7, BLUE)], 120, draw=car))
    assert len(found) == 2


def test_what_flutters_in_place_is_no_walk(film: Film) -> None:
    def flag(picture: np.ndarray, number: int) -> None:
        swing = round(6 * np.sin(number))
        cv2.rectangle(picture, (200 + swing, 100), (235 + swing, 190), RED, -1)

    (only,) = read_video(film(draw=flag))
    assert isinstance(only, Skipped)


def test_a_large_video_gives_crops_at_its_own_size(tmp_path: Path) -> None:
    path = tmp_path / "large.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (1280, 960))
    empty = np.full((960, 1280, 3), 150, np.uint8)
    for number in range(75):
        picture = empty.copy()
        Walker(0, 900, 14, RED, height=330).draw(picture, number)
        writer.write(np.ascontiguousarray(picture[:, :, ::-1]))
    writer.release()
    (walk,) = walks(path)
    for crop in walk.images(Modality.RGB):
        assert isinstance(crop, np.ndarray)
        assert crop.shape[0] > 300


@pytest.mark.parametrize(
    "content", [b"", b"not a video at all" * 100, b"RIFF\x00\x00\x00\x00AVI LIST"]
)
def test_a_file_that_is_no_video(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.avi"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.avi"):
        read_video(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(InputError, match="could not be opened"):
            read_video(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x01" * 8000)
    with pytest.raises(InputError, match="holds sound alone"):
        read_video(path)


def test_a_file_cut_off_gives_what_is_there_and_says_so(film: Film) -> None:
    whole = film([Walker(-20, 300, 6, RED)], frames=160)
    cut = whole.with_name("cut.avi")
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    found = list(read_video(cut))
    assert [item for item in found if isinstance(item, Observation)]
    reasons = [item.reason for item in found if isinstance(item, Skipped)]
    assert len(reasons) == 1
    assert "of the 160 frames it promises" in reasons[0]


def test_a_header_that_lies_is_refused_or_ignored(film: Film) -> None:
    path = film([Walker(-20, 300, 6, RED)])
    data = bytearray(path.read_bytes())
    # dwTotalFrames of the AVI main header, then the stream's dwLength.
    data[48:52] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert [item for item in read_video(path) if isinstance(item, Observation)]
