"""Give the detections of a detector the embeddings of a separate ReID network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.detections.formats import npz_detections
from mot_bench.engine.stage import Made, Stage
from mot_bench.networks import applying
from mot_bench.networks.loading import load_extractor
from mot_bench.stages.detect import Detect
from mot_bench.stages.train import Train

if TYPE_CHECKING:
    from mot_bench.networks.model_keys import Network
    from mot_bench.stages.context import Context


@dataclass(frozen=True)
class Embed(Stage):
    """The detections of a detector with embeddings of another network.

    Attributes:
        network: the ReID network.
        detector: whose detections they are.
        role: of the dataset in the suite.
        sequence: name of the sequence.
    """

    name: ClassVar[str] = "embed"
    rank: ClassVar[int] = 2
    network: Network
    detector: Network
    role: str
    sequence: str

    @property
    def detect(self) -> Detect:
        """The stage whose detections get the embeddings."""
        return Detect(self.detector, self.role, self.sequence)

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"embed {self.network.label} {self.detector.label} {self.role} {self.sequence}"

    def cost(self, context: Context) -> float:
        """Return twice the number of frames."""
        return 2.0 * context.sequence(self.role, self.sequence).length

    def needs(self, context: Context) -> Iterable[Stage]:  # noqa: ARG002
        """Return the detections, and the training of the ReID network."""
        yield self.detect
        if self.network.trained:
            yield Train(self.network)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the embeddings."""
        return {
            "network": self.network.key,
            "detections": context.cache.key(self.detect),
            "truth_stride": applying.TRUTH_STRIDE,
            "score": applying.EMBEDDED_SCORE,
        }

    def run(self, context: Context) -> Made:
        """Embed."""
        sequence = context.sequence(self.role, self.sequence)
        content = context.cache.needed(self.detect, applying.DETECTIONS)
        detections = npz_detections(self.detect.label, content)
        extractor = context.loaded(self.network, load_extractor)
        applied = applying.embed(extractor, sequence, detections)
        return Made(applied.files, applied.times)
