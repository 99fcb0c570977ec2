"""From stages to jobs: what the store lacks, each thing once, in the order of their needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from mot_bench.engine.schedule import Job
from mot_bench.engine.stage import Stage


@dataclass(frozen=True)
class Make:
    """The task of making a stage's result."""

    stage: Stage
    force: bool = False

    def do(self, context: Any) -> None:
        """Make the result, unless it is there (errors as ``Cache.make``)."""
        context.cache.make(self.stage, force=self.force)


class Plan:
    """The jobs that stages come down to."""

    def __init__(self, context: Any) -> None:
        """Plan for a context with a ``cache``."""
        self._context = context
        self.jobs: dict[str, Job] = {}

    def require(self, stage: Stage, force: Collection[str] = ()) -> frozenset[str]:
        """Add the jobs that a stage's result needs, itself included.

        Args:
            stage: whose result is wanted.
            force: names of stages to run whether their results are there or not.

        Returns:
            The name of the job to wait for; nothing if the result is there.
        """
        return self._add(stage, force, self.jobs)

    def awaited(self, stage: Stage) -> frozenset[str]:
        """Return what ``require`` would, and add no job."""
        return self._add(stage, (), {})

    def _add(self, stage: Stage, force: Collection[str], jobs: dict[str, Job]) -> frozenset[str]:
        label, forced = stage.label, stage.name in force
        if label in jobs:
            return frozenset({label})
        if not forced and self._context.cache.has(stage):
            return frozenset()
        after: frozenset[str] = frozenset()
        for need in stage.needs(self._context):
            after |= self._add(need, force, jobs)
        jobs[label] = Job(
            label,
            Make(stage, forced),
            after,
            stage.rank,
            stage.cost(self._context),
            stage.order,
        )
        return frozenset({label})
