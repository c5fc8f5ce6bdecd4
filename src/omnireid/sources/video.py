"""A video file cut into walks: one observation for each walk past the camera."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.sources.detector import Detector, Frame
from omnireid.sources.found import Found, Skipped
from omnireid.sources.frames import VideoFile, open_video
from omnireid.sources.motion import MotionDetector
from omnireid.sources.tracker import Track, Tracker

INTERVAL = 0.1
"""Seconds between the frames looked at: enough to follow a walker."""
_SAMPLE_FRAMES = 64
_SAMPLE_SECONDS = 120.0


def read_video(
    path: str | os.PathLike[str],
    *,
    camera: str | None = None,
    start: datetime | None = None,
    detector: Detector | None = None,
    modality: Modality = Modality.RGB,
    progress: Callable[[float], None] | None = None,
    source: str | None = None,
) -> Iterator[Found]:
    """The walks in a video of a fixed camera, each with its best few crops, as they end.

    A walk's `source` is the path with a media fragment (`gate.mp4#track=3&t=12.4,17.9`), its
    `time` is `start` plus the moment of its first sight, or None without `start`.

    Args:
        detector: finds the people; the embedded MotionDetector by default.
        modality: what the camera sees: rgb, infrared (or sketch).
        progress: called with the share done, 0 to 1.
        source: stands for the path in what is found.

    Raises:
        InputError: the file is no readable video, or `modality` is text.
        MissingExtraError: OpenCV is not installed.
    """
    if modality not in IMAGE_MODALITIES:
        raise InputError(
            f"a video cannot be {modality}",
            "its frames are pictures",
            "choose rgb, infrared or sketch",
        )
    video = open_video(Path(path))
    told = source or str(video.path)
    return _walks(video, camera, start, detector or MotionDetector(), modality, progress, told)


def _walks(
    video: VideoFile,
    camera: str | None,
    start: datetime | None,
    detector: Detector,
    modality: Modality,
    progress: Callable[[float], None] | None,
    source: str,
) -> Iterator[Found]:
    detector.prepare(_sample(video), max(INTERVAL, 1 / video.rate))
    tracker = Tracker(still_people=detector.still_people)
    walks, last = 0, 0
    for number, time, frame in video.frames(INTERVAL):
        last = number
        for track in tracker.update(frame, detector.detect(frame), time):
            walks += 1
            yield _observation(track, source, camera, start, modality)
        if progress is not None and video.promised:
            progress(min(number / video.promised, 1.0))
    for track in tracker.finish():
        walks += 1
        yield _observation(track, source, camera, start, modality)
    if progress is not None:
        progress(1.0)
    if walks == 0:
        yield Skipped(source, "no walking person was found")
    # Containers count a frame or two differently; a tenth and a second short is a cut file.
    missing = (video.promised or 0) - (last + 1)
    if missing > max(0.1 * last, video.rate):
        yield Skipped(
            source,
            f"the file ends after about {last + 1:,} of the {video.promised:,} frames it promises",
        )


def _sample(video: VideoFile) -> Iterator[Frame]:
    """Frames spread over the first minutes, for the detector to learn the scene from."""
    span = min(_SAMPLE_SECONDS, (video.promised or math.inf) / video.rate)
    for _, time, frame in video.frames(span / _SAMPLE_FRAMES):
        if time >= span:
            return
        yield frame


def _observation(
    track: Track,
    source: str,
    camera: str | None,
    start: datetime | None,
    modality: Modality,
) -> Observation:
    crops = tuple(picture for _, picture in track.views.best())
    begin, end = track.times[0], track.times[-1]
    fields: dict[str, Any] = {modality.value: crops}
    return Observation(
        **fields,
        camera=camera,
        time=None if start is None else start + timedelta(seconds=begin),
        source=f"{source}#track={track.number}&t={begin:.1f},{end:.1f}",
    )
