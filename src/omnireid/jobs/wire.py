"""What the worker and its reading child say to each other: JSON and raw pixels, never pickle.

Untrusted files are decoded in the child: were it taken over by one, it could still say nothing but
this.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from omnireid.errors import GalleryError
from omnireid.images import MAX_PIXELS, ImageInput
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.sources import Found, Skipped

Message: TypeAlias = dict[str, Any]

MAX_PICTURES = 64
"""Pictures of one observation."""


@dataclass(frozen=True)
class Unit:
    """One file, row or walk that was read. `key` is the number it was asked for by."""

    key: int
    found: Found


def send(connection: Connection, message: Mapping[str, Any]) -> None:
    """Send one message."""
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Connection) -> Message:
    """Take one message.

    Raises:
        EOFError: the other side is gone.
    """
    message: Message = json.loads(connection.recv_bytes())
    return message


def send_unit(connection: Connection, unit: Unit) -> None:
    """Send what was read; pictures that are files as their paths, others as pixels."""
    if isinstance(unit.found, Skipped):
        refused = {"source": unit.found.source, "reason": unit.found.reason}
        send(connection, {"skipped": refused, "key": unit.key})
        return
    one = unit.found
    pictures: list[Message] = []
    arrays: list[bytes] = []
    for modality in IMAGE_MODALITIES:
        for image in one.images(modality):
            if isinstance(image, (str, os.PathLike)):
                pictures.append({"modality": modality.value, "path": os.fspath(image)})
                continue
            pixels = np.ascontiguousarray(image, np.uint8)
            pictures.append({"modality": modality.value, "shape": pixels.shape})
            arrays.append(pixels.tobytes())
    told: Message = {
        "text": one.text,
        "camera": one.camera,
        "time": None if one.time is None else one.time.isoformat(),
        "source": one.source,
        "pictures": pictures,
    }
    send(connection, {"found": told, "key": unit.key})
    for pixels_sent in arrays:
        connection.send_bytes(pixels_sent)


def unit_of(connection: Connection, message: Message) -> Unit:
    """The unit that a message announces; its pixels are taken from the connection.

    Raises:
        GalleryError: the message does not fit together.
    """
    if "skipped" in message:
        told = message["skipped"]
        return Unit(int(message["key"]), Skipped(str(told["source"]), str(told["reason"])))
    told = message["found"]
    images: dict[str, list[ImageInput]] = {}
    for picture in told["pictures"][:MAX_PICTURES]:
        modality = Modality(picture["modality"])
        image = Path(picture["path"]) if "path" in picture else _pixels(connection, picture)
        images.setdefault(modality.value, []).append(image)
    fields: dict[str, Any] = {name: tuple(several) for name, several in images.items()}
    time = told["time"]
    found = Observation(
        **fields,
        text=told["text"],
        camera=told["camera"],
        time=None if time is None else datetime.fromisoformat(time),
        source=told["source"],
    )
    return Unit(int(message["key"]), found)


def _pixels(connection: Connection, picture: Message) -> ImageInput:
    height, width, channels = (int(side) for side in picture["shape"])
    data = connection.recv_bytes(4 * MAX_PIXELS)
    if channels != 3 or len(data) != height * width * channels:
        raise GalleryError(
            "the reading process was stopped",
            "it sent a picture that does not fit together",
            "report the file that was being read",
        )
    return np.frombuffer(data, np.uint8).reshape(height, width, channels)
