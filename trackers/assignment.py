"""Gated assignment: decide which row goes with which column, and which ones stay unmatched.

Trackers use two rules. They differ, because the best assignment under a limit is not the best
assignment with its bad pairs removed:

- ``match_under_limit`` is the rule of JDE, FairMOT, ByteTrack and BoT-SORT. Each unmatched row or
  column costs half the limit, as in ``lap.lapjv(cost_limit=...)``. DeepSORT caps the cost, assigns
  and drops the capped pairs, which has the same optimum with the cap as the limit.
- ``match_then_threshold`` is the rule of SORT and OC-SORT. It finds the best full assignment and
  removes bad pairs afterwards.

Both match a pair at once if it is the only candidate of its row and of its column, and give only
the remaining rows and columns to a solver. The optimum stays the same.
"""

from __future__ import annotations

import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

from mot_bench.trackers.interface import BoolArray, FloatArray, IntArray

Pairs = tuple[IntArray, IntArray]
_NONE = np.empty(0, np.int64)


def match_under_limit(cost: FloatArray, limit: float) -> Pairs:
    """Return the assignment of least total cost; an unmatched row or column costs ``limit / 2``.

    Args:
        cost: (N, M); infinity forbids a pair.
        limit: pairs that cost more are never matched.

    Returns:
        The rows and columns of the matched pairs, sorted by row.

    Raises:
        ValueError: the cost contains NaN, for which lap would silently return nonsense.
    """
    if not cost.size:
        return _NONE, _NONE
    rows, columns = _pairs(cost <= limit)
    if np.isnan(cost.min()):
        raise ValueError("assignment cost: expected numbers, found NaN")
    if len(rows) == 0:
        return _NONE, _NONE
    free = _without_rivals(rows, columns, cost.shape)
    if free.all():
        return rows, columns
    tied_rows = _distinct(rows[~free], len(cost))
    tied_columns = _distinct(columns[~free], cost.shape[1])
    block = cost[tied_rows[:, None], tied_columns]
    # Costs above the limit are never chosen, so one value may replace them all; infinity would
    # upset lap's dual variables.
    np.minimum(block, limit + 1.0, out=block)
    _, column_of_row, _ = lap.lapjv(block, extend_cost=True, cost_limit=limit)
    matched = (column_of_row >= 0).nonzero()[0]
    return _merge(
        (rows[free], columns[free]),
        (tied_rows[matched], tied_columns[column_of_row[matched].astype(np.int64)]),
    )


def match_then_threshold(
    similarity: FloatArray, gate: FloatArray, threshold: float, *, sparse: bool = False
) -> Pairs:
    """Return the full assignment of greatest total similarity, less its pairs below the threshold.

    As in SORT, no solver runs if the pairs with ``gate > threshold`` are already one-to-one: these
    pairs are the result.

    Args:
        similarity: (N, M), the quantity to maximise.
        gate: (N, M), the quantity to compare with the threshold, usually IoU.
        threshold: the least gate value of a pair.
        sparse: promises that ``similarity`` is never negative, and 0 only for pairs that fail the
            gate, so that pairs without rivals can be matched before the solver runs.

    Returns:
        The rows and columns of the matched pairs, sorted by row.

    Raises:
        ValueError: the similarity contains NaN.
    """
    if not similarity.size:
        return _NONE, _NONE
    if np.isnan(similarity.max()):
        raise ValueError("assignment similarity: expected numbers, found NaN")
    rows, columns = _pairs(gate > threshold)
    if len(rows) == 0 and not (gate == threshold).any():
        return _NONE, _NONE
    if len(rows) and _without_rivals(rows, columns, gate.shape).all():
        return rows, columns
    if sparse:
        rows, columns = _largest_total(similarity)
    else:
        found_rows, found_columns = linear_sum_assignment(similarity, maximize=True)
        rows, columns = found_rows.astype(np.int64), found_columns.astype(np.int64)
    kept = gate[rows, columns] >= threshold
    return rows[kept], columns[kept]


def alone(count: int, matched: IntArray) -> IntArray:
    """Return the sorted indices in ``range(count)`` that are not in ``matched``."""
    left = np.ones(count, np.bool_)
    left[matched] = False
    return left.nonzero()[0]


def _pairs(mask: BoolArray) -> Pairs:
    """Return the rows and columns where a mask is True, sorted by row.

    Flat indices are much faster to find in numpy than pairs.
    """
    flat = mask.reshape(-1).nonzero()[0]
    rows = flat // max(mask.shape[1], 1)
    return rows, flat - rows * mask.shape[1]


def _without_rivals(rows: IntArray, columns: IntArray, shape: tuple[int, ...]) -> BoolArray:
    """Return which of these pairs share neither their row nor their column with another pair."""
    row_counts = np.bincount(rows, minlength=shape[0])
    column_counts = np.bincount(columns, minlength=shape[1])
    free: BoolArray = (row_counts[rows] == 1) & (column_counts[columns] == 1)
    return free


def _largest_total(similarity: FloatArray) -> Pairs:
    rows, columns = _pairs(similarity > 0)
    free = _without_rivals(rows, columns, similarity.shape)
    tied_rows = _distinct(rows[~free], len(similarity))
    tied_columns = _distinct(columns[~free], similarity.shape[1])
    found_rows, found_columns = linear_sum_assignment(
        similarity[tied_rows[:, None], tied_columns], maximize=True
    )
    return _merge((rows[free], columns[free]), (tied_rows[found_rows], tied_columns[found_columns]))


def _distinct(indices: IntArray, size: int) -> IntArray:
    present = np.zeros(size, np.bool_)
    present[indices] = True
    return present.nonzero()[0]


def _merge(pairs_a: Pairs, pairs_b: Pairs) -> Pairs:
    rows, columns = np.concatenate((pairs_a, pairs_b), axis=1)
    order = np.argsort(rows, kind="stable")
    return rows[order], columns[order]
