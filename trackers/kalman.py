"""Banks of Kalman filters: the filters of all tracks advanced as one array operation.

Every motion model here is constant velocity over four measured quantities. With the published noise
models (diagonal process and measurement noise) the four axes never mix, so that the 8x8 covariance
is four independent 2x2 blocks: ``AxisBank`` keeps just those. It is exact, not an approximation.
Where the camera's motion rotates the state (BoT-SORT) axes do mix: ``DenseBank`` keeps the whole
matrix. ``mot_bench.trackers.kalman_filterpy`` offers the same through filterpy.

Sources: SORT, arXiv 1602.00763, section 3.2; DeepSORT, arXiv 1703.07402, section 2.1; BoT-SORT,
arXiv 2206.14651, section 3.1.

Shapes: N filters, 4 axes. Measurements and positions are (N, 4) in the model's box format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mot_bench.trackers.interface import FloatArray, IntArray

Engine = Literal["bank", "filterpy"]
Rows = IntArray | slice
ALL = slice(None)


@dataclass(frozen=True)
class MotionModel:
    """Noise of a constant-velocity model.

    Each variance is ``relative**2 * size(box)**2 + absolute**2``.

    Attributes:
        size: boxes (N, 4) to the lengths, (N, 4) or (N, 1), that relative deviations refer to.
        initial, process: squares of the relative and the absolute deviations, (2, 8) rows;
            positions first, then velocities.
        measurement: likewise (2, 4).
    """

    name: str
    size: Callable[[FloatArray], FloatArray]
    initial: FloatArray
    process: FloatArray
    measurement: FloatArray

    def initial_variance(self, boxes: FloatArray) -> FloatArray:
        """(N, 8) variances of a track born at these boxes."""
        return self._variance(boxes, self.initial)

    def process_variance(self, boxes: FloatArray) -> FloatArray:
        """(N, 8) variances that one step adds, taken at the boxes before it."""
        return self._variance(boxes, self.process)

    def measurement_variance(self, boxes: FloatArray) -> FloatArray:
        """(N, 4) variances of a measurement, taken at the predicted boxes."""
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
"""DeepSORT's model, shared by FairMOT and ByteTrack: deviations in proportion to the height."""

CXCYWH = MotionModel(
    name="cxcywh",
    size=lambda boxes: boxes[:, [2, 3, 2, 3]],
    initial=_squares([2 * _P] * 4 + [10 * _V] * 4, [0.0] * 8),
    process=_squares([_P] * 4 + [_V] * 4, [0.0] * 8),
    measurement=_squares([_P] * 4, [0.0] * 4),
)
"""BoT-SORT's model: horizontal deviations in proportion to the width, vertical ones to the height."""

CXCYSR = MotionModel(
    name="cxcysr",
    size=lambda boxes: np.zeros((len(boxes), 1)),
    initial=_squares([0.0] * 8, np.sqrt([10.0, 10.0, 10.0, 10.0, 1e4, 1e4, 1e4, 0.0]).tolist()),
    process=_squares([0.0] * 8, np.sqrt([1.0, 1.0, 1.0, 1.0, 1e-2, 1e-2, 1e-4, 0.0]).tolist()),
    measurement=_squares([0.0] * 4, np.sqrt([1.0, 1.0, 10.0, 10.0]).tolist()),
)
"""SORT's model, shared by OC-SORT: constant noise; the aspect ratio has no velocity (its variance is 0 throughout)."""


class KalmanBank(Protocol):
    """Filters of N tracks. ``rows`` picks some of them: an index array, or ``ALL``."""

    model: MotionModel

    @property
    def position(self) -> FloatArray:
        """(N, 4) estimated boxes; write to it only through the methods."""
        ...

    @property
    def velocity(self) -> FloatArray:
        """(N, 4) estimated velocities, per frame; may be written in place."""
        ...

    def __len__(self) -> int: ...

    def add(self, measurements: FloatArray) -> None:
        """Append filters born at these boxes, at rest."""
        ...

    def keep(self, rows: IntArray) -> None:
        """Keep only these filters, in this order."""
        ...

    def predict(self, rows: Rows = ALL) -> None:
        """Advance by one frame."""
        ...

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Correct each of these filters by its measurement (no row twice)."""
        ...

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """(len(rows), M) squared Mahalanobis distances of measurements from the projected states."""
        ...

    def snapshot(self, rows: IntArray) -> FloatArray:
        """The whole state of these filters, first axis one row each."""
        ...

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Put states of ``snapshot`` back."""
        ...

    def warp(self, affine: FloatArray) -> None:
        """Move all states by a camera motion, (2, 3) previous frame to this (BoT-SORT, section 3.2)."""
        ...


