"""``kill -9`` at any moment: the same command again ends in the same bytes, and nothing is left over."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from kill_trials import TARGETS, Killer

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.engine.schedule import KILLED_TWICE, Job, Schedule
from mot_bench.engine.store import Store
from mot_bench.engine.workers import Pool
from mot_bench.networks.model_keys import Networks
from mot_bench.stages.context import Context
from mot_bench.stages.roles import EVALUATION
from mot_bench.suites.loader import load_suite

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@dataclass(frozen=True)
class Dying:
    """A task that kills its worker, so many times."""

    note: Path
    times: int

    def do(self, _: Context) -> str:
        count = len(self.note.read_text()) if self.note.exists() else 0
        if count < self.times:
            self.note.write_text("x" * (count + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"


@pytest.mark.parametrize(
    ("name", "times", "lost"),
    [("once", 1, {}), ("always", 9, {"always": KILLED_TWICE})],
    ids=["once", "always"],
)
def test_a_worker_that_is_killed_costs_its_piece(
    tmp_path: Path, name: str, times: int, lost: dict[str, str]
) -> None:
    suite = load_suite("smoke")
    datasets = {EVALUATION: open_dataset(suite.dataset, None)}
    arguments = (datasets, Networks(suite, None, "cpu"), Store(tmp_path / "store"))
    pool = Pool(Context, arguments, 2)
    schedule = Schedule(pool)
    for job, deaths in {"steady": 0, name: times, "last": 0}.items():
        schedule.add(Job(job, Dying(tmp_path / job, deaths)))
    done: dict[str, str] = {}
    failed: dict[str, str] = {}
    try:
        schedule.run(
            lambda job, result: done.__setitem__(job.name, result),
            lambda job, reason: failed.__setitem__(job.name, reason.line),
            lambda: None,
        )
    finally:
        pool.close()
    assert done == dict.fromkeys({"steady", name, "last"} - lost.keys(), "done")
    assert failed == lost


@pytest.mark.slow
@pytest.mark.exhaustive
def test_killed_at_random_moments(tmp_path: Path) -> None:
    """The short form; all of it is ``python tests/kill_trials.py``."""
    killer = Killer(tmp_path, ["--suite", "smoke", "--jobs", "2"], seed=12)
    trials = [killer.trial(number, target) for number, target in enumerate(TARGETS)]
    assert [trial.faults for trial in trials] == [()] * len(TARGETS)
