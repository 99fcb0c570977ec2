"""What one sees while a suite runs: a live bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_SECONDS_BETWEEN_LINES = 15.0


class SuiteProgress:
    """Progress over pieces of work, with what is done at the moment and the time left."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        """Progress of ``total`` pieces; a context manager."""
        self._console, self._what, self._total = console, what, total
        self._done = 0
        self._started = self._last_line = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Begin to show it."""
        if self._console.is_terminal and self._total:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[last]}", style="dim"),
                console=self._console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=self._total, last="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop showing it."""
        if self._bar is not None:
            self._bar.stop()

    def step(self, last: str, count: int = 1) -> None:
        """A piece is finished, or several at once."""
        self._done += count
        if self._bar is not None:
            self._bar.update(self._task, advance=count, last=last)
            return
        now = time.monotonic()
        if now - self._last_line >= _SECONDS_BETWEEN_LINES and self._done < self._total:
            self._last_line = now
            left = (now - self._started) / self._done * (self._total - self._done)
            self.say(f"{self._what}: {self._done} of {self._total}, about {left:.0f} s left")

    def say(self, line: str) -> None:
        """Print a line, above the bar if there is one."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)
