"""What a camera makes of light: exposure, colour, resolution, blur, noise and compression."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from omnireid.people.body import Floats
from omnireid.people.scene import Camera

Bytes = npt.NDArray[np.uint8]

INFRARED_KINDS = ("near", "thermal")


def colour_picture(
    linear: Bytes, camera: Camera, size: tuple[int, int], rng: np.random.Generator
) -> bytes:
    """JPEG bytes of a rendered colour buffer (H, W, 3) as this camera would store it."""
    image = linear.astype(np.float32) / 255
    grey = image @ np.array([0.3, 0.59, 0.11], np.float32)
    exposure = np.clip(0.26 / max(float(grey.mean()), 0.02), 0.6, 3.2) ** 0.75
    exposure *= np.exp(rng.normal(-0.1, 0.2) - 1.1 * camera.backlight)
    if camera.backlight > 0:  # glare lifts the blacks
        image = image + 0.04 * camera.backlight
    image = image * (camera.gains * exposure)
    image = np.clip(image, 0, 1) ** (1 / 2.2)
    mean = image.mean(2, keepdims=True)
    image = mean + (image - mean) * camera.saturation
    image = (image - 0.45) * camera.contrast + 0.45 + rng.normal(0, 0.025)
    night = max(0.0, 0.6 - camera.day)
    image = image * (1 - 0.5 * night)
    return _sensor(image, camera, size, camera.noise * (1 + 2 * night), rng)


def infrared_picture(
    light: Bytes,
    camera: Camera,
    size: tuple[int, int],
    kind: str,
    rng: np.random.Generator,
) -> bytes:
    """JPEG bytes, grey, of a rendered infrared buffer (H, W)."""
    image = light.astype(np.float32) / 255
    if kind == "near":
        top = max(float(np.percentile(image, 97)), 0.05)
        image = np.clip(image * (0.9 / top) * np.exp(rng.normal(0, 0.15)), 0, 1)
        image = image ** (1 / rng.uniform(1.7, 2.3))
    else:
        low, high = np.percentile(image, 1), np.percentile(image, 99.5)
        image = (image - low) / max(high - low, 0.05)
        image = 0.08 + 0.84 * np.clip(image, 0, 1.15)
    image = (image - 0.45) * camera.contrast + 0.45
    height, width = image.shape
    if rng.random() < 0.5:  # the illuminator's cone: darker corners
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        image = image * (1 - 0.25 * rng.random() * (x**2 + 0.5 * y**2))
    return _sensor(image[..., None], camera, size, camera.noise * 1.5, rng)


def _sensor(
    image: Floats, camera: Camera, size: tuple[int, int], noise: float, rng: np.random.Generator
) -> bytes:  # fmt: skip
    data = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    picture = Image.fromarray(data if data.shape[2] == 3 else data[:, :, 0])
    pixels = camera.pixels * np.exp(rng.normal(0, 0.2))
    height = int(np.clip(pixels, 44, size[1] * 1.1))
    width = max(int(height * size[0] / size[1]), 20)
    picture = picture.resize(
        (width, height),
        Image.Resampling.BOX if height < data.shape[0] else Image.Resampling.BILINEAR,
    )
    if camera.blur > 0.25:
        picture = picture.filter(
            ImageFilter.GaussianBlur(camera.blur * height / 256 * rng.uniform(0.5, 1.8))
        )
    if rng.random() < 0.12 and height > 110:
        picture = _motion(picture, rng)
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.UnsharpMask(1.2, int(rng.integers(40, 130)), 2))
    values = np.asarray(picture, np.float32)
    grain = rng.normal(0, noise * 255, values.shape[:2]).astype(np.float32)
    if values.ndim == 3:
        values = (
            values
            + grain[..., None] * 0.7
            + rng.normal(0, noise * 110, values.shape).astype(np.float32)
        )
    else:
        values = values + grain
    picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    if rng.random() < 0.5:  # the recorder compressed the small picture first
        picture.save(buffer, "JPEG", quality=camera.quality)
        buffer.seek(0)
        picture = Image.open(buffer)
        picture.load()
    picture = picture.resize(size, Image.Resampling.BILINEAR)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _motion(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    kernel = np.zeros((5, 5))
    if rng.random() < 0.8:
        kernel[2] = 1
    else:
        kernel[:, 2] = 1
    return picture.filter(ImageFilter.Kernel((5, 5), kernel.reshape(-1).tolist()))
