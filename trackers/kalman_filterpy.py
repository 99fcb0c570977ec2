"""A bank of Kalman filters over filterpy, with one ``KalmanFilter`` object for each track.

It is slow (about 30 microseconds for each filter and frame). It serves comparisons, and the tests
of the other banks use it as their reference.
"""

from __future__ import annotations

import numpy as np
from filterpy.kalman import KalmanFilter

from mot_bench.trackers.interface import FloatArray, IntArray
from mot_bench.trackers.motion_models import ALL, MotionModel, Rows

_TRANSITION = np.eye(8) + np.eye(8, k=4)


class FilterpyBank:
    """N filters, each a filterpy ``KalmanFilter`` with 8 states and 4 measurements."""

    def __init__(self, model: MotionModel) -> None:
        """Create an empty bank of this model."""
        self.model = model
        self._filters: list[KalmanFilter] = []
        self._means = np.empty((0, 8))

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._filters)

    @property
    def position(self) -> FloatArray:
        """The (N, 4) estimated boxes."""
        return self._means[:, :4]

    @property
    def velocity(self) -> FloatArray:
        """The (N, 4) estimated velocities per frame."""
        return self._means[:, 4:]

    def add(self, measurements: FloatArray) -> None:
        """Append filters at rest at these boxes."""
        for measurement, variance in zip(
            measurements, self.model.initial_variance(measurements), strict=True
        ):
            kalman = KalmanFilter(dim_x=8, dim_z=4)
            kalman.F, kalman.H, kalman.P = _TRANSITION, np.eye(4, 8), np.diag(variance)
            kalman.x = np.concatenate((measurement, np.zeros(4)))
            self._filters.append(kalman)
        self._means = np.concatenate(
            (self._means, np.hstack((measurements, np.zeros_like(measurements))))
        )

    def keep(self, rows: IntArray) -> None:
        """Keep only the filters of these rows, in this order."""
        self._filters = [self._filters[row] for row in rows]
        self._means = self._means[rows]

    def predict(self, rows: Rows = ALL) -> None:
        """Advance these filters by one frame."""
        for row in self._indices(rows):
            kalman = self._filters[row]
            kalman.x = self._means[row]
            kalman.predict(
                Q=np.diag(self.model.process_variance(self._means[row : row + 1, :4])[0])
            )
            self._means[row] = kalman.x

    def update(self, rows: Rows, measurements: FloatArray) -> None:
        """Correct each of these filters by its measurement."""
        for row, measurement in zip(self._indices(rows), measurements, strict=True):
            kalman = self._filters[row]
            kalman.x = self._means[row]
            kalman.update(measurement, R=self._noise(row))
            self._means[row] = kalman.x

    def squared_mahalanobis(self, rows: IntArray, measurements: FloatArray) -> FloatArray:
        """Return the (len(rows), M) squared Mahalanobis distances of measurements from states."""
        distances = np.empty((len(rows), len(measurements)))
        for index, row in enumerate(rows):
            difference = measurements - self._means[row, :4]
            innovation = self._filters[row].P[:4, :4] + self._noise(row)
            distances[index] = np.sum(
                difference.T * np.linalg.solve(innovation, difference.T), axis=0
            )
        return distances

    def snapshot(self, rows: IntArray) -> FloatArray:
        """Return the (len(rows), 9, 8) states: the mean in row 0, then the covariance."""
        states = np.empty((len(rows), 9, 8))
        for index, row in enumerate(rows):
            states[index, 0], states[index, 1:] = self._means[row], self._filters[row].P
        return states

    def restore(self, rows: IntArray, states: FloatArray) -> None:
        """Set the states of these filters to those that ``snapshot`` returned."""
        for row, state in zip(rows, states, strict=True):
            self._means[row], self._filters[row].P = state[0], state[1:].copy()

    def warp(self, affine: FloatArray) -> None:
        """Move all states by a (2, 3) camera motion from the previous frame."""
        rotation = np.kron(np.eye(4), affine[:, :2])
        self._means = self._means @ rotation.T
        self._means[:, :2] += affine[:, 2]
        for kalman in self._filters:
            kalman.P = rotation @ kalman.P @ rotation.T

    def _indices(self, rows: Rows) -> IntArray:
        return np.arange(len(self._filters), dtype=np.int64)[rows]

    def _noise(self, row: int) -> FloatArray:
        noise: FloatArray = np.diag(
            self.model.measurement_variance(self._means[row : row + 1, :4])[0]
        )
        return noise
