"""Score many runs in one or several processes; a process that dies fails only its own run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool

from mot_bench.engine.processes import end_processes, start_processes
from mot_bench.engine.schedule import KILLED_TWICE
from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult
from mot_bench.scoring.one_run import Scored, Scoring, Task, score_run


def score_runs(tasks: Sequence[Task], scoring: Scoring, jobs: int) -> list[Scored]:
    """Return the rows of runs, in their order.

    Args:
        tasks: at least one run.
        scoring: the settings of all runs.
        jobs: the number of processes.

    Raises:
        MotBenchError: the only run is faulty. A fault in one of several runs makes a failed row.
    """
    if len(tasks) == 1:
        return [score_run(tasks[0], scoring)]
    if jobs == 1:
        return [_row(task, scoring) for task in tasks]
    rows = _score_in_processes(dict(enumerate(tasks)), scoring, jobs)
    for place, task in enumerate(tasks):
        if place not in rows:
            # A process died: score the remaining runs one at a time to find the one that kills it.
            rows |= _score_in_processes({place: task}, scoring, 1)
            rows.setdefault(place, _failed(task, KILLED_TWICE))
    return [rows[place] for place in range(len(tasks))]


def _score_in_processes(
    tasks: Mapping[int, Task], scoring: Scoring, jobs: int
) -> dict[int, Scored]:
    """Return the rows of runs by place, without runs that were unfinished when a process died."""
    processes = start_processes(min(jobs, len(tasks)), _share, (scoring,))
    rows: dict[int, Scored] = {}
    try:
        places = {processes.submit(_row_of_shared, task): place for place, task in tasks.items()}
        for future in as_completed(places):
            rows[places[future]] = future.result()
    except BrokenProcessPool:
        return rows
    finally:
        end_processes(processes)
    return rows


_shared: list[Scoring] = []


def _share(scoring: Scoring) -> None:
    """Give a worker process the ground truth."""
    _shared[:] = [scoring]


def _row_of_shared(task: Task) -> Scored:
    return _row(task, _shared[0])


def _row(task: Task, scoring: Scoring) -> Scored:
    """Score one run; a fault becomes the error of its row."""
    try:
        return score_run(task, scoring)
    except MotBenchError as error:
        return _failed(task, str(error))


def _failed(task: Task, error: str) -> Scored:
    return RunResult(run=task.run, seed=task.seed, status="failed", error=error), None
