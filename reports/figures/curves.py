"""HOTA, DetA and AssA over the localisation threshold alpha."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from reports.figures.drawing import Drawing, Panel
from reports.figures.palette import COLOURS, Palette
from reports.figures.series import Series, marks_of, series_of
from reports.schema import Bundle

METRICS = ("HOTA", "DetA", "AssA")
_Line = tuple[Series, list[float]]


def curves(bundle: Bundle, metrics: tuple[str, ...] = METRICS) -> Drawing | None:
    """A panel a metric, a line a run, means over seeds; None where no run has a curve."""
    found = {metric: _lines(bundle, metric) for metric in metrics}
    panels = [
        Panel(partial(_draw, alphas=bundle.alphas, lines=lines, metric=metric))
        for metric, lines in found.items()
        if lines
    ]
    if not panels:
        return None
    drawn = {one.label for lines in found.values() for one, _ in lines}
    return Drawing(
        "curves",
        f"{', '.join(metrics)} in percent over the localisation threshold alpha",
        tuple(panels),
        marks_of([one for one in series_of(bundle) if one.label in drawn]),
    )


def _lines(bundle: Bundle, metric: str) -> list[_Line]:
    found = ((one, _mean_curve(one, metric, len(bundle.alphas))) for one in series_of(bundle))
    return [(one, curve) for one, curve in found if curve is not None]


def _draw(axes: Axes, palette: Palette, *, alphas: tuple[float, ...], lines: list[_Line], metric: str) -> None:
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
    axes.set(xlim=(0, 1), ylim=(0, 100), xticks=np.linspace(0, 1, 5), yticks=range(0, 101, 20))
    axes.set_xlabel("localisation threshold \N{GREEK SMALL LETTER ALPHA} (IoU)")
    axes.set_ylabel(f"{metric} (%)")


def _mean_curve(one: Series, metric: str, points: int) -> list[float] | None:
    """A metric over alpha, in percent, the mean over seeds; None where a seed has none."""
    found = [run.curves.get(metric, ()) for run in one.variant.runs]
    if any(len(curve) != points or not np.isfinite(curve).all() for curve in found):
        return None
    return [100 * float(value) for value in np.mean(found, axis=0)]
