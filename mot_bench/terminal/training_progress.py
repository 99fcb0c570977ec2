"""What one sees while a single network is trained: the terms of its loss and the time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from mot_bench.models import training

_SECONDS_BETWEEN_LINES = 15.0


class TrainingProgress:
    """A live bar on a terminal, a line now and then elsewhere; a context manager."""

    def __init__(self, console: Console) -> None:
        """Progress on this console."""
        self._console = console
        self._bar: Progress | None = None
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show it."""
        if self._console.is_terminal:
            self._bar = Progress(
                BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
                TextColumn("{task.fields[terms]}"), console=self._console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task("", total=None, terms="")
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

    def show(self, progress: training.Progress) -> None:
        """How far it is."""
        terms = ", ".join(f"{name} {value:.3f}" for name, value in progress.row.terms.items())
        if self._bar is not None:
            self._bar.update(
                self._task, total=progress.steps, completed=progress.row.step, terms=terms
            )
            return
        now = time.monotonic()
        if now - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = now
            left = (progress.steps - progress.row.step) * progress.seconds_a_step
            line = f"step {progress.row.step} of {progress.steps}, about {left:.0f} s left: {terms}"
            self._console.print(line, highlight=False, soft_wrap=True)
