"""Run a suite: do what the store lacks, gather the scores, write the results.

The output folder gets ``results.json`` (the result, without times), ``suite.json`` (the suite as it
was resolved), ``environment.json`` and the track files of each run under ``runs/``. What stages
made lies in the store, which suites share.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from mot_bench.atomic import write_copy, write_text
from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.doubts import run_doubts
from mot_bench.engine.environment import write_environment
from mot_bench.engine.stage import StageFailed
from mot_bench.engine.store import digest_of
from mot_bench.engine.store_contents import note_use
from mot_bench.engine.store_place import open_store
from mot_bench.engine.versions import tracker_source
from mot_bench.errors import MotBenchError
from mot_bench.explaining.results_folder import explain_folder, sources_of
from mot_bench.files.folder_lock import results_lock
from mot_bench.files.places import inside
from mot_bench.networks.model_keys import Networks
from mot_bench.records.results import (
    DatasetRecord,
    RunResult,
    SequenceRecord,
    SuiteResult,
    run_folder,
)
from mot_bench.running.model_results import model_results
from mot_bench.running.suite_jobs import SuiteJobs
from mot_bench.running.variants import Variant, check_ground_truth, selected
from mot_bench.scoring.counted import counted_of
from mot_bench.scoring.score import SequenceScore, combine, scorer_record, summarise
from mot_bench.stages.context import Context
from mot_bench.stages.roles import CALIBRATION, EVALUATION
from mot_bench.stages.track import TRACKS
from mot_bench.statistics.counts import COUNTS, FloatArray, stacked, write_counts
from mot_bench.suites.references import applicable_references
from mot_bench.suites.schema import Suite


@dataclass(frozen=True)
class Options:
    """How a suite is run; nothing here changes a result.

    Attributes:
        out: output folder.
        jobs: worker processes.
        only: patterns of run names; other runs are shown as far as the store has them.
        force: do the selected runs again, whatever the store has (networks that are trained stay).
        data_root: where named training data lies.
        device: what networks are trained and run on, ``cpu`` or ``cuda``.
        store: folder of the store; None for the one of the user (``engine.store_place``).
    """

    out: Path
    jobs: int = 1
    only: tuple[str, ...] = ()
    force: bool = False
    data_root: Path | None = None
    device: str = "cpu"
    store: Path | None = None


@dataclass
class _Execution:
    """A suite under way."""

    suite: Suite
    options: Options
    chosen: set[str]
    context: Context
    jobs: SuiteJobs
    counts: dict[tuple[str, int], FloatArray] = field(default_factory=dict)

    @property
    def dataset(self) -> Dataset:
        """What every run is scored on."""
        return self.context.datasets[EVALUATION]


def run_suite(
    suite: Suite, dataset: Dataset, options: Options, console: Console | None = None
) -> SuiteResult:
    """Run a suite on a dataset and write its results.

    Args:
        suite: resolved; its ``dataset`` is what ``dataset`` was opened from.
        dataset: what is run on.
        options: where and how.
        console: where progress is shown; standard error by default.

    Returns:
        What was written to ``results.json``. Failed and skipped runs are rows of it.

    Raises:
        MotBenchError: the input is malformed, the output folder cannot be written, or another
            process writes to it. What was finished before stays in the store.
    """
    started = datetime.datetime.now(datetime.UTC)
    console = console or Console(stderr=True)
    chosen = selected(suite, options.only)
    check_ground_truth(dataset)
    counted = counted_of(dataset)
    with results_lock(options.out, make=True):
        store = open_store(options.store, options.out)
        store.sweep()
        networks = Networks(suite, options.data_root, options.device)
        context = Context(_datasets(dataset, networks), networks, store)
        jobs = SuiteJobs(suite, context, console, force=options.force)
        jobs.run(chosen, options.jobs)
        running = _Execution(suite, options, chosen, context, jobs)
        rows = [_row(running, variant) for variant in jobs.variants()]
        result = SuiteResult(
            suite=suite.name,
            title=suite.title,
            description=suite.description,
            base=suite.base,
            dataset=_dataset_record(dataset),
            scorer=scorer_record(dataset.benchmark, counted),
            runs=[row for row in rows if row is not None],
            models=model_results(context, jobs.networks_used()),
        )
        write_text(options.out / "suite.json", suite.model_dump_json(indent=1) + "\n")
        write_counts(options.out / COUNTS, result, running.counts)
        write_text(options.out / "results.json", result.model_dump_json(indent=1) + "\n")
        write_environment(options.out, started, options.data_root)
        sources = sources_of(suite, context, result)
        explain_folder(options.out, result, dataset, sources, options.jobs, console, store)
        note_use(store.root, options.out, context.cache.seen())
    return result


def _datasets(dataset: Dataset, networks: Networks) -> dict[str, Dataset]:
    """Return the datasets of a suite by role."""
    calibration = networks.calibration()
    if calibration is None:
        return {EVALUATION: dataset}
    check_ground_truth(calibration)
    return {EVALUATION: dataset, CALIBRATION: calibration}


def _dataset_record(dataset: Dataset) -> DatasetRecord:
    sequences = [
        SequenceRecord(
            name=one.name,
            length=one.length,
            frame_rate=one.frame_rate,
            digest=one.digest,
            group=one.group,
        )
        for one in dataset.sequences
    ]
    return DatasetRecord(
        name=dataset.name,
        benchmark=dataset.benchmark,
        split=dataset.split,
        sequences=sequences,
        classes=list(dataset.rules.classes) if dataset.rules else [],
    )


def _row(running: _Execution, variant: Variant) -> RunResult | None:
    """Return one row; None if the run was deselected and is not cached, or cannot run."""
    row = _described(running, variant)
    if variant.skipped or variant.failed:
        if variant.run.name not in running.chosen:
            return None
        status = "skipped" if variant.skipped else "failed"
        error = variant.skipped or variant.failed
        return row.model_copy(update={"status": status, "error": error})
    failures = running.jobs.failures.get((variant.run.name, variant.seed), {})
    scores, digests = _published(running, variant, failures)
    _write_failures(running.options.out, variant, failures)
    if not failures and len(scores) < len(variant.scores):
        _check_not_chosen(running, variant, scores)
        return None
    row = row.model_copy(
        update={
            "tracker_source": tracker_source(variant.run.tracker),
            "track_digests": digests,
            "sequences": {name: summarise(score) for name, score in scores.items()},
        }
    )
    if failures:
        return row.model_copy(update={"status": "failed", "error": _first_failure(failures)})
    return _scored(running, variant, row, scores)


def _first_failure(failures: dict[str, StageFailed]) -> str:
    """Return the reason of the first sequence that failed, and how many more did."""
    more = f" (and {len(failures) - 1} more sequences)" if len(failures) > 1 else ""
    return next(iter(failures.values())).line + more


def _described(running: _Execution, variant: Variant) -> RunResult:
    """Return a row with everything but its scores."""
    run = variant.run
    return RunResult(
        run=run.name,
        seed=variant.seed,
        status="ok",
        title=run.title,
        tracker=run.tracker,
        parameters=variant.parameters,
        detections=variant.detections,
        detections_from=variant.detections_from,
        detections_digests=variant.detections_digests,
        trained=running.jobs.is_trained(run),
        embeddings=run.embeddings or "",
        calibration=running.jobs.calibration_of(variant),
        warnings=variant.warnings,
        references=applicable_references(
            run, running.dataset, variant.detections, variant.detections_digests
        ),
    )


def _scored(
    running: _Execution, variant: Variant, row: RunResult, scores: dict[str, SequenceScore]
) -> RunResult:
    """Return a row with its scores over all sequences; note its counts."""
    sequences = running.dataset.sequences
    counts = stacked(scores[one.name] for one in sequences)
    running.counts[variant.run.name, variant.seed] = counts
    groups = _by_group(running.dataset, scores)
    doubts = run_doubts(variant.found, running.dataset, variant.parameters, row.sequences)
    return row.model_copy(
        update={
            "combined": summarise(combine(scores)),
            "groups": {group: summarise(combine(part)) for group, part in groups.items()},
            "warnings": [*variant.warnings, *doubts],
        }
    )


def _write_failures(out: Path, variant: Variant, failures: dict[str, StageFailed]) -> None:
    """Write why a run failed, with tracebacks; remove what an earlier attempt wrote."""
    file = run_folder(out, variant.run.name, variant.seed) / "error.txt"
    if failures:
        write_text(file, "".join(f"{one.line}\n{one.details}\n" for one in failures.values()))
    else:
        file.unlink(missing_ok=True)


def _published(
    running: _Execution, variant: Variant, failures: dict[str, StageFailed]
) -> tuple[dict[str, SequenceScore], dict[str, str]]:
    """Copy a run's track files from the store; return its scores and their digests by sequence."""
    folder = run_folder(running.options.out, variant.run.name, variant.seed)
    scores: dict[str, SequenceScore] = {}
    digests: dict[str, str] = {}
    cache = running.context.cache
    for name, score in running.jobs.scores_of(variant).items():
        track = next(one.track for one in variant.scores if one.track.sequence == name)
        tracks = cache.read(track, TRACKS)
        if name not in failures and tracks is not None:
            scores[name], digests[name] = score, digest_of(tracks)
            write_copy(inside(folder, "tracks", f"{name}.txt"), tracks)
    return scores, digests


def _check_not_chosen(
    running: _Execution, variant: Variant, scores: dict[str, SequenceScore]
) -> None:
    """Raise if a run that was just done is not in the store; a deselected one may lack there."""
    if variant.run.name in running.chosen:
        names = [score.track.sequence for score in variant.scores]
        lost = next(name for name in names if name not in scores)
        raise MotBenchError(
            f"{running.context.cache.store.root}: expected tracks and score of {variant.run.name} "
            f"on {lost}, found them gone or damaged since they were made (the same command again "
            "makes them again)"
        )


def _by_group(
    dataset: Dataset, scores: dict[str, SequenceScore]
) -> dict[str, dict[str, SequenceScore]]:
    """Return the scores of each group of sequences, in the order of the dataset."""
    groups: dict[str, dict[str, SequenceScore]] = {}
    for sequence in dataset.sequences:
        if sequence.group:
            groups.setdefault(sequence.group, {})[sequence.name] = scores[sequence.name]
    return groups


def failed_runs(results: Iterable[RunResult]) -> list[RunResult]:
    """Return the rows that failed: what the exit code tells."""
    return [row for row in results if row.status == "failed"]
