"""Accuracy against frames per second, with the Pareto front."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from mot_bench.reports.figures.drawing import Drawing, Panel, short
from mot_bench.reports.figures.palette import Palette
from mot_bench.reports.figures.plane import MOST_NAMED
from mot_bench.reports.figures.series import ORACLE, Series, marks_of, series_of
from mot_bench.reports.figures.view import in_view, mark_outside
from mot_bench.reports.labels import place_labels
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.times import RunTiming, Timing

SPEEDS = {"association_fps": "of the tracker alone", "end_to_end_fps": "end to end"}


@dataclass(frozen=True)
class _Point:
    series: Series
    fps: float
    accuracy: float
    span: tuple[float, float]


def speed(bundle: Bundle, metrics: tuple[str, ...] = ("HOTA",)) -> Drawing | None:
    """Two panels (the tracker alone, end to end), a point a run, means over seeds.

    None where nothing was timed.

    Runs on the ground truth's boxes are no system and are left out; end to end are those whose
    network was timed.
    """
    metric = bundle.metric(metrics[0])
    panels = []
    shown: dict[str, Series] = {}
    for name, title in SPEEDS.items():
        points = _points(bundle, metric, name)
        if points:
            front = pareto_front(
                [(*point.span, point.accuracy) for point in points],
                metric.higher_is_better is not False,
            )
            drawn: dict[str, Any] = {"points": points, "front": front}
            panels.append(
                Panel(
                    partial(_draw, metric=metric, title=title, **drawn),
                    finish=partial(_name, base=bundle.base, **drawn),
                )
            )
            shown |= {point.series.label: point.series for point in points}
    if not panels:
        return None
    legend = marks_of([one for one in series_of(bundle) if one.label in shown], line=False)
    return Drawing(
        "speed",
        f"{metric.title} against frames per second, with the front of runs that no other beats in both",
        tuple(panels),
        legend if len(shown) > MOST_NAMED else (),
        columns=2,
        height=3.4,
    )


def pareto_front(points: list[tuple[float, float, float]], higher: bool = True) -> list[int]:
    """Return the places of the points that no other beats in both, by rising speed.

    Speeds that differ by no more than the passes do count as equal: of such runs the more accurate
    one alone is on the front, however fast another looks.

    Args:
        points: least and most speed over the passes, and accuracy.
        higher: whether more of the last is better.

    >>> pareto_front([(1, 1, 60), (10, 10, 50), (5, 5, 40), (20, 20, 30)])
    [0, 1, 3]
    >>> pareto_front([(8, 12, 60), (10, 14, 50), (13, 15, 40)])
    [0, 2]
    """
    sign = 1 if higher else -1
    front: list[int] = []
    fastest = (
        -np.inf
    )  # of the runs on the front, which are all at least as accurate as those that follow
    for place in sorted(range(len(points)), key=lambda place: (-sign * points[place][2], place)):
        least, most, accuracy = points[place]
        slower = any(low > most and equal == accuracy for low, _, equal in points)
        if least > fastest and not slower:
            front.append(place)
            fastest = most
    return front


def _points(bundle: Bundle, metric: Metric, speed_name: str) -> list[_Point]:
    """Return a point for each series that was timed and has the metric, in the series' order."""
    if bundle.timing is None:
        return []
    systems = [one for one in series_of(bundle) if one.variant.first.detections != ORACLE]
    points = [_point(one, _timings(bundle.timing, one), metric, speed_name) for one in systems]
    return [point for point in points if point is not None]


def _timings(timing: Timing, one: Series) -> list[RunTiming]:
    """Return the times of a series, one for each seed that was timed."""
    return [each for each in timing.runs if each.run == one.variant.name]


