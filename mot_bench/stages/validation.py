"""Measure a network of the suite on calibration scenes while it is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mot_bench.networks.input_sizes import input_size
from mot_bench.networks.validation import VALIDATION_FRAMES, measure_terms
from mot_bench.stages.frames import Frames
from mot_bench.stages.roles import CALIBRATION

if TYPE_CHECKING:
    from torch import nn

    from mot_bench.networks.model_keys import Network
    from mot_bench.stages.context import Context


def validation_of(
    network: Network, context: Context
) -> Callable[[nn.Module], dict[str, float]] | None:
    """Return what measures AP on some frames of the calibration scenes, or None without them."""
    size, sequences = input_size(network), context.sequences(CALIBRATION)
    if size is None or not sequences:
        return None
    found = []
    for sequence in sequences:
        shown = Frames(CALIBRATION, sequence.name, size).mapped(context)
        if shown is None or sequence.ground_truth is None:
            return None
        count = max(1, VALIDATION_FRAMES // len(sequences))
        places = np.linspace(0, sequence.length - 1, count).astype(int)
        found.append((sequence, places, np.asarray(shown[places])))
    return lambda module: measure_terms(module, found, size)
