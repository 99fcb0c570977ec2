"""Scoring many runs in processes: one whose process is killed costs its own row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from mot_bench.records.results import RunResult
from mot_bench.scoring import many_runs
from mot_bench.scoring.one_run import Scored, Scoring, Task

KILLER = "killer"


class DyingPool:
    """Stands for processes of which one is killed as soon as it is given a run of a certain name."""

    def __init__(self) -> None:
        self._broken = False

    def submit(self, work: Callable[[Task], Scored], task: Task) -> Future[Scored]:
        future: Future[Scored] = Future()
        self._broken = self._broken or task.run == KILLER
        if self._broken:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(work(task))
        return future


def test_a_run_whose_process_is_killed_twice_fails_and_the_others_are_scored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(many_runs, "start_processes", lambda *_: DyingPool())
    monkeypatch.setattr(many_runs, "end_processes", lambda _: None)
    monkeypatch.setattr(many_runs, "_shared", [None])
    done = RunResult(run="any", seed=0, status="ok")
    monkeypatch.setattr(
        many_runs, "score_run", lambda task, _: (done.model_copy(update={"run": task.run}), None)
    )
    tasks = [Task(name, 0, {}) for name in ("first", KILLER, "last")]
    rows = [row for row, _ in many_runs.score_runs(tasks, Scoring.__new__(Scoring), 2)]
    assert [(row.run, row.status) for row in rows] == [
        ("first", "ok"),
        (KILLER, "failed"),
        ("last", "ok"),
    ]
    assert "killed twice" in rows[1].error
