"""Gated assignment: which row goes with which column, and which stay alone.

Two rules are in use, and they differ (an optimum under a limit is not the optimum with bad pairs
struck out):

- ``match_under_limit``: JDE, FairMOT, ByteTrack and BoT-SORT. Leaving a row or a column alone costs half the limit
  each, as ``lap.lapjv(cost_limit=...)`` has it. DeepSORT's "cap the cost, assign, drop the capped"
  has the same optimum with the cap as limit.
- ``match_then_threshold``: SORT and OC-SORT. The best full assignment first, bad pairs struck out afterwards.

Both take apart what no conflict ties together before a solver sees it: a pair that is the only
candidate of its row and of its column is matched at once. That leaves the optimum as it is.
"""

from __future__ import annotations

import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

from mot_bench.trackers.interface import BoolArray, FloatArray, IntArray

Pairs = tuple[IntArray, IntArray]
_NONE = np.empty(0, np.int64)


def match_under_limit(cost: FloatArray, limit: float) -> Pairs:
    """The assignment of least total cost, where each row or column left alone costs ``limit / 2``.

    Args:
        cost: (N, M); infinity forbids a pair.
        limit: pairs that cost more are never matched.

    Returns:
        Rows and columns of the matched pairs, rows rising.

    Raises:
        ValueError: the cost holds NaN (lap would answer with nonsense and no word).
    """
    if not cost.size:
        return _NONE, _NONE
    rows, columns = _pairs(cost <= limit)
    if np.isnan(cost.min()):
        raise ValueError("assignment cost: expected numbers, found NaN")
    if len(rows) == 0:
        return _NONE, _NONE
    row_counts, column_counts = (
        np.bincount(rows, minlength=len(cost)),
        np.bincount(columns, minlength=cost.shape[1]),
    )
    alone = (row_counts[rows] == 1) & (column_counts[columns] == 1)
    if alone.all():
        return rows, columns
    tied = ~alone
    tied_rows, tied_columns = (
        _distinct(rows[tied], len(cost)),
        _distinct(columns[tied], cost.shape[1]),
    )
    block = cost[tied_rows[:, None], tied_columns]
    # Costs above the limit are never chosen: any of them may stand for all, and infinity upsets
    # lap's dual variables.
    np.minimum(block, limit + 1.0, out=block)
    _, column_of_row, _ = lap.lapjv(block, extend_cost=True, cost_limit=limit)
    matched = (column_of_row >= 0).nonzero()[0]
    return _merge(
        rows[alone],
        columns[alone],
        tied_rows[matched],
        tied_columns[column_of_row[matched].astype(np.int64)],
    )


def match_then_threshold(
    similarity: FloatArray, gate: FloatArray, threshold: float, *, sparse: bool = False
) -> Pairs:
    """The full assignment of greatest total similarity.

    Then pairs with ``gate`` under the threshold are struck out.

    As in SORT, no solver runs where the pairs with ``gate > threshold`` are one-to-one already:
    those are the answer.

    Args:
        similarity: (N, M) what is maximised.
        gate: (N, M) what is compared with the threshold, IoU as a rule.
        threshold: least gate value of a pair.
        sparse: ``similarity`` is never negative, and 0 only for pairs that fail the gate: lets
            parts without conflict be taken apart.

    Returns:
        Rows and columns of the matched pairs, rows rising.

    Raises:
        ValueError: the similarity holds NaN.
    """
    if not similarity.size:
        return _NONE, _NONE
    if np.isnan(similarity.max()):
        raise ValueError("assignment similarity: expected numbers, found NaN")
    rows, columns = _pairs(gate > threshold)
    if len(rows) == 0 and not (gate == threshold).any():
        return _NONE, _NONE
    row_counts, column_counts = (
        np.bincount(rows, minlength=len(gate)),
        np.bincount(columns, minlength=gate.shape[1]),
    )
    if row_counts.max() == 1 and column_counts.max() == 1:
        return rows, columns
    if sparse:
        rows, columns = _largest_total(similarity)
    else:
        found_rows, found_columns = linear_sum_assignment(similarity, maximize=True)
        rows, columns = found_rows.astype(np.int64), found_columns.astype(np.int64)
    kept = gate[rows, columns] >= threshold
    return rows[kept], columns[kept]


def alone(count: int, matched: IntArray) -> IntArray:
    """Indices in ``range(count)`` that are not in ``matched``, rising."""
    left = np.ones(count, np.bool_)
    left[matched] = False
    return left.nonzero()[0]


def _pairs(mask: BoolArray) -> Pairs:
    """Rows and columns of a mask's True places, rows rising.

    On flat indices, which numpy finds far quicker.
    """
    flat = mask.reshape(-1).nonzero()[0]
    rows = flat // max(mask.shape[1], 1)
    return rows, flat - rows * mask.shape[1]


def _largest_total(similarity: FloatArray) -> Pairs:
    rows, columns = _pairs(similarity > 0)
    row_counts = np.bincount(rows, minlength=len(similarity))
    column_counts = np.bincount(columns, minlength=similarity.shape[1])
    single = (row_counts[rows] == 1) & (column_counts[columns] == 1)
    tied = ~single
    tied_rows = _distinct(rows[tied], len(similarity))
    tied_columns = _distinct(columns[tied], similarity.shape[1])
    found_rows, found_columns = linear_sum_assignment(
        similarity[tied_rows[:, None], tied_columns], maximize=True
    )
    return _merge(rows[single], columns[single], tied_rows[found_rows], tied_columns[found_columns])


def _distinct(indices: IntArray, size: int) -> IntArray:
    present = np.zeros(size, np.bool_)
    present[indices] = True
    return present.nonzero()[0]


def _merge(rows_a: IntArray, columns_a: IntArray, rows_b: IntArray, columns_b: IntArray) -> Pairs:
    rows, columns = np.concatenate((rows_a, rows_b)), np.concatenate((columns_a, columns_b))
    order = np.argsort(rows, kind="stable")
    return rows[order], columns[order]
