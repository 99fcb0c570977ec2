"""Every variant against every other one: intervals of differences, corrected p-values, verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.resampling import METRIC_NAMES, Spread, spread_of
from mot_bench.statistics.strata import Strata, effective_units
from mot_bench.statistics.variants import Variant, paired
from mot_bench.statistics.verdicts import FAMILY, FAMILY_PLACES, holm, needed_sentence, needs_of, verdict
from reports.certainty import Comparison, Interval

MOST_BASES = 60
"""With more variants than these, comparisons are against the suite's base alone."""
MOST_THIN = 2.0
NO_SPREAD = 1e-20  # a variance of rounding errors
NO_COMMON_SEED = "both stand on one network, and have no seed in common"


@dataclass(frozen=True)
class Setting:
    """What the resamples of all variants have in common.

    Attributes:
        unit: ``sequence`` or ``segment``.
        strata: of the units.
        shares: (units,) of the ground truth's boxes of their stratum.
        shares_of_all: (units,) of all boxes.
    """

    unit: Literal["sequence", "segment"]
    strata: Strata
    shares: FloatArray
    shares_of_all: FloatArray

    @property
    def units(self) -> int:
        """How many there are."""
        return len(self.shares)

    @property
    def effective(self) -> float:
        """How many units of equal size they are worth, stratum by stratum."""
        return float(sum(effective_units(self.shares[places]) for places in self.strata.places))

    @property
    def overall(self) -> float:
        """How many they are worth as if they were of one stratum."""
        return float(effective_units(self.shares_of_all))

    @property
    def thin(self) -> tuple[str, ...]:
        """The level that has most boxes, where it is worth no more than two units."""
        return tuple(
            name
            for name, places in zip(self.strata.names, self.strata.places, strict=True)
            if len(places) < self.units
            and self.shares_of_all[places].sum() > 1 / 2
            and effective_units(self.shares[places]) <= MOST_THIN
        )

    @property
    def no_spread(self) -> str:
        """Why there is no interval where all units agree."""
        return f"the same on every {self.unit}: there is no spread to judge by"


@dataclass(frozen=True)
class _Judgeable:
    """A difference with its spread, over so many seeds."""

    spread: Spread
    seeds: int


_Cache = dict[tuple[int, int], _Judgeable | str]


def compare_all(
    variants: Sequence[Variant], bases: Sequence[str], setting: Setting, reason: str = ""
) -> list[Comparison]:
    """Comparisons of all variants with each base, in the order of bases, variants and metrics.

    Args:
        variants: that finished.
        bases: names of those that the others are compared with.
        setting: of the resamples.
        reason: why nothing can be said at all: only differences then. Otherwise empty.
    """
    found: list[Comparison] = []
    cache: _Cache = {}
    for base, variant in enumerate(variants):
        if variant.name in bases:
            found += _with_base(variants, base, setting, reason, cache)
    return found


def _with_base(
    variants: Sequence[Variant], base: int, setting: Setting, reason: str, cache: _Cache
) -> Iterator[Comparison]:
    others = [run for run in range(len(variants)) if run != base]
    pairs = {run: reason or _difference(variants, run, base, setting, cache) for run in others}
    known = {run: pair for run, pair in pairs.items() if not isinstance(pair, str)}
    judged = dict(zip(known, _judged(list(known.values()), setting), strict=True)) if known else {}
    for run, pair in pairs.items():
        rows = _silent(variants[run], variants[base], pair) if isinstance(pair, str) else judged[run]
        yield from (replace(one, run=variants[run].name, base=variants[base].name) for one in rows)


def _silent(run: Variant, base: Variant, reason: str) -> list[Comparison]:
    """Plain differences, where nothing can be said of chance."""
    differences = zip(METRIC_NAMES, run.mean - base.mean, strict=True)
    return [Comparison(run.name, base.name, metric, float(value), reason=reason) for metric, value in differences]


def _difference(variants: Sequence[Variant], run: int, base: int, setting: Setting, cache: _Cache) -> _Judgeable | str:
    """Of run less base, computed once for both directions; or why there is none."""
    low, high = min(run, base), max(run, base)
    if (low, high) not in cache:
        cache[low, high] = _computed(variants[high], variants[low], setting)
    found = cache[low, high]
    if isinstance(found, str) or run == high:
        return found
    return replace(found, spread=replace(found.spread, value=-found.spread.value))


def _computed(one: Variant, other: Variant, setting: Setting) -> _Judgeable | str:
    for variant in (one, other):
        if variant.measured is None:
            return variant.lacking
    pair = paired(one, other)
    if pair is None:
        return NO_COMMON_SEED
    spread = spread_of(pair.sides, setting.shares, setting.strata)
    return _Judgeable(replace(spread, value=pair.difference), pair.seeds)


def _judged(pairs: list[_Judgeable], setting: Setting) -> Iterator[list[Comparison]]:
    """Over metrics for each of the runs against one base; names are filled in by the caller."""
    names = ("value", "over_units", "over_seeds", "freedom_units", "freedom_seeds", "levels")
    spread = Spread(*(np.stack([getattr(pair.spread, name) for pair in pairs]) for name in names))
    flat = spread.variance <= NO_SPREAD
    p_values, half = np.where(flat, 1.0, spread.p_value()), spread.half_width()
    corrected = holm(p_values[:, FAMILY_PLACES])
    factors = np.ones_like(p_values)
    factors[:, FAMILY_PLACES] = corrected.factors
    needs = needs_of(spread, factors)
    for row, pair in enumerate(pairs):
        found = []
        for place, metric in enumerate(METRIC_NAMES):
            difference = float(spread.value[row, place])
            if flat[row, place]:
                found.append(_flat(metric, difference, setting))
                continue
            p_value = float(p_values[row, place])
            adjusted = float(corrected.p_values[row, FAMILY.index(metric)]) if metric in FAMILY else None
            said = verdict(metric, difference, p_value if adjusted is None else adjusted)
            needed = ""
            if said == "not distinguishable here":
                needed = needed_sentence(needs.at(row, place), setting.strata.sizes, pair.seeds, setting.unit)
            sides = Interval(difference - float(half[row, place]), difference + float(half[row, place]))
            found.append(Comparison("", "", metric, difference, sides, p_value, adjusted, said, needed))
        yield found


def _flat(metric: str, difference: float, setting: Setting) -> Comparison:
    """Where no unit and no seed differs from another: equal throughout, or nothing to judge by."""
    if difference != 0:
        return Comparison("", "", metric, difference, reason=setting.no_spread)
    adjusted = 1.0 if metric in FAMILY else None
    return Comparison("", "", metric, 0.0, Interval(0.0, 0.0), 1.0, adjusted, "not distinguishable here")
