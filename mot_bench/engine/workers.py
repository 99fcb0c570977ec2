"""Workers: tasks done in this process or in several, each with a context of its own at hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

from mot_bench.engine.processes import end_processes, start_processes
from mot_bench.engine.schedule import Task
from mot_bench.engine.stage import StageFailed


class Pool:
    """Workers in ``jobs`` processes of one thread each; with one job, a worker in this process."""

    def __init__(self, make: Callable[..., Any], arguments: tuple[Any, ...], jobs: int) -> None:
        """Start workers; processes start with the first task that needs them.

        Args:
            make: makes the context of a worker, in the worker; a function or class of a module.
            arguments: of ``make``; they travel between processes.
            jobs: how many workers.
        """
        self._arguments = (make, arguments)
        self._context = make(*arguments) if jobs == 1 else None
        self.places = jobs
        self._executor: ProcessPoolExecutor | None = None if jobs == 1 else self._started()

    def submit(self, task: Task) -> Future[Any]:
        """Have a task done; with one job it is done when this returns.

        Raises:
            BrokenProcessPool: a worker's process died before; ``renew`` starts others.
        """
        if self._executor is not None:
            return self._executor.submit(_do, task)
        future: Future[Any] = Future()
        try:
            future.set_result(task.do(self._context))
        except StageFailed as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        """Start other processes where one has died."""
        self.close()
        self._executor = self._started()

    def close(self, *, at_once: bool = False) -> None:
        """End the workers; ``at_once`` without waiting for what they do."""
        if self._executor is not None:
            end_processes(self._executor, at_once=at_once)

    def _started(self) -> ProcessPoolExecutor:
        return start_processes(self.places, _begin, self._arguments)


_context: Any = None


def _begin(make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    global _context
    _context = make(*arguments)


def _do(task: Task) -> Any:
    return task.do(_context)
