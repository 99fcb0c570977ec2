"""``report.html``: one self-contained page that opens from disk, from a bundle and the templates beside.

The same bundle gives the same bytes. Everything from outside is escaped by Jinja2; figures come as SVG whose text
matplotlib has escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.figures import Series, curves_svg, scatter_svg, series_of
from reports.leaderboard import reference_metrics
from reports.model_figures import groups_svg, model_figures
from reports.model_tables import DIFFERENCES
from reports.schema import REFERENCE_KINDS, Bundle, Metric, Reference, Run
from reports.sections import (
    SIDE_BY_SIDE,
    anatomy_rows,
    difference_parts,
    findings,
    group_parts,
    groups_side_by_side,
    shown_metric,
    worth_parts,
)
from reports.terminal import best_value
from reports.variants import Variant, base_variant, metric_difference, ranked_variants, several_seeds

CURVES = ("HOTA", "DetA", "AssA")
BY_SEQUENCE = ("DetRe", "DetPr", "AssRe", "AssPr", "LocA", "CLR_FN", "CLR_FP", "Frag")
REFERENCE_TITLES = {"original": "Original implementation, same detections", "published": "Published"}


@dataclass(frozen=True)
class Cell:
    """One figure: as shown, as sorted, its difference to the base run (``better``: 1, -1 or 0), whether it is best.

    ``span``: least and most, where it is a mean over seeds.
    """

    text: str = ""
    value: float | None = None
    difference: str = ""
    better: int = 0
    best: bool = False
    span: str = ""


@dataclass(frozen=True)
class Quote:
    """A figure of others with the number of its source."""

    text: str
    note: int


@dataclass(frozen=True)
class ReferenceColumn:
    """One column of others' figures: several sources may give several for one row."""

    kind: str
    metric: Metric
    first: bool


@dataclass(frozen=True)
class Line:
    """One row of the leaderboard: cells of the headline, of the other metrics (details), and of figures of others.

    ``place``: of its first seed among all rows.
    """

    variant: Variant
    run: Run
    place: int
    is_base: bool
    headline: tuple[Cell, ...]
    details: tuple[Cell, ...]
    quotes: tuple[tuple[Quote, ...], ...]
    series: Series | None


