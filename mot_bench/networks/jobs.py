"""The jobs that a suite's networks need: packed pictures, training, detections, embeddings.

Not what is there.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.console import Console

from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.workers import Pool
from mot_bench.networks import stages
from mot_bench.networks.model_keys import Network
from mot_bench.networks.tasks import Detect, Embed, PackFrames, PackSamples, Probe, Train
from mot_bench.running.pieces import CALIBRATION, Scenes

_DETECT_RANK, _PACK_RANK, _TRAIN_FIRST_RANK, _TRAIN_RANK = 2, 3, 4, 5
# Seconds a frame on one core of 2025, for the estimate alone: drawing or decoding, a crop, tracking
# with calibration.
_READ_S, _EMBED_S, _TRACK_S = 0.012, 0.03, 0.02
_FORWARD_SHARE = 0.3  # of a training step


class NetworkJobs:
    """Jobs by name, each once."""

    def __init__(self, scenes: Scenes, store: Store) -> None:
        """Jobs for the networks and data of a suite."""
        self._scenes, self._store = scenes, store
        self._networks = scenes.networks
        self._jobs: dict[str, Job] = {}

    def jobs(self) -> list[Job]:
        """All that were asked for."""
        return list(self._jobs.values())

    def needs(
        self, detector: str, extractor: str | None, seed: int, role: str, *, wanted: bool
    ) -> frozenset[str]:
        """The jobs that detections (and embeddings) wait for; empty if the store has them.

        Args:
            detector: a model's name.
            extractor: of a separate ReID network; None for none.
            seed: of both.
            role: of the dataset.
            wanted: keep the jobs, to be done.
        """
        jobs = self._jobs if wanted else {}
        found = self._networks.network(detector, seed)
        names = self._detections(found, role, jobs)
        if extractor is None:
            return names
        reid = self._networks.network(extractor, seed)
        return names | self._embeddings(reid, found, role, jobs, frozenset(names))

    def _detections(self, network: Network, role: str, jobs: dict[str, Job]) -> frozenset[str]:
        trained = self._training(network, jobs)
        size = stages.input_size(network)
        dataset = self._scenes.datasets[role]
        names = set()
        for sequence in dataset.sequences:
            if self._store.has(stages.DETECT, key_of(stages.detect_inputs(network, sequence))):
                continue
            after = trained
            if size is not None and stages.worth_packing(dataset, size):
                after = after | self._packed_frames(role, sequence.name, size, jobs)
            job = Job(
                f"detect {_text(network)} {role} {sequence.name}",
                Detect(network, role, sequence.name),
                after,
                _DETECT_RANK,
                float(sequence.length),
            )
            jobs.setdefault(job.name, job)
            names.add(job.name)
        return frozenset(names)

    def _embeddings(
        self,
        extractor: Network,
        detector: Network,
        role: str,
        jobs: dict[str, Job],
        detected: frozenset[str],
    ) -> frozenset[str]:
        trained = self._training(extractor, jobs)
        names = set()
        for sequence in self._scenes.datasets[role].sequences:
            if self._store.has(
                stages.EMBED, key_of(stages.embed_inputs(extractor, detector, sequence))
            ):
                continue
            detect = f"detect {_text(detector)} {role} {sequence.name}"
            job = Job(
                f"embed {_text(extractor)} {_text(detector)} {role} {sequence.name}",
                Embed(extractor, detector, role, sequence.name),
                trained | ({detect} & detected),
                _DETECT_RANK,
                2.0 * sequence.length,
            )
            jobs.setdefault(job.name, job)
            names.add(job.name)
        return frozenset(names)

    def _training(self, network: Network, jobs: dict[str, Job]) -> frozenset[str]:
        if not network.trained or self._store.has("train", network.key):
            return frozenset()
        after: frozenset[str] = frozenset()
        size = stages.input_size(network)
        if size is not None:
            after = self._packed_samples(network, size, jobs)
            if CALIBRATION in self._scenes.datasets:
                for sequence in self._scenes.datasets[CALIBRATION].sequences:
                    after |= self._packed_frames(CALIBRATION, sequence.name, size, jobs)
        job = Job(f"train {_text(network)}", Train(network), after, _TRAIN_RANK)
        jobs.setdefault(job.name, job)
        return frozenset({job.name})

    def _packed_samples(
        self, network: Network, size: tuple[int, int], jobs: dict[str, Job]
    ) -> frozenset[str]:
        samples = self._networks.samples(network.training)
        key = key_of(stages.samples_inputs(samples, size))
        small = len(samples) * size[0] * size[1] * 3 <= stages.MOST_BYTES
        if not small or self._store.has(stages.SAMPLES, key):
            return frozenset()
        cost = _READ_S * len(samples)
        job = Job(
            f"pack {'+'.join(network.training)} {size}",
            PackSamples(network, size),
            rank=_PACK_RANK,
            cost=cost,
        )
        jobs.setdefault(job.name, job)
        return frozenset({job.name})

    def _packed_frames(
        self, role: str, name: str, size: tuple[int, int], jobs: dict[str, Job]
    ) -> frozenset[str]:
        sequence = next(s for s in self._scenes.datasets[role].sequences if s.name == name)
        if self._store.has(stages.FRAMES, key_of(stages.frames_inputs(sequence, size))):
            return frozenset()
        cost = _READ_S * sequence.length
        job = Job(
            f"pack {role} {name} {size}", PackFrames(role, name, size), rank=_PACK_RANK, cost=cost
        )
        jobs.setdefault(job.name, job)
        return frozenset({job.name})

    def estimated(self, wanted: list[Job], pool: Pool, console: Console) -> list[Job]:
        """The same jobs with their costs in seconds, after saying how long all of it will take.

        A step of every network's training is timed for that. The suite's first network is trained
        first, so that its rows show early; then the longest.
        """
        training = {job.name: job for job in wanted if isinstance(job.task, Train)}
        if not training:
            return wanted
        console.print(f"{len(training)} networks to train; timing a step of each", highlight=False)
        seconds: dict[str, float] = {}
        probes = Schedule(pool)
        for job in training.values():
            assert isinstance(job.task, Train)
            probes.add(Job(job.name, Probe(job.task.network)))
        probes.run(
            lambda job, found: seconds.__setitem__(job.name, found), lambda *_: None, lambda: None
        )
        costed, total = [], 0.0
        first = next(iter(training))
        for job in wanted:
            cost, timed = job.cost, job
            if isinstance(job.task, Train):
                cost = seconds.get(job.name, 0.0) * self._steps(job.task.network)
                rank = _TRAIN_FIRST_RANK if job.name == first else _TRAIN_RANK
                timed = dataclasses.replace(job, cost=cost, rank=rank)
            elif isinstance(job.task, Detect):
                step = seconds.get(f"train {_text(job.task.network)}", 0.0)
                cost = job.cost * _FORWARD_SHARE * step / self._batch(job.task.network)
            elif isinstance(job.task, Embed):
                cost = job.cost / 2 * _EMBED_S
            total += cost
            costed.append(timed)
        frames = stages.total_length(s for d in self._scenes.datasets.values() for s in d.sequences)
        total += frames * _TRACK_S * len(self._networks.suite.runs) / 10
        minutes = total / pool.places / 60
        console.print(
            f"about {minutes:.0f} minutes on {pool.places} cores"
            if minutes >= 1.5
            else "about a minute",
            highlight=False,
        )
        return costed

    def _steps(self, network: Network) -> int:
        recipe: Any = network.recipe
        epochs = getattr(recipe, "epochs", 0.0)
        if not epochs:
            return int(recipe.loop.steps)
        return (
            int(epochs * len(self._networks.samples(network.training)) / recipe.pictures.batch_size)
            + 1
        )

    def _batch(self, network: Network) -> int:
        recipe: Any = network.recipe
        return (
            int(recipe.pictures.batch_size)
            if recipe is not None and network.spec.kind == "fairmot"
            else 1
        )


def _text(network: Network) -> str:
    return f"{network.name} seed {network.seed}"
