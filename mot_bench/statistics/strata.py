"""Levels as strata: what a data set mixes on purpose is no chance.

A data set with levels of difficulty (``group`` of its sequences) is not one population: it has so
many sequences of each level by design. So the population is *sequences like these in each level,
with as many of each level as here*. What levels differ by is then no sampling error (Cochran,
Sampling Techniques, 1977, chapter 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mot_bench.records.results import SuiteResult
from mot_bench.statistics.counts import FloatArray, field
from mot_bench.statistics.units import sequence_of

LEAST_IN_LEVEL = 2
"""With fewer units than these a level shows nothing of how much its sequences differ."""


@dataclass(frozen=True)
class Strata:
    """Which stratum each unit is of.

    Attributes:
        names: of the levels, in the order of their first units; one where all units are one
            population.
        of: (units,) places in ``names``.
        lone: levels of a single unit, where they are the reason why all units are one population.
    """

    names: tuple[str, ...]
    of: tuple[int, ...]
    lone: tuple[str, ...] = ()

    @cached_property
    def places(self) -> tuple[npt.NDArray[np.intp], ...]:
        """The units of each stratum."""
        return tuple(
            np.flatnonzero(np.array(self.of) == stratum) for stratum in range(len(self.names))
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many units each stratum has."""
        return tuple(map(len, self.places))


def one_population(units: int, lone: tuple[str, ...] = ()) -> Strata:
    """So many units that are of one stratum."""
    return Strata(("",), (0,) * units, lone)


def strata_of(result: SuiteResult, units: Sequence[str]) -> Strata:
    """The levels of units; one population where there is one level, or a level has but one unit.

    Args:
        result: whose dataset has the levels.
        units: names of sequences or of segments; those without a level are a stratum of their own.
    """
    groups = {one.name: one.group for one in result.dataset.sequences}
    levels = [groups[unit] if unit in groups else groups[sequence_of(unit)[0]] for unit in units]
    names = tuple(dict.fromkeys(levels))
    lone = tuple(name for name in names if levels.count(name) < LEAST_IN_LEVEL)
    if len(names) < 2 or lone:
        return one_population(len(units), lone if len(names) > 1 else ())
    return Strata(names, tuple(names.index(level) for level in levels))


def shares_of(values: FloatArray, strata: Strata | None = None) -> FloatArray:
    """Which share of the ground truth's boxes of its stratum each unit has; 0 where the stratum has no boxes.

    Args:
        values: (..., units, fields).
        strata: one population by default.

    Returns:
        (..., units).
    """
    boxes = field(values, "GT_Dets")
    shares = np.zeros_like(boxes)
    for places in (strata or one_population(boxes.shape[-1])).places:
        inside = boxes.take(places, axis=-1)
        total = inside.sum(axis=-1, keepdims=True) + np.zeros_like(inside)
        shares[..., places] = np.divide(inside, total, out=np.zeros_like(inside), where=total > 0)
    return shares


def effective_units(shares: FloatArray) -> FloatArray:
    """How many units of equal size would be worth those with these shares, (...), of (..., units); 0 without boxes."""
    squares = (shares**2).sum(axis=-1)
    effective: FloatArray = np.divide(1, squares, out=np.zeros_like(squares), where=squares > 0)
    return effective
