"""Detectors of other layouts than YOLOX's raw output, free input sizes, and outputs that cannot be boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from test_onnx import constant_network, yolox_output

from mot_bench.detectors.onnx_detector import OnnxDetector
from mot_bench.detectors.onnx_heads import find_head, grid
from mot_bench.detectors.onnx_reid import OnnxExtractor
from mot_bench.detectors.onnx_session import OTHER_WAY
from mot_bench.errors import InputError

Output = npt.NDArray[np.float32]
PICTURE = np.zeros((64, 128, 3), np.uint8)  # twice the size of the networks' input, 32x64
BOX = (20.0, 16.0, 8.0, 16.0)  # centre, width and height in the input
WANTED = [[32.0, 16.0, 48.0, 48.0]]  # its corners in the picture


def yolov8() -> Output:
    output = np.zeros((1, 6, 42), np.float32)  # two classes
    output[0, :, 7] = (*BOX, 0.8, 0.1)
    output[0, :, 8] = (*BOX, 0.7, 0.1)  # the same person again
    output[0, :, 9] = (*BOX, 0.05, 0.9)  # no person
    return output


def yolov5() -> Output:
    output = np.zeros((1, 126, 7), np.float32)
    output[0, 60] = (*BOX, 0.8, 1.0, 0.1)
    output[0, 61] = (*BOX, 0.8, 0.9, 0.1)
    output[0, 62] = (*BOX, 0.9, 0.05, 1.0)
    return output


def end_to_end(scale: tuple[float, float] = (1.0, 1.0)) -> Output:
    output = np.zeros((1, 5, 6), np.float32)
    x, y = scale
    output[0, 2] = (16 / x, 8 / y, 24 / x, 24 / y, 0.8, 0)
    output[0, 3] = (16 / x, 8 / y, 24 / x, 24 / y, 0.9, 2)
    return output


def rt_detr(classes: int) -> Output:
    """Return queries with centre and sides as fractions of the input and a score for each class."""
    output = np.full((1, 300, 4 + classes), 0.01, np.float32)
    x, y, width, height = BOX
    box = (x / 64, y / 32, width / 64, height / 32)
    output[0, 7, :5] = (*box, 0.8)
    output[0, 8, :6] = (*box, 0.05, 0.9)  # no person
    return output


def decoded_yolox() -> Output:
    """Return boxes in pixels at every place, as an export with ``decode_in_inference`` has them."""
    corner, stride = grid((32, 64))
    output = np.zeros((1, 42, 7), np.float32)
    output[0, :, :2] = corner * stride[:, None]
    output[0, :, 2:4] = stride[:, None]
    output[0, 10] = (*BOX, 1.0, 0.8, 0.1)
    return output


@pytest.mark.parametrize(
    "output",
    [yolov8(), yolov5(), end_to_end(), end_to_end((64, 32)), decoded_yolox(), rt_detr(80), rt_detr(2)],
    ids=["yolov8", "yolov5", "end-to-end", "fractions", "decoded yolox", "rt-detr", "rt-detr of two classes"],
)
def test_persons_are_found_in_every_layout(output: Output, tmp_path: Path) -> None:
    (found,) = OnnxDetector(constant_network(tmp_path / "net.onnx", output)).detect([PICTURE])
    np.testing.assert_allclose(found.boxes_xyxy, WANTED, rtol=1e-5)
    np.testing.assert_allclose(found.scores, [0.8], rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ((1, 8400, 85), "YOLOX"),
        ((1, 8400, 6), "YOLOX"),
        ((1, 25200, 85), "YOLOv5"),
        ((1, 84, 8400), "YOLOv8"),
        ((1, 5, 8400), "YOLOv8"),
        ((1, 300, 6), "YOLOv10 or RT-DETR"),
        ((1, 300, 84), "RT-DETR"),
        ((1, 300, 5), "RT-DETR"),
        ((1, 301, 84), None),
        ((1, 84, 8401), None),
        ((1, 3, 80, 80, 85), None),
    ],
)
def test_layouts_are_told_by_their_shape(shape: tuple[int, ...], name: str | None) -> None:
    head = find_head(shape, (640, 640))
    assert (None if head is None else head.name) == name


def test_a_file_of_free_input_size_is_run_at_640(tmp_path: Path) -> None:
    output = np.zeros((1, 5, 8400), np.float32)
    output[0, :, 7] = (*BOX, 0.8)
    path = constant_network(tmp_path / "free.onnx", output, (1, 3, "height", "width"))
    (found,) = OnnxDetector(path).detect([np.zeros((640, 640, 3), np.uint8)])
    np.testing.assert_allclose(found.boxes_xyxy, [[16, 8, 24, 24]], rtol=1e-5)
    fixed = constant_network(tmp_path / "height.onnx", yolox_output(), (1, 3, 32, "width"))
    with pytest.raises(InputError, match="expected an output of YOLOX of shape"):
        OnnxDetector(fixed)


def test_what_is_no_known_output_says_the_other_way(tmp_path: Path) -> None:
    path = constant_network(tmp_path / "detr.onnx", np.zeros((1, 100, 84), np.float32))
    with pytest.raises(InputError, match=r"YOLOv8 \(batch, 5 or more, 42\).*\.npz") as caught:
        OnnxDetector(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("output", "column", "value", "expected"),
    [
        (rt_detr(80), 0, 20.0, "boxes of 0.01 to 20"),
        (rt_detr(80), 9, -5.0, "scores of -5"),
        (end_to_end(), 5, 0.4, "whole classes in the last of six columns, found 0.4"),
    ],
)
def test_values_of_no_layout_are_refused(
    output: Output, column: int, value: float, expected: str, tmp_path: Path
) -> None:
    output[0, 0, column] = value
    detector = OnnxDetector(constant_network(tmp_path / "odd.onnx", output))
    with pytest.raises(InputError, match=expected) as caught:
        detector.detect([PICTURE])
    assert str(caught.value).endswith(OTHER_WAY)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [(2, 1e9, "boxes up to 1e"), (4, 50.0, "scores up to 40"), (2, -5.0, "sizes from -5")],
)
def test_what_cannot_be_boxes_is_refused(column: int, value: float, expected: str, tmp_path: Path) -> None:
    output = decoded_yolox()
    output[0, 10, column] = value
    detector = OnnxDetector(constant_network(tmp_path / "wild.onnx", output))
    with pytest.raises(InputError, match=expected) as caught:
        detector.detect([PICTURE])
    assert "\n" not in str(caught.value)


def test_embeddings_with_sides_of_one_are_taken(tmp_path: Path) -> None:
    features = np.array([3.0, 0, 4], np.float32).reshape(1, 3, 1, 1)
    extractor = OnnxExtractor(constant_network(tmp_path / "reid.onnx", features, (1, 3, 4, 2)))
    assert extractor.embedding_size == 3
    embeddings = extractor.embed(PICTURE, np.array([[0.0, 0, 20, 40], [5, 5, 25, 45]]))
    np.testing.assert_allclose(embeddings, [[0.6, 0, 0.8]] * 2, rtol=1e-6)
    maps = constant_network(tmp_path / "maps.onnx", np.zeros((1, 3, 2, 2), np.float32), (1, 3, 4, 2))
    with pytest.raises(InputError, match=r"\(batch, length, 1, 1\)"):
        OnnxExtractor(maps)