class AxisBank:
    """Filters whose four axes are independent: five numbers an axis.

    The state is one (N, 5, 4) array: position, velocity, their variances' blocks (pp, pv, vv).
    """

    def __init__(self, model: MotionModel) -> None:
        """An empty bank of this model."""
        self.model = model
        self._state = np.empty((0, 5, 4))

    def __len__(self) -> int:
        """How many filters there are."""
        return len(self._state)

    @property
    def position(self) -> FloatArray:
        """(N, 4) estimated boxes."""
        return self._state[:, 0]

    @property
    def velocity(self) -> FloatArray:
        """(N, 4) estimated velocities, pixels (or the axis's unit) per frame."""
        return self._state[:, 1]

    def add(self, measurements: FloatArray) -> None:
        """Append filters born at these boxes, at rest."""
        born = np.zeros((len(measurements), 5, 4))
        variance = self.model.initial_variance(measurements)
        born[:, 0], born[:, 2], born[:, 4] = measurements, variance[:, :4], variance[:, 4:]
        self._state = np.concatenate((self._state, born))

    def keep(self, rows: IntArray) -> None:
        """Keep only these filters, in this order."""
        self._state = self._state[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Advance by one frame."""
        state = self._state[rows]
        variance = self.model.process_variance(state[:, 0])
        state[:, 0] += state[:, 1]
        cross, speed = state[:, 3], state[:, 4]
        state[:, 2] += 2 * cross + speed + variance[:, :4]
        cross += speed
        speed += variance[:, 4:]
        if not isinstance(rows, slice):
            self._state[rows] = state

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Correct each of these filters by its measurement."""
        state = self._state[rows]
        variance = self.model.measurement_variance(state[:, 0])
        # Gains of position and velocity: the innovation's variance is pp + r on each axis.
        gains = state[:, 2:4] / (state[:, 2] + variance)[:, None]
        state[:, :2] += gains * (measurements - state[:, 0])[:, None]
        state[:, 4] -= gains[:, 1] * state[:, 3]
        state[:, 2:4] -= gains[:, :1] * state[:, 2:4]
        if not isinstance(rows, slice):
            self._state[rows] = state

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """(len(rows), M) squared Mahalanobis distances of measurements from the projected states."""
        state = self._state[rows]
        weight = 1.0 / (state[:, 2] + self.model.measurement_variance(state[:, 0]))
        difference = measurements - state[:, 0][:, None]
        distance: FloatArray = np.einsum(
            "nmk,nk->nm", np.square(difference, out=difference), weight
        )
        return distance

    def snapshot(self, rows: IntArray) -> FloatArray:
        """(len(rows), 5, 4) states."""
        return self._state[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Put states of ``snapshot`` back."""
        self._state[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Not possible here: a rotation mixes the axes.

        Raises:
            NotImplementedError: always; make the bank with ``coupled=True``.
        """
        raise NotImplementedError("AxisBank cannot be rotated: make_bank(..., coupled=True)")


_TRANSITION = np.eye(8) + np.eye(8, k=4)


class DenseBank:
    """Filters with the whole 8x8 covariance, for states that are rotated by the camera's motion.

    The state is one (N, 9, 8) array: the mean on top of the covariance.
    """

    def __init__(self, model: MotionModel) -> None:
        """An empty bank of this model."""
        self.model = model
        self._state = np.empty((0, 9, 8))

    def __len__(self) -> int:
        """How many filters there are."""
        return len(self._state)

    @property
    def position(self) -> FloatArray:
        """(N, 4) estimated boxes."""
        return self._state[:, 0, :4]

    @property
    def velocity(self) -> FloatArray:
        """(N, 4) estimated velocities, per frame."""
        return self._state[:, 0, 4:]

    def add(self, measurements: FloatArray) -> None:
        """Append filters born at these boxes, at rest."""
        born = np.zeros((len(measurements), 9, 8))
        born[:, 0, :4] = measurements
        born[:, np.arange(1, 9), np.arange(8)] = self.model.initial_variance(measurements)
        self._state = np.concatenate((self._state, born))

    def keep(self, rows: IntArray) -> None:
        """Keep only these filters, in this order."""
        self._state = self._state[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Advance by one frame."""
        state = self._state[rows]
        variance = self.model.process_variance(state[:, 0, :4])
        covariance = _TRANSITION @ state[:, 1:] @ _TRANSITION.T
        covariance[:, np.arange(8), np.arange(8)] += variance
        self._state[rows, 1:] = covariance
        self._state[rows, 0] = state[:, 0] @ _TRANSITION.T

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Correct each of these filters by its measurement."""
        state = self._state[rows]
        mean, covariance = state[:, 0], state[:, 1:]
        innovation = self._innovation(state)
        # The gain solves S K' = H P for each filter.
        gains_transposed = np.linalg.solve(innovation, covariance[:, :4])
        step = np.einsum("nkj,nk->nj", gains_transposed, measurements - mean[:, :4])
        corrected = covariance - gains_transposed.transpose(0, 2, 1) @ innovation @ gains_transposed
        self._state[rows, 0] = mean + step
        self._state[rows, 1:] = corrected

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """(len(rows), M) squared Mahalanobis distances of measurements from the projected states."""
        state = self._state[rows]
        difference = measurements - state[:, None, 0, :4]
        solved = np.linalg.solve(self._innovation(state), difference.transpose(0, 2, 1))
        distance: FloatArray = np.einsum("nmk,nkm->nm", difference, solved)
        return distance

    def snapshot(self, rows: IntArray) -> FloatArray:
        """(len(rows), 9, 8) states."""
        return self._state[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Put states of ``snapshot`` back."""
        self._state[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Move all states by a camera motion (kron(I4, R) on the state, the shift on the centre alone)."""
        rotation = np.kron(np.eye(4), affine[:, :2])
        self._state[:, 0] = self._state[:, 0] @ rotation.T
        self._state[:, 0, :2] += affine[:, 2]
        self._state[:, 1:] = rotation @ self._state[:, 1:] @ rotation.T

    def _innovation(self, state: FloatArray) -> FloatArray:
        innovation: FloatArray = state[:, 1:5, :4].copy()
        innovation[:, np.arange(4), np.arange(4)] += self.model.measurement_variance(
            state[:, 0, :4]
        )
        return innovation


class LastBoxBank:
    """No motion model at all: a track stays where it was last seen.

    What a motion cue is compared with.
    """

    def __init__(self, model: MotionModel) -> None:
        """An empty bank; of the model only the box format counts."""
        self.model = model
        self._boxes = np.empty((0, 4))

    def __len__(self) -> int:
        """How many tracks there are."""
        return len(self._boxes)

    @property
    def position(self) -> FloatArray:
        """(N, 4) boxes last seen."""
        return self._boxes

    @property
    def velocity(self) -> FloatArray:
        """(N, 4) zeros."""
        return np.zeros_like(self._boxes)

    def add(self, measurements: FloatArray) -> None:
        """Append these boxes."""
        self._boxes = np.concatenate((self._boxes, measurements))

    def keep(self, rows: IntArray) -> None:
        """Keep only these boxes, in this order."""
        self._boxes = self._boxes[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Stay."""

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Take the measurements as they are."""
        self._boxes[rows] = measurements

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """(len(rows), M) zeros: without a motion model nothing is far."""
        return np.zeros((len(rows), len(measurements)))

    def snapshot(self, rows: IntArray) -> FloatArray:
        """(len(rows), 4) boxes."""
        return self._boxes[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Put boxes of ``snapshot`` back."""
        self._boxes[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Stay, whatever the camera does."""


def make_bank(model: MotionModel, engine: Engine = "bank", *, coupled: bool = False) -> KalmanBank:
    """An empty bank.

    Args:
        model: one of CXCYAH, CXCYWH, CXCYSR.
        engine: ``bank`` (ours) or ``filterpy`` (one object a track, slow; for comparison).
        coupled: the state will be warped by camera motion, which mixes the axes.
    """
    if engine == "filterpy":
        from mot_bench.trackers.kalman_filterpy import FilterpyBank

        return FilterpyBank(model)
    return DenseBank(model) if coupled else AxisBank(model)
