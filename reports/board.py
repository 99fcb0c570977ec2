"""The leaderboard of the page: its rows as text, and the same as data for the script, which can change the base run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reports.certainty import Comparison, Verdict
from reports.chance import is_judged
from reports.figures import Series
from reports.figures.drawing import Mark
from reports.leaderboard import reference_metrics
from reports.run_pages import Look, looks_of
from reports.schema import REFERENCE_KINDS, Bundle, Metric, Reference, Run
from reports.terminal import best_value
from reports.twins import twins_of
from reports.variants import Variant, is_given, ranked_variants
from reports.wording import listed, scale, unit

REFERENCE_TITLES = {"original": "Original implementation, same detections", "published": "Published"}
SPEEDS = (
    Metric(
        "association_fps",
        "Association",
        "number",
        None,
        "Frames per second of the tracker alone, median of the passes",
        "timing.json",
    ),
    Metric(
        "end_to_end_fps",
        "End to end",
        "number",
        None,
        "Frames per second of all stages, median of the passes",
        "timing.json",
    ),
)
_WAYS: dict[Verdict, int] = {"better": 1, "worse": -1, "not distinguishable here": 0}
BADGES = {
    "trained": "A network trained here took part: figures repeat within a tolerance",
    "calibrated": "Thresholds were chosen on calibration scenes: see the run's details",
    "limit": "Given the ground truth's boxes: a limit, and no contender",
    "warned": "Its figures may not mean what they seem to: see beneath the table",
}


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
    """One row: its name with badges, figures of the headline, and figures of others.

    ``mark`` is the SVG of its look in figures; ``cells`` are text, span and whether it is best; ``look`` is where its
    first seed can be looked at.
    """

    variant: Variant
    place: int
    is_base: bool
    badges: tuple[tuple[str, str], ...]
    mark: str
    cells: tuple[tuple[str, str, bool], ...]
    quotes: tuple[tuple[Quote, ...], ...]
    look: Look | None


def board_metrics(bundle: Bundle) -> list[Metric]:
    """Columns: the headline, the other metrics, and speeds where they were measured."""
    headline = [metric for metric in bundle.metrics if metric.name in bundle.headline]
    others = [metric for metric in bundle.metrics if metric.name not in bundle.headline]
    return [*headline, *others, *(SPEEDS if bundle.timing else ())]


def reference_columns(bundle: Bundle) -> list[ReferenceColumn]:
    """Columns of others' figures, by kind."""
    return [
        ReferenceColumn(kind, metric, index == 0)
        for kind in REFERENCE_KINDS
        for index, metric in enumerate(reference_metrics(bundle, kind))
    ]


def source_notes(runs: Iterable[Run]) -> dict[tuple[str, str], int]:
    """Sources with their notes, numbered from 1 in the order of their first use."""
    notes: dict[tuple[str, str], int] = {}
    for run in runs:
        for kind in REFERENCE_KINDS:
            for reference in run.references_of(kind):
                notes.setdefault((reference.source, reference.note), len(notes) + 1)
    return notes


def board_lines(bundle: Bundle, series: tuple[Series, ...]) -> list[Line]:
    """The rows, best HOTA first, as they stand without a script."""
    variants = ranked_variants(bundle)
    headline = [metric for metric in board_metrics(bundle) if metric.name in bundle.headline]
    contenders = [variant for variant in variants if not is_given(variant)]
    best = {metric.name: best_value(metric, contenders) for metric in headline}
    marks = {one.variant.name: Mark(one.label, one.look).svg() for one in series}
    columns, notes = reference_columns(bundle), source_notes(bundle.ranked)
    return [
        Line(
            variant,
            place,
            variant.name == bundle.base,
            tuple(_badges(bundle, variant)),
            marks.get(variant.name, ""),
            tuple(_cell(metric, variant, None if is_given(variant) else best[metric.name]) for metric in headline),
            tuple(_quotes(column, variant.first.references_of(column.kind), notes) for column in columns),
            _look(bundle, variant),
        )
        for place, variant in enumerate(variants, 1)
    ]


def board_data(bundle: Bundle) -> dict[str, object]:
    """For the script: values in the units that are shown, seed by seed; intervals; and comparisons of pairs of runs.

    Runs are in the order of ``board_lines`` and are meant by their index, metrics too. A comparison is a list: run,
    base, metric, difference, low, high, p; then 1 for better, -1 for worse, 0 where the interval holds 0 and None where
    nothing can be said; and the index in ``texts`` of what there is to say.
    """
    variants, metrics = ranked_variants(bundle), board_metrics(bundle)
    names = [variant.name for variant in variants]
    texts: dict[str, int] = {"": 0}
    return {
        "suite": bundle.suite,
        "dataset": bundle.dataset.name,
        "base": names.index(bundle.base) if bundle.base in names else -1,
        "certain": is_judged(bundle),
        "headline": len(bundle.headline),
        "metrics": [_metric_data(metric) for metric in metrics],
        "runs": [
            {
                "name": variant.name,
                "status": variant.status,
                "given": is_given(variant),
                "switches": look.gallery if (look := _look(bundle, variant)) else "",
                "seeds": [run.seed for run in variant.runs],
                "free": len(variant.runs) == 1 and not variant.first.trained,
                "values": [_values(bundle, variant, metric) for metric in metrics],
                "intervals": _intervals(bundle, variant, metrics),
            }
            for variant in variants
        ],
        "pairs": _pairs(bundle, names, metrics, texts),
        "texts": list(texts),
    }


