"""Train a network of the suite, from where an earlier attempt stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import ValidationError

from mot_bench.engine.stage import Made, Progress, Stage, StageFailed
from mot_bench.errors import MotBenchError
from mot_bench.networks.input_sizes import input_size, worth_packing
from mot_bench.networks.training import PROGRESS, train_network
from mot_bench.stages.frames import Frames
from mot_bench.stages.roles import CALIBRATION
from mot_bench.stages.samples import Samples
from mot_bench.stages.validation import validation_of
from mot_bench.training_data import DescribedSamples, PackedSamples

if TYPE_CHECKING:
    from mot_bench.networks.model_keys import Network
    from mot_bench.stages.context import Context


@dataclass(frozen=True)
class Train(Stage):
    """A network's weights; the key of the result is ``network.key``."""

    name: ClassVar[str] = "train"
    rank: ClassVar[int] = 5
    long: ClassVar[bool] = True
    network: Network

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"train {self.network.label}"

    def needs(self, context: Context) -> Iterable[Stage]:
        """Return what the network sees: letterboxed training pictures, and scenes to validate on."""
        size = input_size(self.network)
        if size is None:
            return
        samples = context.networks.samples(self.network.training)
        if worth_packing(len(samples), size):
            yield Samples(self.network.training, size)
        for sequence in context.sequences(CALIBRATION):
            yield Frames(CALIBRATION, sequence.name, size)

    def inputs(self, context: Context) -> dict[str, object]:  # noqa: ARG002
        """Return what decides the weights."""
        return self.network.inputs

    def run(self, context: Context) -> Made:
        """Train the network.

        Raises:
            StageFailed: the data are at fault, or the loss is not finite.
        """
        context.use_one_thread()
        started = time.perf_counter()
        try:
            files = train_network(
                self.network,
                self.samples(context),
                context.cache.work_folder(self),
                device=context.networks.device,
                validate=validation_of(self.network, context),
            )
        except StageFailed:
            raise
        except MotBenchError as error:
            raise StageFailed(str(error)) from error
        return Made(files, {"training_s": time.perf_counter() - started})

    def samples(self, context: Context) -> PackedSamples | DescribedSamples:
        """Return the training data, letterboxed where the store has that."""
        size = input_size(self.network)
        packed = None if size is None else Samples(self.network.training, size).mapped(context)
        return packed or context.networks.samples(self.network.training)

    def progress(self, context: Context) -> Progress | None:
        """Return how far the training is; None if it has not begun or its note is damaged."""
        try:
            return Progress.model_validate_json(
                (context.cache.work_folder(self) / PROGRESS).read_bytes()
            )
        except (OSError, ValidationError):
            return None
