"""Figures as people read them: percentages, percentage points, counts, intervals and lists of names."""

from __future__ import annotations

from collections.abc import Sequence

from mot_bench.reports.certainty import Interval
from mot_bench.reports.schema import Metric

MINUS = "\N{MINUS SIGN}"


def scale(metric: Metric) -> int:
    """From what is stored to what is shown: fractions become percentages."""
    return 100 if metric.kind == "fraction" else 1


def unit(metric: Metric) -> str:
    """Of a column: ``%`` or nothing."""
    return "%" if metric.kind == "fraction" else ""


def change_unit(metric: Metric) -> str:
    """Of a column of differences: ``points`` (percentage points) or nothing."""
    return "points" if metric.kind == "fraction" else ""


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign.

    >>> signed(3.62), signed(0.04), signed(-0.31) == f"{MINUS}0.3"
    ('+3.6', '±0.0', True)
    """
    rounded = round(value, digits) + 0.0
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.{digits}f}"


def signed_change(metric: Metric, value: float) -> str:
    """A difference in a metric: percentage points with one decimal, counts whole.

    >>> signed_change(Metric("HOTA", "HOTA", "fraction", True, ""), 0.0362)
    '+3.6'
    """
    return signed(scale(metric) * value, 0 if metric.kind == "count" else 1)


def change_interval(metric: Metric, interval: Interval) -> str:
    """Of a difference.

    >>> change_interval(Metric("HOTA", "HOTA", "fraction", True, ""), Interval(0.01, 0.062))
    '+1.0 to +6.2'
    """
    return f"{signed_change(metric, interval.low)} to {signed_change(metric, interval.high)}"


def plain(metric: Metric, value: float) -> str:
    """A metric with one decimal, a count whole.

    >>> plain(Metric("HOTA", "HOTA", "fraction", True, ""), 0.67803)
    '67.8'
    """
    return f"{scale(metric) * value + 0.0:.{0 if metric.kind == 'count' else 1}f}"


def plain_interval(metric: Metric, interval: Interval) -> str:
    """Of a metric.

    >>> plain_interval(Metric("HOTA", "HOTA", "fraction", True, ""), Interval(0.66, 0.701))
    '66.0 to 70.1'
    """
    return f"{plain(metric, interval.low)} to {plain(metric, interval.high)}"


def better(metric: Metric, change: float | None) -> int:
    """1 where a change is for the better, -1 for the worse, 0 where neither can be said."""
    if not change or metric.higher_is_better is None:
        return 0
    return 1 if (change > 0) == metric.higher_is_better else -1


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names in a sentence, the last ones counted where there are many.

    >>> listed(["a", "b", "c"]), listed(list("abcdef"))
    ('a, b and c', 'a, b, c and 3 more')
    """
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= most:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "seed"), counted(2, "sequence")
    ('1 seed', '2 sequences')
    """
    return f"{number} {one if number == 1 else several or one + 's'}"
