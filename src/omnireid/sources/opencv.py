"""OpenCV, or the error that says how to install it; the one place that imports it."""

from __future__ import annotations

from omnireid.errors import MissingExtraError

try:
    import cv2
except ImportError as error:
    raise MissingExtraError.for_package("opencv-python-headless", "video") from error

__all__ = ["cv2"]
