"""Error attribution: what each cause of errors costs a run."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.explanation import KINDS, Cause
from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.palette import Look, Palette
from mot_bench.reports.figures.series import ORACLE, rows_height
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, base_variant, main_variants

MAX_RUNS = 6
MAX_ROWS = 12
SHORT = {
    "false negative": "FN",
    "false positive": "FP",
    "loose box": "loose",
    "identity switch": "switch",
    "fragmentation": "frag.",
}
_Key = tuple[str, str]
_Bar = tuple[_Key, float, float]


def causes(bundle: Bundle, metrics: tuple[str, ...] = ("HOTA",)) -> Drawing | None:
    """Return a panel for each run with a bar for each cause; None without an explanation.

    The runs are the base run and the best others, six at most. A bar is what the run would gain if
    this cause alone were repaired, the number at its end how often it occurred: means over seeds.
    Gains of single causes do not add up to a whole. Of many causes the twelve costliest are shown.
    """
    metric = metrics[0]
    runs = _explained(bundle, metric)[:MAX_RUNS]
    if not runs:
        return None
    rows = _rows([bar for _, bars in runs for bar in bars])
    shown = [gain for _, bars in runs for key, gain, _ in bars if key in rows]
    scale = min(0.0, *shown), max(0.0, *shown)
    panels = [
        Panel(partial(_draw, rows=rows, bars=bars, scale=scale, metric=metric), short(variant.name))
        for variant, bars in runs
    ]
    return Drawing(
        "causes",
        f"Gain in {metric}, in percentage points, if one cause of errors were repaired; and how often it occurred",
        tuple(panels),
        _legend(rows),
        height=rows_height(len(rows)),
        shared_rows=True,
    )


def _explained(bundle: Bundle, metric: str) -> list[tuple[Variant, list[_Bar]]]:
    """Return the runs with at least one bar, and their bars: the base run first, then the best."""
    found = [(variant, _bars(bundle, variant, metric)) for variant in _chosen(bundle)]
    return [(variant, bars) for variant, bars in found if bars]


def _rows(bars: list[_Bar]) -> list[_Key]:
    """Return the costliest causes by kind, within a kind the one with the greatest gain first."""
    gains: dict[_Key, float] = {}
    for key, gain, _ in bars:
        gains[key] = max(gains.get(key, 0.0), gain)
    costliest = sorted(gains, key=lambda key: -gains[key])[:MAX_ROWS]
    return sorted(costliest, key=lambda key: (KINDS.index(key[0]), -gains[key]))


def _legend(rows: list[_Key]) -> tuple[Mark, ...]:
    """Return a mark for each kind of error among the rows."""
    present = {kind for kind, _ in rows}
    kinds = [kind for kind in KINDS if kind in present]
    return tuple(Mark(f"{SHORT[kind]}: {kind}", Look(KINDS.index(kind)), hatch=0) for kind in kinds)


def _chosen(bundle: Bundle) -> list[Variant]:
    base = base_variant(bundle)
    others = [
        variant for variant in main_variants(bundle) if base is None or variant.name != base.name
    ]
    others.sort(key=lambda variant: variant.first.detections == ORACLE)
    return [*([base] if base is not None and base.status == "ok" else []), *others]


def _bars(bundle: Bundle, variant: Variant, metric: str) -> list[_Bar]:
    """Return each cause with its gain in percentage points and its number of events.

    Both are means over the seeds that were explained.
    """
    if bundle.explanation is None:
        return []
    found = [bundle.explanation.of(run.run, run.seed) for run in variant.runs]
    explained = [one for one in found if one is not None]
    by_cause: dict[_Key, list[Cause]] = {}
    for one in explained:
        for cause in one.causes:
            by_cause.setdefault((cause.kind, cause.cause), []).append(cause)
    return [
        (key, *_mean_gain_and_count(causes_of_key, metric, seeds=len(explained)))
        for key, causes_of_key in by_cause.items()
        if any(metric in cause.gains for cause in causes_of_key)
    ]


def _mean_gain_and_count(found: list[Cause], metric: str, *, seeds: int) -> tuple[float, float]:
    gain = sum(100 * cause.gains.get(metric, 0.0) for cause in found) / seeds
    return gain, sum(cause.count for cause in found) / seeds


def _draw(
    axes: Axes,
    palette: Palette,
    *,
    rows: list[_Key],
    bars: list[_Bar],
    scale: tuple[float, float],
    metric: str,
) -> None:
    """Draw one run.

    ``scale`` is the smallest and greatest gain of all runs, the same in every panel.
    """
    least, most = scale
    width = max(most - least, 1e-9)
    axes.grid(visible=False, axis="y")
    found = {key: (gain, count) for key, gain, count in bars}
    for row, key in enumerate(rows):
        if key not in found:
            continue
        gain, count = found[key]
        kind = KINDS.index(key[0])
        axes.barh(row, gain, 0.7, color=palette.series[kind], label=key[0])
        axes.text(
            max(gain, 0.0) + 0.015 * width,
            row,
            f"{count:,.0f}",
            va="center",
            fontsize=7.5,
            color=palette.muted,
        )
    names = [short(": ".join((SHORT[kind], cause or "all")), 36) for kind, cause in rows]
    axes.set_yticks(np.arange(len(rows)), names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(
        least - 0.03 * width if least < 0 else 0.0, most + 0.24 * width if most > 0 else 1.0
    )
    axes.set_xlabel(f"gain in {metric} if repaired (% points)")
