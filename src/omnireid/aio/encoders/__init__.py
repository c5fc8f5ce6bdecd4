"""Frozen encoders: transformer blocks of public models behind a registry of data files."""

from omnireid.aio.encoders.blocks import Architecture, FrozenEncoder
from omnireid.aio.encoders.cards import EncoderCard, WeightsSource, registered_encoders
from omnireid.aio.encoders.loading import encoder_card, load_encoder

__all__ = [
    "Architecture",
    "EncoderCard",
    "FrozenEncoder",
    "WeightsSource",
    "encoder_card",
    "load_encoder",
    "registered_encoders",
]
