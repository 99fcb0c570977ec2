"""Time per stage: milliseconds a frame of each run, stacked."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.figures.drawing import Drawing, Mark, Panel
from mot_bench.reports.figures.palette import HATCHES, Palette, look_at
from mot_bench.reports.figures.series import name_rows, rows_height
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import main_variants

_Row = tuple[str, dict[str, float]]


def stages(bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
    """One panel, a row a run, in the leaderboard's order; None where nothing was timed."""
    del metrics
    rows = stage_times(bundle)
    names = [
        name
        for name in dict.fromkeys(name for _, times in rows for name in times)
        if any(times.get(name) for _, times in rows)
    ]
    if not names:
        return None
    marks = [
        Mark(name, look_at(place), hatch=place % len(HATCHES)) for place, name in enumerate(names)
    ]
    return Drawing(
        "stages",
        "Milliseconds a frame of each stage",
        (Panel(partial(_draw, rows=rows, names=names)),),
        tuple(marks),
        height=rows_height(len(rows)),
    )


def stage_times(bundle: Bundle) -> list[_Row]:
    """Return of each main run that was timed the milliseconds a frame by stage, means over seeds."""
    rows: list[_Row] = []
    for variant in main_variants(bundle):
        timed = (
            [one for one in bundle.timing.runs if one.run == variant.name and one.frames]
            if bundle.timing
            else []
        )
        if timed:
            names = dict.fromkeys(name for one in timed for name in one.stages)
            times = {
                name: float(
                    np.mean([1000 * one.stages.get(name, 0.0) / one.frames for one in timed])
                )
                for name in names
            }
            rows.append((variant.name, times))
    return rows


def _draw(axes: Axes, palette: Palette, *, rows: list[_Row], names: list[str]) -> None:
    axes.grid(visible=False, axis="y")
    most = max(sum(times.values()) for _, times in rows)
    for row, (_, times) in enumerate(rows):
        left = 0.0
        for place, name in enumerate(names):
            time = times.get(name, 0.0)
            axes.barh(
                row, time, 0.7, left=left, color=palette.series[place % len(palette.series)],
                hatch=HATCHES[place % len(HATCHES)], edgecolor=palette.paper, linewidth=0, label=name,
            )  # fmt: skip
            left += time
        text = f"{left:.0f}" if left >= 9.95 else f"{left:.1f}" if left >= 0.095 else f"{left:.2g}"
        axes.text(left + 0.012 * most, row, text, va="center", fontsize=7.5, color=palette.muted)
    name_rows(axes, [name for name, _ in rows])
    axes.set_xlim(0, 1.1 * most)
    axes.set_xlabel("ms a frame")
