"""Sum sparse arrays with the rounding of numpy's sum of the dense array."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BLOCK = 128  # numpy's pairwise summation halves longer arrays


def dense_sum(cells: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Return the sums of C sparse arrays, equal to ``np.sum`` of the dense ones to the last bit.

    numpy halves an array until at most 128 numbers are left, so the order of additions depends on
    the positions of the numbers.

    Args:
        cells: (P,) the sorted positions of the numbers.
        values: (P, C) the numbers of each array.
        size: the size of each dense array.
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
