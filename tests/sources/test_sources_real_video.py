"""Real walkers: the first half minute of Debian's opencv-doc vtest.avi."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from omnireid.observation import Modality, Observation
from omnireid.sources import read_video

VIDEO = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")


@pytest.mark.skipif(not VIDEO.is_file(), reason="Debian's package opencv-doc is not installed")
def test_real_walks_are_found_whole_and_once(tmp_path: Path) -> None:
    part = tmp_path / "part.avi"
    capture = cv2.VideoCapture(str(VIDEO))
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"MJPG"), 10, (768, 576))
    for _ in range(300):
        writer.write(capture.read()[1])
    writer.release()
    found = list(read_video(part))
    walks = [item for item in found if isinstance(item, Observation)]
    assert len(walks) == len(found)
    # By eye 11 people, of whom three meet behind a sign at once.
    assert 10 <= len(walks) <= 15
    for walk in walks:
        crops = walk.images(Modality.RGB)
        assert 1 <= len(crops) <= 6
        for crop in crops:
            assert isinstance(crop, np.ndarray)
            assert 30 < crop.shape[0] < 200
            assert 0.3 < crop.shape[1] / crop.shape[0] < 0.8
    # The light blue coat is one walk of its own.
    chests = [
        np.mean([crop[len(crop) // 4 : len(crop) // 2].reshape(-1, 3).mean(0) for crop in crops], 0)
        for crops in (walk.images(Modality.RGB) for walk in walks)
    ]
    assert sum(bool(blue - red > 12) for red, _, blue in chests) == 1
