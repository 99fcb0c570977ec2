"""``statistics.csv``: every estimate and every comparison, a row each."""

from __future__ import annotations

import math

from reports.certainty import Comparison, Estimate, Interval
from reports.leaderboard import csv_text
from reports.schema import Bundle, Metric
from reports.wording import scale

_COLUMNS = (
    "run", "base", "metric", "unit", "value", "difference", "low", "high", "p", "p_adjusted", "verdict", "needed",
    "reason",
)  # fmt: skip


def statistics_csv(bundle: Bundle) -> str | None:
    """Estimates (``base`` empty), then comparisons, in percentages, percentage points and counts; None without any.

    ``low`` and ``high`` are the 95 % interval; ``p_adjusted`` is by Holm's method.
    """
    if bundle.certainty is None:
        return None
    rows = [list(_COLUMNS)]
    rows += [_estimate(one, bundle.metric(one.metric)) for one in bundle.certainty.estimates]
    rows += [_comparison(one, bundle.metric(one.metric)) for one in bundle.certainty.comparisons]
    return csv_text(rows)


def _estimate(one: Estimate, metric: Metric) -> list[str]:
    unit = "%" if metric.kind == "fraction" else ""
    value = _figure(one.value, metric)
    return [one.run, "", one.metric, unit, value, "", *_sides(one.interval, metric), "", "", "", "", one.reason]


def _comparison(one: Comparison, metric: Metric) -> list[str]:
    unit = "percentage points" if metric.kind == "fraction" else ""
    figures = [
        _figure(one.difference, metric),
        *_sides(one.interval, metric),
        _p(one.p_value),
        _p(one.adjusted_p_value),
    ]
    return [one.run, one.base, one.metric, unit, "", *figures, one.verdict, one.needed, one.reason]


def _sides(interval: Interval | None, metric: Metric) -> list[str]:
    return ["", ""] if interval is None else [_figure(interval.low, metric), _figure(interval.high, metric)]


def _figure(value: float, metric: Metric) -> str:
    return "" if math.isnan(value) else f"{round(scale(metric) * value, 3) + 0.0:.3f}"


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
