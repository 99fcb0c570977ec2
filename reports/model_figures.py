"""Figures of models: AP against TPR, training curves, the sweep of a weight, and runs by group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from reports.balance import AP, TPR, Network, networks_of, runs_of, sweep_of
from reports.figures import COLOURS, DASHES, FAINT, MARKERS, OTHER, SERIES, STYLE, page_svg, short
from reports.labels import place_labels
from reports.schema import Bundle
from reports.sections import SIDE_BY_SIDE
from reports.variants import main_variants

MAX_LINES = 16
MAX_GROUP_RUNS = 16
TERMS = {
    "total": "total loss",
    "detection": "detection loss",
    "reid": "ReID loss",
    "AP": "AP, calibration frames (%)",
}
SWEPT = ("AP", "TPR", "MOTA", "IDF1", "HOTA")


def model_figures(bundle: Bundle) -> list[tuple[str, str]]:
    """Those that there is anything for, by name: ``fairness``, ``sweep``, ``training``."""
    figures = (("fairness", fairness_svg), ("sweep", sweep_svg), ("training", training_svg))
    return [(name, svg) for name, draw in figures if (svg := draw(bundle)) is not None]


def fairness_svg(bundle: Bundle) -> str | None:
    """AP (x) against TPR (y), with what the specialists reach as lines; None where no other model has both."""
    networks = [one for one in networks_of(bundle) if _both(one) and not one.first.specialist]
    if not networks:
        return None
    points = np.array([[100 * np.mean([m.worth(name) for m in one.models]) for name in (AP, TPR)] for one in networks])
    lines = [_specialist(bundle, "detection", AP), _specialist(bundle, "reid", TPR)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.8, 4.2), layout="constrained")
        axes = figure.subplots()
        dots = np.array(
            [[100 * float(m.worth(name) or 0) for name in (AP, TPR)] for one in networks for m in one.models]
        )
        limits = [_limits([*dots[:, axis], *([] if line is None else [line])]) for axis, line in enumerate(lines)]
        axes.set(xlim=limits[0], ylim=limits[1])
        axes.set_xlabel("AP, visible people, IoU 0.5 (%)")
        axes.set_ylabel("TPR at FAR 0.1 (%)")
        taken = np.concatenate([dots, *_specialist_lines(axes, lines)])
        for index, (one, (x, y)) in enumerate(zip(networks, points, strict=True)):
            colour = SERIES[index % COLOURS]
            if len(one.models) > 1:
                small = np.array([[100 * float(m.worth(name) or 0) for name in (AP, TPR)] for m in one.models])
                axes.plot(small[:, 0], small[:, 1], ".", color=colour, markersize=4, alpha=0.7)
            fill = "none" if index >= COLOURS else colour
            axes.plot(x, y, MARKERS[index % COLOURS], color=colour, markerfacecolor=fill, markersize=7, zorder=3)
        labels = [short(one.name) for one in networks]
        place_labels(figure, axes, np.concatenate([points, taken]), [*labels, *[""] * len(taken)])
        return page_svg(figure, "fairness", "AP against TPR in percent, with what specialists reach as lines")


def training_svg(bundle: Bundle) -> str | None:
    """Terms of the loss over steps, mean over seeds, one panel each; None where no model has a curve."""
    networks = [one for one in networks_of(bundle) if one.first.kind == "fairmot" and one.first.curve][:MAX_LINES]
    terms = [term for term in TERMS if any(term in row for one in networks for row in one.first.curve)]
    if not networks or not terms:
        return None
    most = max(row["step"] for one in networks for model in one.models for row in model.curve)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.6 * len(terms), 3.1), layout="constrained")
        panels = np.atleast_1d(figure.subplots(1, len(terms)))
        for axes, term in zip(panels, terms, strict=True):
            for index, one in enumerate(networks):
                steps, values = _curve(one, term)
                if steps:
                    axes.plot(
                        steps,
                        values,
                        marker=MARKERS[index % COLOURS],
                        markevery=[len(steps) - 1],
                        markersize=4.5,
                        color=SERIES[index % COLOURS],
                        linestyle=DASHES[index // COLOURS % 2],
                        linewidth=1.3,
                    )
            axes.set(xlabel="step", title=TERMS[term], xlim=(0, 1.04 * most))
            axes.title.set_size(9)
            axes.grid(color=FAINT, linewidth=0.6)
        _legend(figure, [(one.name, index) for index, one in enumerate(networks)], lines=True)
        return page_svg(figure, "training", "Terms of the loss over the steps of training")


def sweep_svg(bundle: Bundle) -> str | None:
    """AP, TPR, MOTA, IDF1 and HOTA over the weight of ReID, with the learned balance as a line; None without sweep."""
    sweep = sweep_of(bundle)
    if sweep is None:
        return None
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.3 * len(SWEPT), 2.9), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(SWEPT)), SWEPT, strict=True):
            means = []
            for ratio, network in sweep.points:
                values = _swept(bundle, network, name)
                if values:
                    means.append((ratio, float(np.mean(values))))
                if len(values) > 1:
                    axes.plot([ratio] * len(values), values, ".", color=SERIES[0], markersize=4, alpha=0.7)
            axes.plot(*zip(*means, strict=True) if means else ([], []), "o-", color=SERIES[0], markersize=4.5)
            learned = _swept(bundle, sweep.learned, name) if sweep.learned is not None else []
            if learned:
                axes.axhline(float(np.mean(learned)), color=SERIES[1], linewidth=1.4, linestyle=(0, (5, 2)))
            if sweep.ratio:
                axes.axvline(sweep.ratio, color=SERIES[1], linewidth=1, linestyle=(0, (1, 2)))
            if sweep.ratio and learned and len(learned) > 1:
                axes.plot([sweep.ratio] * len(learned), learned, ".", color=SERIES[1], markersize=4)
            axes.set(xscale="log", xlabel="ReID / detection weight", title=f"{name} (%)")
            axes.xaxis.set_major_locator(LogLocator(numticks=5))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.title.set_size(9)
            axes.grid(color=FAINT, linewidth=0.6)
        handles = [Line2D([], [], color=SERIES[0], marker="o", markersize=4.5, label="fixed weights")]
        if sweep.learned is not None:
            label = f"{short(sweep.learned.name)}, learned balance"
            handles.append(Line2D([], [], color=SERIES[1], linestyle=(0, (5, 2)), label=label))
        if sweep.ratio:
            label = f"its ratio at the end, {sweep.ratio:.2g}"
            handles.append(Line2D([], [], color=SERIES[1], linestyle=(0, (1, 2)), label=label))
        figure.legend(handles=handles, loc="outside lower left", ncols=3, frameon=False, fontsize=8.5)
        return page_svg(figure, "sweep", "AP, TPR, MOTA, IDF1 and HOTA in percent over the weight of ReID")


def groups_svg(bundle: Bundle) -> str | None:
    """HOTA, AssA and IDF1 of the main runs, a mark a group; None where nothing is reported apart."""
    groups = bundle.dataset.groups
    variants = [one for one in main_variants(bundle) if one.first.groups][:MAX_GROUP_RUNS]
    if not groups or not variants:
        return None
    places = np.arange(len(variants))[::-1]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 0.9 + 0.27 * len(variants) + 0.35), layout="constrained")
        panels = figure.subplots(1, len(SIDE_BY_SIDE), sharey=True)
        for axes, name in zip(panels, SIDE_BY_SIDE, strict=True):
            for index, group in enumerate(groups):
                for place, variant in zip(places, variants, strict=True):
                    values = [100 * v for run in variant.runs if (v := run.metrics_in(group).get(name)) is not None]
                    colour = SERIES[index % COLOURS]
                    if len(values) > 1:
                        axes.plot(values, [place] * len(values), ".", color=colour, markersize=3.5, alpha=0.7)
                    if values:
                        axes.plot(np.mean(values), place, MARKERS[index % COLOURS], color=colour, markersize=6)
            axes.set(title=f"{name} (%)", ylim=(-0.7, len(variants) - 0.3))
            axes.title.set_size(9)
            axes.grid(color=FAINT, linewidth=0.6)
            axes.set_axisbelow(True)
            axes.set_yticks(places, [short(one.name) for one in variants])
            axes.tick_params(axis="y", length=0)
        _legend(figure, [(group, index) for index, group in enumerate(groups)], lines=False)
        return page_svg(figure, "groups", "HOTA, AssA and IDF1 in percent of each run, by group")


def _legend(figure: Figure, entries: Iterable[tuple[str, int]], *, lines: bool) -> None:
    """Beneath the panels, in columns."""
    handles = [
        Line2D([], [], color=SERIES[i % COLOURS], marker=MARKERS[i % COLOURS], markersize=4.5,
               linestyle=DASHES[i // COLOURS % 2] if lines else "none", label=short(name, 24))
        for name, i in entries
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower left", ncols=4, frameon=False, fontsize=8.5, handlelength=3.4)


def _specialist_lines(axes: Axes, lines: Sequence[float | None]) -> list[NDArray[np.float64]]:
    """Draw what the specialists of detection and ReID reach, and name it; points along these lines, to keep free."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    detection, reid = lines
    along = []
    if detection is not None:
        axes.axvline(detection, color=OTHER, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
        text = f"detection specialist {detection:.1f}"
        axes.text(detection, top, text, fontsize=7.5, color=OTHER, ha="right", va="bottom")
        along.append(np.column_stack((np.full(60, detection), np.linspace(bottom, top, 60))))
    if reid is not None:
        axes.axhline(reid, color=OTHER, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
        axes.text(
            left + 0.02 * (right - left),
            reid,
            f"ReID specialist {reid:.1f}",
            fontsize=7.5,
            color=OTHER,
            ha="left",
            va="bottom",
        )
        along.append(np.column_stack((np.linspace(left, right, 60), np.full(60, reid))))
    return along


def _limits(values: list[float]) -> tuple[float, float]:
    """Room around the points, in percent."""
    room = max(0.16 * (max(values) - min(values)), 2.0)
    return max(0.0, min(values) - room), min(101.0, max(values) + room)


def _both(network: Network) -> bool:
    return all(model.worth(AP) is not None and model.worth(TPR) is not None for model in network.models)


def _specialist(bundle: Bundle, task: str, name: str) -> float | None:
    """The mean of what a task's specialists reach, in percent."""
    values = [value for model in bundle.models if model.specialist == task and (value := model.worth(name)) is not None]
    return 100 * float(np.mean(values)) if values else None


def _curve(network: Network, term: str) -> tuple[list[float], list[float]]:
    """A term over steps, mean over the seeds that have it; AP in percent. Nothing of a task that was not trained."""
    found: dict[float, list[float]] = {}
    weight = {"reid": "reid_weight", "detection": "detection_weight", "AP": "detection_weight"}.get(term)
    if weight is not None and getattr(network.first, weight) == 0.0:
        return [], []
    for model in network.models:
        for row in model.curve:
            if term in row and np.isfinite(row[term]):
                found.setdefault(row["step"], []).append(row[term] * (100 if term == "AP" else 1))
    return sorted(found), [float(np.mean(found[step])) for step in sorted(found)]


def _swept(bundle: Bundle, network: Network, name: str) -> list[float]:
    """AP and TPR of a network, or a metric of its run, in percent, by seed."""
    own: dict[str, str] = {"AP": AP, "TPR": TPR}
    values: list[float | None]
    if name in own:
        values = [model.worth(own[name]) for model in network.models]
    else:
        values = [run.metrics.get(name) for run in runs_of(bundle, network)]
    return [100 * value for value in values if value is not None]
