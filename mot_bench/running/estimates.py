"""Estimate how long a suite with trainings takes, from one timed step of each training."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from mot_bench.engine.plan import Make
from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.stage import Stage
from mot_bench.engine.workers import Pool
from mot_bench.errors import MotBenchError
from mot_bench.networks.model_keys import Network
from mot_bench.networks.training import make_task, resolved_loop
from mot_bench.stages.context import Context
from mot_bench.stages.detect import Detect
from mot_bench.stages.embed import Embed
from mot_bench.stages.train import Train

if TYPE_CHECKING:
    from mot_bench.models.samples import Sample, Samples

_TRAIN_FIRST_RANK = Train.rank - 1
_PROBED_STEPS, _PROBED_PICTURES = 4, 16
# Seconds a frame on one core of 2025: a crop, tracking with calibration.
_EMBED_S, _TRACK_S = 0.03, 0.02
_FORWARD_SHARE = 0.3  # of a training step


def estimated(
    jobs: dict[str, Job], context: Context, pool: Pool, console: Console
) -> dict[str, Job]:
    """Return jobs with their costs in seconds, after saying how long all of them will take.

    One step of every network's training is timed. The suite's first network is trained first, so
    that its rows show early; then the longest training runs first.
    """
    trainings = {name: job for name, job in jobs.items() if isinstance(stage_of(job), Train)}
    if not trainings:
        return jobs
    console.print(f"{len(trainings)} networks to train; timing a step of each", highlight=False)
    seconds = _step_seconds(trainings, pool)
    first = next(iter(trainings))
    costed: dict[str, Job] = {}
    for name, job in jobs.items():
        rank = _TRAIN_FIRST_RANK if name == first else job.rank
        cost = _cost(stage_of(job), job.cost, seconds, context)
        costed[name] = dataclasses.replace(job, cost=cost, rank=rank)
    before_tracking = sum(job.cost for job in costed.values() if job.rank >= Detect.rank)
    minutes = (before_tracking + _tracking_seconds(context)) / pool.places / 60
    shown = f"about {minutes:.0f} minutes" if minutes >= 1.5 else "about a minute"
    console.print(f"{shown} on {pool.places} cores", highlight=False)
    return costed


def _tracking_seconds(context: Context) -> float:
    """Return about how long tracking all runs takes, calibration included."""
    frames = sum(one.length for each in context.datasets.values() for one in each.sequences)
    return frames * _TRACK_S * len(context.networks.suite.runs) / 10


def stage_of(job: Job) -> Stage | None:
    """Return the stage that a job makes; None for a job of another kind."""
    return job.task.stage if isinstance(job.task, Make) else None


def _cost(
    stage: Stage | None, cost: float, step_seconds: dict[str, float], context: Context
) -> float:
    """Return about how many seconds a stage takes."""
    if isinstance(stage, Train):
        samples = context.networks.samples(stage.network.training)
        steps = resolved_loop(stage.network, samples).steps
        return step_seconds.get(stage.network.label, 0.0) * float(steps)
    if isinstance(stage, Detect):
        step = step_seconds.get(stage.network.label, 0.0)
        return cost * _FORWARD_SHARE * step / _batch_size(stage.network)
    if isinstance(stage, Embed):
        return cost / 2 * _EMBED_S
    return cost


def _batch_size(network: Network) -> int:
    recipe: Any = network.recipe
    is_detector = recipe is not None and network.spec.kind == "fairmot"
    return int(recipe.pictures.batch_size) if is_detector else 1


def _step_seconds(trainings: dict[str, Job], pool: Pool) -> dict[str, float]:
    """Return the seconds of a training step by the label of each network."""
    seconds: dict[str, float] = {}
    probes = Schedule(pool)
    for job in trainings.values():
        stage = stage_of(job)
        assert isinstance(stage, Train)
        probes.add(Job(stage.network.label, Probe(stage.network)))
    probes.run(
        lambda job, found: seconds.__setitem__(job.name, found), lambda *_: None, lambda: None
    )
    return seconds


@dataclass(frozen=True)
class Probe:
    """The task of timing a step of a network's training."""

    network: Network

    def do(self, context: Context) -> float:
        """Return the seconds of the quickest of some steps on a few pictures, thrown away."""
        context.use_one_thread()
        device = context.networks.device
        samples = _Few(context.networks.samples(self.network.training))
        try:
            task = make_task(self.network, samples, device)
        except MotBenchError:
            return 0.0  # training itself will say what is wrong
        seconds = []
        for step in range(_PROBED_STEPS):
            start = time.perf_counter()
            total, _ = task.loss(tuple(tensor.to(device) for tensor in task.batch(step)))
            total.backward()  # type: ignore[no-untyped-call]
            seconds.append(time.perf_counter() - start)
        return min(seconds)


class _Few:
    """The first pictures of training data, with the number of all identities."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @property
    def identities(self) -> int:
        return self._samples.identities

    def __len__(self) -> int:
        return min(len(self._samples), _PROBED_PICTURES)

    def load(self, index: int) -> Sample:
        return self._samples.load(index)
