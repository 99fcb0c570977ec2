"""Estimate how much more data would settle an open difference, by the power of its test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import nctdtr, stdtrit

from mot_bench.reports.wording import counted
from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.resampling import LEVEL, Spread, satterthwaite

POWER = 0.8
MOST_UNITS, MOST_SEEDS = 2000, 200
_MOST_TIMES = 2000.0
_STEPS, _HALVINGS = 25, 22


@dataclass(frozen=True)
class Needs:
    """The factors by which the units, the seeds, or both must grow to settle a difference.

    All arrays are (..., metrics), at least 1, and infinite if a factor of 2000 is not enough.
    """

    units: FloatArray
    seeds: FloatArray
    both: FloatArray

    def at(self, *place: int) -> tuple[float, float, float]:
        """Return the factors of units, seeds and both for one difference."""
        return float(self.units[place]), float(self.seeds[place]), float(self.both[place])


def needs_of(spread: Spread, comparisons: int = 1) -> Needs:
    """Return how much data would find a difference of the measured size with a power of 80 %.

    The measured difference counts as the true one. Its variance over units falls with 1 / units (of
    each level alike) and that over seeds with 1 / seeds; degrees of freedom grow with both. The
    power is that of the t-test that judges differences, from the noncentral t distribution (Cohen,
    Statistical Power Analysis, 1988, section 2.2). Where the power is not monotone (few seeds lower
    the degrees of freedom as units grow), the smallest amount counts.

    Args:
        spread: the spread of differences, (..., metrics).
        comparisons: the number of comparisons that are judged jointly, which divides the level of
            5 %.
    """
    flat = Spread(*(np.ravel(getattr(spread, name)) for name in Spread.__dataclass_fields__))
    shape = spread.value.shape

    def search(possible: npt.NDArray[np.bool_], *, units: bool, seeds: bool) -> FloatArray:
        times = np.full(flat.value.shape, np.inf)
        asked = possible & (flat.value != 0)
        if asked.any():
            part = Spread(*(getattr(flat, name)[asked] for name in Spread.__dataclass_fields__))
            times[asked] = _smallest(part, comparisons, units=units, seeds=seeds)
        return times.reshape(shape)

    over_units, over_seeds = flat.over_units > 0, flat.over_seeds > 0
    return Needs(
        units=search(over_units, units=True, seeds=False),
        seeds=search(over_seeds, units=False, seeds=True),
        both=search(over_units | over_seeds, units=True, seeds=True),
    )


def power_of(
    spread: Spread, times_units: FloatArray, times_seeds: FloatArray, comparisons: int = 1
) -> FloatArray:
    """Return the probability that more data would show each difference with its true sign.

    Args:
        spread: the spread of differences, of any shape.
        times_units: the factors by which the units grow, of the same shape.
        times_seeds: the factors by which the seeds grow, of the same shape.
        comparisons: the number of comparisons that are judged jointly.
    """
    over_units, over_seeds = spread.over_units / times_units, spread.over_seeds / times_seeds
    freedom_units = (spread.freedom_units + spread.levels) * times_units - spread.levels
    freedom_seeds = (spread.freedom_seeds + 1) * times_seeds - 1
    freedom = satterthwaite(
        (over_units, np.maximum(freedom_units, 1)), (over_seeds, np.maximum(freedom_seeds, 1))
    )
    effect = np.abs(spread.value) / np.sqrt(over_units + over_seeds)
    threshold = np.asarray(stdtrit(freedom, 1 - LEVEL / (2 * comparisons)), np.float64)
    return np.asarray(1 - nctdtr(freedom, effect, threshold), np.float64)


def _smallest(spread: Spread, comparisons: int, *, units: bool, seeds: bool) -> FloatArray:
    """Return the smallest factor with enough power, by a coarse search and bisection."""
    same = np.ones_like(spread.value)

    def enough(times: FloatArray) -> npt.NDArray[np.bool_]:
        power = power_of(spread, times if units else same, times if seeds else same, comparisons)
        return power >= POWER

    low, high = same.copy(), np.full_like(same, np.inf)
    for times in np.geomspace(1, _MOST_TIMES, _STEPS):
        open_still = np.isinf(high)
        found = open_still & enough(same * times)
        high[found] = times
        low[open_still & ~found] = times
    for _ in range(_HALVINGS):
        middle = (low + np.where(np.isinf(high), low, high)) / 2
        found = enough(middle)
        high = np.where(found, np.minimum(high, middle), high)
        low = np.where(found, low, middle)
    return high


def needed_sentence(
    needs: tuple[float, float, float], sizes: Sequence[int], seeds: int, unit: str
) -> str:
    """Return a sentence that says how many more units or seeds would settle a difference.

    Args:
        needs: the factors of units, seeds, and both.
        sizes: the number of units in each stratum.
        seeds: the number of seeds; 1 if seeds play no part.
        unit: ``sequence`` or ``segment``.
    """
    more_units = _more_units(needs[0], sizes, unit)
    more_seeds = _more_seeds(needs[1], seeds)
    given = f"(power {100 * POWER:.0f} %, if the true difference is the measured one)"
    if more_units or more_seeds:
        return (
            f"About {' or '.join(filter(None, (more_units, more_seeds)))} would settle it {given}."
        )
    both = (_more_units(needs[2], sizes, unit), _more_seeds(needs[2], seeds))
    if all(both):
        return f"About {' and '.join(both)} would settle it {given}."
    most = f"{MOST_UNITS} {unit}s" + (f" and {MOST_SEEDS} seeds" if seeds > 1 else "")
    return (
        f"Even {most} would hardly settle it: the measured difference is too small against chance."
    )


def _more_units(times: float, sizes: Sequence[int], unit: str) -> str:
    """Return how many more units are needed; empty if that is more than ``MOST_UNITS`` in all."""
    if times * sum(sizes) > MOST_UNITS:
        return ""
    more = [_more(times, size) for size in sizes]
    if len(set(sizes)) == 1:
        return counted(more[0], f"more {unit}") + (" per level" if len(sizes) > 1 else "")
    return f"{counted(sum(more), f'more {unit}')} (levels mixed as here)"


def _more_seeds(times: float, seeds: int) -> str:
    """Return how many more seeds are needed; empty if too many, or if seeds play no part."""
    if seeds == 1 or times * seeds > MOST_SEEDS:
        return ""
    return counted(_more(times, seeds), "more seed")


def _more(times: float, there: int) -> int:
    return max(math.ceil(times * there) - there, 1)
