"""OmniReID: find the same person across colour, infrared, sketches and notes, on your machines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

# ONNX Runtime (seen in 1.32) looks up a host of its maker's when it loads a graph. Nothing leaves
# this machine; it reads this once, so it is set before anything can import it. The call
# onnxruntime.disable_telemetry_events() alone still sends.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from omnireid.observation import Modality, Observation
    from omnireid.runtime import Encoder

__all__ = ["Modality", "Observation", "load"]
__version__ = "0.1.0"


def load(name_or_path: str | Path = "default", *, threads: int | None = None) -> Encoder:
    """Load a shipped model by name, or any model folder by path; every file's sha-256 is checked.

    Raises:
        ModelError: no such model, or a damaged folder.
    """
    # Here, not above: rendering and training import this package and need no ONNX Runtime.
    from omnireid.runtime.encoder import Encoder
    from omnireid.runtime.model_folder import find_model_folder

    return Encoder(find_model_folder(name_or_path), threads=threads)


def __getattr__(name: str) -> object:
    # Late, so that `omnireid doctor` starts where a package is missing.
    if name in ("Modality", "Observation"):
        from omnireid import observation

        return getattr(observation, name)
    raise AttributeError(f"module 'omnireid' has no attribute {name!r}")
