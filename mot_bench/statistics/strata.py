"""Stratify by level, so that designed differences do not count as sampling error.

A dataset with levels of difficulty (``group`` of its sequences) is not one population: the number
of sequences of each level is designed. The population is therefore *sequences like these in each
level, with as many of each level as here*, and differences between levels are not sampling error
(Cochran, Sampling Techniques, 1977, chapter 5).
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
"""The number of units that a level needs to show how much its sequences differ."""


@dataclass(frozen=True)
class Strata:
    """The strata of units.

    Attributes:
        names: the names of the levels, in the order of their first units; one name if all units are
            one population.
        of: (units,) indices into ``names``.
        lone: the levels with a single unit, if they are the reason why all units are one
            population.
    """

    names: tuple[str, ...]
    of: tuple[int, ...]
    lone: tuple[str, ...] = ()

    @cached_property
    def places(self) -> tuple[npt.NDArray[np.intp], ...]:
        """The indices of the units of each stratum."""
        return tuple(
            np.flatnonzero(np.array(self.of) == stratum) for stratum in range(len(self.names))
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of each stratum."""
        return tuple(map(len, self.places))


def one_population(units: int, lone: tuple[str, ...] = ()) -> Strata:
    """Return the strata of ``units`` units in one stratum."""
    return Strata(("",), (0,) * units, lone)


def strata_of(result: SuiteResult, units: Sequence[str]) -> Strata:
    """Return the levels of units; one population if there is one level, or a level has one unit.

    Args:
        result: the result, whose dataset has the levels.
        units: the names of sequences or segments; units without a level form their own stratum.
    """
    groups = {one.name: one.group for one in result.dataset.sequences}
    levels = [groups[unit] if unit in groups else groups[sequence_of(unit)[0]] for unit in units]
    names = tuple(dict.fromkeys(levels))
    lone = tuple(name for name in names if levels.count(name) < LEAST_IN_LEVEL)
    if len(names) < 2 or lone:
        return one_population(len(units), lone if len(names) > 1 else ())
    return Strata(names, tuple(names.index(level) for level in levels))


def shares_of(values: FloatArray, strata: Strata | None = None) -> FloatArray:
    """Return each unit's share of the ground truth's boxes in its stratum; 0 without boxes.

    Args:
        values: counts, (..., units, fields).
        strata: the strata of the units; one population by default.

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
    """Return the effective number of equally large units, (...), for shares (..., units)."""
    squares = (shares**2).sum(axis=-1)
    effective: FloatArray = np.divide(1, squares, out=np.zeros_like(squares), where=squares > 0)
    return effective