def _metric_data(metric: Metric) -> dict[str, object]:
    return {
        "name": metric.name,
        "title": metric.title,
        "unit": "frames/s" if metric in SPEEDS else unit(metric),
        "digits": 0 if metric.kind == "count" else 1 if metric in SPEEDS else 2,
        "better": 0 if metric.higher_is_better is None else 1 if metric.higher_is_better else -1,
        "meaning": metric.meaning,
        "speed": metric in SPEEDS,
    }


def _values(bundle: Bundle, variant: Variant, metric: Metric) -> list[float] | None:
    """One a seed; None where any seed has none, since a mean of the others would flatter."""
    found = (
        _speeds(bundle, variant, metric) if metric in SPEEDS else [run.metrics.get(metric.name) for run in variant.runs]
    )
    known = [value for value in found if value is not None and not math.isnan(value)]
    if not known or variant.status != "ok" or len(known) < len(found):
        return None
    return [_rounded(scale(metric) * value) for value in known]


def _speeds(bundle: Bundle, variant: Variant, metric: Metric) -> list[float | None]:
    """Of the seeds that were timed."""
    runs = bundle.timing.runs if bundle.timing else ()
    return [getattr(timing, metric.name) for timing in runs if timing.run == variant.name]


def _intervals(bundle: Bundle, variant: Variant, metrics: list[Metric]) -> Mapping[int, list[float]]:
    if bundle.certainty is None:
        return {}
    found = {}
    for place, metric in enumerate(metrics):
        estimate = bundle.certainty.estimate(variant.name, metric.name)
        if estimate is not None and estimate.interval is not None:
            found[place] = [_rounded(scale(metric) * side) for side in (estimate.interval.low, estimate.interval.high)]
    return found


def _pairs(bundle: Bundle, names: list[str], metrics: list[Metric], texts: dict[str, int]) -> list[list[float | None]]:
    """Return comparisons, one row for a pair and metric: seen from the other side it says the same."""
    if bundle.certainty is None or not is_judged(bundle):
        return []
    runs = {name: place for place, name in enumerate(names)}
    columns = {metric.name: (place, metric) for place, metric in enumerate(metrics)}
    rows, done = [], set()
    for one in bundle.certainty.comparisons:
        if one.run not in runs or one.base not in runs or one.metric not in columns:
            continue
        if (one.base, one.run, one.metric) in done:
            continue
        done.add((one.run, one.base, one.metric))
        place, metric = columns[one.metric]
        numbers = _compared(one, metric)
        rows.append([runs[one.run], runs[one.base], place, *numbers, *_told(one, texts)])
    return rows


def _compared(one: Comparison, metric: Metric) -> list[float | None]:
    """Difference, its interval, and p, in the units that are shown."""
    sides = (one.interval.low, one.interval.high) if one.interval else (None, None)
    shown = [None if side is None else _rounded(scale(metric) * side) for side in (one.difference, *sides)]
    return [*shown, None if one.verdict == "no statement" else _significant(one.p_value)]


def _told(one: Comparison, texts: dict[str, int]) -> list[float | None]:
    """Return the verdict as a number, and the index of what there is to say."""
    return [_WAYS.get(one.verdict), texts.setdefault(one.needed or one.reason, len(texts))]


def _significant(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _rounded(value: float) -> float:
    return round(value, 5) + 0.0


def _look(bundle: Bundle, variant: Variant) -> Look | None:
    return next(iter(looks_of(bundle, variant)), None)


def _badges(bundle: Bundle, variant: Variant) -> Iterator[tuple[str, str]]:
    """Yield the badges of a run with what they mean."""
    found = {
        "trained": any(run.trained for run in variant.runs),
        "calibrated": any(run.calibration for run in variant.runs),
        "limit": is_given(variant),
        "warned": any(run.warnings for run in variant.runs),
    }
    yield from ((name, BADGES[name]) for name, is_so in found.items() if is_so)
    same = twins_of(bundle, variant.name)
    if same:
        yield "same tracks", f"Its track files equal those of {listed(same)}, byte for byte"


def _cell(metric: Metric, variant: Variant, best: str | None) -> tuple[str, str, bool]:
    summary = variant.summary(metric.name)
    if summary is None:
        return "", "", False
    digits = 0 if metric.kind == "count" else 2
    low, mean, high = (f"{scale(metric) * value:.{digits}f}" for value in (summary.low, summary.mean, summary.high))
    return (
        mean,
        f"{low}\N{EN DASH}{high}" if summary.count > 1 else "",
        best is not None and metric.shown(summary.mean) == best,
    )


def _quotes(
    column: ReferenceColumn, references: tuple[Reference, ...], notes: dict[tuple[str, str], int]
) -> tuple[Quote, ...]:
    return tuple(
        Quote(column.metric.shown_printed(value), notes[reference.source, reference.note])
        for reference in references
        if (value := reference.metrics.get(column.metric.name)) is not None
    )
