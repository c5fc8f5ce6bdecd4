"""What an observation holds, byte by byte: its content hash and the pictures kept of it."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

import numpy as np
from PIL import Image

from omnireid.errors import InputError
from omnireid.gallery.blurring import BLURRED, Blur, blur_heads
from omnireid.gallery.moments import to_text
from omnireid.images import ImageInput, open_image
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation

MAX_SIDE = 512
"""Kept pictures are scaled down to this, in pixels; smaller ones keep their size."""

_JPEG_QUALITY = 90


@dataclass(frozen=True)
class KeptPicture:
    """The stored form of a picture: an upright RGB JPEG, without the metadata of its file."""

    modality: Modality
    digest: str
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Content:
    """An observation read once: what is hashed is what is encoded and kept.

    `observation` holds bytes in place of paths. `time` is ledger text.
    """

    observation: Observation
    content_hash: str
    time: str | None

    @property
    def modality_bits(self) -> int:
        """One bit for each modality present."""
        return modality_bits(self.observation.modalities)


def modality_bits(modalities: Iterable[Modality]) -> int:
    """One bit each, in the order of Modality.

    >>> modality_bits((Modality.RGB, Modality.TEXT))
    9
    """
    return sum(1 << list(Modality).index(m) for m in modalities)


def modalities_of(bits: int) -> tuple[Modality, ...]:
    """The inverse of `modality_bits`."""
    return tuple(m for i, m in enumerate(Modality) if bits >> i & 1)


def read_content(observation: Observation, local: tzinfo | None) -> Content:
    """Read the files of an observation and hash what it says; where it came from is left out.

    Raises:
        InputError: a file that cannot be read, or a time outside the calendar.
    """
    read = {
        modality.value: tuple(_read(image) for image in observation.images(modality))
        for modality in IMAGE_MODALITIES
        if observation.images(modality)
    }
    time = None if observation.time is None else to_text(observation.time, local)
    digest = hashlib.sha256(b"omnireid content 1")
    for modality, images in read.items():
        for image in images:
            _feed(digest, modality.encode(), *_parts(image))
    for name, text in (("text", observation.text), ("camera", observation.camera), ("time", time)):
        if text is not None:
            _feed(digest, name.encode(), text.encode("utf-8", "surrogatepass"))
    stored = replace(
        observation,
        **read,  # type: ignore[arg-type]
        text=_storable(observation.text),
        camera=_storable(observation.camera),
        source=_storable(observation.source),
    )
    return Content(stored, digest.hexdigest(), time)


def keep_pictures(observation: Observation, blur: Blur = Blur.OFF) -> tuple[KeptPicture, ...]:
    """The first picture of each modality, as it is stored; the first of all is the main one.

    With a blur, heads in camera pictures are unrecognisable in what is stored.

    Raises:
        InputError: a picture that cannot be decoded.
    """
    return tuple(
        _keep(modality, observation.images(modality)[0], blur)
        for modality in IMAGE_MODALITIES
        if observation.images(modality)
    )


def kept_digest(image: ImageInput, blur: Blur) -> str:
    """The name under which a camera picture would be kept.

    Raises:
        InputError: a picture that cannot be decoded.
    """
    return _keep(Modality.RGB, image, blur).digest


def source_digests(observation: Observation) -> tuple[str, ...]:
    """The sha-256 of each picture file as it came; none for decoded pictures."""
    return tuple(
        hashlib.sha256(image).hexdigest()
        for modality in IMAGE_MODALITIES
        for image in observation.images(modality)
        if isinstance(image, bytes)
    )


def _keep(modality: Modality, image: ImageInput, blur: Blur) -> KeptPicture:
    try:
        picture = open_image(image)
    except InputError:
        raise
    # An array of Python objects, a picture opened lazily whose file has changed: each is
    # "cannot be read" here, and never the end of a job.
    except Exception as error:
        raise _unreadable(image, error) from error
    if blur is not Blur.OFF and modality in BLURRED:
        picture = blur_heads(picture)
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    # A new image: thumbnails carry the EXIF of their file, places and names included.
    clean = Image.fromarray(np.asarray(picture))
    file = io.BytesIO()
    clean.save(file, "JPEG", quality=_JPEG_QUALITY)
    jpeg = file.getvalue()
    return KeptPicture(modality, hashlib.sha256(jpeg).hexdigest(), jpeg, *clean.size)


def _storable(text: str | None) -> str | None:
    # File names that are not UTF-8 come with lone surrogates, which no database takes.
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _read(image: ImageInput) -> ImageInput:
    if not isinstance(image, str | os.PathLike):
        return image
    try:
        return Path(image).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{Path(image).name} could not be opened", reason, "check the path and its permissions"
        ) from error


def _parts(image: ImageInput) -> tuple[bytes, ...]:
    if isinstance(image, bytes):
        return b"file", image
    if isinstance(image, Image.Image):
        try:
            pixels = image.tobytes()
        # Pillow reads the file only now, and its decoders raise almost anything.
        except Exception as error:
            raise _unreadable(image, error) from error
        return b"image", repr((image.mode, image.size, image.getpalette())).encode(), pixels
    array = np.asarray(image)
    return b"array", repr((array.dtype.str, array.shape)).encode(), array.tobytes()


def _unreadable(image: ImageInput, error: Exception) -> InputError:
    why = str(error) or type(error).__name__
    return InputError(f"a {type(image).__name__} could not be read as a picture", why, "check it")


def _feed(digest: hashlib._Hash, *parts: bytes) -> None:
    # Each part is preceded by its length: no two different contents give the same stream.
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