def page_html(bundle: Bundle) -> str:
    """The whole page."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    notes = _notes(bundle.ranked)
    headline, details = _columns(bundle)
    columns = [
        ReferenceColumn(kind, metric, index == 0)
        for kind in REFERENCE_KINDS
        for index, metric in enumerate(reference_metrics(bundle, kind))
    ]
    series = series_of(bundle)
    curves = [(name, svg) for name in CURVES if (svg := curves_svg(bundle, name))]
    scatter = scatter_svg(bundle)
    sequence_metrics = _sequence_metrics(bundle)
    html = environment.get_template("report.html.j2").render(
        bundle=bundle,
        lines=_lines(bundle, columns, notes, series),
        headline=headline,
        details=details,
        columns=columns,
        groups=[
            (REFERENCE_TITLES[kind], count)
            for kind in REFERENCE_KINDS
            if (count := sum(column.kind == kind for column in columns))
        ],
        notes=list(notes),
        series=series,
        curves=[(name, Markup(svg)) for name, svg in curves],
        scatter=Markup(scatter) if scatter else None,
        several_seeds=several_seeds(bundle),
        sequence_metrics=sequence_metrics,
        sequence_lines=[run for run in bundle.ranked if run.sequences],
        sequence_data=_sequence_data(bundle, sequence_metrics),
        stages=_stages(bundle),
        side_by_side=groups_side_by_side(bundle),
        side_metrics=[bundle.metric(name) for name in SIDE_BY_SIDE],
        group_parts=group_parts(bundle),
        anatomy=anatomy_rows(bundle),
        worth=worth_parts(bundle),
        differences=difference_parts(bundle),
        difference_metrics=[bundle.metric(name) for name in DIFFERENCES],
        findings=findings(bundle),
        base_seeds=len(base.runs) if (base := base_variant(bundle)) is not None else 0,
        model_figures=[(name, Markup(svg)) for name, svg in model_figures(bundle)],
        group_figure=Markup(svg) if (svg := groups_svg(bundle)) else None,
        trained_at=_trained_at(bundle),
        first_way=lambda metric: "ascending" if metric.higher_is_better is False else "descending",
        label=lambda run: _label(bundle, run),
    )
    return "\n".join(line.rstrip() for line in html.split("\n"))


def _columns(bundle: Bundle) -> tuple[list[Metric], list[Metric]]:
    """The metrics that are always shown, and those that can be."""
    headline = [metric for metric in bundle.metrics if metric.name in bundle.headline]
    return headline, [metric for metric in bundle.metrics if metric.name not in bundle.headline]


def _label(bundle: Bundle, run: Run) -> str:
    return f"{run.run} · seed {run.seed}" if several_seeds(bundle) else run.run


def _notes(runs: Iterable[Run]) -> dict[tuple[str, str], int]:
    """Sources with their notes, numbered from 1 in the order of their first use."""
    notes: dict[tuple[str, str], int] = {}
    for run in runs:
        for kind in REFERENCE_KINDS:
            for reference in run.references_of(kind):
                notes.setdefault((reference.source, reference.note), len(notes) + 1)
    return notes


def _lines(
    bundle: Bundle, columns: list[ReferenceColumn], notes: dict[tuple[str, str], int], series: tuple[Series, ...]
) -> list[Line]:
    variants = ranked_variants(bundle)
    best = {metric.name: best_value(metric, variants) for metric in bundle.metrics}
    drawn = {one.variant.name: one for one in series}
    base = base_variant(bundle)
    headline, details = _columns(bundle)

    def cells(variant: Variant, metrics: list[Metric]) -> tuple[Cell, ...]:
        return tuple(_cell(metric, variant, base, best[metric.name]) for metric in metrics)

    return [
        Line(
            variant=variant,
            run=variant.first,
            place=bundle.ranked.index(variant.first) + 1,
            is_base=variant.name == bundle.base,
            headline=cells(variant, headline),
            details=cells(variant, details),
            quotes=tuple(_quotes(column, variant.first.references_of(column.kind), notes) for column in columns),
            series=drawn.get(variant.name),
        )
        for variant in variants
    ]


def _cell(metric: Metric, variant: Variant, base: Variant | None, best: str | None) -> Cell:
    summary = variant.summary(metric.name)
    if summary is None:
        return Cell()
    text = metric.shown(summary.mean)
    difference, better = "", 0
    other = metric_difference(variant, base, metric) if base is not None else None
    if other is not None:
        scale = 100 if metric.kind == "fraction" else 1
        change = round(scale * other.mean, 0 if metric.kind == "count" else 2)
        digits = 0 if metric.kind == "count" else 2
        difference = f"{change:+.{digits}f}".replace("-", "\N{MINUS SIGN}") if change else "±0"
        if change and metric.higher_is_better is not None:
            better = 1 if (change > 0) == metric.higher_is_better else -1
    return Cell(text, summary.mean, difference, better, text == best, shown_metric(metric, summary).span)


def _quotes(
    column: ReferenceColumn, references: tuple[Reference, ...], notes: dict[tuple[str, str], int]
) -> tuple[Quote, ...]:
    return tuple(
        Quote(column.metric.shown_printed(value), notes[reference.source, reference.note])
        for reference in references
        if (value := reference.metrics.get(column.metric.name)) is not None
    )


def _sequence_metrics(bundle: Bundle) -> list[Metric]:
    wanted = (*bundle.headline, *BY_SEQUENCE)
    return [metric for metric in bundle.metrics if metric.name in wanted]


def _sequence_data(bundle: Bundle, metrics: list[Metric]) -> dict[str, object]:
    """For the metric switch: by metric, one list a row with one text a sequence, the combined score first."""
    rows = [run for run in bundle.ranked if run.sequences]
    return {
        metric.name: {
            "better": metric.higher_is_better,
            "unit": "%" if metric.kind == "fraction" else "",
            "meaning": metric.meaning,
            "rows": [
                [metric.shown(run.metrics.get(metric.name))]
                + [
                    metric.shown(run.sequences.get(sequence.name, {}).get(metric.name))
                    for sequence in bundle.dataset.sequences
                ]
                for run in rows
            ],
        }
        for metric in metrics
    }


def _trained_at(bundle: Bundle) -> str:
    """On which pictures and for how many steps networks were trained here; empty where none was."""
    trained = [model for model in bundle.models if model.trained and model.kind == "fairmot"]
    sizes = sorted({f"{model.size[1]} x {model.size[0]}" for model in trained if model.size})
    steps = sorted({model.steps for model in trained})
    if not sizes:
        return ""
    times = f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    return f"pictures of {' and '.join(sizes)} pixels, {times} steps"


def _stages(bundle: Bundle) -> list[str]:
    """Names of the stages that took any time."""
    if bundle.timing is None:
        return []
    return list(dict.fromkeys(name for run in bundle.timing.runs for name, seconds in run.stages.items() if seconds))
