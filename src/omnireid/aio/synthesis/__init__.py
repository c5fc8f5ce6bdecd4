"""Missing-modality synthesis: infrared and sketch from colour, in torch, on whole batches."""

from omnireid.aio.synthesis.drawing_network import DrawingNetwork, load_drawing_network
from omnireid.aio.synthesis.infrared import channel_augmentation
from omnireid.aio.synthesis.line_art import blur_difference, random_line_art, xdog

__all__ = [
    "DrawingNetwork",
    "blur_difference",
    "channel_augmentation",
    "load_drawing_network",
    "random_line_art",
    "xdog",
]
