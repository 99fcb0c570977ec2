"""A stage: one step of the work whose result is kept in the store.

A stage states what it needs, what decides its result, and how the result is made. Everything else
belongs to the engine: keys, the question whether the result is there, reading, publishing, the
order of jobs, progress and failures (``engine.cache``, ``engine.plan``, ``engine.schedule``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, FiniteFloat

from mot_bench.errors import MotBenchError


@dataclass(frozen=True)
class Resources:
    """What a stage occupies while it runs; executors place jobs by it."""

    cores: int = 1
    memory_mb: int = 1000
    gpus: int = 0


@dataclass(frozen=True)
class Made:
    """The result of a stage.

    Attributes:
        files: contents by name, or a function that writes the files into the folder it is given.
        times: seconds by name, kept beside the result and no part of it.
    """

    files: Mapping[str, bytes] | Callable[[Path], None]
    times: Mapping[str, float] | None = None


class Progress(BaseModel):
    """How far a long stage is; a note that the stage leaves in its work folder.

    Attributes:
        step, steps: done, and to do in all.
        seconds_a_step: of the last steps.
        terms: figures to watch, by name.
    """

    step: int
    steps: int
    seconds_a_step: FiniteFloat
    terms: dict[str, FiniteFloat]

    @property
    def seconds_left(self) -> float:
        """The time left."""
        return (self.steps - self.step) * self.seconds_a_step


class StageFailed(MotBenchError):
    """A stage failed: what needs its result fails too, and everything else goes on."""

    def __init__(self, line: str, details: str = "") -> None:
        """Keep the reason as one line, and a traceback where there is one."""
        super().__init__(line)
        self.line, self.details = line, details

    def __reduce__(self) -> tuple[type[StageFailed], tuple[str, str]]:
        """Travel between processes with both parts."""
        return type(self), (self.line, self.details)


class NotReady(MotBenchError):
    """A stage's result is read before the stage has run, or is damaged."""


class Stage(ABC):
    """One step of the work, as a frozen dataclass of what tells it from others of its kind.

    Every stage has a file of its own in ``mot_bench.stages``, whose imports are the stage's code:
    they make its version (``engine.versions``). A stage travels between processes, so it holds
    names and settings, never data; ``context`` (``stages.context.Context``) gives access to data.
    """

    name: ClassVar[str]
    """The name of the stage's module, and of its folder in the store."""

    rank: ClassVar[int] = 0
    """Lower ones run first: stages near the end of the work, so that results show early."""

    long: ClassVar[bool] = False
    """Whether the stage takes minutes: its progress, its end and the time left are shown."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The name of this job, for people to read; unique within a suite."""

    @abstractmethod
    def inputs(self, context: Any) -> dict[str, object]:
        """Return everything that can change the result, as values that JSON can hold.

        Raises:
            NotReady: a stage that this one needs has not run.
        """

    @abstractmethod
    def run(self, context: Any) -> Made:
        """Make the result.

        Raises:
            StageFailed: this stage fails, and everything else may go on.
        """

    def needs(self, context: Any) -> Iterable[Stage]:  # noqa: ARG002
        """Return the stages whose results this one reads."""
        return ()

    def resources(self, context: Any) -> Resources:  # noqa: ARG002
        """Return what the stage occupies while it runs."""
        return Resources()

    def cost(self, context: Any) -> float:  # noqa: ARG002
        """Return about how long the stage takes; of equal rank the longest runs first."""
        return 0.0

    @property
    def order(self) -> str:
        """A text that stages share which should follow each other, since they read the same."""
        return ""

    def progress(self, context: Any) -> Progress | None:  # noqa: ARG002
        """Return how far the stage is while it runs; None if it does not say."""
        return None
