"""Which look a run has in every figure, and names of runs as rows of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.figures.drawing import MAX_LABEL, Mark, short
from mot_bench.reports.figures.palette import MAX_PLACES, Look, look_at
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, is_published_row, ranked_variants

ROW_INCHES = 0.215
ORACLE = "oracle"  # detections that are the ground truth's boxes


@dataclass(frozen=True)
class Series:
    """How one row is drawn, everywhere alike: ``colour`` 0 to 7 or None for grey, ``dash`` 0 or 1."""

    variant: Variant
    label: str
    colour: int | None
    dash: int

    @property
    def look(self) -> Look:
        """Colour, line and marker."""
        return Look(self.colour, self.dash)


def series_of(bundle: Bundle) -> tuple[Series, ...]:
    """The variants that finished, best first; sixteen have a colour.

    These are the base run, then the best of those that are no second row of a calibrated run, then
    the others.
    """
    rows = [variant for variant in ranked_variants(bundle) if variant.status == "ok"]
    first = sorted(rows, key=lambda one: (one.name != bundle.base, is_published_row(bundle, one)))[
        :MAX_PLACES
    ]
    coloured = [variant for variant in rows if variant in first]
    series = []
    for variant in rows:
        look = look_at(coloured.index(variant) if variant in coloured else None)
        series.append(Series(variant, variant.name, look.colour, look.dash))
    return tuple(series)


def marks_of(
    series: Sequence[Series], *, line: bool = True, points: bool = True
) -> tuple[Mark, ...]:
    """A legend: those with a colour, and one entry for all others."""
    marks = [Mark(one.label, one.look, line, points) for one in series if one.colour is not None]
    others = sum(one.colour is None for one in series)
    if others:
        marks.append(
            Mark(f"{others} other run{'s' if others > 1 else ''}", Look(None), line, points)
        )
    return tuple(marks)


def name_rows(axes: Axes, names: Sequence[str], most: int = MAX_LABEL) -> None:
    """Rows of a chart, the first on top: row ``i`` lies at ``y = i``."""
    axes.set_yticks(np.arange(len(names)), [short(name, most) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def rows_height(rows: int) -> float:
    """Inches of a chart with so many rows."""
    return 0.95 + ROW_INCHES * max(rows, 2)
