"""Do the work of a suite: the stages that its networks, its thresholds and its rows need.

Rows are planned once their inputs exist: detections of networks when these have run, calibrated
thresholds when they are chosen. What the store has is not done again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from mot_bench.engine.plan import Make, Plan
from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.stage import StageFailed
from mot_bench.engine.suite_progress import SuiteView
from mot_bench.engine.workers import Pool
from mot_bench.networks.model_keys import run_models
from mot_bench.records.results import Calibration
from mot_bench.running.estimates import estimated
from mot_bench.running.variants import Planner, Variant
from mot_bench.scoring.score import SequenceScore, combine, summarise
from mot_bench.stages.calibrate import Calibrate
from mot_bench.stages.context import Context
from mot_bench.stages.detect import Detect
from mot_bench.stages.roles import EVALUATION
from mot_bench.stages.score import Score
from mot_bench.stages.track import Track
from mot_bench.stages.train import Train
from mot_bench.suites.schema import RunSpec, Suite

_FEW_FRAMES = 10_000  # so little work that starting processes costs more than it gains
_REDONE = ("track", "score")  # by --force; networks that are trained stay


@dataclass
class _Row:
    """A run with a seed: the jobs that it waits for, and what became of it."""

    run: RunSpec
    seed: int
    chosen: bool
    waits: frozenset[str] = frozenset()
    variant: Variant | None = None
    calibration: Calibration | None = None
    left: set[str] = field(default_factory=set)


class SuiteJobs:
    """The rows of a suite, and the work that they need."""

    def __init__(
        self, suite: Suite, context: Context, console: Console, *, force: bool = False
    ) -> None:
        """Work for a suite with the data of a context; ``force`` tracks and scores again."""
        self._suite, self._context, self._console = suite, context, console
        self._force = _REDONE if force else ()
        self._planner = Planner(suite, context)
        self._plan = Plan(context)
        self._rows: list[_Row] = []
        self.failures: dict[tuple[str, int], dict[str, StageFailed]] = {}

    def run(self, chosen: set[str], jobs: int) -> None:
        """Do what the store lacks for the chosen runs.

        Raises:
            MotBenchError: the input is malformed, or the store cannot be written. What was finished
                is kept.
        """
        self._make_rows(chosen)
        if any(row.chosen and row.waits for row in self._rows):
            self._require_specialists()
        lacking = self._plan_ready()
        self._announce(lacking)
        if not lacking and not self._plan.jobs:
            return
        few = not any(row.waits for row in self._rows) and self._frames(lacking) < _FEW_FRAMES
        pool = self._context.pool(1 if few else jobs)
        try:
            self._do(pool)
        except BaseException:
            pool.close(at_once=True)
            raise
        pool.close()

    def _make_rows(self, chosen: set[str]) -> None:
        for run in self._suite.runs:
            for seed in run.seeds or self._suite.seeds:
                self._rows.append(self._row(run, seed, chosen=run.name in chosen))

    def _do(self, pool: Pool) -> None:
        schedule = Schedule(pool)
        self._plan.jobs = estimated(self._plan.jobs, self._context, pool, self._console)
        with SuiteView(self._console, self._context, self._suite.name) as view:
            self._add_jobs(schedule)

            def on_done(job: Job, _: Any) -> None:
                view.done(job)
                self._note(job, None, view)
                self._take_up(schedule, view)

            def on_failed(job: Job, reason: StageFailed) -> None:
                self._note(job, reason, view)

            schedule.run(on_done, on_failed, lambda: view.tick(schedule))

    def _add_jobs(self, schedule: Schedule) -> None:
        for job in self._plan.jobs.values():
            schedule.add(job)

    def _row(self, run: RunSpec, seed: int, *, chosen: bool) -> _Row:
        """Return a row with the jobs that it waits for; no jobs if it can be planned at once."""
        row = _Row(run, seed, chosen)
        evaluation = self._context.datasets[EVALUATION]
        detector, _ = run_models(self._suite, run)
        if detector is not None and any(one.load_frames is None for one in evaluation.sequences):
            row.variant = self._planner.blank(run, seed)
            row.variant.skipped = f"needs pictures, and {evaluation.name} has none"
            return row
        names = [sequence.name for sequence in evaluation.sequences]
        stages = [
            *self._context.training_stages(run, seed),
            *self._context.detection_stages(EVALUATION, run, seed, names),
        ]
        if run.calibrate:
            stages.append(Calibrate(run, seed))
        wait = self._plan.require if chosen else self._plan.awaited
        row.waits = frozenset().union(*map(wait, stages))
        return row

    def _require_specialists(self) -> None:
        """Have the networks that are trained for one task alone detect: the measure of the others."""
        for name, seed in self._specialists():
            network = self._context.networks.network(name, seed)
            if network.trained:
                self._plan.require(Train(network))
            for sequence in self._context.sequences(EVALUATION):
                self._plan.require(Detect(network, EVALUATION, sequence.name))

    def _plan_ready(self) -> list[Score]:
        """Plan the rows that wait for nothing; return what is to do of the chosen ones."""
        lacking = []
        for row in list(self._rows):
            if not row.waits and row.variant is None:
                lacking += self._plan_row(row)
        return lacking

    def _plan_row(self, row: _Row) -> list[Score]:
        """Make a row's variant and add its jobs; return the scores that are to be made."""
        run = row.run
        if run.calibrate:
            chosen = Calibrate(run, row.seed).result(self._context)
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
        lacking = [score for score in variant.scores if self._plan.require(score, self._force)]
        row.left = {score.track.sequence for score in lacking}
        return lacking

    def _take_up(self, schedule: Schedule, view: SuiteView) -> None:
        """Plan the rows whose inputs are there now, and add their jobs."""
        for row in list(self._rows):
            if row.variant is None and row.waits and row.waits <= schedule.done:
                self._plan_row(row)
                self._add_jobs(schedule)
                self._say_row(row, view)

    def _note(self, job: Job, failure: StageFailed | None, view: SuiteView) -> None:
        """Note what became of a job."""
        stage = job.task.stage if isinstance(job.task, Make) else None
        if isinstance(stage, Track | Score):
            self._note_piece(stage, failure, view)
        elif failure is not None:
            view.say(f"{job.name} failed: {failure.line}")
            for row in self._rows:
                if row.variant is None and job.name in row.waits:
                    row.variant = self._planner.blank(row.run, row.seed)
                    row.variant.failed = failure.line

    def _note_piece(
        self, stage: Track | Score, failure: StageFailed | None, view: SuiteView
    ) -> None:
        """Note that a sequence of a row is tracked, or scored, or has failed."""
        track = stage.track if isinstance(stage, Score) else stage
        key = (track.spec.name, track.seed)
        failures = self.failures.setdefault(key, {}) if failure is not None else {}
        if failure is not None and track.sequence not in failures:
            line = failure.line
            if not line.startswith(track.sequence):
                line = f"{track.sequence}: {line}"
            failures[track.sequence] = StageFailed(line, failure.details)
            view.say(f"{track.spec.name} failed: {line}")
        if failure is None and isinstance(stage, Track):
            return  # its score follows
        for row in self._rows:
            if (row.run.name, row.seed) == key:
                row.left.discard(track.sequence)
                self._say_row(row, view)

    def _say_row(self, row: _Row, view: SuiteView) -> None:
        """Show a row that is finished, in suites that take a while."""
        variant = row.variant
        if variant is None or row.left or not variant.scores or not self._suite.models:
            return
        if (row.run.name, row.seed) in self.failures:
            return
        scores = self.scores_of(variant)
        if len(scores) < len(variant.scores):
            return
        metrics = summarise(combine(scores)).metrics
        shown = ", ".join(f"{name} {100 * metrics[name]:.1f}" for name in ("HOTA", "MOTA", "IDF1"))
        view.say(f"{row.run.name} (seed {row.seed}): {shown}, IDSW {metrics['IDSW']:.0f}")

    def _announce(self, lacking: list[Score]) -> None:
        dataset = self._context.datasets[EVALUATION]
        rows = [
            row for row in self._rows if row.chosen and not (row.variant and row.variant.skipped)
        ]
        count = sum(len(row.variant.scores) for row in rows if row.variant is not None)
        there = count - len(lacking)
        waiting = sum(row.variant is None for row in rows)
        self._console.print(
            f"{self._suite.name}: {len(rows)} runs on {len(dataset.sequences)} sequences of "
            f"{dataset.name}, {len(lacking)} of {count} pieces to do"
            + (f", {there} in the store" if there else "")
            + (f"; {waiting} runs wait for networks or thresholds" if waiting else ""),
            highlight=False,
            soft_wrap=True,
        )

    def _frames(self, scores: list[Score]) -> int:
        return sum(
            self._context.sequence(EVALUATION, score.track.sequence).length for score in scores
        )

    def scores_of(self, variant: Variant) -> dict[str, SequenceScore]:
        """Return the scores of a variant that the store has, by sequence."""
        found = {score.track.sequence: score.result(self._context) for score in variant.scores}
        return {name: score for name, score in found.items() if score is not None}

    def variants(self) -> list[Variant]:
        """Return all rows that are known, in the suite's order."""
        return [row.variant for row in self._rows if row.variant is not None]

    def calibration_of(self, variant: Variant) -> Calibration | None:
        """Return what calibration chose for a variant; None for one with fixed thresholds."""
        return next((row.calibration for row in self._rows if row.variant is variant), None)

    def is_trained(self, run: RunSpec) -> bool:
        """Return whether a network that is trained here takes part in a run."""
        names = [name for name in run_models(self._suite, run) if name is not None]
        return any(self._suite.models[name].file is None for name in names)

    def _specialists(self) -> list[tuple[str, int]]:
        """Return the networks that are trained for one task alone, with the suite's seeds."""
        names = [
            name
            for name, spec in self._suite.models.items()
            if spec.specialist and spec.kind == "fairmot"
        ]
        return [(name, seed) for name in names for seed in self._suite.seeds]

    def _networks_of(self, row: _Row) -> set[tuple[str, int]]:
        """Return the models that a row uses, with its seed; none if it is skipped."""
        if row.variant is not None and row.variant.skipped:
            return set()
        names = run_models(self._suite, row.run)
        return {(name, row.seed) for name in names if name is not None}

    def networks_used(self) -> list[tuple[str, int]]:
        """Return the models of the suite with the seeds that its rows use, in the suite's order."""
        used = set().union(*map(self._networks_of, self._rows))
        if used:
            used |= set(self._specialists())
        seeds = sorted({seed for _, seed in used})
        return [
            (name, seed) for name in self._suite.models for seed in seeds if (name, seed) in used
        ]
