"""Jobs wait for each other, the most urgent goes first, a failure takes with it only what waited for it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest

from mot_bench.schedule import Job, JobFailed, Schedule


@dataclass(frozen=True)
class Note:
    """A task that returns its name, or fails."""

    name: str
    fails: bool = False

    def do(self, _: Any) -> str:
        if self.fails:
            raise JobFailed(f"{self.name} cannot be done")
        return self.name


class OneByOne:
    """A pool that does tasks when they are submitted."""

    places = 1

    def submit(self, task: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(task.do(None))
        except JobFailed as error:
            future.set_exception(error)
        return future


def job(name: str, *after: str, rank: int = 0, cost: float = 0.0, fails: bool = False, order: str = "") -> Job:
    return Job(name, Note(name, fails), frozenset(after), rank, cost, order)


def done_in_order(*jobs: Job) -> tuple[list[str], dict[str, str]]:
    schedule = Schedule(OneByOne())  # type: ignore[arg-type]
    for each in jobs:
        schedule.add(each)
    order: list[str] = []
    failed: dict[str, str] = {}
    schedule.run(
        lambda job, _: order.append(job.name), lambda job, why: failed.__setitem__(job.name, why), lambda: None
    )
    return order, failed


def test_urgent_ones_first_then_long_ones_then_alike_together() -> None:
    jobs = [job("c", rank=1, cost=1), job("d", rank=1, cost=9), job("b2", order="b"), job("a1", order="a")]
    assert done_in_order(*jobs, job("b3", order="b"), job("a2", order="a"))[0] == ["a1", "a2", "b2", "b3", "d", "c"]


def test_jobs_wait_for_each_other() -> None:
    assert done_in_order(job("z", "y"), job("y", "x"), job("x", rank=5))[0] == ["x", "y", "z"]


def test_a_failure_takes_with_it_what_waited_for_it_and_nothing_else() -> None:
    order, failed = done_in_order(job("a", fails=True), job("b", "a"), job("c", "b"), job("d"))
    assert order == ["d"]
    assert failed == dict.fromkeys("abc", "a cannot be done")


def test_jobs_may_be_added_on_the_way_and_each_is_done_once() -> None:
    schedule = Schedule(OneByOne())  # type: ignore[arg-type]
    schedule.add(job("first"))
    order: list[str] = []

    def on_done(done: Job, _: Any) -> None:
        order.append(done.name)
        schedule.add(job("first"))
        schedule.add(job("second", "first"))

    schedule.run(on_done, lambda *_: None, lambda: None)
    assert order == ["first", "second"]


def test_waiting_for_nobody_is_a_bug_that_shows() -> None:
    with pytest.raises(RuntimeError, match="job a waits for"):
        done_in_order(job("a", "nobody"))
