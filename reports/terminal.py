"""The leaderboard in the terminal: fits 100 columns."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from reports.schema import REFERENCE_KINDS, Bundle, Metric, Run

STYLES = {"ok": "", "failed": "bold red", "skipped": "yellow"}
ABBREVIATIONS = {"original": "orig.", "published": "publ."}


def leaderboard_table(bundle: Bundle) -> RenderableType:
    """Run, the headline metrics (best in bold), status, and the HOTA of others where there is any; errors beneath."""
    headline = [bundle.metric(name) for name in bundle.headline]
    seeds = len({run.seed for run in bundle.runs}) > 1
    kinds = [kind for kind in REFERENCE_KINDS if any(_printed(bundle, run, kind) for run in bundle.runs)]
    timed = {(timing.run, timing.seed): timing for timing in bundle.timing.runs} if bundle.timing else {}
    title = escape(f"{bundle.suite} on {bundle.dataset.name}")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("run", overflow="fold", min_width=10)
    if seeds:
        table.add_column("seed", justify="right")
    for metric in headline:
        table.add_column(metric.title, justify="right", min_width=4 if metric.kind == "count" else 6)
    for kind in kinds:
        table.add_column(f"{ABBREVIATIONS[kind]}\nHOTA", justify="right", min_width=6)
    if timed:
        table.add_column("frames\nper s", justify="right", min_width=6)
    table.add_column("status", min_width=7)
    best = {metric.name: best_value(metric, bundle.runs) for metric in headline}
    for run in bundle.ranked:
        cells = [Text(run.run + (" (base)" if run.run == bundle.base else ""))]
        cells += [Text(str(run.seed))] if seeds else []
        for metric in headline:
            value = run.metrics.get(metric.name)
            marked = value is not None and metric.shown(value) == best[metric.name]
            cells.append(Text(metric.shown(value), style="bold" if marked else ""))
        cells += [Text(_printed(bundle, run, kind)) for kind in kinds]
        if timed:
            timing = timed.get((run.run, run.seed))
            cells.append(Text(f"{timing.association_fps:.0f}" if timing else ""))
        table.add_row(*cells, Text(run.status, style=STYLES[run.status]))
    errors = [Text(f"{run.run}: {run.status}: {run.error}") for run in bundle.ranked if run.error]
    return Group(table, *errors)


def best_value(metric: Metric, runs: tuple[Run, ...]) -> str | None:
    """The best shown value of a column; None where neither way is better, or fewer than two runs finished."""
    values = [value for run in runs if (value := run.metrics.get(metric.name)) is not None and value == value]
    if metric.higher_is_better is None or len(values) < 2:
        return None
    return metric.shown(max(values) if metric.higher_is_better else min(values))


def _printed(bundle: Bundle, run: Run, kind: str) -> str:
    """The first HOTA that a reference of a kind names."""
    values = [value for reference in run.references_of(kind) if (value := reference.metrics.get("HOTA")) is not None]
    return bundle.metric("HOTA").shown_printed(values[0]) if values else ""
