"""The detections of a suite's networks, as a source of detections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mot_bench.datasets.dataset import Sequence
from mot_bench.detections.formats import npz_detections
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.networks.applying import DETECTIONS
from mot_bench.stages.detect import Detect
from mot_bench.stages.embed import Embed

if TYPE_CHECKING:
    from mot_bench.engine.cache import Cache
    from mot_bench.networks.model_keys import Network


@dataclass(frozen=True)
class NetworkDetections:
    """A ``mot_bench.detections.sources.DetectionSource`` of what stages made.

    Attributes:
        cache: reads the results of stages.
        role: of the dataset in the suite.
        detector: the network that detects.
        extractor: the separate ReID network; None if there is none.
    """

    cache: Cache
    role: str
    detector: Network
    extractor: Network | None

    @property
    def name(self) -> str:
        """The models' names."""
        if self.extractor is None:
            return self.detector.name
        return f"{self.detector.name}+{self.extractor.name}"

    @property
    def has_embeddings(self) -> bool:
        """Whether they carry embeddings."""
        if self.extractor is not None:
            return True
        network = getattr(self.detector.recipe, "network", None)
        size = getattr(network, "embedding_size", None)
        return bool(size) if size is not None else self._file_has_embeddings()

    def _file_has_embeddings(self) -> bool:
        path = self.detector.spec.file or ""
        if path.endswith(".onnx"):
            return False
        from mot_bench.networks.loading import detector_embedding_size

        return detector_embedding_size(Path(path)) > 0

    def stage(self, sequence: str) -> Detect | Embed:
        """Return the stage that makes the detections of a sequence."""
        if self.extractor is None:
            return Detect(self.detector, self.role, sequence)
        return Embed(self.extractor, self.detector, self.role, sequence)

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Return the detections of a sequence.

        Raises:
            NotReady: the stage that makes them has not run.
        """
        stage = self.stage(sequence.name)
        return npz_detections(
            self.cache.folder(stage) / DETECTIONS, self.cache.needed(stage, DETECTIONS)
        )
