"""Letterboxing: pictures scaled to the input of a network, centred and padded with grey.

Source: FairMOT, arXiv 2004.01888, section 5.2, and its official code. Known difference: positions
are exact. OpenCV's area averages are exact too, but the official code scales boxes without regard
to the rounding of the size.

Pixel i of a row covers i to i + 1. The padding is 128, which OpenCV makes of FairMOT's 127.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mot_bench.models.samples import Picture

Boxes = npt.NDArray[np.float32]

GREY = 128


@dataclass(frozen=True)
class Letterboxed:
    """A letterboxed picture (H, W, 3) uint8 with its boxes (N, 4), and its scale and shift.

    Attributes:
        picture: read-only if it is the input picture itself.
        boxes_xyxy: float32, not clipped.
        scale, dx, dy: see ``letterbox_geometry``.
    """

    picture: Picture
    boxes_xyxy: Boxes
    scale: float
    dx: int
    dy: int


def letterbox_geometry(
    width: int, height: int, to_width: int, to_height: int
) -> tuple[float, int, int]:
    """Return the scale and the shift of letterboxing: x becomes ``x * scale + dx``.

    >>> letterbox_geometry(640, 360, 320, 192)
    (0.5, 0, 6)
    """
    scale = min(to_width / width, to_height / height)
    return scale, (to_width - _scaled(width, scale)) // 2, (to_height - _scaled(height, scale)) // 2


def _scaled(side: int, scale: float) -> int:
    return max(1, round(side * scale))


def letterbox(
    picture: Picture, boxes_xyxy: npt.NDArray[np.floating], height: int, width: int
) -> Letterboxed:
    """Scale a picture to a size with its aspect ratio kept, centred and padded with grey.

    Pixels of a smaller picture average the area that they cover; a larger picture is interpolated.

    Args:
        picture: (h, w, 3) uint8.
        boxes_xyxy: (N, 4) pixels of the picture.
        height: height of the result, in pixels.
        width: width of the result, in pixels.
    """
    rows, columns = picture.shape[:2]
    scale, dx, dy = letterbox_geometry(columns, rows, width, height)
    boxes = (np.asarray(boxes_xyxy, np.float64) * scale + (dx, dy, dx, dy)).astype(np.float32)
    if (rows, columns) == (height, width):
        return Letterboxed(picture, boxes, scale, dx, dy)
    small = _resize(picture, _scaled(rows, scale), _scaled(columns, scale), scale)
    if small.shape[:2] == (height, width):
        return Letterboxed(small, boxes, scale, dx, dy)
    whole = np.full((height, width, 3), GREY, np.uint8)
    whole[dy : dy + small.shape[0], dx : dx + small.shape[1]] = small
    return Letterboxed(whole, boxes, scale, dx, dy)


def _resize(picture: Picture, height: int, width: int, scale: float) -> Picture:
    """Scale a picture: output pixel i covers i / scale to (i + 1) / scale of the input."""
    rows, columns = picture.shape[:2]
    if scale == 0.5 and rows % 2 == 0 and columns % 2 == 0:
        upper, lower = picture[::2].astype(np.uint16), picture[1::2]
        upper += lower
        total = upper[:, ::2] + upper[:, 1::2]
        total += 2
        total >>= 2
        return total.astype(np.uint8)
    flat = picture.reshape(rows, columns * 3)
    tall = np.zeros((height, columns * 3), np.float32)
    for index, weight in _taps(rows, height, scale):
        tall += flat[index] * weight[:, None]
    deep = tall.reshape(height, columns, 3)
    wide = np.full((height, width, 3), 0.5, np.float32)
    for index, weight in _taps(columns, width, scale):
        wide += np.take(deep, index, axis=1) * weight[:, None]
    return wide.astype(np.uint8)


@lru_cache(maxsize=16)
def _taps(
    source: int, target: int, scale: float
) -> tuple[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]], ...]:
    """Return pairs of (target,) source pixels and their weights for ``target`` pixels."""
    if scale < 1:
        left = np.minimum(np.arange(target) / scale, source - 1e-6)
        right = np.minimum((np.arange(target) + 1) / scale, source)
        first = np.floor(left)
        count = math.ceil(1 / scale) + 1
        edges = first[:, None] + np.arange(count + 1)
        covered = np.clip(
            np.minimum(edges[:, 1:], right[:, None]) - np.maximum(edges[:, :-1], left[:, None]),
            0,
            None,
        )
        weights = covered / (right - left)[:, None]
    else:
        middle = np.clip((np.arange(target) + 0.5) / scale - 0.5, 0, source - 1)
        first, count = np.floor(middle), 2
        weights = np.stack((1 - (middle - first), middle - first), axis=1)
    places = np.minimum(first[:, None] + np.arange(count), source - 1).astype(np.intp)
    return tuple(
        (places[:, tap], weights[:, tap].astype(np.float32))
        for tap in range(count)
        if weights[:, tap].any()
    )
