"""Leaderboard and models in the terminal: fits 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from reports.balance import AP, TPR, milliseconds, network_fairness, networks_of
from reports.remarks import remarks_of
from reports.schema import REFERENCE_KINDS, Bundle, Metric, Run, RunTiming
from reports.variants import Summary, Variant, ranked_variants, several_seeds

STYLES = {"ok": "", "failed": "bold red", "skipped": "yellow", "warned": "yellow"}
ABBREVIATIONS = {"original": "orig.", "published": "publ."}


def tables(bundle: Bundle) -> RenderableType:
    """Return the leaderboard, the models where there are any, and what a reader must know of the runs."""
    models = [models_table(bundle)] if bundle.models else []
    return Group(leaderboard_table(bundle), *models, *(Text(remark) for remark in remarks_of(bundle)))


def leaderboard_table(bundle: Bundle) -> RenderableType:
    """Run, headline metrics (best in bold), status, and the HOTA of others; beneath errors, warnings and what counts.

    With several seeds a row has means, and beneath them the least and the most.
    """
    headline = bundle.headline_metrics
    kinds = [kind for kind in REFERENCE_KINDS if any(_printed(bundle, run, kind) for run in bundle.runs)]
    timed = {timing.run: timing for timing in reversed(bundle.timing.runs)} if bundle.timing else {}
    title = escape(f"{bundle.suite} on {bundle.dataset.name}")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("run", overflow="fold", min_width=10)
    for metric in headline:
        table.add_column(metric.title, justify="right", min_width=4 if metric.kind == "count" else 6)
    for kind in kinds:
        table.add_column(f"{ABBREVIATIONS[kind]}\nHOTA", justify="right", min_width=6)
    if timed:
        table.add_column("frames\nper s", justify="right", min_width=6)
    table.add_column("status", min_width=7)
    best = {metric.name: best_value(metric, ranked_variants(bundle)) for metric in headline}
    for variant in ranked_variants(bundle):
        cells = [Text(variant.name + (" (base)" if variant.name == bundle.base else ""))]
        cells += [_figure(metric, variant.summary(metric.name), best[metric.name]) for metric in headline]
        cells += [Text(_printed(bundle, variant.first, kind)) for kind in kinds]
        if timed:
            timing = timed.get(variant.name)
            cells.append(Text(_speed(timing) if timing else ""))
        status = "warned" if variant.status == "ok" and any(run.warnings for run in variant.runs) else variant.status
        table.add_row(*cells, Text(status, style=STYLES[status]))
    errors = [Text(f"{_label(bundle, run)}: {run.status}: {run.error}") for run in bundle.ranked if run.error]
    means = [Text("Means over seeds; beneath them least and most.")] if several_seeds(bundle) else []
    warnings = [
        Text(f"{_label(bundle, run)}: warning: {warning}", style=STYLES["warned"])
        for run in bundle.ranked
        for warning in run.warnings
    ]
    counted = [Text(line) for line in bundle.scorer.counted]
    return Group(table, *means, *errors, *warnings, *counted)


def models_table(bundle: Bundle) -> RenderableType:
    """AP, TPR, and what they are of the specialists' (fairness); means over seeds."""
    table = Table(title="models", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("model", overflow="fold", min_width=10)
    for heading in ("AP %\n(visible)", "TPR %\nat FAR 0.1", "AP of\nspecialist", "TPR of\nspecialist", "ms per\nframe"):
        table.add_column(heading, justify="right")
    for network in networks_of(bundle):
        worths = [_mean(network.worth(name), 1, 100) for name in (AP, TPR)]
        shares = [_mean(network_fairness(bundle, network, task), 2) for task in ("detection", "reid")]
        time = milliseconds(bundle, network)
        table.add_row(Text(network.name), *worths, *shares, "" if time is None else f"{time:.1f}")
    return table


def _mean(summary: Summary | None, digits: int, scale: float = 1.0) -> str:
    return "" if summary is None else f"{scale * summary.mean:.{digits}f}"


def _figure(metric: Metric, summary: Summary | None, best: str | None) -> Text:
    shown = metric.shown(summary.mean) if summary is not None else ""
    text = Text(shown, style="bold" if shown and shown == best else "")
    if summary is not None and summary.count > 1:
        scale = 100 if metric.kind == "fraction" else 1
        digits = 1 if metric.kind == "fraction" else 0
        text.append(f"\n{scale * summary.low:.{digits}f}-{scale * summary.high:.{digits}f}", style="dim not bold")
    return text


def _speed(timing: RunTiming) -> str:
    """Return frames per second of the tracker; beneath them the least and the most of several passes."""
    low, high = timing.span("association_fps")
    return f"{timing.association_fps:.0f}" + (f"\n{low:.0f}-{high:.0f}" if high > low else "")


def _label(bundle: Bundle, run: Run) -> str:
    return f"{run.run} seed {run.seed}" if several_seeds(bundle) else run.run


def best_value(metric: Metric, variants: Sequence[Variant]) -> str | None:
    """Return the best shown mean of a column, or None where the best of it means nothing.

    A count says little without the others: the tracker that finds fewest people also makes fewest identity switches.
    None as well where neither way is better, or where fewer than two variants have a figure.
    """
    values = [summary.mean for variant in variants if (summary := variant.summary(metric.name)) is not None]
    if metric.higher_is_better is None or metric.kind == "count" or len(values) < 2:
        return None
    return metric.shown(max(values) if metric.higher_is_better else min(values))


def _printed(bundle: Bundle, run: Run, kind: str) -> str:
    """The first HOTA that a reference of a kind names."""
    values = [value for reference in run.references_of(kind) if (value := reference.metrics.get("HOTA")) is not None]
    return bundle.metric("HOTA").shown_printed(values[0]) if values else ""
