"""The tables of a report as data frames, and as CSV.

Frames hold what people read: percentages and percentage points rounded to three decimals, counts,
and nothing (NaN, or an empty text) where a value is missing. ``attrs["formats"]`` says how numbers
are written in CSV, by column. The same bundle gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from mot_bench.reports.balance import WORTHS, Network, fairness, milliseconds, networks_of
from mot_bench.reports.certainty import Comparison, Estimate, Interval
from mot_bench.reports.schema import REFERENCE_KINDS, Bundle, Metric, Model, Run
from mot_bench.reports.times import RunTiming
from mot_bench.reports.variants import (
    DIFFERENCES,
    base_variant,
    metric_difference,
    ranked_variants,
)
from mot_bench.reports.wording import scale

SPEEDS = ("association_fps", "end_to_end_fps")
_THREE, _FOUR, _WHOLE = ".3f", ".4f", ".0f"
_MODEL_FACTS = (
    "parameters",
    "multiply_adds",
    "input_height",
    "input_width",
    "steps",
)
_STATISTICS = (
    *("run", "base", "metric", "unit", "value", "difference", "low", "high", "p", "verdict"),
    *("needed", "reason", "low_adjusted", "high_adjusted", "p_adjusted", "verdict_adjusted"),
    "compared",
)
_Row = dict[str, Any]


def csv_text(frame: pd.DataFrame | None) -> str | None:
    r"""Return a table as CSV in RFC 4180 quoting, with lines that end in LF; None without a table.

    >>> csv_text(pd.DataFrame({"a": ["b"], "c": ["d,e"]}))
    'a,c\nb,"d,e"\n'
    """
    if frame is None:
        return None
    written = frame.astype(object)
    for column, form in frame.attrs.get("formats", {}).items():
        written[column] = [_formatted(value, form) for value in frame[column]]
    text: str = written.to_csv(index=False, lineterminator="\n")
    return text


def leaderboard_frame(bundle: Bundle) -> pd.DataFrame:
    """Return a row for each run and seed: best HOTA first, what did not finish last.

    The figures of others are in columns of their own: ``original_HOTA`` ... ``original_source``,
    the same with ``published_``; those of a second source are ``published_2_HOTA`` and so on.
    ``model`` and ``reid_model`` name the suite's networks; ``parameters`` holds the tracker's
    resolved parameters as JSON, in the order of its configuration.
    """
    formats = _metric_formats(bundle.metrics)
    references = list(_reference_columns(bundle))
    for label, _, _, metrics in references:
        for metric in metrics:
            formats[f"{label}_{metric.name}"] = _WHOLE if metric.kind == "count" else ".10g"
    rows = []
    for run in bundle.ranked:
        row = _head(bundle, run) | {"status": run.status}
        row |= _figures(bundle.metrics, run.metrics) | {"error": run.error} | _provenance(run)
        row |= {"rules": bundle.dataset.benchmark, "warnings": "; ".join(run.warnings)}
        for label, kind, index, metrics in references:
            row |= _reference(run, label, kind, index, metrics)
        rows.append(row)
    columns = ["run", "dataset", "seed", "status", *(metric.name for metric in bundle.metrics)]
    columns += ["error", *_PROVENANCE, "rules", "warnings"]
    for label, _, _, metrics in references:
        columns += [f"{label}_{name}" for name in (*(m.name for m in metrics), "source", "note")]
    return _frame(rows, columns, formats)


def sequences_frame(bundle: Bundle) -> pd.DataFrame:
    """Return a row for each run, seed and sequence: runs as in the leaderboard."""
    rows = [
        _head(bundle, run)
        | {
            "sequence": sequence.name,
            "frames": sequence.length,
            "frame_rate": sequence.frame_rate,
        }
        | _figures(bundle.metrics, run.sequences[sequence.name])
        for run in bundle.ranked
        for sequence in bundle.dataset.sequences
        if sequence.name in run.sequences
    ]
    columns = ["run", "dataset", "seed", "sequence", "frames", "frame_rate"]
    columns += [metric.name for metric in bundle.metrics]
    return _frame(rows, columns, {"frame_rate": "g", **_metric_formats(bundle.metrics)})


def groups_frame(bundle: Bundle) -> pd.DataFrame | None:
    """Return a row for each run, seed and group of sequences; None without groups."""
    if not bundle.dataset.groups:
        return None
    rows = [
        _head(bundle, run) | {"group": group} | _figures(bundle.metrics, metrics)
        for run in bundle.ranked
        for group in bundle.dataset.groups
        if (metrics := run.metrics_in(group))
    ]
    columns = ["run", "dataset", "seed", "group", *(metric.name for metric in bundle.metrics)]
    return _frame(rows, columns, _metric_formats(bundle.metrics))


def timing_frame(bundle: Bundle) -> pd.DataFrame | None:
    """Return a row for each run and seed with its times; None if nothing was timed.

    A row has frames per second, the seconds of each stage, the machine, and the least and the most
    frames per second over the passes.
    """
    timing = bundle.timing
    if timing is None:
        return None
    ends = [f"{speed}_{end}" for speed in SPEEDS for end in ("least", "most")]
    seconds = [f"{stage}_s" for stage in RunTiming.STAGES]
    rows = []
    for one in timing.runs:
        spans = [end for speed in SPEEDS for end in one.span(speed)]
        row: _Row = {"run": one.run, "seed": one.seed, "frames": one.frames}
        row |= {name: getattr(one, name) for name in (*SPEEDS, *seconds)}
        rows.append(row | {"machine": timing.machine} | dict(zip(ends, spans, strict=True)))
    formats = dict.fromkeys((*SPEEDS, *ends), ".2f") | dict.fromkeys(seconds, _FOUR)
    columns = ["run", "seed", "frames", *SPEEDS, *seconds, "machine", *ends]
    return _frame(rows, columns, formats)


def statistics_frame(bundle: Bundle) -> pd.DataFrame | None:
    """Return a row for each estimate (without ``base``) and each comparison; None without any.

    ``low`` and ``high`` are the 95 % interval of the pair by itself, and ``verdict`` is what it
    says. The columns ``..._adjusted`` hold for HOTA of all runs that were ``compared`` with the
    base at once (Bonferroni).
    """
    if bundle.certainty is None:
        return None
    rows = [_estimate(one, bundle.metric(one.metric)) for one in bundle.certainty.estimates]
    rows += [_comparison(one, bundle.metric(one.metric)) for one in bundle.certainty.comparisons]
    figures = ("value", "difference", "low", "high", "low_adjusted", "high_adjusted")
    formats = dict.fromkeys(figures, _THREE) | {"p": ".4g", "p_adjusted": ".4g", "compared": _WHOLE}
    return _frame(rows, _STATISTICS, formats)


def models_frame(bundle: Bundle) -> pd.DataFrame | None:
    """Return a row for each model, seed and group (``all`` first); None without models.

    AP and TPR are percentages; what they are of the specialists' is a fraction.
    """
    if not bundle.models:
        return None
    rows = [
        _model(bundle, network, model, group)
        for network in networks_of(bundle)
        for model in network.models
        for group in model.diagnosis or ("",)
    ]
    shares = ("ap_of_specialist", "tpr_of_specialist")
    weights = ("detection_weight", "reid_weight")
    formats = dict.fromkeys(_MODEL_FACTS, _WHOLE) | dict.fromkeys((*weights, *shares), _FOUR)
    formats |= dict.fromkeys(("detecting_ms", *WORTHS), _THREE)
    columns = ["model", "seed", "title", "kind", "specialist", "trained", "architecture"]
    columns += [*_MODEL_FACTS, *weights, "detecting_ms", "group", *WORTHS, *shares]
    return _frame(rows, columns, formats)


def differences_frame(bundle: Bundle) -> pd.DataFrame | None:
    """Return a row for each run, group (``all`` first) and metric: the difference to the base run.

    None without models, or without a base run that finished.
    """
    base = base_variant(bundle)
    if not bundle.models or base is None or base.status != "ok":
        return None
    rows = []
    for variant in ranked_variants(bundle):
        for group in ("", *bundle.dataset.groups):
            for metric in (bundle.metric(name) for name in DIFFERENCES):
                change = metric_difference(variant, base, metric, group)
                if change is None:
                    continue
                rows.append(
                    {
                        "run": variant.name,
                        "base": base.name,
                        "group": group or "all",
                        "metric": metric.name,
                        "mean": _rounded(change.mean, scale(metric)),
                        "min": _rounded(change.low, scale(metric)),
                        "max": _rounded(change.high, scale(metric)),
                        "seeds": change.count,
                        "seeds_with_the_sign_of_the_mean": change.agree,
                    }
                )
    columns = ["run", "base", "group", "metric", "mean", "min", "max", "seeds"]
    columns += ["seeds_with_the_sign_of_the_mean"]
    return _frame(rows, columns, dict.fromkeys(("mean", "min", "max"), _THREE))


_PROVENANCE = (
    *("tracker", "detections", "embeddings", "model", "reid_model", "trained", "calibrated"),
    "parameters",
)


def _frame(
    rows: Iterable[_Row], columns: Sequence[str], formats: Mapping[str, str]
) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    frame.attrs["formats"] = dict(formats)
    return frame


def _formatted(value: float | None, form: str) -> str:
    """Return a number in a format; empty for a missing one."""
    return "" if value is None or math.isnan(value) else format(value, form)


def _rounded(value: float | None, factor: float = 1.0, digits: int = 3) -> float:
    """Return a figure in the units that people read, never -0.0; NaN for a missing one."""
    return math.nan if value is None else round(factor * value, digits) + 0.0


def _metric_formats(metrics: Iterable[Metric]) -> dict[str, str]:
    return {metric.name: _WHOLE if metric.kind == "count" else _THREE for metric in metrics}


def _figures(metrics: Iterable[Metric], values: Mapping[str, float]) -> dict[str, float]:
    """Return the figures of a row by metric, in the units that people read."""
    found = {metric: values.get(metric.name, math.nan) for metric in metrics}
    return {
        metric.name: value if metric.kind == "count" else _rounded(value, scale(metric))
        for metric, value in found.items()
    }


def _head(bundle: Bundle, run: Run) -> _Row:
    return {"run": run.run, "dataset": bundle.dataset.name, "seed": run.seed}


def _provenance(run: Run) -> _Row:
    """Return what a run was made with."""
    values = (
        *(run.tracker, run.detections, run.embeddings, run.model, run.reid_model),
        *("yes" if run.trained else "no", "yes" if run.calibration else "no"),
        json.dumps(dict(run.parameters), ensure_ascii=False) if run.parameters else "",
    )
    return dict(zip(_PROVENANCE, values, strict=True))


def _reference_columns(bundle: Bundle) -> Iterator[tuple[str, str, int, list[Metric]]]:
    """Yield label, kind, number and metrics of each source of figures of others.

    There are as many sources of a kind as the run with the most of them has.
    """
    for kind in REFERENCE_KINDS:
        most = max((len(run.references_of(kind)) for run in bundle.runs), default=0)
        for index in range(most):
            label = f"{kind}_{index + 1}" if index else kind
            yield label, kind, index, bundle.reference_metrics(kind)


def _reference(run: Run, label: str, kind: str, index: int, metrics: Iterable[Metric]) -> _Row:
    """Return the figures that a source has for a run; empty fields if it has none."""
    references = run.references_of(kind)
    if index >= len(references):
        return {f"{label}_source": "", f"{label}_note": ""}
    found = references[index]
    row: _Row = {f"{label}_{metric.name}": found.metrics.get(metric.name) for metric in metrics}
    return row | {f"{label}_source": found.source, f"{label}_note": found.note}


def _estimate(one: Estimate, metric: Metric) -> _Row:
    return {
        "run": one.run,
        "metric": one.metric,
        "unit": "%" if metric.kind == "fraction" else "",
        "value": _rounded(one.value, scale(metric)),
        **_sides(one.interval, metric),
        "reason": one.reason,
    }


def _comparison(one: Comparison, metric: Metric) -> _Row:
    row = {
        "run": one.run,
        "base": one.base,
        "metric": one.metric,
        "unit": "percentage points" if metric.kind == "fraction" else "",
        "difference": _rounded(one.difference, scale(metric)),
        **_sides(one.interval, metric),
        "p": one.p_value,
        "verdict": one.verdict,
        "needed": one.needed,
        "reason": one.reason,
    }
    if (adjusted := one.simultaneous) is None:
        return row
    row |= _sides(adjusted.interval, metric, "_adjusted")
    row |= {"p_adjusted": adjusted.p_value, "verdict_adjusted": adjusted.verdict}
    return row | {"compared": adjusted.comparisons}


def _sides(interval: Interval | None, metric: Metric, suffix: str = "") -> dict[str, float]:
    """Return both ends of an interval by column; nothing without an interval."""
    if interval is None:
        return {}
    ends = {"low": interval.low, "high": interval.high}
    return {f"{name}{suffix}": _rounded(value, scale(metric)) for name, value in ends.items()}


def _model(bundle: Bundle, network: Network, model: Model, group: str) -> _Row:
    """Return the row of a model with one seed over a group of sequences."""
    height, width = model.size or (None, None)
    row: _Row = {
        "model": model.model,
        "seed": model.seed,
        "title": model.title,
        "kind": model.kind,
        "specialist": model.specialist,
        "trained": "yes" if model.trained else "no",
        "architecture": model.architecture,
        "parameters": model.parameters or None,
        "multiply_adds": model.multiply_adds or None,
        "input_height": height,
        "input_width": width,
        "steps": model.steps or None,
        "detection_weight": _rounded(model.detection_weight, digits=4),
        "reid_weight": _rounded(model.reid_weight, digits=4),
        "detecting_ms": _rounded(milliseconds(bundle, network)),
        "group": group or "all",
    }
    row |= {name: _rounded(model.worth(name, group), 100) for name in WORTHS}
    for name, task in (("ap", "detection"), ("tpr", "reid")):
        share = fairness(bundle, model, task, group)
        row[f"{name}_of_specialist"] = _rounded(share, digits=4)
    return row
