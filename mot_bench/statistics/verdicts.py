"""From differences to words: correction for many comparisons, verdicts, and what would settle an open question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.resampling import LEVEL, METRIC_NAMES, Spread, satterthwaite
from reports.certainty import Verdict
from reports.wording import counted

FAMILY = ("HOTA", "IDF1", "MOTA")
"""The metrics whose comparisons of all runs with a base are corrected together."""
FAMILY_PLACES = tuple(METRIC_NAMES.index(name) for name in FAMILY)
"""Where ``FAMILY`` lies in arrays of metrics."""
POWER = 0.8
MOST_UNITS, MOST_SEEDS = 2000, 200
_ROUNDS = 12


@dataclass(frozen=True)
class Corrected:
    """P-values after Holm's correction, and what each was multiplied with at its step; both as the p-values lie."""

    p_values: FloatArray
    factors: FloatArray


def holm(p_values: FloatArray) -> Corrected:
    """Holm's step-down correction of all p-values together (Scandinavian Journal of Statistics 6, 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).p_values.tolist()
    [0.03, 0.06, 0.06]
    """
    flat = p_values.ravel()
    order = np.argsort(flat, kind="stable")
    factors = np.empty_like(flat)
    factors[order] = np.arange(len(flat), 0, -1)
    corrected = np.empty_like(flat)
    corrected[order] = np.minimum(np.maximum.accumulate((flat * factors)[order]), 1.0)
    return Corrected(corrected.reshape(p_values.shape), factors.reshape(p_values.shape))


def verdict(metric: str, difference: float, p_value: float) -> Verdict:
    """In words, from the side of the run whose difference to a base this is.

    >>> verdict("IDSW", -12, 0.01), verdict("HOTA", -0.02, 0.01), verdict("HOTA", -0.02, 0.3)
    ('better', 'worse', 'not distinguishable here')
    """
    if not p_value < LEVEL or difference == 0:
        return "not distinguishable here"
    return "better" if (difference > 0) == (metric != "IDSW") else "worse"


@dataclass(frozen=True)
class Needs:
    """How many times the units, or the seeds, or both settle a difference, (..., metrics); infinite where none do."""

    units: FloatArray
    seeds: FloatArray
    both: FloatArray

    def at(self, *place: int) -> tuple[float, float, float]:
        """Of one difference: units, seeds, both."""
        return float(self.units[place]), float(self.seeds[place]), float(self.both[place])


def needs_of(spread: Spread, factors: FloatArray) -> Needs:
    """How much data it takes to find a difference of the measured size with a power of 80 %.

    The difference counts as true; its variance over units falls with 1 / units (of each level alike), that over seeds
    with 1 / seeds, the degrees of freedom grow with them; and |difference| must reach (t at level / 2 + t at the power)
    standard errors (the usual calculation, for example Cohen, Statistical Power Analysis, 1988, section 2.4).

    Args:
        spread: of differences, (..., metrics).
        factors: what p-values are multiplied with, likewise: the level is 5 % divided by them.
    """
    over_units, over_seeds, levels = spread.over_units, spread.over_seeds, spread.levels
    tail = 1 - LEVEL / (2 * factors)

    def search(part: FloatArray, rest: FloatArray, *, more_units: bool, more_seeds: bool) -> FloatArray:
        """By how much to multiply, by repeated insertion: degrees of freedom depend on the answer."""
        times = np.ones_like(part)
        for _ in range(_ROUNDS):
            grown_units, grown_seeds = (times if more else np.ones_like(times) for more in (more_units, more_seeds))
            freedom = satterthwaite(
                (over_units / grown_units, np.maximum((spread.freedom_units + levels) * grown_units - levels, 1)),
                (over_seeds / grown_seeds, np.maximum((spread.freedom_seeds + 1) * grown_seeds - 1, 1)),
            )
            allowed = (spread.value / (stdtrit(freedom, tail) + stdtrit(freedom, POWER))) ** 2 - rest
            found = np.divide(part, allowed, out=np.full_like(part, np.inf), where=allowed > 0)
            times = np.minimum(np.maximum(np.where(part > 0, found, np.inf), 1.0), 1e6)
        return np.where(times >= 1e6, np.inf, times)

    none = np.zeros_like(over_units)
    return Needs(
        units=search(over_units, over_seeds, more_units=True, more_seeds=False),
        seeds=search(over_seeds, over_units, more_units=False, more_seeds=True),
        both=search(over_units + over_seeds, none, more_units=True, more_seeds=True),
    )


def needed_sentence(needs: tuple[float, float, float], sizes: Sequence[int], seeds: int, unit: str) -> str:
    """How many more units or seeds would settle it: one sentence.

    Args:
        needs: how many times the units, the seeds, both.
        sizes: how many units there are in each stratum.
        seeds: there are; 1 where no seeds take part.
        unit: ``sequence`` or ``segment``.
    """
    more_units = _more_units(needs[0], sizes, unit)
    more_seeds = _more_seeds(needs[1], seeds)
    given = f"(power {100 * POWER:.0f} %, if the true difference is the measured one)"
    if more_units or more_seeds:
        return f"About {' or '.join(filter(None, (more_units, more_seeds)))} would settle it {given}."
    both = (_more_units(needs[2], sizes, unit), _more_seeds(needs[2], seeds))
    if all(both):
        return f"About {' and '.join(both)} would settle it {given}."
    most = f"{MOST_UNITS} {unit}s" + (f" and {MOST_SEEDS} seeds" if seeds > 1 else "")
    return f"Even {most} would hardly settle it: the measured difference is too small against chance."


def _more_units(times: float, sizes: Sequence[int], unit: str) -> str:
    """How many more than there are, of each stratum alike; empty where it would be more than ``MOST_UNITS`` in all."""
    if times * sum(sizes) > MOST_UNITS:
        return ""
    more = [_more(times, size) for size in sizes]
    if len(set(sizes)) == 1:
        return counted(more[0], f"more {unit}") + (" per level" if len(sizes) > 1 else "")
    return f"{counted(sum(more), f'more {unit}')} (levels mixed as here)"


def _more_seeds(times: float, seeds: int) -> str:
    """Likewise; empty without seeds, too."""
    return counted(_more(times, seeds), "more seed") if seeds > 1 and times * seeds <= MOST_SEEDS else ""


def _more(times: float, there: int) -> int:
    return max(math.ceil(times * there) - there, 1)
