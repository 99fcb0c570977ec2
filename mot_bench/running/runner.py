"""Running a suite: plan it, do what the store lacks, gather scores, write results.

The output folder holds ``results.json`` (the result, without times), ``suite.json`` (the suite as
it was resolved), ``environment.json`` and the track files of each run under ``runs/``; ``store/``
holds what stages made.
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
from mot_bench.engine.store import Store, digest_of
from mot_bench.engine.versions import tracker_source
from mot_bench.errors import MotBenchError
from mot_bench.explaining.results_folder import explain_folder, sources_of
from mot_bench.files.folder_lock import results_lock
from mot_bench.files.places import inside
from mot_bench.networks.measuring import model_results
from mot_bench.networks.model_keys import Networks
from mot_bench.networks.training import sweep_trainings
from mot_bench.records.results import (
    Counted,
    DatasetRecord,
    RunResult,
    SequenceRecord,
    SuiteResult,
    run_folder,
)
from mot_bench.running.piece_work import TRACKS, stored_score
from mot_bench.running.pieces import (
    CALIBRATION,
    EVALUATION,
    Data,
    Piece,
    Scenes,
    Variant,
    check_ground_truth,
    selected,
)
from mot_bench.running.suite_jobs import SuiteJobs
from mot_bench.scoring.counted import counted_of
from mot_bench.scoring.score import SequenceScore, combine, scorer_record, summarise
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
    """

    out: Path
    jobs: int = 1
    only: tuple[str, ...] = ()
    force: bool = False
    data_root: Path | None = None
    device: str = "cpu"


@dataclass
class _Execution:
    """A suite under way."""

    suite: Suite
    dataset: Dataset
    options: Options
    chosen: set[str]
    store: Store
    networks: Networks
    jobs: SuiteJobs
    counts: dict[tuple[str, int], FloatArray] = field(default_factory=dict)


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
        store = Store(options.out / "store")
        sweep_trainings(store)
        networks = Networks(suite, options.data_root, options.device)
        datasets = {EVALUATION: dataset}
        calibration = networks.calibration()
        if calibration is not None:
            check_ground_truth(calibration)
            datasets[CALIBRATION] = calibration
        jobs = SuiteJobs(suite, Scenes(datasets, networks), store, console, force=options.force)
        jobs.run(chosen, options.jobs)
        running = _Execution(suite, dataset, options, chosen, store, networks, jobs)
        result = _gather(running, counted)
        write_text(options.out / "suite.json", suite.model_dump_json(indent=1) + "\n")
        write_counts(options.out / COUNTS, result, running.counts)
        write_text(options.out / "results.json", result.model_dump_json(indent=1) + "\n")
        write_environment(options.out, started, options.data_root)
        sources = sources_of(suite, Data(dataset, store, networks))
        explain_folder(options.out, result, dataset, sources, options.jobs, console)
    return result


def _gather(running: _Execution, counted: Counted) -> SuiteResult:
    rows = [_row(running, variant) for variant in running.jobs.variants()]
    sequences = [
        SequenceRecord(
            name=s.name, length=s.length, frame_rate=s.frame_rate, digest=s.digest, group=s.group
        )
        for s in running.dataset.sequences
    ]
    dataset, suite = running.dataset, running.suite
    return SuiteResult(
        suite=suite.name,
        title=suite.title,
        description=suite.description,
        base=suite.base,
        dataset=DatasetRecord(
            name=dataset.name,
            benchmark=dataset.benchmark,
            split=dataset.split,
            sequences=sequences,
            classes=list(dataset.rules.classes) if dataset.rules else [],
        ),
        scorer=scorer_record(dataset.benchmark, counted),
        runs=[row for row in rows if row is not None],
        models=model_results(
            running.suite,
            running.networks,
            running.dataset,
            running.store,
            running.jobs.networks_used(),
        ),
    )


