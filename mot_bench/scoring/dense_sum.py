"""Sums of arrays that are 0 but in few cells, rounded as numpy rounds the sum of the whole array."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BLOCK = 128  # numpy adds up to so many numbers in one go, and halves what is longer


def dense_sum(cells: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Return what ``np.sum`` makes of dense arrays that are 0 but in some cells, to the last bit.

    numpy halves an array until at most 128 numbers are left, so that the order of additions depends
    on where they lie.

    Args:
        cells: (P,) places, sorted.
        values: (P, C) of C arrays.
        size: of each array.
    """

    def part(low: int, length: int, first: int, last: int) -> FloatArray:
        if last - first <= 1:
            return values[first].copy() if last > first else np.zeros(values.shape[1])
        if length <= _BLOCK:
            block = np.zeros((values.shape[1], length))
            block[:, cells[first:last] - low] = values[first:last].T
            total: FloatArray = block.sum(axis=1)
            return total
        half = length // 2
        half -= half % 8
        middle = first + int(np.searchsorted(cells[first:last], low + half))
        return part(low, half, first, middle) + part(low + half, length - half, middle, last)

    return part(0, size, 0, len(cells))
