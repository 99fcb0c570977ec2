"""Figures as inline SVG: HOTA, DetA and AssA over alpha, and detection against association accuracy.

Colours are the page's (``currentColor`` and the custom properties ``--s0`` ... ``--s7``), so that one figure serves
dark and light. The same bundle gives the same bytes: no date, a fixed salt; ids carry the figure's name, so that
several figures stand in one page. Text stays text, and is never read as mathematics.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.labels import place_labels
from reports.schema import Bundle
from reports.variants import Variant, ranked_variants

COLOURS = 8
DASHES: tuple[Any, ...] = ("solid", (0, (4, 2)))
MARKERS = "osD^vPX*"
MAX_LABELS = 16
INK = "#010203"
FAINT = "#040506"
OTHER = "#070809"
REST = "#0c0d0e"
SERIES = tuple(f"#0a0b{10 + index}" for index in range(COLOURS))
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "mot-bench",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Series:
    """How one row is drawn, everywhere alike: ``colour`` 0 to 7, ``dash`` 0 or 1; neither for those that stay grey."""

    variant: Variant
    label: str
    colour: int | None
    dash: int

    @property
    def marker(self) -> str:
        """Shape of its point: with the colour's number, so that colour is never the only sign."""
        return MARKERS[self.colour] if self.colour is not None else "o"


def series_of(bundle: Bundle) -> tuple[Series, ...]:
    """The variants that finished, best first; the best 16 have a colour, and the base run has one in any case."""
    rows = [variant for variant in ranked_variants(bundle) if variant.status == "ok"]
    coloured = rows[:MAX_LABELS]
    base = next((variant for variant in rows if variant.name == bundle.base), None)
    if base is not None and base not in coloured:
        coloured[-1] = base
    series = []
    for variant in rows:
        place = coloured.index(variant) if variant in coloured else None
        colour = place % COLOURS if place is not None else None
        series.append(Series(variant, variant.name, colour, 0 if place is None else place // COLOURS))
    return tuple(series)


def _mean_curve(one: Series, metric: str, points: int) -> list[float] | None:
    """A metric over alpha, in percent, the mean over seeds; None where a seed has none."""
    curves = [run.curves.get(metric, ()) for run in one.variant.runs]
    if any(len(curve) != points for curve in curves):
        return None
    return [100 * float(value) for value in np.mean(curves, axis=0)]


def curves_svg(bundle: Bundle, metric: str) -> str | None:
    """One metric over alpha, a line a row; None where no row has a curve."""
    found = [(one, _mean_curve(one, metric, len(bundle.alphas))) for one in series_of(bundle)]
    lines = [(one, curve) for one, curve in found if curve is not None]
    if not lines:
        return None
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.6, 2.9), layout="constrained")
        axes = figure.subplots()
        for one, percent in reversed(lines):
            axes.plot(bundle.alphas, percent, color=_colour(one), linestyle=DASHES[one.dash], linewidth=1.5)
        axes.set(xlim=(0, 1), ylim=(0, 100), xticks=np.linspace(0, 1, 5), yticks=range(0, 101, 20))
        axes.set_xlabel("localisation threshold \N{GREEK SMALL LETTER ALPHA} (IoU)")
        axes.set_ylabel(f"{metric} (%)")
        axes.grid(color=FAINT, linewidth=0.6)
        return page_svg(figure, f"curve-{metric}", f"{metric} in percent over the localisation threshold alpha")


def scatter_svg(bundle: Bundle) -> str | None:
    """Detection (x) against association accuracy (y), with contours of equal HOTA; None where no row has both."""
    series, means = [], []
    for one in series_of(bundle):
        detection, association = one.variant.summary("DetA"), one.variant.summary("AssA")
        if detection is not None and association is not None:
            series.append(one)
            means.append((100 * detection.mean, 100 * association.mean))
    if not series:
        return None
    points = np.array(means)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.8, 4.2), layout="constrained")
        axes = figure.subplots()
        (left, right), (bottom, top) = (_limits(points[:, axis], pad) for axis, pad in ((0, 0.3), (1, 0.18)))
        axes.set(xlim=(left, right), ylim=(bottom, top))
        axes.set_xlabel("DetA, detection accuracy (%)")
        axes.set_ylabel("AssA, association accuracy (%)")
        _contours(axes)
        for one, (x, y) in reversed(list(zip(series, points, strict=True))):
            fill = "none" if one.dash else _colour(one)
            axes.plot(x, y, one.marker, color=_colour(one), markerfacecolor=fill, markersize=6, zorder=3)
        labels = [one.label if one.colour is not None else "" for one in series]
        place_labels(figure, axes, points, [short(label) for label in labels])
        return page_svg(figure, "scatter", "DetA against AssA in percent, with contours of equal HOTA")


def _limits(values: Any, pad: float) -> tuple[float, float]:
    """Room around the points, at least 4 percentage points wide, within 0 to 100."""
    low, high = float(values.min()), float(values.max())
    room = max(pad * (high - low), 2.0)
    return max(0.0, low - room), min(100.0, high + room)


def _contours(axes: Axes) -> None:
    """Lines of equal HOTA = sqrt(DetA AssA), labelled where they leave the plot, right or on top."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    low, high = np.sqrt(left * bottom), np.sqrt(right * top)
    step = next(step for step in (0.5, 1, 2, 5, 10, 20) if (high - low) / step <= 9 or step == 20)
    x = np.linspace(max(left, 1e-3), right, 200)
    for level in np.arange(np.ceil(low / step) * step, high, step):
        y = level**2 / x
        inside = (y >= bottom) & (y <= top)
        if inside.sum() < 12:
            continue
        axes.plot(x[inside], y[inside], color=FAINT, linewidth=0.8, zorder=1)
        end = level**2 / right
        if bottom <= end <= top:
            axes.text(right, end, f" {level:g}", fontsize=7.5, va="center", ha="left", color=OTHER, clip_on=False)
        else:
            axes.text(level**2 / bottom, bottom, f"{level:g}", fontsize=7.5, va="bottom", ha="right", color=OTHER)
    axes.text(1.0, 1.01, "HOTA (%)", transform=axes.transAxes, fontsize=7.5, ha="left", va="bottom", color=OTHER)


def _colour(series: Series) -> str:
    return REST if series.colour is None else SERIES[series.colour]


def short(label: str, most: int = 28) -> str:
    """A label cut to a length."""
    return label if len(label) <= most else label[: most - 1] + "…"


def page_svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an SVG element for a page: colours from the page, ids of its own, no prolog."""
    target = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"(\bid=\"|url\(#|href=\"#)", rf"\g<1>{name}-", text)
    for old, new in _page_colours().items():
        text = text.replace(old, new)
    text = text.replace("'DejaVu Sans'", "inherit").replace("DejaVu Sans", "inherit")
    width, height = (re.search(rf'{side}="([\d.]+)pt"', text) for side in ("width", "height"))
    if width and height:
        text = text.replace(width.group(), f'width="{float(width.group(1)) * 4 / 3:.0f}"', 1)
        text = text.replace(height.group(), f'height="{float(height.group(1)) * 4 / 3:.0f}"', 1)
    return text.replace("<svg ", f'<svg role="img" aria-label="{description}" ', 1)


def _page_colours() -> dict[str, str]:
    series = {colour: f"var(--s{index})" for index, colour in enumerate(SERIES)}
    return {INK: "currentColor", FAINT: "var(--grid)", OTHER: "var(--muted)", REST: "var(--rule)", **series}
