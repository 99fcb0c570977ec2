"""The leaderboard as papers and pull requests have it: a row for each run over its seeds, with its difference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.variants import (
    Summary,
    Variant,
    is_given,
    metric_difference,
    ranked_variants,
)

FIRST = "HOTA"


@dataclass(frozen=True)
class Figure:
    """One cell: a value as text, and its interval in a difference.

    Empty texts where there is none.
    """

    text: str = ""
    interval: str = ""
    best: bool = False


@dataclass(frozen=True)
class PaperRow:
    """One run.

    Attributes:
        name: of the run; ``is_base`` whether the others are compared with it.
        figures: of the columns.
        difference: in HOTA to the base run, in percentage points, with its interval and verdict;
            empty for the base and where nothing is known.
        error: why it has no figures.
    """

    name: str
    is_base: bool
    figures: tuple[Figure, ...]
    difference: Figure
    verdict: str
    error: str = ""


def paper_metrics(bundle: Bundle) -> tuple[Metric, ...]:
    """Return the columns: the headline metrics."""
    return bundle.headline_metrics


def paper_rows(bundle: Bundle, digits: int) -> tuple[PaperRow, ...]:
    """Best HOTA first, what did not finish last.

    Args:
        bundle: what is shown.
        digits: decimals of percentages.
    """
    metrics = paper_metrics(bundle)
    variants = ranked_variants(bundle)
    texts = {
        metric.name: [_text(metric, variant.summary(metric.name), digits) for variant in variants]
        for metric in metrics
    }
    contend = [not is_given(variant) for variant in variants]
    best = {
        metric.name: _best(metric, list(compress(texts[metric.name], contend)))
        for metric in metrics
    }
    base = next((variant for variant in variants if variant.name == bundle.base), None)
    rows = []
    for place, variant in enumerate(variants):
        figures = []
        for metric in metrics:
            text = texts[metric.name][place]
            figures.append(
                Figure(text, best=contend[place] and bool(text) and text == best[metric.name])
            )
        difference, verdict = _difference(bundle, variant, base, digits)
        errors = "; ".join(
            f"{run.status}: {run.error}" for run in variant.runs if run.status != "ok"
        )
        rows.append(
            PaperRow(variant.name, variant is base, tuple(figures), difference, verdict, errors)
        )
    return tuple(rows)


def shows_differences(rows: tuple[PaperRow, ...]) -> bool:
    """Whether any row has one."""
    return any(row.difference.text for row in rows)


def _difference(
    bundle: Bundle, variant: Variant, base: Variant | None, digits: int
) -> tuple[Figure, str]:
    if base is None or variant is base:
        return Figure(), ""
    metric = bundle.metric(FIRST)
    found = (
        bundle.certainty.comparison(variant.name, base.name, FIRST) if bundle.certainty else None
    )
    if found is not None:
        text = _points(100 * found.difference, digits)
        ends = (
            [_points(100 * end, digits) for end in (found.interval.low, found.interval.high)]
            if found.interval
            else []
        )
        return Figure(text, ", ".join(ends)), found.verdict
    plain = metric_difference(variant, base, metric)
    if plain is None:
        return Figure(), ""
    return Figure(
        _points(100 * plain.mean, digits)
    ), f"{plain.agree} of {plain.count} seeds" if plain.count > 1 else ""


def _text(metric: Metric, summary: Summary | None, digits: int) -> str:
    return "" if summary is None else _number(metric, summary.mean, digits)


def _number(metric: Metric, value: float, digits: int) -> str:
    if metric.kind == "count":
        return f"{value:.0f}"
    return f"{(100 if metric.kind == 'fraction' else 1) * value + 0.0:.{digits}f}"


def _points(value: float, digits: int) -> str:
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"


def _best(metric: Metric, texts: list[str]) -> str | None:
    """Return the best of a column as it is shown.

    None where it means nothing (as ``terminal.best_value`` has it).
    """
    found = [text for text in texts if text]
    if metric.higher_is_better is None or metric.kind == "count" or len(found) < 2:
        return None
    return (max if metric.higher_is_better else min)(found, key=float)
