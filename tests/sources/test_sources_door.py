"""What the room offers with and without its extra."""

from __future__ import annotations

import subprocess
import sys

import pytest

from omnireid import sources

WITHOUT_OPENCV = """
import sys
sys.modules["cv2"] = None
from omnireid import sources
from omnireid.errors import MissingExtraError
assert sources.read_folder and sources.read_notes
for name in ("read_video", "MotionDetector", "OnnxDetector"):
    try:
        getattr(sources, name)
    except MissingExtraError as error:
        assert "omnireid[video]" in str(error)
    else:
        raise SystemExit(name + " was imported without OpenCV")
"""


def test_folders_and_notes_need_no_opencv_and_videos_say_what_they_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_all_that_is_promised_is_there() -> None:
    for name in sources.__all__:
        assert getattr(sources, name) is not None
    with pytest.raises(AttributeError, match="'nothing'"):
        _ = sources.nothing
