"""A person detector in an ONNX file of the user's choice."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from omnireid.errors import InputError, ModelError
from omnireid.sources.boxes import Box
from omnireid.sources.detector import Frame
from omnireid.sources.opencv import cv2

_USUAL_SIZE = 640
_GREY = 114
"""What YOLO models were trained to see around a picture that is not square."""
_YOLOX_STRIDES = (8, 16, 32)


class Layout(StrEnum):
    """How a model writes its boxes (C classes, N boxes; centre, width and height in pixels).

    YOLOV8 (1, 4 + C, N): box, then class scores; also YOLOv9 and YOLO11. YOLOV5 (1, N, 5 + C): box,
    objectness, class scores. YOLOX: as YOLOV5, but cells of three grids instead of pixels, and its
    input is BGR, 0 to 255. YOLOV10 (1, N, 6): two corners, score, class; overlaps already removed.
    """

    YOLOV8 = "yolov8"
    YOLOV5 = "yolov5"
    YOLOX = "yolox"
    YOLOV10 = "yolov10"


class OnnxDetector:
    """Finds people with a YOLO model run by ONNX Runtime on the CPU.

    Args:
        path: the .onnx file, input (1, 3, H, W) float32.
        layout: how it writes boxes; told from the output's shape if that leaves no doubt.
        person: the number of the class "person" (0 in COCO).
        threshold: least score of a person, 0 to 1.
        overlap: of two boxes with a larger intersection over union the worse is dropped.

    Raises:
        InputError: there is no such file.
        ModelError: the file is damaged, or its input or output have another layout.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        layout: Layout | None = None,
        person: int = 0,
        threshold: float = 0.35,
        overlap: float = 0.5,
    ) -> None:
        self._name = Path(path).name
        if not Path(path).is_file():
            raise InputError(
                f"{self._name} could not be opened", "there is no such file", "check the path"
            )
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), providers=["CPUExecutionProvider"]
            )
        # ONNX Runtime has its own exception for each fault, all of them outside its public API.
        except Exception as error:
            raise ModelError(
                f"{self._name} could not be loaded",
                str(error).splitlines()[0] if str(error) else "ONNX Runtime refused it",
                "export the detector again, or update ONNX Runtime",
            ) from error
        self._layout, self._person = layout, person
        self._threshold, self._overlap = threshold, overlap
        self._input, self._height, self._width = self._check_input()

    @property
    def still_people(self) -> bool:
        """True: it knows people by their looks, standing ones too."""
        return True

    def prepare(self, sample: Iterable[Frame], interval: float) -> None:
        """Nothing to learn: the model was trained before."""

    def detect(self, frame: Frame) -> list[Box]:
        """The people in `frame` (H, W, 3) RGB, best first.

        Raises:
            ModelError: the model's output has another layout.
        """
        height, width = frame.shape[:2]
        picture, scale = letterbox(frame, self._height, self._width)
        output = self._session.run(None, {self._input: self._prepared(picture)})[0]
        boxes, scores = self._decode(np.asarray(output, dtype=np.float32))
        good = scores >= self._threshold
        boxes, scores = boxes[good] / scale, scores[good]
        sizes = np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), self._threshold, self._overlap)
        found = [_box(boxes[i], float(scores[i])) for i in np.asarray(kept, int).ravel()]
        inside = [box.clipped(width, height) for box in found]
        return [box for box in inside if box.area > 0]

    def _check_input(self) -> tuple[str, int, int]:
        inputs = self._session.get_inputs()
        shape = inputs[0].shape
        fits = len(inputs) == 1 and len(shape) == 4 and inputs[0].type == "tensor(float)"
        if not fits or (isinstance(shape[1], int) and shape[1] != 3):
            raise ModelError(
                f"{self._name} takes another input",
                f"its first input is {inputs[0].type} {shape}, expected float (1, 3, H, W)",
                "export the detector for one RGB picture in float32",
            )
        height, width = (size if isinstance(size, int) else _USUAL_SIZE for size in shape[2:])
        return inputs[0].name, height, width

    def _prepared(self, picture: Frame) -> npt.NDArray[np.float32]:
        planes = picture.transpose(2, 0, 1)[None].astype(np.float32)
        if self._layout is Layout.YOLOX:
            return np.ascontiguousarray(planes[:, ::-1])
        return planes / np.float32(255)

    def _decode(
        self, output: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Corners (N, 4) in pixels of the model's input, and the person's scores (N,)."""
        layout = self._layout or layout_of(output.shape, self._name)
        width_of_row = 4 + self._person
        if output.ndim != 3 or output.shape[0] != 1:
            raise _other_layout(self._name, output.shape)
        if layout is Layout.YOLOV8:
            rows = output[0].T
            if rows.shape[1] <= width_of_row:
                raise _other_layout(self._name, output.shape)
            return _corners(rows), rows[:, width_of_row]
        rows = output[0]
        if layout is Layout.YOLOV10:
            if rows.shape[1] != 6:
                raise _other_layout(self._name, output.shape)
            is_person = (rows[:, 5].round() == self._person).astype(np.float32)
            return rows[:, :4], rows[:, 4] * is_person
        if rows.shape[1] <= width_of_row + 1:
            raise _other_layout(self._name, output.shape)
        if layout is Layout.YOLOX:
            rows = self._from_grids(rows, output.shape)
        return _corners(rows), rows[:, 4] * rows[:, width_of_row + 1]

    def _from_grids(
        self, rows: npt.NDArray[np.float32], shape: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        cells = [
            (x, y, stride)
            for stride in _YOLOX_STRIDES
            for y in range(self._height // stride)
            for x in range(self._width // stride)
        ]
        if len(cells) != len(rows):
            raise _other_layout(self._name, shape)
        grid = np.array(cells, dtype=np.float32)
        decoded = rows.copy()
        decoded[:, :2] = (rows[:, :2] + grid[:, :2]) * grid[:, 2:]
        decoded[:, 2:4] = np.exp(rows[:, 2:4]) * grid[:, 2:]
        return decoded


def letterbox(frame: Frame, height: int, width: int) -> tuple[Frame, float]:
    """`frame` scaled into (height, width) with its proportions kept, grey to the right and below.

    >>> letterbox(np.zeros((20, 40, 3), np.uint8), 10, 10)[1]
    0.25
    """
    scale = min(height / frame.shape[0], width / frame.shape[1])
    size = (max(round(frame.shape[1] * scale), 1), max(round(frame.shape[0] * scale), 1))
    picture = np.full((height, width, 3), _GREY, dtype=np.uint8)
    picture[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
    return picture, scale


def layout_of(shape: tuple[int, ...], name: str) -> Layout:
    """The layout that an output of this shape has, if only one can.

    Raises:
        ModelError: no layout, or more than one, has such a shape.

    >>> layout_of((1, 84, 8400), "model.onnx")
    <Layout.YOLOV8: 'yolov8'>
    """
    if len(shape) == 3 and shape[0] == 1:
        if 5 <= shape[1] < shape[2]:
            return Layout.YOLOV8
        if 6 < shape[2] < shape[1]:
            return Layout.YOLOV5
    raise _other_layout(name, shape)


def _other_layout(name: str, shape: tuple[int, ...]) -> ModelError:
    return ModelError(
        f"the boxes of {name} could not be read",
        f"its output has the shape {tuple(shape)}; known are (1, 4 + classes, boxes) of YOLOv8,"
        " (1, boxes, 5 + classes) of YOLOv5 and YOLOX, and (1, boxes, 6) of YOLOv10",
        "name the layout, or export the detector in one of these",
    )


def _corners(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    middle, half = rows[:, :2], rows[:, 2:4] / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def _box(corners: npt.NDArray[np.float32], score: float) -> Box:
    x0, y0, x1, y1 = (float(value) for value in corners)
    return Box(x0, y0, x1, y1, score)
