"""Intervals of a mean over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t


def seeds_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of a mean over repeated trainings, by Student's t.

    None for fewer than two values.

    >>> [round(bound, 2) for bound in seeds_interval([1.0, 2.0, 3.0])]
    [-0.48, 4.48]
    """
    if len(values) < 2:
        return None
    middle = float(np.mean(values))
    reach = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return middle - reach, middle + reach
