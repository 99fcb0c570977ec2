"""The banks of Kalman filters against filterpy, one filter a track, with the published matrices written out here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter

from mot_bench.trackers.interface import FloatArray
from mot_bench.trackers.kalman import AxisBank, DenseBank, LastBoxBank, make_bank
from mot_bench.trackers.kalman_filterpy import FilterpyBank
from mot_bench.trackers.motion_models import CXCYAH, CXCYSR, CXCYWH, KalmanBank, MotionModel

MODELS = [CXCYAH, CXCYWH, CXCYSR]
BANKS: list[Callable[[MotionModel], KalmanBank]] = [AxisBank, DenseBank, FilterpyBank]


@pytest.fixture(params=MODELS, ids=lambda model: str(model.name))
def model(request: pytest.FixtureRequest) -> MotionModel:
    chosen: MotionModel = request.param
    return chosen


@pytest.fixture(params=BANKS, ids=lambda bank: str(bank.__name__))
def make(request: pytest.FixtureRequest) -> Callable[[MotionModel], KalmanBank]:
    chosen: Callable[[MotionModel], KalmanBank] = request.param
    return chosen


class Oracle:
    """One filterpy filter with the matrices as the papers' code has them (SORT: seven states)."""

    def __init__(self, model: MotionModel, box: FloatArray) -> None:
        self.model = model
        self.sort = model is CXCYSR
        states = 7 if self.sort else 8
        self.filter: Any = KalmanFilter(dim_x=states, dim_z=4)
        self.filter.F = np.eye(states) + np.eye(states, k=4)
        self.filter.H = np.eye(4, states)
        self.filter.x = np.concatenate((box, np.zeros(states - 4)))
        if self.sort:
            self.filter.P = np.diag([10.0, 10, 10, 10, 1e4, 1e4, 1e4])
            self.filter.Q = np.diag([1, 1, 1, 1, 0.01, 0.01, 0.0001])
            self.filter.R = np.diag([1.0, 1, 10, 10])
        else:
            position, velocity = self.deviations(2 / 20, 10 / 160)
            if model is CXCYAH:
                position[2], velocity[2] = 1e-2, 1e-5
            self.filter.P = np.diag(np.square(np.concatenate((position, velocity))))

    def deviations(self, position: float, velocity: float) -> tuple[FloatArray, FloatArray]:
        """Standard deviations in proportion to the height, or (BoT-SORT) to width and height in turn."""
        third, fourth = self.filter.x[2:4]
        size = (
            np.full(4, fourth) if self.model is CXCYAH else np.array([third, fourth, third, fourth])
        )
        return position * size, velocity * size

    def predict(self) -> None:
        if not self.sort:
            position, velocity = self.deviations(1 / 20, 1 / 160)
            if self.model is CXCYAH:
                position[2], velocity[2] = 1e-2, 1e-5
            self.filter.Q = np.diag(np.square(np.concatenate((position, velocity))))
        self.filter.predict()

    def update(self, box: FloatArray) -> None:
        self.filter.R = self.noise()
        self.filter.update(box)

    def noise(self) -> FloatArray:
        if self.sort:
            return np.diag([1.0, 1, 10, 10])
        position, _ = self.deviations(1 / 20, 0)
        if self.model is CXCYAH:
            position[2] = 1e-1
        return np.diag(np.square(position))

    def squared_mahalanobis(self, box: FloatArray) -> float:
        difference = box - self.filter.x[:4]
        innovation = self.filter.P[:4, :4] + self.noise()
        return float(difference @ np.linalg.inv(innovation) @ difference)

    @property
    def velocity(self) -> FloatArray:
        return np.append(self.filter.x[4:], 0.0) if self.sort else self.filter.x[4:]


