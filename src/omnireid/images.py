"""Safe decoding of any picture a user hands us."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from omnireid.errors import InputError

ImageInput: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | npt.NDArray[np.generic]
"""A path, the bytes of a file, a PIL image, or an array (H, W), (H, W, 3) or (H, W, 4)."""

MAX_PIXELS = 64_000_000
"""Pictures above this are refused before decoding: a crop of a person never needs it."""

MAX_FRAMES = 1_000
"""Animations of more frames are refused: they are films, or traps."""

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "MPO")


def open_image(image: ImageInput) -> Image.Image:
    """Decode one picture to an upright 8-bit RGB PIL image.

    16-bit and float pictures (thermal cameras write them) are stretched from their own minimum
    and maximum to 0..255; transparency is laid on white; the first frame of an animation is used.

    Raises:
        InputError: the picture is missing, empty, damaged, too large or of an unknown format.

    >>> import numpy as np
    >>> open_image(np.zeros((4, 2), dtype=np.uint8)).size
    (2, 4)
    """
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if isinstance(image, Image.Image):
        return _of_pillow(image)
    name, data = _read(image)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InputError(
                    f"{name} was refused",
                    f"it claims {opened.width} x {opened.height} pixels, above {MAX_PIXELS:,}",
                    "crop or scale the picture down first",
                )
            _few_frames(opened, name)
            opened.load()
            return _to_rgb(opened)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name} was refused",
            f"it claims far more than {MAX_PIXELS:,} pixels",
            "crop or scale the picture down first",
        ) from error
    except MemoryError as error:
        raise InputError(
            f"{name} could not be read as a picture",
            "it needs more memory than there is",
            "crop or scale the picture down first",
        ) from error
    # Pillow's decoders raise almost anything on hostile bytes; each is "cannot be read" here.
    except Exception as error:
        raise _unreadable(name) from error


def _of_pillow(image: Image.Image) -> Image.Image:
    """Pillow opens lazily: a cut file shows only now."""
    try:
        return _to_rgb(image)
    except Exception as error:
        raise _unreadable(str(getattr(image, "filename", "") or "the picture")) from error


def _unreadable(name: str) -> InputError:
    return InputError(
        f"{name} could not be read as a picture",
        "its bytes are damaged or of an unknown format",
        "open it in an image viewer and export it again as JPEG or PNG",
    )


def _few_frames(opened: Image.Image, name: str) -> None:
    # Counted by the headers of the frames, none of which is decoded.
    if getattr(opened, "n_frames", 1) <= MAX_FRAMES:
        return
    raise InputError(
        f"{name} was refused",
        f"it is an animation of more than {MAX_FRAMES:,} frames",
        "export one of its frames, or index it as a video",
    )


def _read(image: str | os.PathLike[str] | bytes) -> tuple[str, bytes]:
    if isinstance(image, bytes):
        name, data = "the picture", image
    else:
        path = Path(image)
        name = path.name or str(path)
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{name} could not be opened", reason, "check the path and its permissions"
            ) from error
    if not data:
        raise InputError(f"{name} could not be read", "the file is empty", "export it again")
    return name, data


def _from_array(array: npt.NDArray[np.generic]) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            f"an array of shape {array.shape} is not a picture",
            "expected (H, W), (H, W, 3) or (H, W, 4)",
            "give height, width and channels last",
        )
    if 0 in array.shape:
        raise InputError(
            "an empty array is not a picture",
            f"its shape is {array.shape}",
            "crop with a larger box",
        )
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise InputError(
            f"an array of {array.dtype} is not a picture",
            "its values are no real numbers",
            "give uint8, uint16 or floats",
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return _to_rgb(Image.fromarray(array if array.dtype == np.uint8 else _stretch(array)))


def _to_rgb(image: Image.Image) -> Image.Image:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_stretch(np.asarray(image)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")


def _stretch(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    values = np.nan_to_num(array.astype(np.float64))
    low, high = values.min(), values.max()
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    stretched: npt.NDArray[np.uint8] = (
        ((values - low) * (255.0 / (high - low))).round().astype(np.uint8)
    )
    return stretched
