"""OmniReID: find the same person across colour, infrared, sketches and notes, on your machines."""

from omnireid.observation import Modality, Observation

__all__ = ["Modality", "Observation"]
__version__ = "0.1.0"
