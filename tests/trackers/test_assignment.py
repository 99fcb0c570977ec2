"""Both assignment rules against plain formulations that scipy solves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from mot_bench.trackers.assignment import Pairs, alone, match_then_threshold, match_under_limit
from mot_bench.trackers.interface import FloatArray

limits = st.floats(0.05, 1.5)


@st.composite
def matrices(draw: st.DrawFn, *, forbidden: bool = True) -> FloatArray:
    """Cost matrices of up to 12 by 12; often sparse, with pairs that are forbidden."""
    rows, columns = draw(st.integers(0, 12)), draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cost = rng.random((rows, columns)) * draw(st.sampled_from([0.5, 1.0, 2.0]))
    if forbidden:
        cost[rng.random(cost.shape) < draw(st.sampled_from([0.0, 0.4, 0.9]))] = np.inf
    return cost


def objective(cost: FloatArray, pairs: Pairs, limit: float) -> float:
    """What a set of pairs costs, rows and columns left alone included."""
    rows, columns = pairs
    return float(cost[rows, columns].sum() + limit / 2 * (sum(cost.shape) - 2 * len(rows)))


def best_under_limit(cost: FloatArray, limit: float) -> float:
    """The optimum by the (n + m) square formulation: half the limit for each row or column left alone."""
    rows, columns = cost.shape
    square = np.full((rows + columns, rows + columns), limit / 2)
    square[:rows, :columns] = np.where(np.isfinite(cost), cost, 1e6)
    square[rows:, columns:] = 0.0
    return float(square[linear_sum_assignment(square)].sum())


def assert_pairs(pairs: Pairs, shape: tuple[int, ...]) -> None:
    rows, columns = pairs
    assert rows.dtype == columns.dtype == np.int64
    assert (np.diff(rows) > 0).all()
    assert len(np.unique(columns)) == len(columns)
    assert ((rows >= 0) & (rows < max(shape[0], 1))).all()
    assert ((columns >= 0) & (columns < max(shape[1], 1))).all()


@settings(max_examples=400)
@given(cost=matrices(), limit=limits)
def test_under_limit_is_the_optimum(cost: FloatArray, limit: float) -> None:
    kept = cost.copy()
    cost.setflags(write=False)
    pairs = match_under_limit(cost, limit)
    assert_pairs(pairs, cost.shape)
    assert (cost[pairs] <= limit).all()
    assert objective(cost, pairs, limit) == pytest.approx(best_under_limit(cost, limit), abs=1e-9)
    np.testing.assert_array_equal(cost, kept)


@given(cost=matrices(), limit=limits)
def test_under_limit_does_not_depend_on_order(cost: FloatArray, limit: float) -> None:
    """Costs are continuous here, so that the optimum is one alone: shuffled rows and columns are matched alike."""
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(cost.shape[0]), rng.permutation(cost.shape[1])
    found = match_under_limit(cost[rows][:, columns], limit)
    shuffled = set(zip(rows[found[0]].tolist(), columns[found[1]].tolist(), strict=True))
    assert shuffled == set(
        zip(*(part.tolist() for part in match_under_limit(cost, limit)), strict=True)
    )


def test_under_limit_is_not_assign_then_threshold() -> None:
    """The least total pairs both rows, one of them above the limit.

    Under a limit one cheap pair is better.
    """
    cost = np.array([[0.1, 0.5], [0.5, 1.4]])
    rows, columns = match_under_limit(cost, 0.6)
    assert list(zip(rows, columns, strict=True)) == [(0, 0)]
    solved = linear_sum_assignment(cost)
    assert cost[solved].tolist() == [0.5, 0.5]


def test_a_pair_at_the_limit_may_be_matched_and_none_above() -> None:
    assert len(match_under_limit(np.array([[0.7000001]]), 0.7)[0]) == 0
    assert len(match_under_limit(np.array([[0.6999999]]), 0.7)[0]) == 1


@given(similarity=matrices(forbidden=False), threshold=st.floats(0, 1))
def test_then_threshold_is_the_best_total_less_bad_pairs(
    similarity: FloatArray, threshold: float
) -> None:
    similarity.setflags(write=False)
    pairs = match_then_threshold(similarity, similarity, threshold)
    assert_pairs(pairs, similarity.shape)
    assert (similarity[pairs] >= threshold).all()
    good = similarity > threshold
    if (good.sum(0) <= 1).all() and (good.sum(1) <= 1).all():
        assert len(pairs[0]) == good.sum()  # one to one already: no solver, as in SORT
        return
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    kept = similarity[rows, columns] >= threshold
    np.testing.assert_array_equal(pairs[0], rows[kept])
    np.testing.assert_array_equal(pairs[1], columns[kept])


@settings(max_examples=300)
@given(matrix=matrices(), threshold=st.floats(0.01, 0.9))
def test_taking_apart_what_is_sparse_changes_nothing(matrix: FloatArray, threshold: float) -> None:
    similarity = np.where(np.isfinite(matrix), matrix, 0.0)
    apart = match_then_threshold(similarity, similarity, threshold, sparse=True)
    assert_pairs(apart, similarity.shape)
    whole = match_then_threshold(similarity, similarity, threshold)
    np.testing.assert_array_equal(apart[0], whole[0])
    np.testing.assert_array_equal(apart[1], whole[1])


def test_then_threshold_maximises_the_similarity_and_strikes_by_the_gate() -> None:
    gate = np.array([[0.5, 0.45], [0.45, 0.2]])
    similarity = gate + np.array([[0.0, 0.3], [0.3, 0.0]])
    rows, columns = match_then_threshold(similarity, gate, 0.4)
    assert list(zip(rows, columns, strict=True)) == [(0, 1), (1, 0)]
    rows, columns = match_then_threshold(gate, gate, 0.46)
    assert list(zip(rows, columns, strict=True)) == [(0, 0)]


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (4, 0)])
def test_nothing_to_match(shape: tuple[int, int]) -> None:
    cost = np.empty(shape)
    for pairs in (match_under_limit(cost, 0.5), match_then_threshold(cost, cost, 0.3, sparse=True)):
        assert_pairs(pairs, shape)
        assert len(pairs[0]) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 5)])
def test_nan_is_refused(shape: tuple[int, int]) -> None:
    cost = np.full(shape, 0.2)
    cost[0, -1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        match_under_limit(cost, 0.5)
    with pytest.raises(ValueError, match="NaN"):
        match_then_threshold(cost, cost, 0.1)
    with pytest.raises(ValueError, match="NaN"):
        match_then_threshold(cost, np.full(shape, 0.2), 0.1, sparse=True)


def test_all_forbidden() -> None:
    rows, columns = match_under_limit(np.full((3, 4), np.inf), 0.5)
    assert len(rows) == len(columns) == 0


@given(count=st.integers(0, 30), data=st.data())
def test_alone_is_what_is_left(count: int, data: st.DataObject) -> None:
    matched = data.draw(st.lists(st.integers(0, count - 1), unique=True) if count else st.just([]))
    left = alone(count, np.array(matched, np.int64))
    assert left.tolist() == sorted(set(range(count)) - set(matched))
