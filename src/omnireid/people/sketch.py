"""Sketches from geometry: edges of depth, normals and materials, drawn in several styles."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from omnireid.people.body import Floats

Bytes = npt.NDArray[np.uint8]

SKETCH_STYLES = ("pen", "pencil", "shaded", "gesture", "marker", "partial", "memory")


def sketch_picture(
    colour: Bytes,
    form: Bytes,
    size: tuple[int, int],
    style: str,
    rng: np.random.Generator,
) -> bytes:
    """PNG bytes, grey, dark lines on white.

    `colour` (H, W, 4) holds the material in alpha; `form` (H, W, 4) normal x, y, depth and the
    texture's tone, as the renderer gives them.
    """
    if style == "memory":
        colour, form = _misremembered(colour, form, rng)
    outline, inner, texture = _edges(colour, form)
    tone = form[..., 3].astype(np.float32) / 255
    person = colour[..., 3] > 0
    ink = np.zeros(outline.shape, np.float32)
    if style == "pen":
        ink = _strokes(np.maximum(outline, 0.9 * inner), rng, 1, 1.2)
        ink = np.maximum(ink, _strokes(texture * 0.7, rng, 1, 1.0))
    elif style == "pencil":
        ink = 0.75 * _strokes(np.maximum(outline, 0.8 * inner), rng, 2, 1.6)
        ink = np.maximum(ink, 0.45 * _strokes(texture, rng, 1, 1.0))
        ink = np.maximum(ink, _hatching(form, tone, person, rng))
    elif style == "shaded":
        ink = 0.8 * _strokes(np.maximum(outline, 0.8 * inner), rng, 1, 1.0)
        ink = np.maximum(ink, 0.6 * _strokes(texture, rng, 1, 0.8))
        ink = np.maximum(ink, _smudges(form, tone, person, rng))
    elif style == "memory":
        ink = 0.9 * _strokes(np.maximum(outline, 0.8 * inner), rng, 1, 2.2)
        ink = np.maximum(ink, 0.5 * _strokes(texture, rng, 1, 2.0))
        if rng.random() < 0.5:
            ink = np.maximum(ink, 0.8 * _smudges(form, tone, person, rng))
    elif style == "gesture":
        ink = 0.8 * _strokes(np.maximum(outline, 0.5 * inner), rng, 3, 3.6)
    elif style == "marker":
        ink = _thick(_strokes(np.maximum(outline, 0.75 * inner), rng, 1, 1.6), 5)
        ink = np.maximum(ink, 0.8 * (tone < rng.uniform(0.04, 0.12)) * person)
    else:  # partial: an outline with strokes missing
        ink = _strokes(np.maximum(outline, 0.85 * inner), rng, 1, 1.8)
        ink = ink * (_field(ink.shape, rng, 5) > -0.35)
    pressure = 1 - 0.25 * np.clip(_field(ink.shape, rng, 9), 0, 1)
    paper = 255 * (1 - np.clip(ink * pressure, 0, 1) * rng.uniform(0.8, 1.0))
    if rng.random() < 0.4:  # photographed rather than scanned: grey, uneven paper
        paper = paper * (rng.uniform(0.75, 0.97) + 0.04 * _field(ink.shape, rng, 2))
        paper = np.clip(paper, 0, 255)
    picture = Image.fromarray(paper.astype(np.uint8)).resize(size, Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _edges(colour: Bytes, form: Bytes) -> tuple[Floats, Floats, Floats]:
    material = colour[..., 3].astype(np.int16)
    depth = form[..., 2].astype(np.int16)
    normal = form[..., :2].astype(np.int16)
    tone = form[..., 3].astype(np.int16)

    def jump(values: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        result = np.zeros(values.shape, np.int16)
        result[:, 1:] = np.abs(values[:, 1:] - values[:, :-1])
        result[1:] = np.maximum(result[1:], np.abs(values[1:] - values[:-1]))
        return result

    person = material > 0
    outline = jump(person.astype(np.int16)) > 0
    parts = jump(material) > 0
    steps = (jump(depth) > 5) & person
    creases = jump(normal).sum(2) > 62
    strokes = (jump(tone) > 26) & person & ~parts
    inner = np.maximum(parts * 1.0, np.maximum(steps * 0.9, creases * person * 0.5))
    return (
        outline.astype(np.float32),
        inner.astype(np.float32),
        strokes.astype(np.float32),
    )


def _field(shape: tuple[int, ...], rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise, about -1 to 1."""
    small = rng.normal(0, 0.6, (cells * 2, cells)).astype(np.float32)
    return np.asarray(
        Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC),
        np.float32,
    )


