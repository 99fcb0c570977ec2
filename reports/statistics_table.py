"""``statistics.csv``: every estimate and every comparison, a row each."""

from __future__ import annotations

import math

from mot_bench.reports.certainty import Comparison, Estimate, Interval, Simultaneous
from mot_bench.reports.leaderboard import csv_text
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.wording import scale

_COLUMNS = (
    "run", "base", "metric", "unit", "value", "difference", "low", "high", "p", "verdict", "needed",
    "reason", "low_adjusted", "high_adjusted", "p_adjusted", "verdict_adjusted", "compared",
)  # fmt: skip


def statistics_csv(bundle: Bundle) -> str | None:
    """Estimates (``base`` empty), then comparisons, in percentages, percentage points and counts.

    None without any.

    ``low`` and ``high`` are the 95 % interval of the pair by itself, and ``verdict`` is what it
    says. The columns ``..._adjusted`` hold for HOTA of all runs that were ``compared`` with the
    base at once (Bonferroni).
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
    return [
        one.run,
        "",
        one.metric,
        unit,
        value,
        "",
        *_sides(one.interval, metric),
        "",
        "",
        "",
        one.reason,
        *[""] * 5,
    ]


def _comparison(one: Comparison, metric: Metric) -> list[str]:
    unit = "percentage points" if metric.kind == "fraction" else ""
    figures = [
        _figure(one.difference, metric),
        *_sides(one.interval, metric),
        _p(one.p_value),
    ]
    said = [one.verdict, one.needed, one.reason]
    return [
        one.run,
        one.base,
        one.metric,
        unit,
        "",
        *figures,
        *said,
        *_adjusted(one.simultaneous, metric),
    ]


def _adjusted(one: Simultaneous | None, metric: Metric) -> list[str]:
    """Return what holds of all runs against the base together; empty where nothing was computed."""
    if one is None:
        return [""] * 5
    return [*_sides(one.interval, metric), _p(one.p_value), one.verdict, str(one.comparisons)]


def _sides(interval: Interval | None, metric: Metric) -> list[str]:
    return (
        ["", ""]
        if interval is None
        else [_figure(interval.low, metric), _figure(interval.high, metric)]
    )


def _figure(value: float, metric: Metric) -> str:
    return "" if math.isnan(value) else f"{round(scale(metric) * value, 3) + 0.0:.3f}"


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
