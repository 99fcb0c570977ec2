"""What stages work with: the datasets of a suite, its networks, and what other stages made."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.digests import pictures_digest
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import DetectionSource, open_detections
from mot_bench.engine.cache import Cache
from mot_bench.engine.store import Store
from mot_bench.engine.workers import Pool
from mot_bench.errors import MotBenchError
from mot_bench.networks.model_keys import Network, Networks, run_models
from mot_bench.scoring.score import PreparedTruth, prepare
from mot_bench.stages.camera import MOTION, Camera
from mot_bench.stages.network_detections import NetworkDetections
from mot_bench.stages.train import Train
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.interface import Detections
from mot_bench.tracking.camera_motion import OPTICAL_FLOW, open_camera_motion

if TYPE_CHECKING:
    from mot_bench.engine.stage import Stage

Motion = npt.NDArray[np.float64]
_TRUTHS_AT_HAND = 8


class Context:
    """The data of a suite, opened when first asked for; every worker has a context of its own."""

    def __init__(self, datasets: Mapping[str, Dataset], networks: Networks, store: Store) -> None:
        """Serve the stages of a suite.

        Args:
            datasets: by role (``stages.roles``).
            networks: of the suite.
            store: holds the results of stages.
        """
        self.datasets = datasets
        self.networks = networks
        self.cache = Cache(store, self)
        self.truth = functools.lru_cache(_TRUTHS_AT_HAND)(self._prepared)
        self._sequences = {
            (role, sequence.name): sequence
            for role, dataset in datasets.items()
            for sequence in dataset.sequences
        }
        self._sources: dict[tuple[object, ...], DetectionSource] = {}
        self._digests: dict[tuple[object, ...], str] = {}
        self._pictures: dict[tuple[str, str], str] = {}
        self._loaded: tuple[str, Any] | None = None
        self._at_hand: tuple[tuple[object, ...], SequenceDetections] | None = None
        self._frames: tuple[tuple[object, ...], list[Detections]] | None = None

    def pool(self, jobs: int) -> Pool:
        """Return workers with the data of this context; with one job, a worker in this process."""
        return Pool(Context, (self.datasets, self.networks, self.cache.store), jobs)

    def sequences(self, role: str) -> tuple[Sequence, ...]:
        """Return the sequences of a role's dataset; none if the suite has no such dataset."""
        return self.datasets[role].sequences if role in self.datasets else ()

    def sequence(self, role: str, name: str) -> Sequence:
        """Return a sequence of a role's dataset."""
        return self._sequences[role, name]

    def pictures_digest(self, role: str, sequence: str) -> str:
        """Return what identifies the pictures of a sequence; their files are looked at once."""
        if (role, sequence) not in self._pictures:
            self._pictures[role, sequence] = pictures_digest(self.sequence(role, sequence))
        return self._pictures[role, sequence]

    def detections_name(self, run: RunSpec) -> str:
        """Return the detections of a run, as the run names them or as its suite does."""
        return run.detections or self.networks.suite.detections

    def source_key(self, role: str, run: RunSpec, seed: int) -> tuple[object, ...]:
        """Return what decides where the detections of a run come from."""
        options = repr(sorted(run.detection_options.items()))
        return role, self.detections_name(run), run.embeddings, options, seed

    def source(self, role: str, run: RunSpec, seed: int) -> DetectionSource:
        """Return where the detections of a run come from (errors as ``open_detections``)."""
        key = self.source_key(role, run, seed)
        if key not in self._sources:
            self._sources[key] = self._opened(role, run, seed)
        return self._sources[key]

    def training_stages(self, run: RunSpec, seed: int) -> list[Stage]:
        """Return the trainings of a run's networks, which reports describe."""
        names = [name for name in run_models(self.networks.suite, run) if name is not None]
        networks = [self.networks.network(name, seed) for name in names]
        return [Train(network) for network in networks if network.trained]

    def detection_stages(
        self, role: str, run: RunSpec, seed: int, sequences: Iterable[str]
    ) -> list[Stage]:
        """Return the stages that make a run's detections; none if they come from files."""
        detector, _ = run_models(self.networks.suite, run)
        if detector is None:
            return []
        source = self.source(role, run, seed)
        assert isinstance(source, NetworkDetections)
        return [source.stage(name) for name in sequences]

    def detections_digest(self, role: str, run: RunSpec, seed: int, sequence: str) -> str:
        """Return the digest of a run's detections (errors as ``DetectionSource.load``)."""
        key = (*self.source_key(role, run, seed), sequence)
        if key not in self._digests:
            self._digests[key] = self._load(role, run, seed, sequence).digest
        return self._digests[key]

    def know_digests(self, role: str, run: RunSpec, seed: int, digests: Mapping[str, str]) -> None:
        """Take the digests of a run's detections by sequence from someone who has read them."""
        for sequence, digest in digests.items():
            self._digests[(*self.source_key(role, run, seed), sequence)] = digest

    def detections(self, role: str, run: RunSpec, seed: int, sequence: str) -> list[Detections]:
        """Return a run's detections by frame; the last ones asked for are kept at hand."""
        key = (*self.source_key(role, run, seed), sequence)
        if self._frames is None or self._frames[0] != key:
            length = self.sequence(role, sequence).length
            self._frames = key, self._load(role, run, seed, sequence).by_frame(length)
        return self._frames[1]

    def camera_motion(self, role: str, source: str, sequence: str) -> Motion:
        """Return (length, 2, 3) camera motion; optical flow is estimated once and stored."""
        if source != OPTICAL_FLOW:
            camera = open_camera_motion(source, self.datasets[role])
            return camera.load(self.sequence(role, sequence))
        stage = Camera(role, sequence)
        self.cache.make(stage)
        content = self.cache.needed(stage, MOTION)
        return np.frombuffer(content, "<f8").reshape(-1, 2, 3).copy()

    def loaded(self, network: Network, load: Callable[[Network, Path, str], Any]) -> Any:
        """Return a network that is ready to use, kept until another one is asked for.

        Args:
            network: which.
            load: makes it from the network, the folder of its training's result and the device.
        """
        if self._loaded is None or self._loaded[0] != network.key:
            self.use_one_thread()
            folder = self.cache.store.folder("train", network.key)
            self._loaded = (network.key, load(network, folder, self.networks.device))
        return self._loaded[1]

    def use_one_thread(self) -> None:
        """Have torch use one CPU thread: the same bytes for any number of jobs, no contention."""
        if self.networks.device == "cpu":
            import torch

            torch.set_num_threads(1)
            torch.use_deterministic_algorithms(True)

    def _opened(self, role: str, run: RunSpec, seed: int) -> DetectionSource:
        name = self.detections_name(run)
        detector, extractor = run_models(self.networks.suite, run)
        if detector is None:
            if run.embeddings is not None:
                raise MotBenchError(
                    f"run {run.name}: expected detections of a model beside embeddings of one, "
                    f"found {name}"
                )
            options = dict(run.detection_options) or None
            return open_detections(name, self.datasets[role], seed=seed, options=options)
        reid = None if extractor is None else self.networks.network(extractor, seed)
        network = self.networks.network(detector, seed)
        return NetworkDetections(self.cache, role, network, reid)

    def _load(self, role: str, run: RunSpec, seed: int, sequence: str) -> SequenceDetections:
        key = (*self.source_key(role, run, seed), sequence)
        if self._at_hand is None or self._at_hand[0] != key:
            source = self.source(role, run, seed)
            self._at_hand = (key, source.load(self.sequence(role, sequence)))
        return self._at_hand[1]

    def _prepared(self, role: str, name: str) -> PreparedTruth:
        sequence = self.sequence(role, name)
        assert sequence.ground_truth is not None
        benchmark = self.datasets[role].benchmark
        return prepare(sequence.ground_truth, sequence.length, benchmark)
