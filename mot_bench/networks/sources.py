"""Detections that networks of the suite made, from the store."""

from __future__ import annotations

from dataclasses import dataclass

from mot_bench.datasets.dataset import Sequence
from mot_bench.detections.formats import npz_detections
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.engine.store import Store, key_of
from mot_bench.errors import MotBenchError
from mot_bench.networks.applying import DETECTIONS
from mot_bench.networks.model_keys import Network
from mot_bench.networks.stages import DETECT, EMBED, detect_inputs, embed_inputs


@dataclass(frozen=True)
class NetworkDetections:
    """See ``mot_bench.detections.sources.DetectionSource``."""

    store: Store
    detector: Network
    extractor: Network | None

    @property
    def name(self) -> str:
        """The models' names."""
        return (
            self.detector.name
            if self.extractor is None
            else f"{self.detector.name}+{self.extractor.name}"
        )

    @property
    def has_embeddings(self) -> bool:
        """Whether they carry embeddings."""
        if self.extractor is not None:
            return True
        recipe = self.detector.recipe
        size = getattr(getattr(recipe, "network", None), "embedding_size", None)
        return bool(size) if size is not None else self._file_has_embeddings()

    def _file_has_embeddings(self) -> bool:
        path = self.detector.spec.file or ""
        if path.endswith(".onnx"):
            return False
        from pathlib import Path

        from mot_bench.networks.loading import detector_embedding_size

        return detector_embedding_size(Path(path)) > 0

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Return what the store has.

        Raises:
            MotBenchError: it has nothing: the detect stage has not run.
        """
        if self.extractor is None:
            stage, key = DETECT, key_of(detect_inputs(self.detector, sequence))
        else:
            stage, key = EMBED, key_of(embed_inputs(self.extractor, self.detector, sequence))
        content = self.store.read(stage, key, DETECTIONS)
        if content is None:
            raise MotBenchError(
                f"{self.name}: expected detections of {sequence.name} in {self.store.folder(stage, key)}, "
                "found none or damaged ones (mot-bench run makes them again)"
            )
        return npz_detections(self.store.folder(stage, key) / DETECTIONS, content)
