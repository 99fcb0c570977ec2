"""What one sees while a suite runs: how many jobs are done, how far each training is, and the time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.store import Store
from mot_bench.networks.tasks import Train
from mot_bench.networks.training import progress_of

_SECONDS_BETWEEN_LINES = 15.0
_TERMS = ("total", "detection", "reid", "AP")


class SuiteView:
    """A live table on a terminal, a line now and then elsewhere; a context manager."""

    def __init__(self, console: Console, store: Store, title: str) -> None:
        """A view of what happens in this store."""
        self._console, self._store, self._title = console, store, title
        self._live: Live | None = None
        self._finished = 0
        self._started = self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show it."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, refresh_per_second=2)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop showing it."""
        if self._live is not None:
            self._live.stop()

    def say(self, line: str) -> None:
        """Print a line, above the table if there is one."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def done(self, job: Job) -> None:
        """A job is finished."""
        self._finished += 1
        if isinstance(job.task, Train):
            minutes = (time.monotonic() - self._started) / 60
            self.say(f"{job.name}: done, {minutes:.1f} minutes after the start")

    def tick(self, schedule: Schedule) -> None:
        """Show how things stand."""
        if self._live is not None:
            self._live.update(self._table(schedule))
            return
        now = time.monotonic()
        if now - self._last_line < _SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        parts = [
            _training_text(self._store, job)
            for job in schedule.running()
            if isinstance(job.task, Train)
        ]
        self.say("; ".join([self._summary(schedule), *parts]))

    def _summary(self, schedule: Schedule) -> str:
        left = len(list(schedule.waiting())) + len(schedule.running())
        text = f"{self._title}: {self._finished} jobs done, {left} to do"
        seconds = self._seconds_left(schedule)
        return f"{text}, about {_minutes(seconds)} left" if seconds else text

    def _seconds_left(self, schedule: Schedule) -> float:
        """Of training that is under way or to come, shared among the workers."""
        seconds, running = 0.0, schedule.running()
        for job in running:
            progress = (
                progress_of(self._store, job.task.network.key)
                if isinstance(job.task, Train)
                else None
            )
            if progress is not None:
                seconds += progress.seconds_left
        seconds += sum(job.cost for job in schedule.waiting() if isinstance(job.task, Train))
        return seconds / max(1, len(running))

    def _table(self, schedule: Schedule) -> Group:
        table = Table.grid(padding=(0, 2))
        for job in schedule.running():
            progress = (
                progress_of(self._store, job.task.network.key)
                if isinstance(job.task, Train)
                else None
            )
            if progress is None:
                table.add_row(job.name)
                continue
            terms = [
                f"{name} {progress.terms[name]:.3f}" for name in _TERMS if name in progress.terms
            ]
            done = f"step {progress.step} of {progress.steps}"
            table.add_row(job.name, done, _minutes(progress.seconds_left), *terms)
        return Group(self._summary(schedule), table)


def _training_text(store: Store, job: Job) -> str:
    assert isinstance(job.task, Train)
    progress = progress_of(store, job.task.network.key)
    if progress is None:
        return job.name
    terms = ", ".join(
        f"{name} {progress.terms[name]:.2f}" for name in _TERMS if name in progress.terms
    )
    return f"{job.name} {progress.step}/{progress.steps} ({terms})"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
