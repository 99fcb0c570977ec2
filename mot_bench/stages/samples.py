"""Letterbox the training pictures of networks once, for all networks with the same input size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.engine.stage import Made, Stage
from mot_bench.training_data.packed import PackedSamples, write_packed

if TYPE_CHECKING:
    from mot_bench.stages.context import Context

_SECONDS_A_PICTURE = 0.012  # to draw or decode one, on one core of 2025


@dataclass(frozen=True)
class Samples(Stage):
    """Training pictures with their objects at the input size of networks.

    Attributes:
        training: names of the training data.
        size: (height, width) in pixels.
    """

    name: ClassVar[str] = "samples"
    training: tuple[str, ...]
    size: tuple[int, int]

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"letterbox {'+'.join(self.training)} {self.size[0]}x{self.size[1]}"

    def cost(self, context: Context) -> float:
        """Return about how many seconds it takes."""
        return _SECONDS_A_PICTURE * len(context.networks.samples(self.training))

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the pictures and their objects."""
        data = context.networks.samples(self.training).digest
        return {"data": data, "size": list(self.size)}

    def run(self, context: Context) -> Made:
        """Read or draw the pictures and letterbox them."""
        samples = context.networks.samples(self.training)
        return Made(lambda folder: write_packed(samples, *self.size, folder))

    def mapped(self, context: Context) -> PackedSamples | None:
        """Return the training data, mapped from the store; None if they are not there."""
        return PackedSamples(context.cache.folder(self)) if context.cache.has(self) else None
