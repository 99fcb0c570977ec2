"""Boxes that are no pixels of a picture: fractions of it, or many times as large."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

PIXELS = "boxes in pixels"
FRACTIONS = (
    "fractions of the picture (multiply left and width by its width, top and height by its height)"
)
LARGEST_RATIO = 10.0
"""How many pictures wide or high a box and its distance from the picture may be; real ones stay below two."""


def are_fractions(boxes_ltwh: FloatArray) -> bool:
    """Return whether boxes (N, 4) look like fractions of a picture: none is larger than one pixel, few are whole."""
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
    """Return which boxes (N, 4) reach further than ``LARGEST_RATIO`` pictures of ``width`` x ``height`` pixels, (N,).

    None of them does where the size of the picture is unknown.
    """
    if width is None or height is None:
        return np.zeros(len(boxes_ltwh), np.bool_)
    reach = np.abs(boxes_ltwh) / (LARGEST_RATIO * np.array([width, height, width, height]))
    return np.asarray((reach > 1).any(axis=1), np.bool_)