def _point(
    one: Series,
    timings: list[RunTiming],
    metric: Metric,
    speed_name: str,
) -> _Point | None:
    """Return the means of a series over its seeds; None where a speed or the metric is unknown."""
    if speed_name == "end_to_end_fps" and not _detecting_is_timed(timings):
        return None
    speeds = [getattr(timing, speed_name) for timing in timings]
    summary = one.variant.summary(metric.name)
    if summary is None or not speeds or min(speeds) <= 0:
        return None
    scale = 100 if metric.kind == "fraction" else 1
    span = _whole_span(timings, speed_name)
    return _Point(one, float(np.mean(speeds)), scale * summary.mean, span)


def _whole_span(timings: list[RunTiming], speed_name: str) -> tuple[float, float]:
    """Return the least and the most of a speed over the passes of all seeds."""
    spans = [timing.span(speed_name) for timing in timings]
    return min(low for low, _ in spans), max(high for _, high in spans)


def _detecting_is_timed(timings: list[RunTiming]) -> bool:
    return all(timing.stages.get("detecting") for timing in timings)


def _draw(
    axes: Axes,
    palette: Palette,
    *,
    points: list[_Point],
    front: list[int],
    metric: Metric,
    title: str,
) -> None:
    where = _places(points)
    speeds, accuracy = 10 ** where[:, 0], where[:, 1]
    seen = in_view(where)
    (left, low), (right, high) = where[seen].min(axis=0), where[seen].max(axis=0)
    across = 0.12 * (right - left) + 0.1
    pad = max(0.16 * (high - low), 2.0 if metric.kind == "fraction" else 0.5)
    axes.set(
        xscale="log",
        xlim=(10 ** (left - across), 10 ** (right + across)),
        ylim=(max(low - pad, 0.0), high + pad),
    )
    texts = [f"{point.series.label} ({point.fps:.0f}, {point.accuracy:.1f})" for point in points]
    looks = [point.series.look for point in points]
    mark_outside(axes, palette, np.column_stack((speeds, accuracy)), looks, texts)
    axes.plot(
        speeds[front], accuracy[front], color=palette.muted, linewidth=1.2, drawstyle="steps-pre",
        linestyle=(0, (1, 1.5)), zorder=1.5, label="front",
    )  # fmt: skip
    for point in reversed(points):
        look = point.series.look
        axes.plot(
            [point.fps], [point.accuracy], look.marker, color=palette.of(look, points=True), mfc=look.face(palette),
            markersize=6 if look.colour is not None else 5, zorder=3, label=point.series.label,
        )  # fmt: skip
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if right - left < 1.7 else (1.0,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"frames per second {title}")
    axes.set_ylabel(f"{metric.title} (%)" if metric.kind == "fraction" else metric.title)


def _name(
    figure: Figure,
    axes: Axes,
    palette: Palette,
    *,
    points: list[_Point],
    front: list[int],
    base: str | None,
) -> None:
    """Labels: of the front first, then of the base run, then of the others."""
    order = sorted(
        range(len(points)),
        key=lambda place: (place not in front, points[place].series.label != base, place),
    )
    seen = in_view(_places(points))
    where: NDArray[np.float64] = np.array(
        [(points[place].fps, points[place].accuracy) for place in order]
    )
    names = [
        short(points[place].series.label)
        if seen[place] and (points[place].series.colour is not None or place in front)
        else ""
        for place in order
    ]
    line = _front_line(where[: len(front)][np.argsort(where[: len(front), 0])])
    place_labels(
        figure, axes, np.concatenate((where, line)), [*names, *[""] * len(line)], palette.muted
    )


def _front_line(front: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points along the front's steps, for labels to keep off."""
    parts = [np.empty((0, 2))]
    for (x0, y0), (x1, y1) in zip(front[:-1], front[1:], strict=True):
        parts.append(np.column_stack((np.full(20, x0), np.linspace(y0, y1, 20))))
        parts.append(np.column_stack((np.geomspace(x0, x1, 20), np.full(20, y1))))
    return np.concatenate(parts)


def _places(points: list[_Point]) -> NDArray[np.float64]:
    """(N, 2) as they lie on the axes: the logarithm of the speed, and the accuracy."""
    return np.array([(np.log10(point.fps), point.accuracy) for point in points])
