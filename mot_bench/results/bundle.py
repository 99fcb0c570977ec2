"""Make the bundle, from which all reports are made, out of a results folder.

A bundle holds results, and times if they were measured, so that the same ``results.json`` gives the
same reports. Of ``environment.json`` it holds the versions and the machine, but no times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from mot_bench.records.results import (
    Calibration,
    DatasetRecord,
    ModelResult,
    RunResult,
    Score,
    Scorer,
    SuiteResult,
    SuiteTiming,
)
from mot_bench.reports import schema
from mot_bench.reports.explanation import Explanation
from mot_bench.reports.times import Timing
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.provenance import environment_of
from mot_bench.scoring.counted import counted_lines
from mot_bench.scoring.metrics import LEADERBOARD_ORDER, METRICS
from mot_bench.suites.models import model_name
from mot_bench.suites.references import combined_digest

HEADLINE = ("HOTA", "AssA", "DetA", "IDF1", "MOTA", "IDSW")
ALPHAS = tuple(round(0.05 * step, 2) for step in range(1, 20))


def load_bundle(folder: ResultsFolder) -> schema.Bundle:
    """Return everything that reports show of a results folder.

    Raises:
        InputError: a file of the folder is missing or malformed.
    """
    result = folder.result
    bundle = make_bundle(
        result,
        folder.timing(),
        environment=environment_of(folder),
        explanation=folder.explanation(),
    )
    figures = folder.figure_data()
    pages = {page: title for page, title in schema.PAGES.items() if (folder.path / page).is_file()}
    return replace(
        bundle,
        pages=pages,
        watched=folder.shown_runs(),
        similarities=figures.similarities if figures else (),
        timelines=figures.timelines if figures else (),
        certainty=folder.certainty(),
    )


def make_bundle(
    result: SuiteResult,
    timing: SuiteTiming | None = None,
    *,
    environment: schema.Environment | None = None,
    explanation: Explanation | None = None,
) -> schema.Bundle:
    """Return everything that a report shows, from results and times.

    Metrics that no run has are left out.
    """
    return schema.Bundle(
        suite=result.suite,
        title=result.title or result.suite,
        description=result.description,
        base=result.base,
        dataset=_dataset(result.dataset),
        scorer=_scorer(result.scorer),
        metrics=_present_metrics(result),
        headline=HEADLINE,
        alphas=ALPHAS,
        runs=tuple(_run(run) for run in result.runs),
        timing=Timing(timing.machine, timing.runs, timing.load, timing.cpu_share)
        if timing
        else None,
        models=tuple(_model(model) for model in result.models),
        environment=environment,
        explanation=explanation,
    )


def _dataset(record: DatasetRecord) -> schema.Dataset:
    sequences = tuple(
        schema.Sequence(sequence.name, sequence.length, sequence.frame_rate, sequence.group)
        for sequence in record.sequences
    )
    return schema.Dataset(record.name, record.benchmark, record.split, sequences)


def _scorer(scorer: Scorer) -> schema.Scorer:
    counted = tuple(counted_lines(scorer.counted)) if scorer.counted else ()
    return schema.Scorer(
        scorer.name, scorer.version, _texts(scorer.settings), counted, scorer.computed_by
    )


def _present_metrics(result: SuiteResult) -> tuple[schema.Metric, ...]:
    """Return the metrics that at least one run has, and those of the headline, in their order."""
    scores = [run.combined for run in result.runs if run.combined]
    present = {name for score in scores for name in score.metrics} | set(HEADLINE)
    return tuple(_metric(name) for name in LEADERBOARD_ORDER if name in present)


def _metric(name: str) -> schema.Metric:
    metric = METRICS[name]
    return schema.Metric(
        metric.name,
        metric.title,
        metric.kind,
        metric.higher_is_better,
        metric.meaning,
        metric.source,
    )


def _run(run: RunResult) -> schema.Run:
    """Return the row of a run with one seed; a run that did not finish has no metrics."""
    return schema.Run(
        run=run.run,
        seed=run.seed,
        status=run.status,
        error=run.error,
        title=run.title,
        tracker=run.tracker,
        detections=run.detections,
        embeddings=run.embeddings,
        trained=run.trained,
        parameters=_texts(run.parameters),
        metrics=run.combined.metrics if run.combined and run.status == "ok" else {},
        curves=_curves(run),
        sequences=_metrics_of(run, run.sequences),
        groups=_metrics_of(run, run.groups),
        model=model_name(run.detections) or "",
        reid_model=model_name(run.embeddings) or "",
        calibration=_calibration(run.calibration) if run.calibration else None,
        tracks=combined_digest(run.track_digests) if run.track_digests else "",
        references=tuple(run.references),
        warnings=tuple(run.warnings),
        detections_from=run.detections_from,
        tracker_source=run.tracker_source,
    )


def _curves(run: RunResult) -> dict[str, tuple[float, ...]]:
    """Return the curves over all sequences by metric; none where nothing was scored."""
    curves = run.combined.curves if run.combined else {}
    return {name: tuple(curve) for name, curve in curves.items()}


def _metrics_of(run: RunResult, parts: Mapping[str, Score]) -> dict[str, Mapping[str, float]]:
    """Return the metrics of each sequence or group; none where the run did not finish."""
    if run.status != "ok":
        return {}
    return {name: score.metrics for name, score in parts.items()}


def _calibration(chosen: Calibration) -> schema.Calibration:
    parameters = _texts(chosen.parameters)
    return schema.Calibration(parameters, chosen.hota_before, chosen.hota_after, chosen.tried)


def _model(model: ModelResult) -> schema.Model:
    loss, balance = _table(model.recipe, "loss"), _table(_table(model.recipe, "loss"), "balance")
    weights = balance.get("detection_weight"), balance.get("reid_weight")
    fixed = (
        balance.get("mode") == "fixed"
        and isinstance(weights[0], float)
        and isinstance(weights[1], float)
    )
    others = {
        **model.recipe,
        "loss": {name: value for name, value in loss.items() if name != "balance"},
    }
    return schema.Model(
        model=model.model,
        seed=model.seed,
        title=model.title,
        kind=model.kind,
        file=model.file,
        specialist=model.specialist,
        architecture=model.architecture,
        parameters=model.parameters,
        multiply_adds=model.multiply_adds,
        size=_size(model.recipe),
        trained=bool(model.recipe),
        training=model.training,
        steps=model.steps,
        diagnosis=model.diagnosis,
        curve=tuple(model.curve),
        balance=str(balance.get("mode", "")),
        detection_weight=model.detection_weight,
        reid_weight=model.reid_weight,
        fixed_weights=cast("tuple[float, float]", weights) if fixed else None,
        recipe_but_balance=json.dumps([others, model.training], sort_keys=True) if balance else "",
        note=model.note,
    )


def _table(recipe: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A table of a recipe; empty where it has none of this name."""
    found = recipe.get(name)
    return found if isinstance(found, Mapping) else {}


def _size(recipe: Mapping[str, object]) -> tuple[int, int] | None:
    """Height and width of the pictures, or of the crops, that a recipe trains on."""
    for name in ("pictures", "network"):
        height, width = (_table(recipe, name).get(side) for side in ("height", "width"))
        if isinstance(height, int) and isinstance(width, int):
            return height, width
    return None


def _texts(settings: Mapping[str, object]) -> dict[str, str]:
    """Return the settings as people write them in a suite, in their order."""
    return {name: _text(value) for name, value in settings.items()}


def _text(value: object) -> str:
    """Return a setting as people write it in a suite: text bare, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
