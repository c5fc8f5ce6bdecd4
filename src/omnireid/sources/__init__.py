"""Folders, note files and videos become observations; what cannot be used is listed with a reason.

`read_folder`, `read_notes` and `read_video` check their options at once and then yield `Found`: an
Observation, or a Skipped with the source and the reason, so that a job goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omnireid.sources.boxes import Box
from omnireid.sources.detector import Detector, Frame
from omnireid.sources.folder import PictureFile, PictureReader, list_folder, read_folder
from omnireid.sources.found import Found, Skipped
from omnireid.sources.notes import NoteColumns, NoteFile, open_notes, read_notes
from omnireid.sources.table import Table, cell_text, read_table
from omnireid.sources.template import compile_template

if TYPE_CHECKING:
    from omnireid.sources.motion import MotionDetector
    from omnireid.sources.onnx_detector import OnnxDetector
    from omnireid.sources.video import read_video

__all__ = [
    "Box",
    "Detector",
    "Found",
    "Frame",
    "MotionDetector",
    "NoteColumns",
    "NoteFile",
    "OnnxDetector",
    "PictureFile",
    "PictureReader",
    "Skipped",
    "Table",
    "cell_text",
    "compile_template",
    "list_folder",
    "open_notes",
    "read_folder",
    "read_notes",
    "read_table",
    "read_video",
]

_NEEDS_OPENCV = {
    "MotionDetector": "omnireid.sources.motion",
    "OnnxDetector": "omnireid.sources.onnx_detector",
    "read_video": "omnireid.sources.video",
}


def __getattr__(name: str) -> Any:
    # OpenCV is an extra: folders and notes are read without it.
    if name not in _NEEDS_OPENCV:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_NEEDS_OPENCV[name]), name)
