"""What the stages that explain work with: ground truth, and detections wherever they are at hand."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.detections.formats import read_npz
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import DetectionSource
from mot_bench.engine.cache import Cache
from mot_bench.engine.stage import NotReady
from mot_bench.engine.store import Store
from mot_bench.errors import MotBenchError
from mot_bench.explaining.detected import Detected
from mot_bench.explaining.scene import People, people_of
from mot_bench.networks.applying import DETECTIONS
from mot_bench.stages.judge import Judge

_AT_HAND = 8

Sources = Mapping[str, DetectionSource]
"""Where detections come from, by their digest."""


class ExplainingContext:
    """The data of a results folder; people and judged detections of the last sequences at hand."""

    def __init__(self, dataset: Dataset, store: Store, sources: Sources) -> None:
        """Serve the stages that explain.

        Args:
            dataset: what was scored on.
            store: holds the results of stages.
            sources: where the runs' detections come from.
        """
        self.cache = Cache(store, self)
        self.people = functools.lru_cache(_AT_HAND)(self._people)
        self.judged = functools.lru_cache(_AT_HAND)(self._judged)
        self._benchmark = dataset.benchmark
        self._sequences = {sequence.name: sequence for sequence in dataset.sequences}
        self._sources = sources

    def sequence(self, name: str) -> Sequence:
        """Return a sequence of the dataset."""
        return self._sequences[name]

    def truth_inputs(self, name: str) -> dict[str, object]:
        """Return what decides the ground truth that counts."""
        sequence = self._sequences[name]
        return {
            "ground_truth": sequence.digest,
            "length": sequence.length,
            "benchmark": self._benchmark,
        }

    def _people(self, name: str) -> People:
        return people_of(self._sequences[name], self._benchmark)

    def _judged(self, name: str, digest: str) -> Detected | None:
        """Return judged detections; None if the detections are not at hand any more."""
        stage = Judge(name, digest)
        try:
            self.cache.make(stage)
        except NotReady:
            return None
        return stage.result(self)

    def detections_of(self, name: str, digest: str) -> SequenceDetections | None:
        """Return the detections of a digest, from their source or the store; None if not there."""
        source = self._sources.get(digest)
        found = None
        if source is not None:
            try:
                found = source.load(self._sequences[name])
            except MotBenchError:  # a file that moved: cause analysis then ignores detections
                found = None
        if found is not None and found.digest == digest:
            return found
        path = self._published.get(digest)
        return None if path is None else _read(path)

    @functools.cached_property
    def _published(self) -> dict[str, Path]:
        """The detections in the store by their digests; those of older code are among them.

        A file is known by the digest of what it holds, so a damaged one is found under no digest.
        """
        store = self.cache.store
        paths = (path for stage in ("detect", "embed") for path in store.files(stage, DETECTIONS))
        found = {path: _read(path) for path in paths}
        return {one.digest: path for path, one in found.items() if one is not None}


def _read(path: Path) -> SequenceDetections | None:
    try:
        return read_npz(path)
    except MotBenchError:  # damaged: as if it were not there
        return None
