"""HOTA, DetA and AssA over the localisation threshold alpha, as differences to the base run where there is one."""

from __future__ import annotations

import textwrap
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from mot_bench.reports.figures.drawing import Drawing, Panel
from mot_bench.reports.figures.palette import COLOURS, Palette
from mot_bench.reports.figures.series import Series, marks_of, series_of
from mot_bench.reports.figures.view import in_view
from mot_bench.reports.schema import Bundle
from mot_bench.reports.wording import MINUS, signed

METRICS = ("HOTA", "DetA", "AssA")
_Line = tuple[Series, NDArray[np.float64]]


def curves(bundle: Bundle, metrics: tuple[str, ...] = METRICS) -> Drawing | None:
    """Return a panel for each metric with a line for each run, means over seeds.

    Curves of good runs lie on top of each other, so that what is drawn is each run's difference to
    the base run, in percentage points; without a base run, or without another run, the curves
    themselves. None where no run has a curve.
    """
    found = {metric: _lines(bundle, metric) for metric in metrics}
    base = _base_label(bundle, found)
    panels = [_panel(bundle, metric, lines, base) for metric, lines in found.items() if lines]
    if not panels:
        return None
    drawn = {one.label for lines in found.values() for one, _ in lines}
    marks = marks_of([one for one in series_of(bundle) if one.label in drawn])
    return Drawing("curves", _caption(metrics, base), tuple(panels), marks)


def _caption(metrics: tuple[str, ...], base: str) -> str:
    """Return what the panels show: differences to the base run, or curves if ``base`` is empty."""
    named = ", ".join(metrics)
    over = "over the localisation threshold alpha"
    if base:
        return f"Difference in {named} to {base} in percentage points {over}"
    return f"{named} in percent {over}"


def _panel(bundle: Bundle, metric: str, lines: list[_Line], base: str) -> Panel:
    """Return the panel of a metric: differences to the base run, or curves if ``base`` is empty."""
    if base:
        return _difference_panel(bundle, metric, lines, base)
    draw = partial(_draw_curves, alphas=bundle.alphas, lines=lines, metric=metric)
    return Panel(draw)


def _base_label(bundle: Bundle, found: dict[str, list[_Line]]) -> str:
    """Return the base run's name if every metric has a curve of it and of another run, else an empty text."""
    for lines in found.values():
        labels = [one.label for one, _ in lines]
        if bundle.base not in labels or len(labels) < 2:
            return ""
    return bundle.base or ""


def _difference_panel(bundle: Bundle, metric: str, lines: list[_Line], base: str) -> Panel:
    """Return the panel of a metric with every run's curve less the base run's."""
    (base_curve,) = (curve for one, curve in lines if one.label == base)
    differences = [(one, curve - base_curve) for one, curve in lines]
    return Panel(partial(_draw_differences, alphas=bundle.alphas, lines=differences, metric=metric))


def _lines(bundle: Bundle, metric: str) -> list[_Line]:
    found = ((one, _mean_curve(one, metric, len(bundle.alphas))) for one in series_of(bundle))
    return [(one, curve) for one, curve in found if curve is not None]


def _draw_curves(
    axes: Axes, palette: Palette, *, alphas: tuple[float, ...], lines: list[_Line], metric: str
) -> None:
    _plot(axes, palette, alphas, lines)
    axes.set(ylim=(0, 100), yticks=range(0, 101, 20))
    axes.set_ylabel(f"{metric} (%)")


def _draw_differences(
    axes: Axes, palette: Palette, *, alphas: tuple[float, ...], lines: list[_Line], metric: str
) -> None:
    """Draw differences within limits that fit most runs, and name the runs whose lines leave them."""
    _plot(axes, palette, alphas, lines)
    ends = np.array([(curve.min(), curve.max()) for _, curve in lines])
    near = in_view(ends)
    low, high = float(ends[near, 0].min()), float(ends[near, 1].max())
    room = max(0.06 * (high - low), 0.5)
    axes.set_ylim(low - room, high + room)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", MINUS))
    axes.set_ylabel(f"difference in {metric} (% points)")
    beyond = [
        f"{one.label} ({signed(float(curve.mean()), 1)} on average)"
        for (one, curve), is_near in zip(lines, near, strict=True)
        if not is_near
    ]
    if beyond:
        text = "\n".join(textwrap.wrap(f"beyond the edge: {'; '.join(beyond)}", 30))
        axes.set_title(text, fontsize=7.5, color=palette.muted, loc="left")


def _plot(axes: Axes, palette: Palette, alphas: tuple[float, ...], lines: list[_Line]) -> None:
    for place, (one, percent) in reversed(list(enumerate(lines))):
        look = one.look
        axes.plot(
            alphas,
            percent,
            color=palette.of(look),
            linestyle=look.line,
            linewidth=1.4 if look.colour is not None else 1.0,
            marker=look.marker if look.colour is not None else "none",
            markerfacecolor=look.face(palette),
            markevery=(place % COLOURS, COLOURS),
            markersize=4,
            zorder=2.5 if look.colour is not None else 2,
            label=one.label,
        )
    axes.set(xlim=(0, 1), xticks=np.linspace(0, 1, 5))
    axes.set_xlabel("localisation threshold \N{GREEK SMALL LETTER ALPHA} (IoU)")


def _mean_curve(one: Series, metric: str, points: int) -> NDArray[np.float64] | None:
    """Return a metric over alpha in percent, the mean over seeds; None where a seed has none."""
    found = [run.curves.get(metric, ()) for run in one.variant.runs]
    if any(len(curve) != points or not np.isfinite(curve).all() for curve in found):
        return None
    mean: NDArray[np.float64] = 100 * np.mean(np.array(found, np.float64), axis=0)
    return mean
