"""From a suite to jobs: what its networks need, what calibration needs, and the tracking of every variant.

Variants become known as the data that they stand on is there: detections of networks when these are
trained, calibrated thresholds when they are chosen. What the store has is not done again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.suite_progress import SuiteView
from mot_bench.engine.workers import CameraTask, Outcome, Pool, TrackTask, score_inputs
from mot_bench.networks import calibrating
from mot_bench.networks.jobs import NetworkJobs
from mot_bench.networks.model_keys import run_models
from mot_bench.networks.tasks import Calibrate, calibration_inputs
from mot_bench.records.results import Calibration
from mot_bench.running.piece_work import Failure, stored_score, track_digest
from mot_bench.running.pieces import (
    CALIBRATION,
    EVALUATION,
    OPTICAL_FLOW,
    Data,
    Piece,
    Planner,
    Scenes,
    Variant,
)
from mot_bench.scoring.score import combine, summarise
from mot_bench.suites.schema import RunSpec, Suite

_FEW_FRAMES = 10_000  # so little work that starting processes costs more than it gains
_TRACK_RANK, _CALIBRATE_RANK = 0, 1


@dataclass
class _Row:
    """A run with a seed: what it waits for, and what became of it."""

    run: RunSpec
    seed: int
    chosen: bool
    waits: frozenset[str] = frozenset()
    variant: Variant | None = None
    calibration: Calibration | None = None
    left: set[str] = field(default_factory=set)


class SuiteJobs:
    """The work of a suite."""

    def __init__(
        self, suite: Suite, scenes: Scenes, store: Store, console: Console, *, force: bool = False
    ) -> None:
        """Work for this suite on these data, into this store."""
        self._suite, self._store, self._console, self._force = suite, store, console, force
        self._scenes = scenes
        self._data = {
            role: Data(dataset, store, scenes.networks) for role, dataset in scenes.datasets.items()
        }
        self._planner = Planner(suite, self._data[EVALUATION])
        self._networks = NetworkJobs(scenes, store)
        self._rows: list[_Row] = []
        self.failures: dict[tuple[str, int], dict[str, Failure]] = {}

    def run(self, chosen: set[str], jobs: int) -> None:
        """Do what the store lacks for the chosen runs.

        Raises:
            MotBenchError: the input is malformed, or the store cannot be written. What was finished
                is kept.
        """
        for run in self._suite.runs:
            for seed in run.seeds or self._suite.seeds:
                self._rows.append(self._row(run, seed, chosen=run.name in chosen))
        if any(row.chosen and row.waits for row in self._rows):
            for name, seed in self._specialists():
                self._networks.needs(name, None, seed, EVALUATION, wanted=True)
        lacking = self._plan_ready()
        self._announce(lacking)
        wanted = self._networks.jobs()
        if not lacking and not wanted and not any(row.waits for row in self._rows):
            return
        few = not wanted and sum(self._length(piece) for piece in lacking) < _FEW_FRAMES
        pool = Pool(
            self._scenes,
            self._store.root,
            1 if few else min(jobs, len(lacking)) if not wanted else jobs,
        )
        try:
            self._do(pool, wanted, lacking)
        except BaseException:
            pool.close(at_once=True)
            raise
        pool.close()

    def _do(self, pool: Pool, wanted: list[Job], lacking: list[Piece]) -> None:
        schedule = Schedule(pool)
        wanted = self._networks.estimated(wanted, pool, self._console)
        for job in wanted:
            schedule.add(job)
        for row in self._rows:
            if row.chosen and row.variant is None and row.run.calibrate:
                schedule.add(self._calibration_job(row))
        self._add_pieces(schedule, lacking)
        with SuiteView(self._console, self._store, self._suite.name) as view:

            def on_done(job: Job, result: Any) -> None:
                view.done(job)
                if isinstance(result, Outcome):
                    self._outcome(result, view)
                self._take_up(schedule, view)

            def on_failed(job: Job, reason: str) -> None:
                if isinstance(job.task, TrackTask):
                    piece = job.task.piece
                    self._outcome(Outcome(piece, Failure(f"{piece.sequence}: {reason}", "")), view)
                    return
                view.say(f"{job.name} failed: {reason}")
                for row in self._rows:
                    if row.variant is None and job.name in row.waits:
                        row.variant = self._planner.blank(row.run, row.seed)
                        row.variant.failed = reason

            schedule.run(on_done, on_failed, lambda: view.tick(schedule))

    def _row(self, run: RunSpec, seed: int, *, chosen: bool) -> _Row:
        """A row, with the jobs that it waits for; none if it can be planned at once."""
        row = _Row(run, seed, chosen)
        detector, extractor = run_models(self._suite, run)
        if detector is None:
            if run.calibrate and chosen:
                row.waits = frozenset({self._calibration_job(row).name})
            return row
        if any(
            sequence.load_frames is None for sequence in self._data[EVALUATION].dataset.sequences
        ):
            row.variant = self._planner.blank(run, seed)
            row.variant.skipped = (
                f"needs pictures, and {self._data[EVALUATION].dataset.name} has none"
            )
            return row
        roles = [EVALUATION, CALIBRATION] if CALIBRATION in self._data else [EVALUATION]
        needs = {
            role: self._networks.needs(detector, extractor, seed, role, wanted=chosen)
            for role in roles
        }
        row.waits = frozenset().union(*needs.values())
        if run.calibrate and (row.waits or self._calibrated(row) is None):
            row.waits |= {self._calibration_job(row).name}
        return row

    def _calibration_job(self, row: _Row) -> Job:
        detector, extractor = run_models(self._suite, row.run)
        after: frozenset[str] = frozenset()
        if detector is not None:
            after = self._networks.needs(
                detector, extractor, row.seed, CALIBRATION, wanted=row.chosen
            )
        name = f"calibrate {row.run.name} seed {row.seed}"
        return Job(name, Calibrate(row.run, row.seed), after, rank=_CALIBRATE_RANK)

    def _calibrated(self, row: _Row) -> calibrating.Chosen | None:
        """What calibration chose for a row, if the store has it."""
        key = key_of(calibration_inputs(self._data[CALIBRATION], row.run, row.seed))
        return calibrating.stored(self._store, key)

    def _plan_ready(self) -> list[Piece]:
        """Plan the rows that wait for nothing; what is to do of the chosen ones."""
        lacking = []
        for row in list(self._rows):
            if not row.waits and row.variant is None:
                lacking += self._plan(row)
        return lacking

    def _plan(self, row: _Row) -> list[Piece]:
        """Make a row's variant; the pieces of it that are to do."""
        run = row.run
        if run.calibrate:
            chosen = self._calibrated(row)
            assert chosen is not None
            run = run.model_copy(update={"parameters": {**run.parameters, **chosen.parameters}})
            row.calibration = Calibration(**chosen.__dict__)
        variant = self._planner.variant(run, row.seed)
        if self._planner.repeats(variant):
            self._console.print(
                f"{run.name}: seed {row.seed} changes nothing, it is left out", highlight=False
            )
            self._rows.remove(row)
            return []
        row.variant = variant
        if not row.chosen:
            return []
        lacking = [piece for piece in variant.pieces if self._force or not self._finished(piece)]
        row.left = {piece.sequence for piece in lacking}
        return lacking

    def _take_up(self, schedule: Schedule, view: SuiteView) -> None:
        """Plan the rows whose data is there now, and add their pieces."""
        for row in list(self._rows):
            if row.variant is None and row.waits and row.waits <= schedule.done:
                self._add_pieces(schedule, self._plan(row))
                self._say_row(row, view)

    def _add_pieces(self, schedule: Schedule, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            after: frozenset[str] = frozenset()
            if piece.camera_motion == OPTICAL_FLOW:
                flow = f"camera motion of {piece.sequence}"
                if not self._data[EVALUATION].has_camera_motion(piece.sequence):
                    schedule.add(
                        Job(flow, CameraTask(EVALUATION, piece.sequence), rank=_TRACK_RANK)
                    )
                    after = frozenset({flow})
            name = f"{piece.run.name} seed {piece.seed} {piece.sequence}"
            task = TrackTask(piece, self._force)
            schedule.add(
                Job(name, task, after, _TRACK_RANK, self._length(piece), order=piece.sequence)
            )

    def _outcome(self, outcome: Outcome, view: SuiteView) -> None:
        piece = outcome.piece
        if outcome.failure is not None:
            view.say(f"{piece.run.name} failed: {outcome.failure.line}")
            self.failures.setdefault((piece.run.name, piece.seed), {})[piece.sequence] = (
                outcome.failure
            )
        for row in self._rows:
            if row.run.name == piece.run.name and row.seed == piece.seed:
                row.left.discard(piece.sequence)
                self._say_row(row, view)

    def _say_row(self, row: _Row, view: SuiteView) -> None:
        """Show a row that is finished, in suites that take a while."""
        variant = row.variant
        if variant is None or row.left or not variant.pieces or not self._suite.models:
            return
        if (row.run.name, row.seed) in self.failures:
            return
        scores = {}
        for piece in variant.pieces:
            digest = track_digest(self._store, piece.key)
            score = (
                None if digest is None else stored_score(self._store, self.score_key(piece, digest))
            )
            if score is None:
                return
            scores[piece.sequence] = score
        metrics = summarise(combine(scores)).metrics
        shown = ", ".join(f"{name} {100 * metrics[name]:.1f}" for name in ("HOTA", "MOTA", "IDF1"))
        view.say(f"{row.run.name} (seed {row.seed}): {shown}, IDSW {metrics['IDSW']:.0f}")

    def _announce(self, lacking: list[Piece]) -> None:
        dataset = self._data[EVALUATION].dataset
        rows = [
            row for row in self._rows if row.chosen and not (row.variant and row.variant.skipped)
        ]
        count = sum(len(row.variant.pieces) for row in rows if row.variant is not None)
        there = count - len(lacking)
        waiting = sum(row.variant is None for row in rows)
        self._console.print(
            f"{self._suite.name}: {len(rows)} runs on {len(dataset.sequences)} sequences of {dataset.name}, "
            f"{len(lacking)} of {count} pieces to do"
            + (f", {there} in the store" if there else "")
            + (f"; {waiting} runs wait for networks or thresholds" if waiting else ""),
            highlight=False,
            soft_wrap=True,
        )

    def _finished(self, piece: Piece) -> bool:
        digest = track_digest(self._store, piece.key)
        return digest is not None and self._store.has("score", self.score_key(piece, digest))

    def score_key(self, piece: Piece, tracks_digest: str) -> str:
        """Key of the score of a piece's track file."""
        data = self._data[EVALUATION]
        return key_of(
            score_inputs(data.sequences[piece.sequence], data.dataset.benchmark, tracks_digest)
        )

    def _length(self, piece: Piece) -> int:
        return self._data[EVALUATION].sequences[piece.sequence].length

    def variants(self) -> list[Variant]:
        """All rows that are known, in the suite's order."""
        return [row.variant for row in self._rows if row.variant is not None]

    def calibration_of(self, variant: Variant) -> Calibration | None:
        """What calibration chose for a variant; None for one with fixed thresholds."""
        return next((row.calibration for row in self._rows if row.variant is variant), None)

    def is_trained(self, run: RunSpec) -> bool:
        """Whether a network that is trained here takes part in a run."""
        names = [name for name in run_models(self._suite, run) if name is not None]
        return any(self._suite.models[name].file is None for name in names)

    def _specialists(self) -> list[tuple[str, int]]:
        """Networks that are trained for one task alone, with the suite's seeds: the measure of the others."""
        names = [
            name
            for name, spec in self._suite.models.items()
            if spec.specialist and spec.kind == "fairmot"
        ]
        return [(name, seed) for name in names for seed in self._suite.seeds]

    def networks_used(self) -> list[tuple[str, int]]:
        """Models of the suite with the seeds that its rows use, in the suite's order."""
        used = {
            (name, row.seed)
            for row in self._rows
            for name in run_models(self._suite, row.run)
            if name is not None and not (row.variant and row.variant.skipped)
        }
        if used:
            used |= set(self._specialists())
        seeds = sorted({seed for _, seed in used})
        return [
            (name, seed) for name in self._suite.models for seed in seeds if (name, seed) in used
        ]
