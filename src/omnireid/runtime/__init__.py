"""Encoding without torch: model folders, preprocessing, ONNX Runtime."""

from omnireid.runtime.encoder import AttributeReading, Encoder
from omnireid.runtime.mixing import encode_weighted, mix, only, steer
from omnireid.runtime.model_folder import (
    Attribute,
    Calibration,
    Fusion,
    ModelInfo,
    Preprocessing,
    find_model_folder,
    read_model_folder,
    sha256_of,
    shipped_models,
)
from omnireid.runtime.preprocessing import prepare_picture
from omnireid.runtime.text import TextTokenizer

__all__ = [
    "Attribute",
    "AttributeReading",
    "Calibration",
    "Encoder",
    "Fusion",
    "ModelInfo",
    "Preprocessing",
    "TextTokenizer",
    "encode_weighted",
    "find_model_folder",
    "mix",
    "only",
    "prepare_picture",
    "read_model_folder",
    "sha256_of",
    "shipped_models",
    "steer",
]