def _strokes(edges: Floats, rng: np.random.Generator, times: int, wobble: float) -> Floats:
    """Draw the edges `times` over, each time moved by a smooth wobble of that many pixels."""
    height, width = edges.shape
    y, x = np.mgrid[:height, :width]
    result = np.zeros(edges.shape, np.float32)
    for _ in range(times):
        dx = _field(edges.shape, rng, 6) * wobble + _field(edges.shape, rng, 16) * 0.5
        dy = _field(edges.shape, rng, 6) * wobble + _field(edges.shape, rng, 16) * 0.5
        moved = edges[
            np.clip((y + dy).astype(np.intp), 0, height - 1),
            np.clip((x + dx).astype(np.intp), 0, width - 1),
        ]
        result = np.maximum(result, moved)
    return _thick(result, 3) if times < 3 else np.maximum(result, 0.6 * _thick(result, 3))


def _thick(ink: Floats, size: int) -> Floats:
    image = Image.fromarray((ink * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(size))
    thick: Floats = np.asarray(image, np.float32) / 255
    return thick


def _smudges(
    form: Bytes, tone: Floats, person: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Soft shading with the side of the pencil: darkness of cloth, turned form, grain."""
    dark = np.clip(1.0 - np.sqrt(np.clip(tone, 0, 1)) * rng.uniform(1.0, 1.25), 0, 1)
    shape = form.astype(np.float32) / 255 - 0.5
    turned = np.clip(rng.choice([-1.0, 1.0]) * shape[..., 0] * 0.6 - shape[..., 1] * 0.3, -0.1, 0.4)
    grain = 1 + 0.25 * rng.normal(0, 1, tone.shape).astype(np.float32)
    soft = (dark * rng.uniform(0.6, 0.95) + turned) * grain * person
    image = Image.fromarray((np.clip(soft, 0, 0.95) * 255).astype(np.uint8))
    blurred = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 1.6)))
    return np.asarray(blurred, np.float32) / 255


def _misremembered(colour: Bytes, form: Bytes, rng: np.random.Generator) -> tuple[Bytes, Bytes]:
    """The picture with wrong proportions: parts stretched, too wide or too thin."""
    height, width = colour.shape[:2]
    steps = np.exp(rng.normal(0, 0.16, 6))
    steps[0] *= np.exp(rng.normal(0.12, 0.12))  # heads are drawn too large
    rows = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum() * (height - 1)
    at = np.interp(np.arange(height), rows, np.linspace(0, height - 1, 7))
    wide = np.interp(np.arange(height), np.linspace(0, height, 7), np.exp(rng.normal(0, 0.12, 7)))
    lean = np.interp(np.arange(height), [0, height / 2, height], rng.normal(0, 0.03, 3) * width)
    x = (np.arange(width)[None] - width / 2) / wide[:, None] + width / 2 + lean[:, None]
    y = np.broadcast_to(at[:, None], x.shape)
    inside = (x >= 0) & (x <= width - 1)
    rows_at, columns = y.astype(np.intp), np.clip(x, 0, width - 1).astype(np.intp)
    blank = np.array([255, 255, 255, 0], np.uint8)
    return (
        np.where(inside[..., None], colour[rows_at, columns], blank),
        np.where(inside[..., None], form[rows_at, columns], np.array([255] * 4, np.uint8)),
    )


def _hatching(
    form: Bytes, tone: Floats, person: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Floats:  # fmt: skip
    height, width = tone.shape
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0.4, 1.2)
    wave = x * np.cos(angle) + y * np.sin(angle) + _field(tone.shape, rng, 8) * 2
    line = 0.5 + 0.5 * np.sin(wave * rng.uniform(0.9, 1.5))
    dark = np.clip(0.85 - np.sqrt(np.clip(tone, 0, 1)) * 1.05, 0, 1)
    shade = np.clip((form[..., 0].astype(np.float32) / 255 - 0.5) * 0.9, 0, 0.4)
    ink = (0.25 + 0.75 * line) * np.clip(dark * 0.85 + shade, 0, 0.9) * person
    return np.asarray(ink, np.float32)
