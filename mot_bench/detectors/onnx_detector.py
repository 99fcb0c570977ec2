"""Detectors in ONNX files: YOLOX, of which persons are kept.

Source: Ge et al., "YOLOX", arXiv 2107.08430, section 2.1 (anchor-free decoding), and the published exports.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.onnx_session import Floats, OnnxNetwork
from mot_bench.detectors.types import Picture
from mot_bench.errors import InputError, MotBenchError
from trackers.boxes import iou_matrix
from trackers.interface import Detections, FloatArray

Kind = Literal["yolox", "yolox_legacy"]
KINDS: tuple[Kind, ...] = ("yolox", "yolox_legacy")
STRIDES = (8, 16, 32)
PADDING = 114
PERSON = 0  # COCO's class 0, and the only one of pedestrian detectors
BOX_AND_OBJECT = 5
# yolox_legacy: RGB fractions less ImageNet's mean, by its deviation.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class OnnxDetector:
    """A YOLOX network from an ONNX file, with undecoded output (batch, places, 5 + classes)."""

    def __init__(self, path: Path, kind: Kind = "yolox", *, score_floor: float = 0.1, nms_overlap: float = 0.7) -> None:
        """Open a file.

        Args:
            path: of the file.
            kind: ``yolox``: BGR in 0..255, as since version 0.1.1; ``yolox_legacy``: RGB with ImageNet's mean and
                deviation, as before it and in ByteTrack's models.
            score_floor: detections that score less (object times person) are left out.
            nms_overlap: of two boxes that overlap by more (IoU), the one that scores less goes.

        Raises:
            InputError: the file is missing, broken, or no network of this kind.
            MotBenchError: onnxruntime is not installed, or a setting is out of its range.
        """
        if kind not in KINDS:
            raise MotBenchError(f"ONNX detector: expected one of {', '.join(KINDS)}, found {kind!r}")
        if not 0 < score_floor < 1 or not 0 < nms_overlap <= 1:
            raise MotBenchError(
                f"ONNX detector: expected a score floor and an overlap of 0 to 1, found {score_floor} and {nms_overlap}"
            )
        self._network = network = OnnxNetwork(path)
        self._kind, self._floor, self._overlap = kind, score_floor, nms_overlap
        if network.height is None or network.width is None or network.height % 32 or network.width % 32:
            raise InputError(
                path, "an input of fixed height and width, multiples of 32", f"{network.height} x {network.width}"
            )
        self._size = (network.height, network.width)
        self._corner, self._stride = _grid(*self._size)
        output = network.output
        places = len(self._stride)
        if len(output) != 3 or output[1] not in (places, None) or (output[2] or 0) <= BOX_AND_OBJECT:
            raise InputError(path, f"YOLOX's output of shape (batch, {places}, 6 or more)", network.found)

    @property
    def embedding_size(self) -> int:
        """0: it has no ReID."""
        return 0

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the file and the settings."""
        return self._network.digest(kind=self._kind, score_floor=self._floor, nms_overlap=self._overlap)

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Persons of each picture, best first; see ``Detector``."""
        if not len(pictures):
            return []
        scale = min(self._size[0] / pictures[0].shape[0], self._size[1] / pictures[0].shape[1])
        outputs = self._network.run(np.stack([self._prepared(picture, scale) for picture in pictures]))
        if outputs.shape[1] != len(self._stride):
            expected = f"YOLOX's output for {len(self._stride)} places"
            raise InputError(self._network.path, expected, f"shape {outputs.shape}")
        return [self._decoded(output, scale) for output in outputs]

    def _prepared(self, picture: Picture, scale: float) -> Floats:
        """(3, H, W): the picture scaled into the top left corner, grey elsewhere."""
        height, width = (max(1, int(length * scale)) for length in picture.shape[:2])
        canvas = np.full((*self._size, 3), PADDING, np.float32)
        canvas[:height, :width] = resized(picture, height, width)
        if self._kind == "yolox":
            return canvas[:, :, ::-1].transpose(2, 0, 1)
        normal: Floats = (canvas * np.float32(1 / 255) - MEAN) / DEVIATION
        return normal.transpose(2, 0, 1)

    def _decoded(self, output: Floats, scale: float) -> Detections:
        """Boxes and scores of one picture, in its pixels."""
        scores = output[:, 4].astype(np.float64) * output[:, BOX_AND_OBJECT + PERSON]
        rows = np.flatnonzero(scores >= self._floor)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        raw = output[rows].astype(np.float64)
        centre = (raw[:, :2] + self._corner[rows]) * self._stride[rows, None]
        half = np.exp(raw[:, 2:4].clip(max=20)) * self._stride[rows, None] / 2
        boxes = np.concatenate((centre - half, centre + half), 1) / scale
        kept = suppress(boxes, self._overlap)
        return Detections(boxes[kept], scores[rows][kept].clip(0, 1))


def resized(picture: Picture, height: int, width: int) -> Floats:
    """(height, width, 3) float32 by bilinear interpolation between the nearest pixels, rounded, as YOLOX does it."""
    rows, row_part = _neighbours(picture.shape[0], height)
    columns, column_part = _neighbours(picture.shape[1], width)
    above, below = picture[rows[0]].astype(np.float32), picture[rows[1]].astype(np.float32)
    across = above + (below - above) * row_part[:, None, None]
    left, right = across[:, columns[0]], across[:, columns[1]]
    result: Floats = np.rint(left + (right - left) * column_part[None, :, None])
    return result


def _neighbours(before: int, after: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Both pixels (2, after) that each new pixel lies between, and how far it is from the first."""
    place = ((np.arange(after) + 0.5) * before / after - 0.5).clip(0, before - 1)
    first = np.floor(place).astype(np.int64)
    return np.stack((first, np.minimum(first + 1, before - 1))), (place - first).astype(np.float32)


def _grid(height: int, width: int) -> tuple[FloatArray, FloatArray]:
    """Cell (places, 2: x, y) and stride (places,) of each row of the output."""
    corners, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: height // stride, : width // stride].reshape(2, -1)
        corners.append(np.stack((x, y), 1).astype(np.float64))
        strides.append(np.full(len(x), float(stride)))
    return np.concatenate(corners), np.concatenate(strides)


def suppress(boxes_xyxy: FloatArray, overlap: float) -> npt.NDArray[np.int64]:
    """Rows of boxes (best first) that no better kept box overlaps by more than ``overlap``."""
    covers = iou_matrix(boxes_xyxy, boxes_xyxy) > overlap
    gone = np.zeros(len(boxes_xyxy), np.bool_)
    kept = []
    for row in range(len(boxes_xyxy)):
        if not gone[row]:
            kept.append(row)
            gone |= covers[row]
    return np.array(kept, np.int64)
