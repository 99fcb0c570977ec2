"""What one sees while frames are drawn or written: a live bar on a terminal, nothing elsewhere."""

from __future__ import annotations

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


class FrameProgress:
    """Progress over frames, with the sequence at hand and the time left; a context manager."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        """Progress over ``total`` frames."""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("frames"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[name]}", style="dim"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(what, total=total, name="")

    def __enter__(self) -> Self:
        """Begin to show it."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop showing it."""
        self._bar.stop()

    def at(self, name: str) -> None:
        """Work is at the sequence of this name."""
        self._bar.update(self._task, name=name)

    def step(self) -> None:
        """One frame is done."""
        self._bar.advance(self._task)
