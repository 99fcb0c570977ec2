"""Jobs wait for each other, the most urgent goes first, a failure takes with it only what waited for it."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

import pytest

from mot_bench.engine.schedule import KILLED_TWICE, Job, Schedule
from mot_bench.engine.stage import StageFailed


@dataclass(frozen=True)
class Note:
    """A task that returns its name, or fails."""

    name: str
    fails: bool = False

    def do(self, _: Any) -> str:
        if self.fails:
            raise StageFailed(f"{self.name} cannot be done")
        return self.name


class OneByOne:
    """A pool that does tasks when they are submitted."""

    places = 1

    def submit(self, task: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(task.do(None))
        except StageFailed as error:
            future.set_exception(error)
        return future


def job(
    name: str, *after: str, rank: int = 0, cost: float = 0.0, fails: bool = False, order: str = ""
) -> Job:
    return Job(name, Note(name, fails), frozenset(after), rank, cost, order)


def done_in_order(*jobs: Job) -> tuple[list[str], dict[str, str]]:
    schedule = Schedule(OneByOne())  # type: ignore[arg-type]
    for each in jobs:
        schedule.add(each)
    order: list[str] = []
    failed: dict[str, str] = {}
    schedule.run(
        lambda job, _: order.append(job.name),
        lambda job, why: failed.__setitem__(job.name, why.line),
        lambda: None,
    )
    return order, failed


def test_urgent_ones_first_then_long_ones_then_alike_together() -> None:
    jobs = [
        job("c", rank=1, cost=1),
        job("d", rank=1, cost=9),
        job("b2", order="b"),
        job("a1", order="a"),
    ]
    assert done_in_order(*jobs, job("b3", order="b"), job("a2", order="a"))[0] == [
        "a1",
        "a2",
        "b2",
        "b3",
        "d",
        "c",
    ]


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


class Mortal:
    """A pool of two whose workers die of some tasks: always, or the first time."""

    places = 2

    def __init__(self, always: set[str], first: set[str]) -> None:
        self.always, self.first = always, set(first)
        self.alive, self.renewed = True, 0

    def submit(self, task: Note) -> Future[Any]:
        if not self.alive:
            raise BrokenProcessPool
        future: Future[Any] = Future()
        if task.name in self.always | self.first:
            self.alive = False
            self.first.discard(task.name)
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(task.name)
        return future

    def renew(self) -> None:
        self.alive = True
        self.renewed += 1


@pytest.mark.parametrize(
    ("always", "first", "lost"),
    [
        (set(), {"b"}, set()),
        ({"b"}, set(), {"b"}),
        ({"a", "c"}, {"d"}, {"a", "c"}),
        ({"a", "b", "c", "d"}, set(), {"a", "b", "c", "d"}),
    ],
)
def test_a_worker_that_dies_costs_the_job_that_it_dies_of_twice(
    always: set[str], first: set[str], lost: set[str]
) -> None:
    schedule = Schedule(Mortal(always, first))  # type: ignore[arg-type]
    for name in "abcd":
        schedule.add(job(name))
    schedule.add(job("after b", "b"))
    done: list[str] = []
    failed: dict[str, str] = {}
    schedule.run(
        lambda job, _: done.append(job.name),
        lambda job, why: failed.__setitem__(job.name, why.line),
        lambda: None,
    )
    assert set(failed) == lost | ({"after b"} if "b" in lost else set())
    assert sorted(done) == sorted({"a", "b", "c", "d", "after b"} - set(failed))
    assert all(why == KILLED_TWICE for why in failed.values())


def test_waiting_for_nobody_is_a_bug_that_shows() -> None:
    with pytest.raises(RuntimeError, match="job a waits for"):
        done_in_order(job("a", "nobody"))
