"""Loss-weight sweeps: AP, TPR, MOTA, IDF1 and HOTA against the weight of ReID, with the learned balance as a line."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from mot_bench.reports.balance import AP, TPR, Network, Sweep, runs_of, sweep_of
from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.intervals import seeds_interval
from mot_bench.reports.figures.palette import Look, Palette
from mot_bench.reports.schema import Bundle

SWEPT = ("AP", "TPR", "MOTA", "IDF1", "HOTA")
_OWN = {"AP": AP, "TPR": TPR}
FIXED, LEARNED = Look(0), Look(1, 1)


def sweep(bundle: Bundle, metrics: tuple[str, ...] = SWEPT) -> Drawing | None:
    """A panel a metric: the mean over seeds of each weight with its 95 % interval, seeds as dots.

    None without a sweep.

    Args:
        bundle: with models.
        metrics: ``AP``, ``TPR`` and metrics of runs.
    """
    found = sweep_of(bundle)
    if found is None:
        return None
    panels = [Panel(partial(_draw, bundle=bundle, sweep=found, name=name)) for name in metrics]
    marks = [
        Mark(
            "fixed weights, 95 % interval over seeds" if _repeated(found) else "fixed weights",
            FIXED,
        )
    ]
    if found.learned is not None:
        end = f" (ratio {found.ratio:.2g} at the end)" if found.ratio else ""
        marks.append(Mark(f"{short(found.learned.name)}, learned{end}", LEARNED))
    return Drawing(
        "sweep",
        f"{', '.join(metrics)} in percent over the weight of ReID",
        tuple(panels),
        tuple(marks),
        height=2.7,
    )


def swept(bundle: Bundle, network: Network, name: str) -> list[float]:
    """AP and TPR of a network, or a metric of its run, in percent, by seed.

    What is missing is left out.
    """
    values: list[float | None]
    if name in _OWN:
        values = [model.worth(_OWN[name]) for model in network.models]
    else:
        values = [run.metrics.get(name) for run in runs_of(bundle, network)]
    return [100 * value for value in values if value is not None and np.isfinite(value)]


def _draw(axes: Axes, palette: Palette, *, bundle: Bundle, sweep: Sweep, name: str) -> None:
    means = []
    for ratio, network in sweep.points:
        values = swept(bundle, network, name)
        if values:
            means.append((ratio, float(np.mean(values))))
            _spread(axes, palette.of(FIXED), ratio, values)
    if means:
        axes.plot(
            *zip(*means, strict=True), "o-", color=palette.of(FIXED), markersize=4.5, label="fixed"
        )
    learned = swept(bundle, sweep.learned, name) if sweep.learned is not None else []
    if learned:
        colour = palette.of(LEARNED)
        middle = float(np.mean(learned))
        axes.axhline(middle, color=colour, linewidth=1.4, linestyle=LEARNED.line, label="learned")
        if sweep.ratio:
            _spread(axes, colour, sweep.ratio, learned)
            axes.plot(
                [sweep.ratio],
                [middle],
                LEARNED.marker,
                color=colour,
                mfc="none",
                markersize=6,
                label="ratio",
            )
    axes.set(xscale="log", xlabel="ReID weight / detection weight", ylabel=f"{name} (%)")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _spread(axes: Axes, colour: str, ratio: float, values: list[float]) -> None:
    """Seeds as dots, and the interval of their mean."""
    interval = seeds_interval(values)
    if interval is None:
        return
    axes.plot(
        [ratio] * len(values), values, ".", color=colour, markersize=4, alpha=0.7, label="_seeds"
    )
    low, high = (min(max(bound, 0.0), 100.0) for bound in interval)
    middle = float(np.mean(values))
    axes.errorbar(
        [ratio],
        [middle],
        [[middle - low], [high - middle]],
        color=colour,
        capsize=2.5,
        linewidth=1.1,
    )


def _repeated(sweep: Sweep) -> bool:
    return any(len(network.models) > 1 for _, network in sweep.points)