def measurements(model: MotionModel, rng: np.random.Generator, count: int) -> FloatArray:
    """Boxes of pedestrians in the model's format."""
    centre = rng.uniform((0, 0), (1920, 1080), (count, 2))
    height = rng.uniform(40, 300, count)
    width = height * rng.uniform(0.3, 0.6, count)
    columns = {
        "cxcyah": (width / height, height),
        "cxcywh": (width, height),
        "cxcysr": (width * height, width / height),
    }
    return np.column_stack((centre, *columns[model.name]))


def assert_equal(bank: KalmanBank, oracles: list[Oracle]) -> None:
    assert len(bank) == len(oracles)
    expected = np.array([oracle.filter.x[:4] for oracle in oracles]).reshape(-1, 4)
    speeds = np.array([oracle.velocity for oracle in oracles]).reshape(-1, 4)
    np.testing.assert_allclose(bank.position, expected, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(bank.velocity, speeds, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_equals_filterpy_step_by_step(
    model: MotionModel, make: Callable[[MotionModel], KalmanBank], seed: int
) -> None:
    """Births, deaths, misses and a changing order, for sixty frames."""
    rng = np.random.default_rng(seed)
    bank, oracles = make(model), [Oracle(model, np.zeros(4)) for _ in range(0)]
    for _ in range(60):
        bank.predict()
        for oracle in oracles:
            oracle.predict()
        assert_equal(bank, oracles)

        seen = np.flatnonzero(rng.random(len(oracles)) < 0.7)
        rng.shuffle(seen)
        boxes = bank.position[seen] * (1 + rng.normal(0, 0.02, (len(seen), 4)))
        if len(seen):
            bank.update(seen, boxes)
        for row, box in zip(seen, boxes, strict=True):
            oracles[row].update(box)
        assert_equal(bank, oracles)

        kept = np.flatnonzero(rng.random(len(oracles)) < 0.95)
        rng.shuffle(kept)
        bank.keep(kept)
        oracles = [oracles[row] for row in kept]
        born = measurements(model, rng, int(rng.integers(0, 3)))
        bank.add(born)
        oracles += [Oracle(model, box) for box in born]
        assert_equal(bank, oracles)
    assert len(oracles) > 5


def test_mahalanobis_equals_the_formula(
    model: MotionModel, make: Callable[[MotionModel], KalmanBank]
) -> None:
    rng = np.random.default_rng(4)
    born = measurements(model, rng, 5)
    bank, oracles = make(model), [Oracle(model, box) for box in born]
    bank.add(born)
    for _ in range(3):
        bank.predict()
        for oracle in oracles:
            oracle.predict()
    rows, boxes = np.array([3, 0, 1]), measurements(model, rng, 4)
    distances = bank.squared_mahalanobis(rows, boxes)
    expected = [[oracles[row].squared_mahalanobis(box) for box in boxes] for row in rows]
    np.testing.assert_allclose(distances, expected, rtol=1e-7)
    assert bank.squared_mahalanobis(rows, boxes[:0]).shape == (3, 0)
    assert bank.squared_mahalanobis(rows[:0], boxes).shape == (0, 4)


def test_some_rows_alone(model: MotionModel, make: Callable[[MotionModel], KalmanBank]) -> None:
    """Predicting and correcting some rows leaves the others as they are."""
    rng = np.random.default_rng(5)
    born = measurements(model, rng, 6)
    bank, oracles = make(model), [Oracle(model, box) for box in born]
    bank.add(born)
    for rows in (np.array([4, 1]), np.array([0]), np.array([], np.int64)):
        bank.predict(rows)
        boxes = born[rows] * 1.01
        bank.update(rows, boxes)
        for row, box in zip(rows, boxes, strict=True):
            oracles[row].predict()
            oracles[row].update(box)
        assert_equal(bank, oracles)


def test_restored_filters_go_on_as_before(
    model: MotionModel, make: Callable[[MotionModel], KalmanBank]
) -> None:
    rng = np.random.default_rng(6)
    born = measurements(model, rng, 4)
    bank = make(model)
    bank.add(born)
    bank.predict()
    rows = np.array([2, 0])
    frozen = bank.snapshot(rows)
    bank.update(rows, born[rows] * 1.02)
    expected = bank.position[rows].copy()
    for _ in range(3):
        bank.predict()
    bank.restore(rows, frozen)
    bank.update(rows, born[rows] * 1.02)
    np.testing.assert_allclose(bank.position[rows], expected, rtol=1e-12)


def test_an_empty_bank(model: MotionModel, make: Callable[[MotionModel], KalmanBank]) -> None:
    bank, nothing = make(model), np.empty(0, np.int64)
    bank.predict()
    bank.update(nothing, np.empty((0, 4)))
    bank.add(np.empty((0, 4)))
    bank.keep(nothing)
    assert len(bank) == 0
    assert bank.position.shape == bank.velocity.shape == (0, 4)
    assert bank.squared_mahalanobis(nothing, np.ones((3, 4))).shape == (0, 3)


def test_velocity_may_be_written(
    model: MotionModel, make: Callable[[MotionModel], KalmanBank]
) -> None:
    bank = make(model)
    bank.add(measurements(model, np.random.default_rng(7), 2))
    before = bank.position.copy()
    bank.velocity[1, 0] = 5.0
    bank.predict()
    np.testing.assert_allclose(bank.position - before, [[0, 0, 0, 0], [5, 0, 0, 0]])


@pytest.mark.parametrize("make_coupled", [DenseBank, FilterpyBank])
def test_warp_is_the_formula_of_botsort(make_coupled: Callable[[MotionModel], KalmanBank]) -> None:
    """BoT-SORT, section 3.2: x' = M x + T, P' = M P M', M four times the rotation along the diagonal."""
    rng = np.random.default_rng(8)
    born = measurements(CXCYWH, rng, 3)
    bank, oracles = make_coupled(CXCYWH), [Oracle(CXCYWH, box) for box in born]
    bank.add(born)
    angle = 0.1
    for step in range(5):
        affine = np.array(
            [
                [1.02 * np.cos(angle), -np.sin(angle), 7.0 - step],
                [np.sin(angle), 0.98 * np.cos(angle), -3.0],
            ]
        )
        rotation = np.kron(np.eye(4), affine[:, :2])
        boxes = born * (1 + rng.normal(0, 0.02, born.shape))
        bank.predict()
        bank.warp(affine)
        bank.update(np.arange(3), boxes)
        for oracle, box in zip(oracles, boxes, strict=True):
            oracle.predict()
            oracle.filter.x = rotation @ oracle.filter.x
            oracle.filter.x[:2] += affine[:, 2]
            oracle.filter.P = rotation @ oracle.filter.P @ rotation.T
            oracle.update(box)
        assert_equal(bank, oracles)


def test_independent_axes_cannot_be_rotated() -> None:
    with pytest.raises(NotImplementedError, match="coupled"):
        AxisBank(CXCYWH).warp(np.eye(2, 3))


def test_make_bank_picks_the_engine() -> None:
    assert isinstance(make_bank(CXCYAH), AxisBank)
    assert isinstance(make_bank(CXCYAH, coupled=True), DenseBank)
    assert isinstance(make_bank(CXCYAH, "filterpy"), FilterpyBank)
    assert isinstance(make_bank(CXCYAH, "filterpy", coupled=True), FilterpyBank)


def test_without_a_motion_model_a_track_stays_where_it_was_seen() -> None:
    born = measurements(CXCYAH, np.random.default_rng(9), 3)
    bank = LastBoxBank(CXCYAH)
    bank.add(born)
    for _ in range(3):
        bank.predict()
        bank.warp(np.array([[1.0, 0, 9], [0, 1, 9]]))
    np.testing.assert_array_equal(bank.position, born)
    bank.update(np.array([1]), born[:1])
    bank.keep(np.array([1, 2]))
    np.testing.assert_array_equal(bank.position, born[[0, 2]])
    assert not bank.velocity.any()
    assert bank.squared_mahalanobis(np.array([0]), born).tolist() == [[0, 0, 0]]
