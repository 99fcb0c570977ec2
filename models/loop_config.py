"""How long and how fast a network is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Schedule = Literal["one_cycle", "step", "constant"]


@dataclass(frozen=True)
class LoopConfig:
    """The length and the speed of a training.

    Attributes:
        steps: number of steps, each with one batch.
        learning_rate: the highest learning rate.
        schedule: ``step`` divides the rate by ten after the fraction ``drop_at`` of all steps
            (FairMOT: after 20 of 30 epochs); ``one_cycle`` rises from a 25th of the rate and then
            falls to almost zero (arXiv 1708.07120); ``constant`` keeps the rate.
        drop_at: the fraction of all steps after which ``step`` lowers the rate.
        warm_up: the fraction of all steps over which ``one_cycle`` rises.
        offset_factor: factor on the learning rate of the layers that predict the offsets and masks
            of deformable convolution: 0.1 in its paper (arXiv 1811.11168, section 3.2), 1 in
            FairMOT's code.
        head_factor: factor on the learning rate of FairMOT's four heads, which have no batch norm:
            at rates that train the rest in minutes, many of their units die (output 0 for ever).
        second_moment: how slowly Adam forgets squared gradients (beta 2); 0.99 suits trainings of a
            thousand steps.
        clip_norm: gradients are scaled down to this norm; 0 leaves them as they are, like FairMOT.
        mixed_precision: whether to use half precision where it is safe, on CUDA only.
        loading_processes: number of processes that make batches ahead; 0 makes them in this one.
        checkpoint_every: steps from one checkpoint to the next; a multiple of ``log_every``.
        log_every: number of steps that a row of the curve averages.
        validate_every: steps between validations; 0 for none.
    """

    steps: int
    learning_rate: float
    schedule: Schedule = "one_cycle"
    drop_at: float = 2 / 3
    warm_up: float = 0.3
    offset_factor: float = 1.0
    head_factor: float = 1.0
    second_moment: float = 0.999
    clip_norm: float = 0.0
    mixed_precision: bool = False
    loading_processes: int = 0
    checkpoint_every: int = 50
    log_every: int = 10
    validate_every: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for settings that do not fit together."""
        if self.steps < 1 or self.learning_rate <= 0:
            raise ValueError(
                "training: expected at least one step and a positive learning rate, "
                f"found {self.steps} and {self.learning_rate}"
            )
        if self.checkpoint_every % self.log_every or self.validate_every % self.log_every:
            raise ValueError(
                "training: expected checkpoint_every and validate_every as multiples of log_every "
                f"({self.log_every}), found {self.checkpoint_every} and {self.validate_every}"
            )

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "step":
            return self.learning_rate * (0.1 if step >= self.drop_at * self.steps else 1.0)
        peak = self.warm_up * self.steps - 1
        if step <= peak:
            start = self.learning_rate / 25
            risen = (1 - math.cos(math.pi * step / max(peak, 1e-9))) / 2
            return start + (self.learning_rate - start) * risen
        end = self.learning_rate / 25e4
        part = (step - peak) / max(self.steps - 1 - peak, 1e-9)
        return end + (self.learning_rate - end) * (1 + math.cos(math.pi * part)) / 2
