"""Two runs set against each other, as people read it: in the terminal, as Markdown and as JSON.

The harness fills it (``mot_bench.results.comparing``). Differences are the second less the first;
fractions and counts inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mot_bench.reports.certainty import Interval, Verdict
from mot_bench.reports.schema import Metric

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Setting:
    """Something that the two were made with, as text; empty where one has none."""

    name: str
    first: str
    second: str


@dataclass(frozen=True)
class Change:
    """A metric of both, means over seeds.

    Attributes:
        metric: which.
        first, second: values; None where a run lacks it.
        interval: of the difference, 95 %; None where there is none.
        verdict: on the second's side; None where nothing was computed.
        agree: in how many of ``seeds`` pairs of seeds the difference has the sign of the mean.
    """

    metric: Metric
    first: float | None
    second: float | None
    interval: Interval | None = None
    verdict: Verdict | None = None
    agree: int = 0
    seeds: int = 0

    @property
    def difference(self) -> float | None:
        """Second less first."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


@dataclass(frozen=True)
class Parts:
    """A difference in HOTA as the sum of what detection, association and localisation did (Shapley values)."""

    detection: float
    association: float
    localisation: float


@dataclass(frozen=True)
class Versus:
    """Two runs.

    Attributes:
        name: of the run, or of both.
        first, second: labels.
        scored: one line: on what, and by whom.
        settings: that differ.
        changes: of the run's metrics.
        sequences: by sequence, changes of a few metrics.
        parts: of the difference in HOTA; None where it cannot be split.
        notes: what a reader must know.
    """

    name: str
    first: str
    second: str
    scored: str
    settings: tuple[Setting, ...]
    changes: tuple[Change, ...]
    sequences: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    parts: Parts | None = None
    notes: tuple[str, ...] = ()


def shown_difference(change: Change, *, minus: str = MINUS) -> str:
    """A signed difference: percentage points with two decimals, counts whole."""
    return signed(change.metric, change.difference, minus=minus)


def signed(metric: Metric, value: float | None, *, minus: str = MINUS) -> str:
    """A signed difference of a metric; empty for None and NaN.

    >>> signed(Metric("HOTA", "HOTA", "fraction", True, ""), 0.0123)
    '+1.23'
    """
    if value is None or math.isnan(value):
        return ""
    scale, digits = (
        (100, 2) if metric.kind == "fraction" else (1, 0 if metric.kind == "count" else 3)
    )
    rounded = round(scale * value, digits)
    return f"{rounded:+.{digits}f}".replace("-", minus) if rounded else "0"


def shown_interval(change: Change, *, minus: str = MINUS) -> str:
    """The interval of a difference; empty where there is none."""
    if change.interval is None:
        return ""
    ends = (
        signed(change.metric, end, minus=minus)
        for end in (change.interval.low, change.interval.high)
    )
    return " to ".join(ends)


def title_of(metric: Metric) -> str:
    """A metric with its unit."""
    return f"{metric.title} (%)" if metric.kind == "fraction" else metric.title


def outcome(change: Change) -> str:
    """The verdict in words; without one, how many seeds agree."""
    if change.verdict is not None:
        return change.verdict
    return f"{change.agree} of {change.seeds} seeds" if change.seeds > 1 else ""


def metric_rows(changes: Iterable[Change]) -> list[list[str]]:
    """A row a metric: title, both values, difference, interval, verdict."""
    return [
        [
            title_of(change.metric),
            change.metric.shown(change.first),
            change.metric.shown(change.second),
            shown_difference(change),
            shown_interval(change),
            outcome(change),
        ]
        for change in changes
    ]


METRIC_HEADINGS = ("metric", "first", "second", "difference", "95 % interval", "verdict")


def sequence_rows(one: Versus) -> list[list[str]]:
    """A row a sequence: its name, then a cell a metric."""
    return [[name, *(_arrow(change) for change in changes)] for name, changes in one.sequences]


def sequence_headings(one: Versus) -> list[str]:
    """Headings of ``sequence_rows``."""
    return (
        ["sequence", *(title_of(change.metric) for change in one.sequences[0][1])]
        if one.sequences
        else []
    )


def _arrow(change: Change) -> str:
    """``50.1 → 52.3 (+2.20)``."""
    if change.difference is None:
        return ""
    ends = (change.metric.shown(value) for value in (change.first, change.second))
    return f"{' → '.join(ends)} ({shown_difference(change)})"


def sentences(one: Versus) -> list[str]:
    """What made the difference, in words."""
    lines = []
    if one.parts is not None:
        parts = (
            ("detection", one.parts.detection),
            ("association", one.parts.association),
            ("localisation", one.parts.localisation),
        )
        total = math.fsum(value for _, value in parts)
        points = ", ".join(f"{name} {_points(value)}" for name, value in parts)
        lines.append(f"HOTA {_points(total)} = {points} (percentage points, Shapley values).")
    return [*lines, *one.notes]


def overview_rows(several: Sequence[Versus]) -> list[list[str]]:
    """A row a pair: its name, and of each metric the second's value and the difference."""
    rows = []
    for one in several:
        cells = [
            f"{change.metric.shown(change.second)} ({shown_difference(change)})"
            for change in one.changes
        ]
        rows.append([one.name, *cells])
    return rows


def _points(value: float) -> str:
    rounded = round(100 * value, 2)
    return f"{rounded:+.2f}".replace("-", MINUS) if rounded else "0"
