"""Jobs that wait for each other, done by workers: the most urgent that can be done is done next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mot_bench.engine.stage import StageFailed

if TYPE_CHECKING:
    from mot_bench.engine.workers import Pool

KILLED_TWICE = (
    "its worker process was killed twice, perhaps since memory ran out; all else is done: "
    "run the same command again with --jobs 1, or on a machine with more memory"
)
_TICK_S = 0.5


class Task(Protocol):
    """Something that a worker does; it and its result travel between processes."""

    def do(self, context: Any) -> Any:
        """Do it with the data of a context.

        Raises:
            StageFailed: it failed, and everything else may go on.
        """
        ...


@dataclass(frozen=True)
class Job:
    """A task with its place in the order of things.

    Attributes:
        name: unique among the jobs of a schedule.
        task: what a worker does; its result must be picklable.
        after: names of jobs that must be done before.
        rank: lower ones first.
        cost: seconds, about: of equal rank the longest first.
        order: of equal rank and cost; jobs with the same text follow each other.
    """

    name: str
    task: Task
    after: frozenset[str] = frozenset()
    rank: int = 0
    cost: float = 0.0
    order: str = ""


class Schedule:
    """Jobs under way. ``on_done`` may add jobs."""

    def __init__(self, pool: Pool) -> None:
        """A schedule for these workers."""
        self._pool = pool
        self._waiting: dict[str, Job] = {}
        self._running: dict[Future[Any], Job] = {}
        self._suspects: list[Job] = []  # a worker died while these were under way
        self._tried_alone: set[str] = set()
        self._broken = False
        self.done: set[str] = set()
        self.failed: dict[str, StageFailed] = {}

    def add(self, job: Job) -> None:
        """Add a job; one of the same name that is there already stays."""
        known = (
            self.done
            | self.failed.keys()
            | {each.name for each in [*self._running.values(), *self._suspects]}
        )
        if job.name not in known:
            self._waiting.setdefault(job.name, job)

    def running(self) -> list[Job]:
        """Jobs that workers are at."""
        return list(self._running.values())

    def waiting(self) -> Iterable[Job]:
        """Jobs that are not begun."""
        return self._waiting.values()

    def run(
        self,
        on_done: Callable[[Job, Any], None],
        on_failed: Callable[[Job, StageFailed], None],
        on_tick: Callable[[], None],
    ) -> None:
        """Do everything.

        Where a worker's process dies, what was under way is done again, one job at a time, so that
        a job that kills its worker is found: that one fails.

        Args:
            on_done: is given each job and its result.
            on_failed: is given a job that failed or that waited for one, and the reason.
            on_tick: is called about twice a second.

        Raises:
            MotBenchError: a job met what ends the suite.
        """
        while self._waiting or self._running or self._suspects:
            self._give_up(on_failed)
            self._submit()
            finished, _ = wait(self._running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            for future in finished:
                self._finish(future, on_done, on_failed)
            on_tick()

    def _submit(self) -> None:
        if self._broken and not self._running:
            self._pool.renew()
            self._broken = False
        if self._suspects and not self._running:
            job = self._suspects.pop(0)
            self._tried_alone.add(job.name)
            self._start(job)
        elif not self._broken and not self._tried_alone & {
            job.name for job in self._running.values()
        }:
            self._submit_ready()

    def _start(self, job: Job) -> None:
        try:
            self._running[self._pool.submit(job.task)] = job
        except BrokenProcessPool:  # a worker died while it had nothing to do
            self._broken = True
            self._tried_alone.discard(job.name)
            self._waiting[job.name] = job

    def _submit_ready(self) -> None:
        """Start jobs that wait for no other until every place in the pool is taken."""
        while self._may_start() and len(self._running) < self._pool.places:
            job = self._next_ready()
            if job is None:
                break
            del self._waiting[job.name]
            self._start(job)
        if self._waiting and not self._running and self._may_start():
            stuck = next(iter(self._waiting.values()))
            lacking = sorted(stuck.after - self.done)
            raise RuntimeError(f"job {stuck.name} waits for {lacking}, which nobody does")

    def _may_start(self) -> bool:
        return not self._broken and not self._suspects

    def _next_ready(self) -> Job | None:
        """Return the job to start next; None if every job waits for another."""
        ready = [job for job in self._waiting.values() if job.after <= self.done]
        return min(ready, key=lambda each: (each.rank, -each.cost, each.order), default=None)

    def _finish(
        self,
        future: Future[Any],
        on_done: Callable[[Job, Any], None],
        on_failed: Callable[[Job, StageFailed], None],
    ) -> None:
        job = self._running.pop(future)
        try:
            result = future.result()
        except StageFailed as error:
            self._fail(job, error, on_failed)
            return
        except BrokenProcessPool:
            self._broken = True
            if job.name in self._tried_alone:
                self._fail(job, StageFailed(KILLED_TWICE), on_failed)
            else:
                self._suspects.append(job)
            return
        self.done.add(job.name)
        on_done(job, result)

    def _fail(
        self, job: Job, reason: StageFailed, on_failed: Callable[[Job, StageFailed], None]
    ) -> None:
        self.failed[job.name] = reason
        on_failed(job, reason)

    def _give_up(self, on_failed: Callable[[Job, StageFailed], None]) -> None:
        """Jobs that wait for one that failed fail too."""
        while True:
            lost = [(job, job.after & self.failed.keys()) for job in self._waiting.values()]
            lost = [(job, causes) for job, causes in lost if causes]
            if not lost:
                return
            for job, causes in lost:
                del self._waiting[job.name]
                self._fail(job, self.failed[min(causes)], on_failed)
