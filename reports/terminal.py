"""Leaderboard and models in the terminal: fits 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mot_bench.reports.balance import AP, TPR, milliseconds, network_fairness, networks_of
from mot_bench.reports.remarks import remarks_of
from mot_bench.reports.schema import REFERENCE_KINDS, Bundle, Metric, Run
from mot_bench.reports.times import RunTiming
from mot_bench.reports.variants import Summary, Variant, ranked_variants, several_seeds

STYLES = {"ok": "", "failed": "bold red", "skipped": "yellow", "warned": "yellow"}
ABBREVIATIONS = {"original": "orig.", "published": "publ."}


def tables(bundle: Bundle) -> RenderableType:
    """Return the leaderboard, the models where there are any, and what a reader must know of the runs."""
    models = [models_table(bundle)] if bundle.models else []
    return Group(
        leaderboard_table(bundle), *models, *(Text(remark) for remark in remarks_of(bundle))
    )


def leaderboard_table(bundle: Bundle) -> RenderableType:
    """Return the table of the runs, and beneath it errors, warnings and what counts.

    A row has the run, its headline metrics (the best in bold), the HOTA of others and the status.
    With several seeds a row has means, and beneath them the least and the most.
    """
    seeds = "Means over seeds; beneath them least and most."
    means = [Text(seeds)] if several_seeds(bundle) else []
    given = [f"Detections: {'; '.join(bundle.detections)}."] if bundle.detections else []
    counted = [Text(line) for line in (*given, *bundle.scorer.counted)]
    return Group(_table_of_runs(bundle), *means, *_errors(bundle), *_warnings(bundle), *counted)


def _table_of_runs(bundle: Bundle) -> Table:
    """Return the table with a row for each variant, the best first."""
    kinds = _printed_kinds(bundle)
    timed = _first_timings(bundle)
    ranked = ranked_variants(bundle)
    best = {metric: best_value(metric, ranked) for metric in bundle.headline_metrics}
    table = _empty_table(bundle, kinds, with_speed=bool(timed))
    for variant in ranked:
        figures = [_figure(metric, variant, shown) for metric, shown in best.items()]
        printed = [Text(_printed(bundle, variant.first, kind)) for kind in kinds]
        speeds = [Text(_speed(timed.get(variant.name)))] if timed else []
        table.add_row(_name(bundle, variant), *figures, *printed, *speeds, _status(variant))
    return table


def _empty_table(bundle: Bundle, kinds: Sequence[str], *, with_speed: bool) -> Table:
    """Return the table of runs without its rows."""
    title = escape(f"{bundle.suite} on {bundle.dataset.name}")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("run", overflow="fold", min_width=10)
    for metric in bundle.headline_metrics:
        width = 4 if metric.kind == "count" else 6
        table.add_column(metric.title, justify="right", min_width=width)
    for kind in kinds:
        table.add_column(f"{ABBREVIATIONS[kind]}\nHOTA", justify="right", min_width=6)
    if with_speed:
        table.add_column("frames\nper s", justify="right", min_width=6)
    table.add_column("status", min_width=7)
    return table


def _printed_kinds(bundle: Bundle) -> list[str]:
    """Return the kinds of references that name a HOTA for at least one run."""
    runs = bundle.runs
    return [kind for kind in REFERENCE_KINDS if any(_printed(bundle, run, kind) for run in runs)]


def _first_timings(bundle: Bundle) -> dict[str, RunTiming]:
    """Return the first timing of each run by the run's name; empty where nothing was timed."""
    runs = bundle.timing.runs if bundle.timing else ()
    return {timing.run: timing for timing in reversed(runs)}


def _name(bundle: Bundle, variant: Variant) -> Text:
    return Text(variant.name + (" (base)" if variant.name == bundle.base else ""))


def _status(variant: Variant) -> Text:
    """Return the status of a variant; one that finished with warnings is ``warned``."""
    warned = variant.status == "ok" and any(run.warnings for run in variant.runs)
    status = "warned" if warned else variant.status
    return Text(status, style=STYLES[status])


def _errors(bundle: Bundle) -> list[Text]:
    """Return a line for each run that has an error."""
    failed = [run for run in bundle.ranked if run.error]
    return [Text(f"{_label(bundle, run)}: {run.status}: {run.error}") for run in failed]


def _warnings(bundle: Bundle) -> list[Text]:
    """Return a line for each warning of each run that was not skipped."""
    return [
        Text(f"{_label(bundle, run)}: warning: {warning}", style=STYLES["warned"])
        for run in bundle.ranked
        if run.status != "skipped"
        for warning in run.warnings
    ]


def models_table(bundle: Bundle) -> RenderableType:
    """AP, TPR, and what they are of the specialists' (fairness); means over seeds."""
    table = Table(
        title="models", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1)
    )
    table.add_column("model", overflow="fold", min_width=10)
    for heading in (
        "AP %\n(visible)",
        "TPR %\nat FAR 0.1",
        "AP of\nspecialist",
        "TPR of\nspecialist",
        "ms per\nframe",
    ):
        table.add_column(heading, justify="right")
    for network in networks_of(bundle):
        worths = [_mean(network.worth(name), 1, 100) for name in (AP, TPR)]
        shares = [
            _mean(network_fairness(bundle, network, task), 2) for task in ("detection", "reid")
        ]
        time = milliseconds(bundle, network)
        table.add_row(Text(network.name), *worths, *shares, "" if time is None else f"{time:.1f}")
    return table


def _mean(summary: Summary | None, digits: int, scale: float = 1.0) -> str:
    return "" if summary is None else f"{scale * summary.mean:.{digits}f}"


def _figure(metric: Metric, variant: Variant, best: str | None) -> Text:
    """Return a variant's mean, in bold if it is the best; beneath it the least and the most."""
    summary = variant.summary(metric.name)
    shown = metric.shown(summary.mean) if summary is not None else ""
    text = Text(shown, style="bold" if shown and shown == best else "")
    if summary is not None and summary.count > 1:
        scale, digits = (100, 1) if metric.kind == "fraction" else (1, 0)
        ends = f"{scale * summary.low:.{digits}f}-{scale * summary.high:.{digits}f}"
        text.append(f"\n{ends}", style="dim not bold")
    return text


def _speed(timing: RunTiming | None) -> str:
    """Return frames per second of the tracker; beneath them the least and the most of the passes.

    Empty for a run that was not timed.
    """
    if timing is None:
        return ""
    low, high = timing.span("association_fps")
    return f"{timing.association_fps:.0f}" + (f"\n{low:.0f}-{high:.0f}" if high > low else "")


def _label(bundle: Bundle, run: Run) -> str:
    return f"{run.run} seed {run.seed}" if several_seeds(bundle) else run.run


def best_value(metric: Metric, variants: Sequence[Variant]) -> str | None:
    """Return the best shown mean of a column, or None where the best of it means nothing.

    A count says little without the others: the tracker that finds fewest people also makes fewest
    identity switches. None as well where neither way is better, or where fewer than two variants
    have a figure.
    """
    values = [
        summary.mean
        for variant in variants
        if (summary := variant.summary(metric.name)) is not None
    ]
    if metric.higher_is_better is None or metric.kind == "count" or len(values) < 2:
        return None
    return metric.shown(max(values) if metric.higher_is_better else min(values))


def _printed(bundle: Bundle, run: Run, kind: str) -> str:
    """The first HOTA that a reference of a kind names."""
    values = [
        value
        for reference in run.references_of(kind)
        if (value := reference.metrics.get("HOTA")) is not None
    ]
    return bundle.metric("HOTA").shown_printed(values[0]) if values else ""
