"""Forest plot: each run's difference to the base run with its 95 % interval."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.certainty import Comparison, Verdict
from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.palette import GREEN, ORANGE, Look, Palette
from mot_bench.reports.figures.series import name_rows, rows_height
from mot_bench.reports.figures.view import in_view
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.variants import main_variants

COMPARED = ("HOTA", "IDF1", "MOTA")
LOOKS: dict[Verdict, Look] = {
    "better": Look(GREEN),
    "worse": Look(ORANGE),
    "not distinguishable here": Look(7, 1),
    "no statement": Look(None),
}
MARKERS: dict[Verdict, str] = {
    "better": "^",
    "worse": "v",
    "not distinguishable here": "o",
    "no statement": "x",
}


def forest(bundle: Bundle, metrics: tuple[str, ...] = COMPARED) -> Drawing | None:
    """A panel a metric, a row a main run, best HOTA first.

    None where no difference to the base run has an interval.

    Where a suite has no base run, the best run stands for it.

    A filled triangle is a difference beyond chance, a hollow circle one that is not distinguishable
    here, a cross one of which nothing can be said. A difference far from the others stands at the
    edge as a figure with an arrow.
    """
    certainty = bundle.certainty
    ranked = [variant.name for variant in main_variants(bundle)]
    base = bundle.base or next(iter(ranked), None)
    if certainty is None or base is None:
        return None
    names = [name for name in ranked if name != base]
    found = {
        metric: {
            name: one
            for name in names
            if (one := certainty.comparison(name, base, metric)) is not None
        }
        for metric in metrics
    }
    if not any(one.interval for comparisons in found.values() for one in comparisons.values()):
        return None
    rows = [name for name in names if any(name in comparisons for comparisons in found.values())]
    panels = [
        Panel(
            partial(
                _draw, rows=rows, comparisons=comparisons, metric=bundle.metric(metric), base=base
            ),
            bundle.metric(metric).title,
        )
        for metric, comparisons in found.items()
        if comparisons
    ]
    if not panels:
        return None
    present = {one.verdict for comparisons in found.values() for one in comparisons.values()}
    marks = [
        Mark(verdict, LOOKS[verdict], line=False, shape=MARKERS[verdict])
        for verdict in LOOKS
        if verdict in present
    ]
    return Drawing(
        "forest",
        f"Differences to {base} with 95 % intervals: {', '.join(metrics)}",
        tuple(panels),
        tuple(marks),
        height=rows_height(len(rows)) + 0.1,
        shared_rows=True,
    )


def _draw(
    axes: Axes,
    palette: Palette,
    *,
    rows: list[str],
    comparisons: dict[str, Comparison],
    metric: Metric,
    base: str,
) -> None:
    scale = 100 if metric.kind == "fraction" else 1
    axes.axvline(0, color=palette.ink, linewidth=0.9, zorder=1.5)
    shown = [name for name in rows if name in comparisons]
    differences = np.array([comparisons[name].difference for name in shown])
    near = dict(zip(shown, in_view(np.column_stack((differences, differences))), strict=True))
    for row, name in enumerate(rows):
        one = comparisons.get(name)
        if one is None or not near[name]:
            continue
        look = LOOKS[one.verdict]
        colour = palette.of(look, points=True)
        if one.interval is not None:
            ends = [scale * one.interval.low, scale * one.interval.high]
            axes.plot(
                ends, [row, row], "|-", color=colour, linewidth=1.6, markersize=5, label="_interval"
            )
        axes.plot(
            [scale * one.difference], [row], MARKERS[one.verdict], color=colour,
            markerfacecolor=look.face(palette), markersize=5.5, zorder=3, label=name,
        )  # fmt: skip
    for row, name in enumerate(rows):
        if not near.get(name, True):
            _at_the_edge(axes, palette, row, comparisons[name], scale)
    name_rows(axes, rows)
    unit = "% points" if metric.kind == "fraction" else "count"
    axes.set_xlabel(f"difference to {short(base, 16)} ({unit})")


def _at_the_edge(axes: Axes, palette: Palette, row: int, one: Comparison, scale: float) -> None:
    """A difference that is not in view: its mark at the edge that it lies behind, an arrow, and its value."""
    left = one.difference < 0
    value = f"{scale * one.difference:+.1f}" if scale > 1 else f"{one.difference:+.0f}"
    text = f"\N{LEFTWARDS ARROW} {value}" if left else f"{value} \N{RIGHTWARDS ARROW}"
    look = LOOKS[one.verdict]
    colour = palette.of(look, points=True)
    place = 0.04 if left else 0.96
    way: dict[str, Any] = {
        "color": colour,
        "markerfacecolor": look.face(palette),
        "markersize": 5.5,
        "zorder": 3,
    }
    axes.plot(
        [place],
        [row],
        MARKERS[one.verdict],
        transform=axes.get_yaxis_transform(),
        label="_edge",
        **way,
    )
    axes.annotate(
        text.replace("-", "\N{MINUS SIGN}"),
        (place, row),
        xycoords=axes.get_yaxis_transform(),
        xytext=(6 if left else -6, 0),
        textcoords="offset points",
        ha="left" if left else "right",
        va="center",
        fontsize=7,
        color=colour,
    )
