"""What was seen or said: one observation in any non-empty subset of the four modalities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from PIL import Image

from omnireid.errors import InputError
from omnireid.images import ImageInput


class Modality(StrEnum):
    """The four kinds of input. Declaration order is the token order of the network."""

    RGB = "rgb"
    INFRARED = "infrared"
    SKETCH = "sketch"
    TEXT = "text"

    @classmethod
    def parse(cls, name: str) -> Modality:
        """The modality called `name`, or an InputError that lists the four.

        >>> Modality.parse("RGB")
        <Modality.RGB: 'rgb'>
        """
        try:
            return cls(name.strip().lower())
        except ValueError:
            raise InputError(
                f"unknown modality {name!r}",
                "a modality is one of " + ", ".join(cls),
                "use one of these names",
            ) from None


IMAGE_MODALITIES = (Modality.RGB, Modality.INFRARED, Modality.SKETCH)

Images = ImageInput | tuple[ImageInput, ...]


@dataclass(frozen=True, eq=False)
class Observation:
    """One subject as seen or described once, in one or more modalities.

    A modality may hold several pictures (a tuple): the frames of one walk past a camera. They are
    one observation and get one vector.

    Raises:
        InputError: no modality given, an empty text, or a value of the wrong type.

    >>> Observation(text="a man in a red coat", camera="gate").modalities
    (<Modality.TEXT: 'text'>,)
    """

    rgb: Images | None = None
    infrared: Images | None = None
    sketch: Images | None = None
    text: str | None = None
    camera: str | None = None
    time: datetime | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if not self.modalities:
            raise InputError(
                "an observation without content",
                "rgb, infrared, sketch and text are all missing",
                "give at least one picture or a text",
            )
        if self.text is not None and (not isinstance(self.text, str) or not self.text.strip()):
            raise InputError(
                "an observation with an empty text", "the text holds no word", "leave text out"
            )
        for modality in IMAGE_MODALITIES:
            for image in self.images(modality):
                if not isinstance(image, (str, bytes, Image.Image, np.ndarray)) and not hasattr(
                    image, "__fspath__"
                ):
                    raise InputError(
                        f"{modality} holds a {type(image).__name__}",
                        "a picture is a path, bytes, a PIL image or an array",
                        "convert it first",
                    )

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities present, in token order."""
        return tuple(m for m in Modality if _present(getattr(self, m.value)))

    def images(self, modality: Modality) -> tuple[ImageInput, ...]:
        """The pictures of one image modality, in order; empty if it is absent."""
        value: Images | None = getattr(self, modality.value)
        if value is None:
            return ()
        return value if isinstance(value, tuple) else (value,)


def _present(value: object) -> bool:
    # By identity, not equality: comparing arrays is ambiguous.
    return value is not None and not (isinstance(value, tuple) and not value)
