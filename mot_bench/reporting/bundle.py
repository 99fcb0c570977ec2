"""From ``results.json`` to everything that people read: the typed bundle of ``reports``, and the files made of it.

The reports hold nothing but results (and times, where they were measured): the same
``results.json`` gives the same bytes. What differs from machine to machine lies beside, in
``environment.json``; of it a report tells versions and machine, no times
(``mot_bench.results.provenance``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from mot_bench import atomic
from mot_bench.errors import InputError
from mot_bench.explaining.records import explanation_of
from mot_bench.files.json_files import read_record
from mot_bench.records.results import (
    Calibration,
    DatasetRecord,
    ModelResult,
    Record,
    RunResult,
    RunTiming,
    Score,
    Scorer,
    SuiteResult,
    SuiteTiming,
)
from mot_bench.reporting.figure_data import figure_data_of
from mot_bench.reports import schema, times
from mot_bench.reports.explanation import Explanation
from mot_bench.results.provenance import environment_of
from mot_bench.scoring.counted import counted_lines
from mot_bench.scoring.metrics import LEADERBOARD_ORDER, METRICS
from mot_bench.statistics.certainty import certainty_of
from mot_bench.suites.models import model_name
from mot_bench.suites.references import combined_digest
from mot_bench.viewing.shown_runs import runs_in_viewer

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADLINE = ("HOTA", "AssA", "DetA", "IDF1", "MOTA", "IDSW")
ALPHAS = tuple(round(0.05 * step, 2) for step in range(1, 20))
_RESULTS = "results.json as mot-bench run and mot-bench score write it"
_MOST_SECONDS = 1e12  # of a measurement, and frames or a seed: whatever is larger is none
_TIMING = "timing.json as mot-bench run --timing writes it"
_Model = TypeVar("_Model", bound=Record)


def write_reports(out: Path, outputs: Sequence[str] | None = None) -> dict[str, bytes]:
    """Write reports from results.json: report.html, tables as CSV, report.md and leaderboard.tex.

    Args:
        out: with results.json.
        outputs: which (of ``mot_bench.reporting.report_files.OUTPUTS``); None: its default.

    Returns:
        What was written, by file name.

    Raises:
        InputError: results.json is missing, or one of the JSON files of the folder is malformed.
        MotBenchError: the folder cannot be written, or an output is not known.
    """
    from mot_bench.reporting.report_files import DEFAULT, output_files

    files = output_files(load_bundle(out), DEFAULT if outputs is None else outputs)
    for name, content in files.items():
        atomic.write_bytes(out / name, content)
    return files


def load_bundle(out: Path) -> schema.Bundle:
    """Everything that a results folder holds for reports.

    Raises:
        InputError: one of its files is missing or malformed.
    """
    result = read_results(out / "results.json")
    timing = read_folder_timing(out, result)
    bundle = make_bundle(
        result, timing, environment=environment_of(out), explanation=explanation_of(out, result)
    )
    similarities, timelines = figure_data_of(out, result)
    pages = {page: title for page, title in schema.PAGES.items() if (out / page).is_file()}
    return replace(
        bundle,
        pages=pages,
        watched=runs_in_viewer(out, result),
        similarities=similarities,
        timelines=timelines,
        certainty=certainty_of(out, result),
    )


def terminal_table(result: SuiteResult, timing: SuiteTiming | None = None) -> RenderableType:
    """The leaderboard for the terminal, and the models if there are any, for rich to print: fits 100 columns."""
    from mot_bench.reports.terminal import tables

    return tables(make_bundle(result, timing))


def read_results(path: Path) -> SuiteResult:
    """Read a results.json.

    Raises:
        InputError: it is missing, truncated, something else, of another schema version, or names a
            run and seed twice.
    """
    result = read_record(path, SuiteResult, _RESULTS)
    seen = set()
    for run in result.runs:
        if (run.run, run.seed) in seen:
            raise InputError(
                path, "each run and seed once", f"{run.run} with seed {run.seed} twice"
            )
        seen.add((run.run, run.seed))
    return result


def read_timing(path: Path) -> SuiteTiming:
    """Read a timing.json (errors as ``read_results``)."""
    timing = read_record(path, SuiteTiming, _TIMING, refuse_nan=True)
    for run in timing.runs:
        numbers = [value for value in run.model_dump().values() if isinstance(value, int | float)]
        if not all(0 <= number <= _MOST_SECONDS for number in numbers):
            raise InputError(
                path,
                _TIMING,
                f"a time below 0 or beyond {_MOST_SECONDS:g} seconds of run {run.run}",
            )
    return timing


def read_folder_timing(out: Path, result: SuiteResult) -> SuiteTiming | None:
    """Return the times of a results folder, of those runs alone that are still what was timed.

    None without any.

    Raises:
        InputError: timing.json is malformed.
    """
    path = out / "timing.json"
    if not path.exists():
        return None
    timing = read_timing(path)
    present = {(row.run, row.seed): row.making() for row in result.runs}
    rows = [row for row in timing.runs if row.of and row.of == present.get((row.run, row.seed))]
    return timing.model_copy(update={"runs": rows}) if rows else None


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
        timing=_timing(timing) if timing else None,
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
        references=_references(run),
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


def _references(run: RunResult) -> tuple[schema.Reference, ...]:
    """Return the figures of others, in the suite's order."""
    return tuple(
        schema.Reference(reference.kind, reference.source, reference.metrics, reference.note)
        for reference in run.references
    )


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
        diagnosis={
            group: schema.Diagnosis(**values.model_dump())
            for group, values in model.diagnosis.items()
        },
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


def _timing(timing: SuiteTiming) -> times.Timing:
    runs = tuple(_run_timing(run) for run in timing.runs)
    return times.Timing(timing.machine, runs, timing.load, timing.cpu_share)


def _run_timing(run: RunTiming) -> times.RunTiming:
    stages = {
        "reading": run.reading_s,
        "detecting": run.detecting_s,
        "embedding": run.embedding_s,
        "camera": run.camera_s,
        "associating": run.associating_s,
    }
    passes = tuple(run.association_passes), tuple(run.end_to_end_passes)
    return times.RunTiming(
        run.run, run.seed, run.frames, stages, run.association_fps, run.end_to_end_fps, *passes
    )


def _texts(settings: Mapping[str, object]) -> dict[str, str]:
    """Return the settings as people write them in a suite, in their order."""
    return {name: _text(value) for name, value in settings.items()}


def _text(value: object) -> str:
    """Return a setting as people write it in a suite: text bare, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
