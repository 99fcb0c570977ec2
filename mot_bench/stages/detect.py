"""Run a detector over the pictures of a sequence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.engine.stage import Made, Stage
from mot_bench.networks import applying
from mot_bench.networks.input_sizes import input_size, worth_packing
from mot_bench.networks.loading import load_detector
from mot_bench.stages.frames import Frames
from mot_bench.stages.train import Train

if TYPE_CHECKING:
    from mot_bench.networks.model_keys import Network
    from mot_bench.stages.context import Context


@dataclass(frozen=True)
class Detect(Stage):
    """Detections of a network on a sequence, and its embeddings at the ground truth.

    Attributes:
        network: the detector.
        role: of the dataset in the suite.
        sequence: name of the sequence.
    """

    name: ClassVar[str] = "detect"
    rank: ClassVar[int] = 2
    network: Network
    role: str
    sequence: str

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"detect {self.network.label} {self.role} {self.sequence}"

    def cost(self, context: Context) -> float:
        """Return the number of frames."""
        return float(context.sequence(self.role, self.sequence).length)

    def needs(self, context: Context) -> Iterable[Stage]:
        """Return the training of the network, and letterboxed pictures where these are kept."""
        if self.network.trained:
            yield Train(self.network)
        size, sequences = input_size(self.network), context.sequences(self.role)
        known = all(sequence.width and sequence.height for sequence in sequences)
        if size is not None and known and worth_packing(sum(s.length for s in sequences), size):
            yield Frames(self.role, self.sequence, size)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the detections."""
        sequence = context.sequence(self.role, self.sequence)
        return {
            "network": self.network.key,
            "input": input_size(self.network),
            "pictures": context.pictures_digest(self.role, self.sequence),
            "size": [sequence.width, sequence.height],
            "ground_truth": sequence.digest,
        }

    def run(self, context: Context) -> Made:
        """Detect."""
        sequence, size = context.sequence(self.role, self.sequence), input_size(self.network)
        shown = None if size is None else Frames(self.role, self.sequence, size).mapped(context)
        detector = context.loaded(self.network, load_detector)
        applied = applying.detect(detector, sequence, shown)
        return Made(applied.files, applied.times)
