"""Detectors in ONNX files; only their persons (class 0) are kept.

``onnx_heads`` decodes their outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.interface import Picture
from mot_bench.detectors.onnx_heads import Head, UnknownValues, expected_outputs, find_head
from mot_bench.detectors.onnx_session import OTHER_WAY, Floats, OnnxNetwork
from mot_bench.errors import InputError, MotBenchError
from mot_bench.trackers.boxes import iou_matrix
from mot_bench.trackers.interface import Detections, FloatArray

Kind = Literal["yolox", "yolox_legacy"]
KINDS: tuple[Kind, ...] = ("yolox", "yolox_legacy")
PADDING = 114
FREE_SIDE = 640  # input size if a file leaves it free: YOLOX and YOLO are trained with it
_MOST_SCORE = 1.5  # allows for rounding above 1, and is below the logit of a certain person
MOST_SIDES = 100  # boxes larger than this many pictures are invalid
# yolox_legacy normalises RGB fractions by ImageNet's mean and deviation.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class OnnxDetector:
    """A detector from an ONNX file, with an output of a known layout (``onnx_heads.HEADS``).

    If the file leaves the input size free, it is run at 640x640. Pictures are scaled into the top
    left corner of the input for every network.
    """

    def __init__(
        self,
        path: Path,
        kind: Kind = "yolox",
        *,
        score_floor: float = 0.1,
        nms_overlap: float = 0.7,
    ) -> None:
        """Open a file.

        Args:
            path: the file.
            kind: the input of YOLOX. ``yolox``: BGR in 0..255, as since version 0.1.1;
                ``yolox_legacy``: RGB normalised by ImageNet's mean and deviation, as in earlier
                versions and in ByteTrack's models. Other networks take RGB in 0..1.
            score_floor: detections with a lower score (object times person) are dropped.
            nms_overlap: of two boxes with a larger overlap (IoU), the one with the lower score is
                dropped.

        Raises:
            InputError: the file is missing, damaged, or not a network of this kind.
            MotBenchError: onnxruntime is not installed, or a setting is out of its range.
        """
        if kind not in KINDS:
            raise MotBenchError(
                f"ONNX detector: expected one of {', '.join(KINDS)}, found {kind!r}"
            )
        if not 0 < score_floor < 1 or not 0 < nms_overlap <= 1:
            raise MotBenchError(
                "ONNX detector: expected a score floor and an overlap of 0 to 1, "
                f"found {score_floor} and {nms_overlap}"
            )
        self._network = network = OnnxNetwork(path)
        self._kind, self._floor, self._overlap = kind, score_floor, nms_overlap
        self._size = (network.height or FREE_SIDE, network.width or FREE_SIDE)
        if self._size[0] % 32 or self._size[1] % 32:
            found = f"{network.height} x {network.width}"
            raise InputError(
                path, "an input of free height and width, or of multiples of 32", found
            )
        self._head = self._find_head()

    def _find_head(self) -> Head:
        """Return the layout of the output, given its stated shape or that of a trial output."""
        network = self._network
        shape: tuple[int | None, ...] = network.output
        found = network.found
        if None in shape[1:] or not shape:
            shape = network.run(np.zeros((1, 3, *self._size), np.float32)).shape
            found = f"shape {shape} for a picture of {self._size[1]}x{self._size[0]}"
        head = find_head(shape, self._size)
        if head is None:
            raise InputError(network.path, expected_outputs(self._size), f"{found} {OTHER_WAY}")
        return head

    @property
    def embedding_size(self) -> int:
        """The length of embeddings, which is 0 because the network has no ReID."""
        return 0

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the file and the settings."""
        return self._network.digest(
            kind=self._kind, score_floor=self._floor, nms_overlap=self._overlap
        )

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Return the persons of each picture, best first; see ``Detector``.

        Raises:
            InputError: the output does not fit its layout, or a box is invalid.
        """
        if not len(pictures):
            return []
        scale = min(self._size[0] / pictures[0].shape[0], self._size[1] / pictures[0].shape[1])
        outputs = self._network.run(
            np.stack([self._prepared(picture, scale) for picture in pictures])
        )
        if find_head(outputs.shape, self._size) is not self._head:
            expected = f"{self._head.name}'s output {self._head.form(self._size)}"
            raise InputError(self._network.path, expected, f"shape {outputs.shape}")
        return [self._found(output, scale, max(pictures[0].shape[:2])) for output in outputs]

    def _prepared(self, picture: Picture, scale: float) -> Floats:
        """Return (3, H, W): the picture scaled into the top left corner, grey elsewhere."""
        height, width = (max(1, int(length * scale)) for length in picture.shape[:2])
        canvas = np.full((*self._size, 3), PADDING, np.float32)
        canvas[:height, :width] = resized(picture, height, width)
        if self._head.unit:
            fractions: Floats = canvas * np.float32(1 / 255)
            return fractions.transpose(2, 0, 1)
        if self._kind == "yolox":
            return canvas[:, :, ::-1].transpose(2, 0, 1)
        normal: Floats = (canvas * np.float32(1 / 255) - MEAN) / DEVIATION
        return normal.transpose(2, 0, 1)

    def _found(self, output: Floats, scale: float, side: int) -> Detections:
        """Return boxes and scores of one picture, in its pixels; ``side`` is its longer side.

        Raises:
            InputError: see ``detect``.
        """
        try:
            boxes, scores = self._head.decode(output, self._size)
        except UnknownValues as error:
            expected, found = error.args
            raise InputError(self._network.path, expected, f"{found} {OTHER_WAY}") from error
        rows = np.flatnonzero(scores >= self._floor)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        boxes = boxes[rows] / scale
        if (
            not (np.abs(boxes) <= MOST_SIDES * side).all()
            or scores[rows].max(initial=0.0) > _MOST_SCORE
        ):
            expected = (
                f"{self._head.name}'s boxes within {MOST_SIDES} pictures of {side} pixels, "
                "scores of 0 to 1"
            )
            largest = (
                f"boxes up to {np.abs(boxes).max():.4g} pixels, "
                f"scores up to {scores[rows].max():.4g}"
            )
            raise InputError(self._network.path, expected, f"{largest} {OTHER_WAY}")
        kept = suppress(boxes, self._overlap) if self._head.suppress else np.arange(len(boxes))
        return Detections(boxes[kept], scores[rows][kept].clip(0, 1))


def resized(picture: Picture, height: int, width: int) -> Floats:
    """Return (height, width, 3) float32 by bilinear interpolation, rounded as in YOLOX."""
    rows, row_part = _neighbours(picture.shape[0], height)
    columns, column_part = _neighbours(picture.shape[1], width)
    above, below = picture[rows[0]].astype(np.float32), picture[rows[1]].astype(np.float32)
    across = above + (below - above) * row_part[:, None, None]
    left, right = across[:, columns[0]], across[:, columns[1]]
    result: Floats = np.rint(left + (right - left) * column_part[None, :, None])
    return result


def _neighbours(before: int, after: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the two pixels (2, after) around each new pixel, and its distance to the first."""
    place = ((np.arange(after) + 0.5) * before / after - 0.5).clip(0, before - 1)
    first = np.floor(place).astype(np.int64)
    return np.stack((first, np.minimum(first + 1, before - 1))), (place - first).astype(np.float32)


def suppress(boxes_xyxy: FloatArray, overlap: float) -> npt.NDArray[np.int64]:
    """Return the rows of boxes (best first) that non-maximum suppression keeps."""
    covers = iou_matrix(boxes_xyxy, boxes_xyxy) > overlap
    gone = np.zeros(len(boxes_xyxy), np.bool_)
    kept = []
    for row in range(len(boxes_xyxy)):
        if not gone[row]:
            kept.append(row)
            gone |= covers[row]
    return np.array(kept, np.int64)