def _row(running: _Execution, variant: Variant) -> RunResult | None:
    """One row; None for a run that was not chosen and that the store does not have, or that cannot be."""
    row = RunResult(
        run=variant.run.name,
        seed=variant.seed,
        status="ok",
        title=variant.run.title,
        tracker=variant.run.tracker,
        parameters=variant.parameters,
        detections=variant.detections,
        detections_from=variant.detections_from,
        detections_digests=variant.detections_digests,
        trained=running.jobs.is_trained(variant.run),
        embeddings=variant.run.embeddings or "",
        calibration=running.jobs.calibration_of(variant),
        warnings=variant.warnings,
        references=applicable_references(
            variant.run, running.dataset, variant.detections, variant.detections_digests
        ),
    )
    if (variant.skipped or variant.failed) and variant.run.name not in running.chosen:
        return None
    if variant.skipped:
        return row.model_copy(update={"status": "skipped", "error": variant.skipped})
    if variant.failed:
        return row.model_copy(update={"status": "failed", "error": variant.failed})
    row = row.model_copy(update={"tracker_source": tracker_source(variant.run.tracker)})
    folder = run_folder(running.options.out, variant.run.name, variant.seed)
    failures = running.jobs.failures.get((variant.run.name, variant.seed), {})
    made = [piece for piece in variant.pieces if piece.sequence not in failures]
    scores, digests = _published(running, made, folder)
    error_file = folder / "error.txt"
    if failures:
        write_text(
            error_file,
            "".join(f"{failure.line}\n{failure.details}\n" for failure in failures.values()),
        )
    elif len(scores) < len(variant.pieces):
        _check_not_chosen(running, variant, scores)
        return None
    else:
        error_file.unlink(missing_ok=True)
    row = row.model_copy(
        update={
            "track_digests": digests,
            "sequences": {name: summarise(score) for name, score in scores.items()},
        }
    )
    if failures:
        more = f" (and {len(failures) - 1} more sequences)" if len(failures) > 1 else ""
        return row.model_copy(
            update={"status": "failed", "error": next(iter(failures.values())).line + more}
        )
    running.counts[variant.run.name, variant.seed] = stacked(
        scores[one.name] for one in running.dataset.sequences
    )
    groups = {
        group: summarise(combine(part))
        for group, part in _by_group(running.dataset, scores).items()
    }
    doubts = run_doubts(variant.found, running.dataset, variant.parameters, row.sequences)
    warnings = [*variant.warnings, *doubts]
    return row.model_copy(
        update={"combined": summarise(combine(scores)), "groups": groups, "warnings": warnings}
    )


def _published(
    running: _Execution, pieces: list[Piece], folder: Path
) -> tuple[dict[str, SequenceScore], dict[str, str]]:
    """Return scores and digests of the track files that the store has, by sequence.

    Copy the files into a folder.
    """
    scores: dict[str, SequenceScore] = {}
    digests: dict[str, str] = {}
    for piece in pieces:
        tracks = running.store.read("track", piece.key, TRACKS)
        digest = "" if tracks is None else digest_of(tracks)
        score = stored_score(running.store, running.jobs.score_key(piece, digest))
        if tracks is not None and score is not None:
            scores[piece.sequence], digests[piece.sequence] = score, digest
            write_copy(inside(folder, "tracks", f"{piece.sequence}.txt"), tracks)
    return scores, digests


def _check_not_chosen(
    running: _Execution, variant: Variant, scores: dict[str, SequenceScore]
) -> None:
    """Raise if a run that was just done is not in the store.

    One that was not chosen may lack there.
    """
    if variant.run.name in running.chosen:
        lost = next(piece for piece in variant.pieces if piece.sequence not in scores)
        raise MotBenchError(
            f"{running.store.root}: expected tracks and score of {variant.run.name} on {lost.sequence}, found them "
            "gone or damaged since they were made (the same command again makes them again)"
        )


def _by_group(
    dataset: Dataset, scores: dict[str, SequenceScore]
) -> dict[str, dict[str, SequenceScore]]:
    """Scores by sequence name for each group of the dataset, in the order of the sequences.

    None without groups.
    """
    groups: dict[str, dict[str, SequenceScore]] = {}
    for sequence in dataset.sequences:
        if sequence.group:
            groups.setdefault(sequence.group, {})[sequence.name] = scores[sequence.name]
    return groups


def failed_runs(results: Iterable[RunResult]) -> list[RunResult]:
    """Rows that failed: what the exit code tells."""
    return [row for row in results if row.status == "failed"]
