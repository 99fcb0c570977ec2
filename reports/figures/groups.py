"""HOTA, AssA and IDF1 of each run by group of sequences, such as levels of difficulty."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.figures.drawing import Drawing, Mark, Panel
from mot_bench.reports.figures.palette import Palette, look_at
from mot_bench.reports.figures.series import name_rows, rows_height
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, main_variants

SIDE_BY_SIDE = ("HOTA", "AssA", "IDF1")
MAX_ROWS = 30
DODGE, MOST_DODGED = (
    0.15,
    4,
)  # groups stand a little above each other, so that equal figures do not hide


def groups(bundle: Bundle, metrics: tuple[str, ...] = SIDE_BY_SIDE) -> Drawing | None:
    """A panel a metric, a row a main run, a point a group; None where nothing is reported apart."""
    names = bundle.dataset.groups
    variants = [one for one in main_variants(bundle) if one.first.groups][:MAX_ROWS]
    if not names or not variants:
        return None
    panels = [
        Panel(partial(_draw, groups=names, variants=variants, metric=metric)) for metric in metrics
    ]
    marks = [Mark(group, look_at(place), line=False) for place, group in enumerate(names)]
    return Drawing(
        "groups",
        f"{', '.join(metrics)} in percent of each run, by group",
        tuple(panels),
        tuple(marks),
        height=rows_height(len(variants)),
        shared_rows=True,
    )


def _draw(
    axes: Axes, palette: Palette, *, groups: tuple[str, ...], variants: list[Variant], metric: str
) -> None:
    for place, group in enumerate(groups):
        look = look_at(place)
        colour = palette.of(look)
        aside = DODGE * (place - (len(groups) - 1) / 2) if len(groups) <= MOST_DODGED else 0.0
        for row, variant in enumerate(variants):
            found = [run.metrics_in(group).get(metric) for run in variant.runs]
            values = [100 * value for value in found if value is not None and np.isfinite(value)]
            if len(values) > 1:
                axes.plot(
                    values,
                    [row + aside] * len(values),
                    ".",
                    color=colour,
                    markersize=3.5,
                    alpha=0.7,
                    label="_seeds",
                )
            if values:
                mean = float(np.mean(values))
                axes.plot(
                    [mean],
                    [row + aside],
                    look.marker,
                    color=colour,
                    mfc=look.face(palette),
                    markersize=6,
                    label=group,
                )
    name_rows(axes, [one.name for one in variants])
    axes.set_xlabel(f"{metric} (%)")
