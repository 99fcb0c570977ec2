"""Detection against association accuracy, with contours of equal HOTA."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mot_bench.reports.figures.drawing import Drawing, Panel, short
from mot_bench.reports.figures.palette import Palette
from mot_bench.reports.figures.series import Series, marks_of, series_of
from mot_bench.reports.figures.view import in_view, mark_outside
from mot_bench.reports.labels import place_labels
from mot_bench.reports.schema import Bundle

NAMES = ("DetA", "AssA")
MOST_NAMED = 8
LEAST_RUNS = 2  # a single point compares nothing


def plane(bundle: Bundle, metrics: tuple[str, ...] = NAMES) -> Drawing | None:
    """Return one panel with a point for each run, means over seeds.

    None for fewer than two runs.
    """
    del metrics
    found = []
    for one in series_of(bundle):
        detection, association = (one.variant.summary(name) for name in NAMES)
        if detection is not None and association is not None:
            found.append((one, (100 * detection.mean, 100 * association.mean)))
    if len(found) < LEAST_RUNS:
        return None
    series = [one for one, _ in found]
    panel = Panel(
        partial(_draw, series=series, points=np.array([point for _, point in found])),
        finish=partial(
            _name, series=series, points=np.array([point for _, point in found]), base=bundle.base
        ),
    )
    return Drawing(
        "plane",
        "DetA against AssA in percent, with contours of equal HOTA",
        (panel,),
        marks_of(series, line=False) if len(series) > MOST_NAMED else (),
        height=4.2,
    )


def limits(values: NDArray[np.float64], pad: float) -> tuple[float, float]:
    """Room around points in percent, at least 4 percentage points wide, within 0 to 100."""
    low, high = float(values.min()), float(values.max())
    room = max(pad * (high - low), 2.0)
    return max(0.0, low - room), min(100.0, high + room)


def _draw(
    axes: Axes, palette: Palette, *, series: list[Series], points: NDArray[np.float64]
) -> None:
    axes.grid(visible=False)
    seen = in_view(points)
    axes.set(xlim=limits(points[seen, 0], 0.3), ylim=limits(points[seen, 1], 0.18))
    texts = [f"{one.label} ({x:.1f}, {y:.1f})" for one, (x, y) in zip(series, points, strict=True)]
    mark_outside(axes, palette, points, [one.look for one in series], texts)
    axes.set_xlabel("DetA, detection accuracy (%)")
    axes.set_ylabel("AssA, association accuracy (%)")
    _contours(axes, palette)
    for one, (x, y) in reversed(list(zip(series, points, strict=True))):
        look = one.look
        size = 6 if look.colour is not None else 5
        colour = palette.of(look, points=True)
        axes.plot(
            [x],
            [y],
            look.marker,
            color=colour,
            mfc=look.face(palette),
            markersize=size,
            zorder=3,
            label=one.label,
        )


def _name(
    figure: Figure,
    axes: Axes,
    palette: Palette,
    *,
    series: list[Series],
    points: NDArray[np.float64],
    base: str | None,
) -> None:
    """Labels, the base run's first; those that find no place are told apart by the legend."""
    seen = in_view(points)
    order = sorted(range(len(series)), key=lambda place: series[place].label != base)
    names = [
        short(series[place].label) if series[place].colour is not None and seen[place] else ""
        for place in order
    ]
    place_labels(figure, axes, points[order], names, palette.muted)


def _contours(axes: Axes, palette: Palette) -> None:
    """Lines of equal HOTA = sqrt(DetA AssA), labelled where they leave the plot, right or at the bottom."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    low, high = np.sqrt(left * bottom), np.sqrt(right * top)
    step = next(step for step in (0.5, 1, 2, 5, 10, 20) if (high - low) / step <= 9 or step == 20)
    x = np.linspace(max(left, 1e-3), right, 200)
    text: dict[str, Any] = {"fontsize": 7.5, "color": palette.muted}
    for level in np.arange(np.ceil(low / step) * step, high, step):
        y = level**2 / x
        inside = (y >= bottom) & (y <= top)
        if inside.sum() < 12:
            continue
        axes.plot(x[inside], y[inside], color=palette.grid, linewidth=0.8, zorder=1)
        end = level**2 / right
        if bottom <= end <= top:
            axes.text(right, end, f" {level:g}", va="center", ha="left", clip_on=False, **text)
        else:
            axes.text(level**2 / bottom, bottom, f"{level:g}", va="bottom", ha="right", **text)
    axes.text(1.0, 1.01, "HOTA (%)", transform=axes.transAxes, ha="left", va="bottom", **text)
