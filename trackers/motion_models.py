"""Motion models and the interface of the filter banks that advance them.

Every motion model here is constant velocity over four measured quantities, with the published noise
of SORT (arXiv 1602.00763, section 3.2), DeepSORT (arXiv 1703.07402, section 2.1) or BoT-SORT (arXiv
2206.14651, section 3.1).

Shapes: N filters, 4 axes. Measurements and positions are (N, 4) in the model's box format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mot_bench.trackers.interface import FloatArray, IntArray

Rows = IntArray | slice
ALL = slice(None)


@dataclass(frozen=True)
class MotionModel:
    """The noise of a constant-velocity model.

    Each variance is ``relative**2 * size(box)**2 + absolute**2``.

    Attributes:
        name: the box format.
        size: maps boxes (N, 4) to the lengths, (N, 4) or (N, 1), that relative deviations refer to.
        initial, process: (2, 8) squared deviations, relative in the first row and absolute in the
            second; positions come first, then velocities.
        measurement: (2, 4) squared deviations in the same layout.
    """

    name: str
    size: Callable[[FloatArray], FloatArray]
    initial: FloatArray
    process: FloatArray
    measurement: FloatArray

    def initial_variance(self, boxes: FloatArray) -> FloatArray:
        """Return the (N, 8) variances of tracks that begin at these boxes."""
        return self._variance(boxes, self.initial)

    def process_variance(self, boxes: FloatArray) -> FloatArray:
        """Return the (N, 8) variances that one step adds, given the boxes before the step."""
        return self._variance(boxes, self.process)

    def measurement_variance(self, boxes: FloatArray) -> FloatArray:
        """Return the (N, 4) variances of a measurement, given the predicted boxes."""
        return self._variance(boxes, self.measurement)

    def _variance(self, boxes: FloatArray, squares: FloatArray) -> FloatArray:
        relative, absolute = squares
        squared = np.square(self.size(boxes))
        if len(relative) == 8 and squared.shape[1] == 4:
            squared = np.concatenate((squared, squared), axis=1)
        variance: FloatArray = squared * relative
        variance += absolute
        return variance


def _squares(relative: list[float], absolute: list[float]) -> FloatArray:
    squares: FloatArray = np.square(np.array([relative, absolute]))
    return squares


# DeepSORT's relative deviations of position and velocity.
_P, _V = 1.0 / 20.0, 1.0 / 160.0

CXCYAH = MotionModel(
    name="cxcyah",
    size=lambda boxes: boxes[:, 3:],
    initial=_squares(
        [2 * _P, 2 * _P, 0, 2 * _P, 10 * _V, 10 * _V, 0, 10 * _V], [0, 0, 1e-2, 0, 0, 0, 1e-5, 0]
    ),
    process=_squares([_P, _P, 0, _P, _V, _V, 0, _V], [0, 0, 1e-2, 0, 0, 0, 1e-5, 0]),
    measurement=_squares([_P, _P, 0, _P], [0, 0, 1e-1, 0]),
)
"""DeepSORT's model, shared by FairMOT and ByteTrack: deviations are proportional to the height."""

CXCYWH = MotionModel(
    name="cxcywh",
    size=lambda boxes: boxes[:, [2, 3, 2, 3]],
    initial=_squares([2 * _P] * 4 + [10 * _V] * 4, [0.0] * 8),
    process=_squares([_P] * 4 + [_V] * 4, [0.0] * 8),
    measurement=_squares([_P] * 4, [0.0] * 4),
)
"""BoT-SORT's model: deviations are proportional to the width or to the height."""

CXCYSR = MotionModel(
    name="cxcysr",
    size=lambda boxes: np.zeros((len(boxes), 1)),
    initial=_squares([0.0] * 8, np.sqrt([10.0, 10.0, 10.0, 10.0, 1e4, 1e4, 1e4, 0.0]).tolist()),
    process=_squares([0.0] * 8, np.sqrt([1.0, 1.0, 1.0, 1.0, 1e-2, 1e-2, 1e-4, 0.0]).tolist()),
    measurement=_squares([0.0] * 4, np.sqrt([1.0, 1.0, 10.0, 10.0]).tolist()),
)
"""SORT's model, shared by OC-SORT: noise is constant.

The aspect ratio has no velocity: the variance of its velocity is always 0.
"""


class KalmanBank(Protocol):
    """The filters of N tracks. ``rows`` selects filters: an index array, or ``ALL``."""

    model: MotionModel

    @property
    def position(self) -> FloatArray:
        """The (N, 4) estimated boxes; only the methods may change them."""
        ...

    @property
    def velocity(self) -> FloatArray:
        """The (N, 4) estimated velocities per frame; callers may change them in place."""
        ...

    def __len__(self) -> int: ...

    def add(self, measurements: FloatArray) -> None:
        """Append filters at rest at these boxes."""
        ...

    def keep(self, rows: IntArray) -> None:
        """Keep only the filters of these rows, in this order."""
        ...

    def predict(self, rows: Rows = ALL) -> None:
        """Advance these filters by one frame."""
        ...

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Correct each of these filters by its measurement; no row may occur twice."""
        ...

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """Return the (len(rows), M) squared Mahalanobis distances of measurements from states."""
        ...

    def snapshot(self, rows: IntArray) -> FloatArray:
        """Return the whole state of these filters; the first axis is the filter."""
        ...

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Set the states of these filters to those that ``snapshot`` returned."""
        ...

    def warp(self, affine: FloatArray) -> None:
        """Move all states by a (2, 3) camera motion from the last frame (BoT-SORT, section 3.2)."""
        ...
