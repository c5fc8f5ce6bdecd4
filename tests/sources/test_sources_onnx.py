"""Detectors in ONNX files, with tiny graphs that answer what the test wants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omnireid.errors import InputError, ModelError
from omnireid.sources import Box, OnnxDetector
from omnireid.sources.onnx_detector import Layout, letterbox

onnx = pytest.importorskip("onnx")
SIZE = 64
FRAME = np.full((96, 128, 3), 200, np.uint8)
"""Twice as wide as the model's input, so boxes come back twice as large."""


def model(path: Path, output: np.ndarray, channels: int = 3, size: int | str = SIZE) -> Path:
    """A graph that answers `output` plus 0 times its input."""
    helper = onnx.helper
    nodes = [
        helper.make_node("ReduceMax", ["image"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["boxes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, channels, size, size])],
        [helper.make_tensor_value_info("boxes", onnx.TensorProto.FLOAT, None)],
        [
            onnx.numpy_helper.from_array(np.float32(0), "zero"),
            onnx.numpy_helper.from_array(output.astype(np.float32), "answer"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(made, path)
    return path


# Centre, width and height in the model's 64 x 64: two people, the first seen twice, and a dog.
ROWS = [
    ((20, 24, 10, 30), 0.9, 0.0),
    ((20.5, 24, 10, 30), 0.8, 0.0),
    ((50, 30, 8, 20), 0.6, 0.0),
    ((40, 40, 20, 10), 0.0, 0.9),
    ((10, 10, 5, 5), 0.1, 0.0),
]
PEOPLE = [Box(30, 18, 50, 78, 0.9), Box(92, 40, 108, 80, 0.6)]


def yolov8() -> np.ndarray:
    padding = [((0, 0, 1, 1), 0.0, 0.0)] * 20
    return np.array([[*box, person, dog] for box, person, dog in ROWS + padding]).T[None]


def yolov5() -> np.ndarray:
    rows = [[*box, 0.9, person / 0.9, dog / 0.9] for box, person, dog in ROWS]
    return np.array(rows + [[0, 0, 1, 1, 0, 0, 0]] * 20)[None]


def yolov10() -> np.ndarray:
    rows = [
        [x - w / 2, y - h / 2, x + w / 2, y + h / 2, max(person, dog), float(dog > person)]
        for (x, y, w, h), person, dog in ROWS
    ]
    return np.array(rows)[None]


def yolox() -> np.ndarray:
    # Cells of 8, 16 and 32 pixels; a box is written as its place in the cell and log of its size.
    cells = [(x, y, s) for s in (8, 16, 32) for y in range(SIZE // s) for x in range(SIZE // s)]
    out = np.zeros((len(cells), 7))
    for index, ((x, y, w, h), person, dog) in enumerate(ROWS):
        column, row, stride = cells[index * 11]
        out[index * 11] = [
            x / stride - column,
            y / stride - row,
            np.log(w / stride),
            np.log(h / stride),
            0.9,
            person / 0.9,
            dog / 0.9,
        ]
    return out[None]


@pytest.mark.parametrize(
    ("output", "layout"),
    [
        (yolov8(), None),
        (yolov8(), Layout.YOLOV8),
        (yolov5(), None),
        (yolov5(), Layout.YOLOV5),
        (yolov10(), Layout.YOLOV10),
        (yolox(), Layout.YOLOX),
    ],
)
def test_each_layout_gives_the_two_people(
    tmp_path: Path, output: np.ndarray, layout: Layout | None
) -> None:
    found = OnnxDetector(model(tmp_path / "m.onnx", output), layout=layout).detect(FRAME)
    assert len(found) == 2
    for box, wanted in zip(found, PEOPLE, strict=True):
        values = (box.x0, box.y0, box.x1, box.y1, box.score)
        expected = (wanted.x0, wanted.y0, wanted.x1, wanted.y1, wanted.score)
        assert np.allclose(values, expected, atol=0.01)


def test_another_class_and_threshold(tmp_path: Path) -> None:
    path = model(tmp_path / "m.onnx", yolov8())
    (dog,) = OnnxDetector(path, person=1).detect(FRAME)
    assert dog.score == pytest.approx(0.9)
    assert OnnxDetector(path, threshold=0.95).detect(FRAME) == []
    with pytest.raises(ModelError, match="could not be read"):
        OnnxDetector(path, person=2).detect(FRAME)


def test_a_picture_of_any_size_is_taken(tmp_path: Path) -> None:
    detector = OnnxDetector(model(tmp_path / "m.onnx", yolov8(), size="size"))
    (box, _) = detector.detect(np.zeros((640, 640, 3), np.uint8))
    assert (box.x0, box.y1) == pytest.approx((15, 39))


@pytest.mark.parametrize("shape", [(1, 100, 6), (5, 5), (1, 3, 8, 8), (2, 84, 100), (1, 4, 100)])
def test_an_unknown_layout_says_what_is_known(tmp_path: Path, shape: tuple[int, ...]) -> None:
    detector = OnnxDetector(model(tmp_path / "m.onnx", np.zeros(shape)))
    with pytest.raises(ModelError, match="known are") as caught:
        detector.detect(FRAME)
    assert str(shape) in caught.value.why


def test_a_layout_that_does_not_fit_is_an_error_not_a_guess(tmp_path: Path) -> None:
    path = model(tmp_path / "m.onnx", yolov5())
    for layout in (Layout.YOLOX, Layout.YOLOV10):
        with pytest.raises(ModelError, match="known are"):
            OnnxDetector(path, layout=layout).detect(FRAME)


def test_files_that_are_no_detector(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        OnnxDetector(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=r"bad\.onnx could not be loaded"):
        OnnxDetector(tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match="takes another input"):
        OnnxDetector(model(tmp_path / "grey.onnx", yolov8(), channels=1))


def test_the_letterbox_keeps_proportions() -> None:
    frame = np.zeros((40, 80, 3), np.uint8)
    picture, scale = letterbox(frame, 64, 64)
    assert scale == 0.8
    assert picture.shape == (64, 64, 3)
    assert picture[:32].max() == 0
    assert (picture[32:] == 114).all()
