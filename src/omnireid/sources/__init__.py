"""Folders, note files and videos become observations; what cannot be used is listed with a reason."""

from omnireid.sources.boxes import Box
from omnireid.sources.detector import Detector
from omnireid.sources.found import Found, Skipped

__all__ = ["Box", "Detector", "Found", "Skipped"]
