"""Banks of Kalman filters: the filters of all tracks advanced as one array operation.

With the published noise models (diagonal process and measurement noise) the four axes of a
constant-velocity model never mix, so the 8x8 covariance consists of four independent 2x2 blocks.
``AxisBank`` keeps only those blocks; this is exact, not an approximation. Where the camera's motion
rotates the state (BoT-SORT, arXiv 2206.14651, section 3.1) the axes do mix, and ``DenseBank`` keeps
the whole matrix. ``mot_bench.trackers.kalman_filterpy`` offers the same interface through filterpy.

Shapes: N filters, 4 axes. Measurements and positions are (N, 4) in the model's box format.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from mot_bench.trackers.interface import FloatArray, IntArray
from mot_bench.trackers.motion_models import ALL, KalmanBank, MotionModel, Rows

Engine = Literal["bank", "filterpy"]


class AxisBank:
    """Filters whose four axes are independent.

    The state is one (N, 5, 4) array with five numbers for each axis: position, velocity, and the
    variance of the position, their covariance and the variance of the velocity.
    """

    def __init__(self, model: MotionModel) -> None:
        """Create an empty bank of this model."""
        self.model = model
        self._state = np.empty((0, 5, 4))

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._state)

    @property
    def position(self) -> FloatArray:
        """The (N, 4) estimated boxes."""
        return self._state[:, 0]

    @property
    def velocity(self) -> FloatArray:
        """The (N, 4) estimated velocities per frame."""
        return self._state[:, 1]

    def add(self, measurements: FloatArray) -> None:
        """Append filters at rest at these boxes."""
        born = np.zeros((len(measurements), 5, 4))
        variance = self.model.initial_variance(measurements)
        born[:, 0], born[:, 2], born[:, 4] = measurements, variance[:, :4], variance[:, 4:]
        self._state = np.concatenate((self._state, born))

    def keep(self, rows: IntArray) -> None:
        """Keep only the filters of these rows, in this order."""
        self._state = self._state[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Advance these filters by one frame."""
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
        # The gains of position and velocity: on each axis the innovation has the variance of the
        # position plus that of the measurement.
        gains = state[:, 2:4] / (state[:, 2] + variance)[:, None]
        state[:, :2] += gains * (measurements - state[:, 0])[:, None]
        state[:, 4] -= gains[:, 1] * state[:, 3]
        state[:, 2:4] -= gains[:, :1] * state[:, 2:4]
        if not isinstance(rows, slice):
            self._state[rows] = state

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """Return the (len(rows), M) squared Mahalanobis distances of measurements from states."""
        state = self._state[rows]
        weight = 1.0 / (state[:, 2] + self.model.measurement_variance(state[:, 0]))
        difference = measurements - state[:, 0][:, None]
        distance: FloatArray = np.einsum(
            "nmk,nk->nm", np.square(difference, out=difference), weight
        )
        return distance

    def snapshot(self, rows: IntArray) -> FloatArray:
        """Return the (len(rows), 5, 4) states."""
        return self._state[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Set the states of these filters to those that ``snapshot`` returned."""
        self._state[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Raise NotImplementedError, because a rotation mixes the axes."""
        raise NotImplementedError("AxisBank cannot be rotated: use make_bank(..., coupled=True)")


_TRANSITION = np.eye(8) + np.eye(8, k=4)


class DenseBank:
    """Filters with the whole 8x8 covariance, for states that the camera's motion rotates.

    The state is one (N, 9, 8) array: the mean in row 0, then the covariance.
    """

    def __init__(self, model: MotionModel) -> None:
        """Create an empty bank of this model."""
        self.model = model
        self._state = np.empty((0, 9, 8))

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._state)

    @property
    def position(self) -> FloatArray:
        """The (N, 4) estimated boxes."""
        return self._state[:, 0, :4]

    @property
    def velocity(self) -> FloatArray:
        """The (N, 4) estimated velocities per frame."""
        return self._state[:, 0, 4:]

    def add(self, measurements: FloatArray) -> None:
        """Append filters at rest at these boxes."""
        born = np.zeros((len(measurements), 9, 8))
        born[:, 0, :4] = measurements
        born[:, np.arange(1, 9), np.arange(8)] = self.model.initial_variance(measurements)
        self._state = np.concatenate((self._state, born))

    def keep(self, rows: IntArray) -> None:
        """Keep only the filters of these rows, in this order."""
        self._state = self._state[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Advance these filters by one frame."""
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
        """Return the (len(rows), M) squared Mahalanobis distances of measurements from states."""
        state = self._state[rows]
        difference = measurements - state[:, None, 0, :4]
        solved = np.linalg.solve(self._innovation(state), difference.transpose(0, 2, 1))
        distance: FloatArray = np.einsum("nmk,nkm->nm", difference, solved)
        return distance

    def snapshot(self, rows: IntArray) -> FloatArray:
        """Return the (len(rows), 9, 8) states."""
        return self._state[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Set the states of these filters to those that ``snapshot`` returned."""
        self._state[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Move all states by a camera motion: kron(I4, R) on the state, the shift on the centre."""
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
    """A bank without a motion model, for ablations: a track stays where it was last seen."""

    def __init__(self, model: MotionModel) -> None:
        """Create an empty bank; only the model's box format matters."""
        self.model = model
        self._boxes = np.empty((0, 4))

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self._boxes)

    @property
    def position(self) -> FloatArray:
        """The (N, 4) boxes last seen."""
        return self._boxes

    @property
    def velocity(self) -> FloatArray:
        """The (N, 4) velocities, which are zero."""
        return np.zeros_like(self._boxes)

    def add(self, measurements: FloatArray) -> None:
        """Append these boxes."""
        self._boxes = np.concatenate((self._boxes, measurements))

    def keep(self, rows: IntArray) -> None:
        """Keep only the boxes of these rows, in this order."""
        self._boxes = self._boxes[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Leave the boxes where they are."""

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Replace these boxes by the measurements."""
        self._boxes[rows] = measurements

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """Return (len(rows), M) zeros: without a motion model no measurement is far away."""
        return np.zeros((len(rows), len(measurements)))

    def snapshot(self, rows: IntArray) -> FloatArray:
        """Return the (len(rows), 4) boxes."""
        return self._boxes[rows]

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Set these boxes to those that ``snapshot`` returned."""
        self._boxes[rows] = states

    def warp(self, affine: FloatArray) -> None:
        """Leave the boxes where they are."""


def make_bank(model: MotionModel, engine: Engine = "bank", *, coupled: bool = False) -> KalmanBank:
    """Create an empty bank.

    Args:
        model: one of CXCYAH, CXCYWH and CXCYSR.
        engine: ``bank`` for arrays, or ``filterpy`` for one slow object per track, to compare with.
        coupled: whether camera motion will warp the state and thereby mix the axes.
    """
    if engine == "filterpy":
        from mot_bench.trackers.kalman_filterpy import FilterpyBank

        return FilterpyBank(model)
    return DenseBank(model) if coupled else AxisBank(model)
