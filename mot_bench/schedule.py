"""Jobs that wait for each other, done by workers: the most urgent that can be done is done next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mot_bench.errors import MotBenchError

if TYPE_CHECKING:
    from mot_bench.worker import Pool, Task

WORKER_GONE = (
    "worker processes: expected them to live, found one gone (killed, out of memory, or ended by a tracker); "
    "what is finished is kept: run the same command again, with --jobs 1 if it happens again"
)
_TICK_S = 0.5


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
        self.done: set[str] = set()
        self.failed: dict[str, str] = {}

    def add(self, job: Job) -> None:
        """Add a job; one of the same name that is there already stays."""
        known = self.done | self.failed.keys() | {running.name for running in self._running.values()}
        if job.name not in known:
            self._waiting.setdefault(job.name, job)

    def running(self) -> list[Job]:
        """Jobs that workers are at."""
        return list(self._running.values())

    def waiting(self) -> Iterable[Job]:
        """Jobs that are not begun."""
        return self._waiting.values()

    def run(
        self, on_done: Callable[[Job, Any], None], on_failed: Callable[[Job, str], None], on_tick: Callable[[], None]
    ) -> None:
        """Do everything.

        Args:
            on_done: is given each job and its result.
            on_failed: is given a job that failed or that waited for one, and the reason.
            on_tick: is called about twice a second.

        Raises:
            MotBenchError: a job met what ends the suite, or a worker's process is gone.
        """
        try:
            while self._waiting or self._running:
                self._give_up(on_failed)
                self._submit()
                finished, _ = wait(self._running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._finish(future, on_done, on_failed)
                on_tick()
        except BrokenProcessPool as error:
            raise MotBenchError(WORKER_GONE) from error

    def _submit(self) -> None:
        while len(self._running) < self._pool.places:
            ready = [job for job in self._waiting.values() if job.after <= self.done]
            if not ready:
                break
            job = min(ready, key=lambda each: (each.rank, -each.cost, each.order))
            del self._waiting[job.name]
            self._running[self._pool.submit(job.task)] = job
        if self._waiting and not self._running:
            stuck = next(iter(self._waiting.values()))
            raise RuntimeError(f"job {stuck.name} waits for {sorted(stuck.after - self.done)}, which nobody does")

    def _finish(
        self, future: Future[Any], on_done: Callable[[Job, Any], None], on_failed: Callable[[Job, str], None]
    ) -> None:
        job = self._running.pop(future)
        try:
            result = future.result()
        except JobFailed as error:
            self.failed[job.name] = str(error)
            on_failed(job, str(error))
            return
        self.done.add(job.name)
        on_done(job, result)

    def _give_up(self, on_failed: Callable[[Job, str], None]) -> None:
        """Jobs that wait for one that failed fail too."""
        while True:
            lost = [(job, job.after & self.failed.keys()) for job in self._waiting.values()]
            lost = [(job, causes) for job, causes in lost if causes]
            if not lost:
                return
            for job, causes in lost:
                del self._waiting[job.name]
                self.failed[job.name] = self.failed[min(causes)]
                on_failed(job, self.failed[job.name])


class JobFailed(MotBenchError):
    """A job failed; what depends on it fails too, and all else goes on."""
