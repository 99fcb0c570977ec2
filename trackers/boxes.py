"""Conversions between box formats, and the overlap of boxes.

Each format is (N, 4) float64 in pixels:

- ``xyxy``: left, top, right, bottom
- ``ltwh``: left, top, width, height
- ``cxcywh``: centre and size
- ``cxcyah``: centre, aspect ratio width / height, height (DeepSORT, arXiv 1703.07402, section 2.1)
- ``cxcysr``: centre, area and aspect ratio (SORT, arXiv 1602.00763, section 3.2)

Conversions to ``cxcyah`` and ``cxcysr`` require boxes of positive width and height.
"""

from __future__ import annotations

import numpy as np

from mot_bench.trackers.interface import BoolArray, FloatArray

_TINY = float(np.finfo(np.float64).tiny)
# Large overlap matrices are computed in blocks that fit the processor's cache: twice as fast.
_BLOCK_ROWS = 64
_LARGE = 40_000


def ltwh_to_xyxy(boxes_ltwh: FloatArray) -> FloatArray:
    """Convert left, top, width and height to corners.

    >>> ltwh_to_xyxy(np.array([[10.0, 20.0, 5.0, 8.0]]))
    array([[10., 20., 15., 28.]])
    """
    boxes = boxes_ltwh.copy()
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def xyxy_to_ltwh(boxes_xyxy: FloatArray) -> FloatArray:
    """Convert corners to left, top, width and height."""
    boxes = boxes_xyxy.copy()
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


def xyxy_to_cxcywh(boxes_xyxy: FloatArray) -> FloatArray:
    """Convert corners to centre and size."""
    boxes = np.empty_like(boxes_xyxy)
    np.subtract(boxes_xyxy[:, 2:], boxes_xyxy[:, :2], out=boxes[:, 2:])
    np.add(boxes_xyxy[:, :2], boxes[:, 2:] * 0.5, out=boxes[:, :2])
    return boxes


def cxcywh_to_xyxy(boxes_cxcywh: FloatArray) -> FloatArray:
    """Convert centre and size to corners."""
    boxes = np.empty_like(boxes_cxcywh)
    half = boxes_cxcywh[:, 2:] * 0.5
    np.subtract(boxes_cxcywh[:, :2], half, out=boxes[:, :2])
    np.add(boxes_cxcywh[:, :2], half, out=boxes[:, 2:])
    return boxes


def xyxy_to_cxcyah(boxes_xyxy: FloatArray) -> FloatArray:
    """Convert corners to centre, aspect ratio (width / height) and height."""
    boxes = xyxy_to_cxcywh(boxes_xyxy)
    boxes[:, 2] /= boxes[:, 3]
    return boxes


def cxcyah_to_xyxy(boxes_cxcyah: FloatArray) -> FloatArray:
    """Convert centre, aspect ratio and height to corners."""
    boxes = boxes_cxcyah.copy()
    boxes[:, 2] *= boxes[:, 3]
    return cxcywh_to_xyxy(boxes)


def xyxy_to_cxcysr(boxes_xyxy: FloatArray) -> FloatArray:
    """Convert corners to centre, area and aspect ratio (width / height)."""
    boxes = xyxy_to_cxcywh(boxes_xyxy)
    width, height = boxes[:, 2].copy(), boxes[:, 3].copy()
    np.multiply(width, height, out=boxes[:, 2])
    np.divide(width, height, out=boxes[:, 3])
    return boxes


def cxcysr_to_xyxy(boxes_cxcysr: FloatArray) -> FloatArray:
    """Convert centre, area and aspect ratio to corners; NaN where area times ratio is negative."""
    boxes = boxes_cxcysr.copy()
    area = boxes[:, 2].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        np.sqrt(area * boxes[:, 3], out=boxes[:, 2])
        np.divide(area, boxes[:, 2], out=boxes[:, 3])
    return cxcywh_to_xyxy(boxes)


def has_size(boxes_xyxy: FloatArray) -> BoolArray:
    """Return an (N,) mask of the boxes whose width and height are both positive."""
    left, top, right, bottom = boxes_xyxy.T
    positive: BoolArray = (right > left) & (bottom > top)
    return positive


def iou_matrix(
    boxes_a_xyxy: FloatArray, boxes_b_xyxy: FloatArray, *, inclusive: bool = False
) -> FloatArray:
    """Return the intersection over union of each box of one set with each box of the other.

    Args:
        boxes_a_xyxy: (N, 4) pixels.
        boxes_b_xyxy: (M, 4) pixels.
        inclusive: whether a box covers its last pixel too (width = x2 - x1 + 1), which is the old
            rule of the PASCAL VOC devkit. FairMOT, ByteTrack and BoT-SORT use it; SORT, DeepSORT
            and OC-SORT do not.

    Returns:
        (N, M) float64 in 0..1; 0 where both boxes are empty.
    """
    columns_a, columns_b = boxes_a_xyxy.T.copy(), boxes_b_xyxy.T.copy()
    if inclusive:
        columns_a[2:] += 1.0
        columns_b[2:] += 1.0
    if columns_a.shape[1] * columns_b.shape[1] < _LARGE:
        return _iou_of_columns(columns_a, columns_b)
    starts = range(0, columns_a.shape[1], _BLOCK_ROWS)
    return np.concatenate(
        [_iou_of_columns(columns_a[:, start : start + _BLOCK_ROWS], columns_b) for start in starts]
    )


def _iou_of_columns(columns_a: FloatArray, columns_b: FloatArray) -> FloatArray:
    size: FloatArray = np.minimum(columns_a[2:, :, None], columns_b[2:, None])
    size -= np.maximum(columns_a[:2, :, None], columns_b[:2, None])
    np.maximum(size, 0.0, out=size)
    intersection, union = size
    intersection *= union
    np.add(_areas(columns_a)[:, None], _areas(columns_b), out=union)
    union -= intersection
    np.maximum(union, _TINY, out=union)
    intersection /= union
    overlap: FloatArray = intersection
    return overlap


def _areas(columns: FloatArray) -> FloatArray:
    width, height = columns[2:] - columns[:2]
    area: FloatArray = width * height
    return area
