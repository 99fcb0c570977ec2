"""Show a suite while it runs: jobs done, how far each long one is, and the time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from mot_bench.engine.plan import Make
from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.stage import Progress

_SECONDS_BETWEEN_LINES = 15.0
_TERMS = ("total", "detection", "reid", "AP")


class SuiteView:
    """A live table on a terminal, a line now and then elsewhere; a context manager."""

    def __init__(self, console: Console, context: Any, title: str) -> None:
        """Show what happens on a console; ``context`` is what the stages work with."""
        self._console, self._context, self._title = console, context, title
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
        """Count a finished job; say so of a long one."""
        self._finished += 1
        if _is_long(job):
            minutes = (time.monotonic() - self._started) / 60
            self.say(f"{job.name}: done, {minutes:.1f} minutes after the start")

    def tick(self, schedule: Schedule) -> None:
        """Show how things stand."""
        shown = {job.name: self._progress(job) for job in schedule.running()}
        known = {name: progress for name, progress in shown.items() if progress is not None}
        summary = self._summary(schedule, known)
        if self._live is not None:
            self._live.update(_table(summary, shown))
            return
        now = time.monotonic()
        if now - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = now
            self.say("; ".join([summary, *(_line(*each) for each in known.items())]))

    def _progress(self, job: Job) -> Progress | None:
        return job.task.stage.progress(self._context) if isinstance(job.task, Make) else None

    def _summary(self, schedule: Schedule, running: dict[str, Progress]) -> str:
        waiting = list(schedule.waiting())
        left = len(waiting) + len(schedule.running())
        text = f"{self._title}: {self._finished} jobs done, {left} to do"
        seconds = sum(progress.seconds_left for progress in running.values())
        seconds += sum(job.cost for job in waiting if _is_long(job))
        seconds /= max(1, len(schedule.running()))
        return f"{text}, about {_minutes(seconds)} left" if seconds else text


def _is_long(job: Job) -> bool:
    return isinstance(job.task, Make) and job.task.stage.long


def _table(summary: str, running: dict[str, Progress | None]) -> Group:
    table = Table.grid(padding=(0, 2))
    for name, progress in running.items():
        if progress is None:
            table.add_row(name)
            continue
        terms = [f"{term} {progress.terms[term]:.3f}" for term in _TERMS if term in progress.terms]
        step = f"step {progress.step} of {progress.steps}"
        table.add_row(name, step, _minutes(progress.seconds_left), *terms)
    return Group(summary, table)


def _line(name: str, progress: Progress) -> str:
    terms = ", ".join(
        f"{term} {progress.terms[term]:.2f}" for term in _TERMS if term in progress.terms
    )
    return f"{name} {progress.step}/{progress.steps} ({terms})"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
