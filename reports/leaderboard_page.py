"""The leaderboard of the page: its rows as text, and the same as data for the script, which can change the base run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

from mot_bench.reports.certainty import Comparison, Verdict
from mot_bench.reports.figures import Series
from mot_bench.reports.figures.drawing import Mark
from mot_bench.reports.run_pages import Look, looks_of
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.terminal import best_value
from mot_bench.reports.twins import twins_of
from mot_bench.reports.variants import Variant, is_given, ranked_variants
from mot_bench.reports.verdict_wording import is_judged
from mot_bench.reports.wording import listed, scale, unit

SPEEDS = (
    Metric(
        "association_fps",
        "Tracker",
        "number",
        None,
        "Frames per second of the tracker alone, median of the passes",
        "timing.json",
    ),
    Metric(
        "end_to_end_fps",
        "All stages",
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
class Line:
    """One row: its name with badges, and the figures that are shown first.

    Attributes:
        place: in the order of the leaderboard, from 1.
        badges: each with what it means.
        mark: the SVG of its look in figures.
        tracker: as people write it, without the folder of a file.
        detections: likewise.
        cells: text, and whether it is the best of its column.
        look: where its first seed can be looked at.
    """

    variant: Variant
    place: int
    is_base: bool
    badges: tuple[tuple[str, str], ...]
    mark: str
    tracker: str
    detections: str
    cells: tuple[tuple[str, bool], ...]
    look: Look | None


def board_metrics(bundle: Bundle) -> list[Metric]:
    """Return all columns: the headline, the speed that comes first, then what is shown on request."""
    first = first_metrics(bundle)
    speeds = SPEEDS if bundle.timing else ()
    return [*first, *(metric for metric in (*bundle.metrics, *speeds) if metric not in first)]


def first_metrics(bundle: Bundle) -> list[Metric]:
    """Return the columns that are shown first: the headline, and one speed where times were measured.

    That is the speed of all stages where a network was timed, else that of the tracker alone.
    """
    if bundle.timing is None:
        return [*bundle.headline_metrics]
    association, end_to_end = SPEEDS
    whole = any(timing.stages.get("detecting") for timing in bundle.timing.runs)
    return [*bundle.headline_metrics, end_to_end if whole else association]


def board_lines(bundle: Bundle, series: tuple[Series, ...]) -> list[Line]:
    """The rows, best HOTA first, as they stand without a script."""
    variants = ranked_variants(bundle)
    metrics = first_metrics(bundle)
    contenders = [variant for variant in variants if not is_given(variant)]
    best = {metric.name: best_value(metric, contenders) for metric in metrics}
    marks = {one.variant.name: Mark(one.label, one.look).svg() for one in series}
    return [
        Line(
            variant,
            place,
            variant.name == bundle.base,
            tuple(_badges(bundle, variant)),
            marks.get(variant.name, ""),
            _without_folder(variant.first.tracker),
            _without_folder(variant.first.detections),
            tuple(
                _cell(bundle, metric, variant, None if is_given(variant) else best[metric.name])
                for metric in metrics
            ),
            _look(bundle, variant),
        )
        for place, variant in enumerate(variants, 1)
    ]


def board_data(bundle: Bundle) -> dict[str, object]:
    """For the script: values in the units that are shown, seed by seed; intervals.

    And comparisons of pairs of runs.

    Runs are in the order of ``board_lines`` and are meant by their index, metrics too. A comparison
    is a list: run, base, metric, difference, low, high, p; then 1 for better, -1 for worse, 0 where
    the interval holds 0 and None where nothing can be said; and the index in ``texts`` of what
    there is to say.
    """
    variants, metrics = ranked_variants(bundle), board_metrics(bundle)
    names = [variant.name for variant in variants]
    texts: dict[str, int] = {"": 0}
    return {
        "suite": bundle.suite,
        "dataset": bundle.dataset.name,
        "base": names.index(bundle.base) if bundle.base in names else -1,
        "certain": is_judged(bundle),
        "first": len(first_metrics(bundle)),
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
        "bold": metric.kind == "fraction",
        "better": 0 if metric.higher_is_better is None else 1 if metric.higher_is_better else -1,
        "meaning": metric.meaning,
        "speed": metric in SPEEDS,
    }


def _values(bundle: Bundle, variant: Variant, metric: Metric) -> list[float] | None:
    """One a seed; None where any seed has none, since a mean of the others would flatter."""
    found = (
        _speeds(bundle, variant, metric)
        if metric in SPEEDS
        else [run.metrics.get(metric.name) for run in variant.runs]
    )
    known = [value for value in found if value is not None and not math.isnan(value)]
    if not known or variant.status != "ok" or len(known) < len(found):
        return None
    return [_rounded(scale(metric) * value) for value in known]


def _speeds(bundle: Bundle, variant: Variant, metric: Metric) -> list[float | None]:
    """Of the seeds that were timed."""
    runs = bundle.timing.runs if bundle.timing else ()
    return [getattr(timing, metric.name) for timing in runs if timing.run == variant.name]


def _intervals(
    bundle: Bundle, variant: Variant, metrics: list[Metric]
) -> Mapping[int, list[float]]:
    if bundle.certainty is None:
        return {}
    found = {}
    for place, metric in enumerate(metrics):
        estimate = bundle.certainty.estimate(variant.name, metric.name)
        if estimate is not None and estimate.interval is not None:
            found[place] = [
                _rounded(scale(metric) * side)
                for side in (estimate.interval.low, estimate.interval.high)
            ]
    return found


def _pairs(
    bundle: Bundle, names: list[str], metrics: list[Metric], texts: dict[str, int]
) -> list[list[float | None]]:
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
    shown = [
        None if side is None else _rounded(scale(metric) * side)
        for side in (one.difference, *sides)
    ]
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


def _without_folder(name: str) -> str:
    """Return a name, or the last part of a path.

    >>> _without_folder("/home/me/my_tracker.py:Mine"), _without_folder("model:fairmot")
    ('my_tracker.py:Mine', 'model:fairmot')
    """
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _cell(bundle: Bundle, metric: Metric, variant: Variant, best: str | None) -> tuple[str, bool]:
    """Return a figure, the mean over seeds, and whether it is the best of its column."""
    if metric in SPEEDS:
        speeds = _values(bundle, variant, metric)
        return (f"{fmean(speeds):.1f}" if speeds else ""), False
    summary = variant.summary(metric.name)
    if summary is None:
        return "", False
    text = f"{scale(metric) * summary.mean:.{0 if metric.kind == 'count' else 2}f}"
    return text, best is not None and metric.shown(summary.mean) == best
