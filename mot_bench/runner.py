"""Running a suite: plan it, do what the store lacks, gather scores, write results.

The output folder holds ``results.json`` (the result, without times), ``suite.json`` (the suite as it was resolved),
``environment.json`` and the track files of each run under ``runs/``; ``store/`` holds what stages made.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from mot_bench.atomic import write_text
from mot_bench.datasets.types import Dataset
from mot_bench.environment import write_environment
from mot_bench.errors import MotBenchError
from mot_bench.plan import OPTICAL_FLOW, Data, Piece, Variant, plan_variants, selected
from mot_bench.progress import SuiteProgress
from mot_bench.results import DatasetRecord, RunResult, SequenceRecord, SuiteResult
from mot_bench.scoring.score import SequenceScore, combine, scorer_record, summarise
from mot_bench.store import Store, key_of, link_or_copy
from mot_bench.suites.references import applicable_references
from mot_bench.suites.schema import Suite
from mot_bench.work import SCORE, TRACKS, Failure, track_digest
from mot_bench.worker import Pool, score_inputs

_FEW_FRAMES = 10_000  # so little work that starting processes costs more than it gains


@dataclass(frozen=True)
class Options:
    """How a suite is run; nothing here changes a result.

    Attributes:
        out: output folder.
        jobs: worker processes.
        only: patterns of run names; other runs are shown as far as the store has them.
        force: do the selected runs again, whatever the store has.
    """

    out: Path
    jobs: int = 1
    only: tuple[str, ...] = ()
    force: bool = False


@dataclass
class _Execution:
    """A suite under way."""

    suite: Suite
    dataset: Dataset
    options: Options
    console: Console
    store: Store
    variants: list[Variant] = field(default_factory=list)
    failures: dict[tuple[str, int], dict[str, Failure]] = field(default_factory=dict)


def run_suite(suite: Suite, dataset: Dataset, options: Options, console: Console | None = None) -> SuiteResult:
    """Run a suite on a dataset and write its results.

    Args:
        suite: resolved; its ``dataset`` is what ``dataset`` was opened from.
        dataset: what is run on.
        options: where and how.
        console: where progress is shown; standard error by default.

    Returns:
        What was written to ``results.json``. Failed and skipped runs are rows of it.

    Raises:
        MotBenchError: the input is malformed, the output folder cannot be written, or another process writes to it.
            What was finished before stays in the store.
    """
    started = datetime.datetime.now(datetime.UTC)
    console = console or Console(stderr=True)
    chosen = selected(suite, options.only)
    with _only_one_in(options.out):
        store = Store(options.out / "store")
        store.sweep()
        running = _Execution(suite, dataset, options, console, store)
        data = Data(dataset, store)
        running.variants = plan_variants(suite, data, lambda line: console.print(line, highlight=False))
        _execute(running, data, chosen)
        result = _gather(running)
        write_text(options.out / "suite.json", suite.model_dump_json(indent=1) + "\n")
        write_text(options.out / "results.json", result.model_dump_json(indent=1) + "\n")
        write_environment(options.out, started)
    return result


def _execute(running: _Execution, data: Data, chosen: set[str]) -> None:
    force = running.options.force
    pieces = [piece for variant in running.variants if variant.run.name in chosen for piece in variant.pieces]
    lacking = [piece for piece in pieces if force or not _finished(running, piece)]
    _announce(running, pieces, lacking)
    if not lacking:
        return
    # By sequence, longest first: workers find the data of the last piece at hand, and no long one is left for the end.
    lengths = {sequence.name: sequence.length for sequence in running.dataset.sequences}
    lacking.sort(key=lambda piece: (-lengths[piece.sequence], piece.sequence))
    frames = sum(lengths[piece.sequence] for piece in lacking)
    jobs = 1 if frames < _FEW_FRAMES else min(running.options.jobs, len(lacking))
    flows = {piece.sequence for piece in lacking if piece.camera_motion == OPTICAL_FLOW}
    pool = Pool(running.dataset, running.store.root, jobs)
    try:
        missing = sorted(name for name in flows if not data.has_camera_motion(name))
        with SuiteProgress(running.console, "camera motion", len(missing)) as progress:
            for _ in pool.estimate_camera_motion(missing):
                progress.step("")
        with SuiteProgress(running.console, "tracking and scoring", len(lacking)) as progress:
            for outcome in pool.do((piece, force) for piece in lacking):
                piece = outcome.piece
                progress.step(f"{piece.run.name} {piece.sequence}")
                if outcome.failure is not None:
                    progress.say(f"{piece.run.name} failed: {outcome.failure.line}")
                    failures = running.failures.setdefault((piece.run.name, piece.seed), {})
                    failures[piece.sequence] = outcome.failure
    except BaseException:
        pool.close(at_once=True)
        raise
    pool.close()


def _announce(running: _Execution, pieces: list[Piece], lacking: list[Piece]) -> None:
    runs = len({(piece.run.name, piece.seed) for piece in pieces})
    count = len(running.dataset.sequences)
    there = len(pieces) - len(lacking)
    running.console.print(
        f"{running.suite.name}: {runs} runs on {count} sequences of {running.dataset.name}, "
        f"{len(lacking)} of {len(pieces)} pieces to do" + (f", {there} in the store" if there else ""),
        highlight=False,
        soft_wrap=True,
    )


def _finished(running: _Execution, piece: Piece) -> bool:
    digest = track_digest(running.store, piece.key)
    return digest is not None and running.store.has("score", _score_key(running, piece, digest))


def _score_key(running: _Execution, piece: Piece, tracks_digest: str) -> str:
    sequence = next(s for s in running.dataset.sequences if s.name == piece.sequence)
    return key_of(score_inputs(sequence, running.dataset.benchmark, tracks_digest))


def _gather(running: _Execution) -> SuiteResult:
    rows = [_row(running, variant) for variant in running.variants]
    sequences = [
        SequenceRecord(name=s.name, length=s.length, frame_rate=s.frame_rate, digest=s.digest)
        for s in running.dataset.sequences
    ]
    dataset, suite = running.dataset, running.suite
    return SuiteResult(
        suite=suite.name,
        title=suite.title,
        description=suite.description,
        base=suite.base,
        dataset=DatasetRecord(name=dataset.name, benchmark=dataset.benchmark, split=dataset.split, sequences=sequences),
        scorer=scorer_record(dataset.benchmark),
        runs=[row for row in rows if row is not None],
    )


def _row(running: _Execution, variant: Variant) -> RunResult | None:
    """One row; None for a run that was not chosen and that the store does not have."""
    row = RunResult(
        run=variant.run.name,
        seed=variant.seed,
        status="ok",
        title=variant.run.title,
        tracker=variant.run.tracker,
        parameters=variant.parameters,
        detections=variant.detections,
        detections_digests=variant.detections_digests,
        references=applicable_references(variant.run, running.dataset, variant.detections, variant.detections_digests),
    )
    if variant.skipped:
        return row.model_copy(update={"status": "skipped", "error": variant.skipped})
    if variant.failed:
        return row.model_copy(update={"status": "failed", "error": variant.failed})
    scores: dict[str, SequenceScore] = {}
    digests: dict[str, str] = {}
    folder = running.options.out / "runs" / variant.run.name / f"seed-{variant.seed}"
    failures = running.failures.get((variant.run.name, variant.seed), {})
    for piece in variant.pieces:
        digest = None if piece.sequence in failures else track_digest(running.store, piece.key)
        content = None if digest is None else running.store.read("score", _score_key(running, piece, digest), SCORE)
        if digest is not None and content is not None:
            scores[piece.sequence], digests[piece.sequence] = SequenceScore.from_json(content.decode()), digest
            source = running.store.folder("track", piece.key) / TRACKS
            link_or_copy(source, folder / "tracks" / f"{piece.sequence}.txt")
    error_file = folder / "error.txt"
    if failures:
        write_text(error_file, "".join(f"{failure.line}\n{failure.details}\n" for failure in failures.values()))
    elif len(scores) < len(variant.pieces):
        return None
    else:
        error_file.unlink(missing_ok=True)
    row = row.model_copy(
        update={"track_digests": digests, "sequences": {name: summarise(score) for name, score in scores.items()}}
    )
    if failures:
        more = f" (and {len(failures) - 1} more sequences)" if len(failures) > 1 else ""
        return row.model_copy(update={"status": "failed", "error": next(iter(failures.values())).line + more})
    return row.model_copy(update={"combined": summarise(combine(scores))})


@contextlib.contextmanager
def _only_one_in(out: Path) -> Iterator[None]:
    """Hold the output folder, so that two suites never write to one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise MotBenchError(f"{out}: expected a folder that can be written, found: {error.strerror}") from error
    try:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ModuleNotFoundError:  # not a POSIX system: two suites in one folder are the user's affair there
            pass
        except OSError as error:
            raise MotBenchError(f"{out}: expected no other mot-bench at work in it, found one") from error
        yield
    finally:
        os.close(handle)


def failed_runs(results: Iterable[RunResult]) -> list[RunResult]:
    """Rows that failed: what the exit code tells."""
    return [row for row in results if row.status == "failed"]
