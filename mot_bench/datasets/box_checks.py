"""Detect boxes that are not in pixels: fractions of the picture, or far larger than it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

PIXELS = "boxes in pixels"
FRACTIONS = (
    "fractions of the picture (multiply left and width by its width, top and height by its height)"
)
LARGEST_RATIO = 10.0
"""The largest coordinate and size of a box in widths or heights of the picture."""


def are_fractions(boxes_ltwh: FloatArray) -> bool:
    """Return whether boxes (N, 4) look like fractions of the picture: small, not whole numbers."""
    if (
        not len(boxes_ltwh)
        or (boxes_ltwh[:, 2:] > 1).any()
        or (np.abs(boxes_ltwh[:, :2]) > 2).any()
    ):
        return False
    return bool((boxes_ltwh[:, 2:] != np.floor(boxes_ltwh[:, 2:])).any())


def implausible(
    boxes_ltwh: FloatArray, width: int | None, height: int | None
) -> npt.NDArray[np.bool_]:
    """Return which boxes (N, 4) extend beyond ``LARGEST_RATIO`` times the picture's size, (N,).

    If the size of the picture is unknown, none does.
    """
    if width is None or height is None:
        return np.zeros(len(boxes_ltwh), np.bool_)
    reach = np.abs(boxes_ltwh) / (LARGEST_RATIO * np.array([width, height, width, height]))
    return np.asarray((reach > 1).any(axis=1), np.bool_)
