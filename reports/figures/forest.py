"""Forest plot: each run's difference to the base run with its 95 % interval."""

from __future__ import annotations

from functools import partial

from matplotlib.axes import Axes

from reports.certainty import Comparison, Verdict
from reports.figures.drawing import Drawing, Mark, Panel, short
from reports.figures.palette import GREEN, ORANGE, Look, Palette
from reports.figures.series import name_rows, rows_height
from reports.schema import Bundle, Metric
from reports.variants import ranked_variants

COMPARED = ("HOTA", "IDF1", "MOTA")
LOOKS: dict[Verdict, Look] = {
    "better": Look(GREEN),
    "worse": Look(ORANGE),
    "not distinguishable here": Look(7, 1),
    "no statement": Look(None),
}
MARKERS: dict[Verdict, str] = {"better": "^", "worse": "v", "not distinguishable here": "o", "no statement": "x"}


def forest(bundle: Bundle, metrics: tuple[str, ...] = COMPARED) -> Drawing | None:
    """A panel a metric, a row a run, best HOTA first; None where no difference to the base run has an interval.

    Where a suite has no base run, the best run stands for it.

    A filled triangle is a difference beyond chance, a hollow circle one that is not distinguishable here, a cross one
    of which nothing can be said.
    """
    certainty = bundle.certainty
    ranked = [variant.name for variant in ranked_variants(bundle)]
    base = bundle.base or next(iter(ranked), None)
    if certainty is None or base is None:
        return None
    names = [name for name in ranked if name != base]
    found = {
        metric: {name: one for name in names if (one := certainty.comparison(name, base, metric)) is not None}
        for metric in metrics
    }
    if not any(one.interval for comparisons in found.values() for one in comparisons.values()):
        return None
    rows = [name for name in names if any(name in comparisons for comparisons in found.values())]
    panels = [
        Panel(
            partial(_draw, rows=rows, comparisons=comparisons, metric=bundle.metric(metric), base=base),
            bundle.metric(metric).title,
        )
        for metric, comparisons in found.items()
        if comparisons
    ]
    if not panels:
        return None
    present = {one.verdict for comparisons in found.values() for one in comparisons.values()}
    marks = [
        Mark(verdict, LOOKS[verdict], line=False, shape=MARKERS[verdict]) for verdict in LOOKS if verdict in present
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
    axes: Axes, palette: Palette, *, rows: list[str], comparisons: dict[str, Comparison], metric: Metric, base: str
) -> None:
    scale = 100 if metric.kind == "fraction" else 1
    axes.axvline(0, color=palette.ink, linewidth=0.9, zorder=1.5)
    for row, name in enumerate(rows):
        one = comparisons.get(name)
        if one is None:
            continue
        look = LOOKS[one.verdict]
        colour = palette.of(look, points=True)
        if one.interval is not None:
            ends = [scale * one.interval.low, scale * one.interval.high]
            axes.plot(ends, [row, row], "|-", color=colour, linewidth=1.6, markersize=5, label="_interval")
        axes.plot(
            [scale * one.difference], [row], MARKERS[one.verdict], color=colour,
            markerfacecolor=look.face(palette), markersize=5.5, zorder=3, label=name,
        )  # fmt: skip
    name_rows(axes, rows)
    unit = "% points" if metric.kind == "fraction" else "count"
    axes.set_xlabel(f"difference to {short(base, 16)} ({unit})")
