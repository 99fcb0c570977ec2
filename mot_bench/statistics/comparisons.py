"""Every variant against every other one: intervals of differences and verdicts, by itself and of all runs together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mot_bench.reports.certainty import Comparison, Interval, Simultaneous
from mot_bench.reports.verdict_wording import flipped
from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.needs import needed_sentence, needs_of
from mot_bench.statistics.resampling import METRIC_NAMES, Spread, spread_of
from mot_bench.statistics.strata import Strata, effective_units
from mot_bench.statistics.variants import Variant, paired
from mot_bench.statistics.verdicts import PRIMARY, verdict

MOST_BASES = 60
"""With more variants than these, comparisons are against the suite's base alone."""
MOST_THIN = 2.0
NO_SPREAD = 1e-20  # a variance of rounding errors
_PRIMARY = METRIC_NAMES.index(PRIMARY)
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


@dataclass(frozen=True)
class _Judged:
    """What is said of one pair in every metric.

    ``pair`` is None where nothing can be said of chance.
    """

    rows: tuple[Comparison, ...]
    pair: _Judgeable | None = None


def compare_all(
    variants: Sequence[Variant], bases: Sequence[str], setting: Setting, reason: str = ""
) -> list[Comparison]:
    """Return comparisons of all variants with each base, in the order of bases, variants and metrics.

    A comparison is judged by itself; in HOTA it is judged together with those of all other runs
    against its base, too.

    Args:
        variants: that finished.
        bases: names of those that the others are compared with.
        setting: of the resamples.
        reason: why nothing can be said at all: only differences then. Otherwise empty.
    """
    places = [place for place, variant in enumerate(variants) if variant.name in bases]
    pairs = {
        (max(run, base), min(run, base))
        for base in places
        for run in range(len(variants))
        if run != base
    }
    judged = _judge_pairs(variants, sorted(pairs), setting, reason)
    return [one for base in places for one in _with_base(variants, base, judged, setting)]


def _judge_pairs(
    variants: Sequence[Variant],
    pairs: Sequence[tuple[int, int]],
    setting: Setting,
    reason: str,
) -> dict[tuple[int, int], _Judged]:
    """Judge each pair by itself: the first of it less the second."""
    judged: dict[tuple[int, int], _Judged] = {}
    known: dict[tuple[int, int], _Judgeable] = {}
    for pair in pairs:
        run, base = variants[pair[0]], variants[pair[1]]
        found = reason or _computed(run, base, setting)
        if isinstance(found, str):
            judged[pair] = _Judged(_silent(run, base, found))
        else:
            known[pair] = found
    return judged | _judge_known(variants, known, setting)


def _judge_known(
    variants: Sequence[Variant],
    known: Mapping[tuple[int, int], _Judgeable],
    setting: Setting,
) -> dict[tuple[int, int], _Judged]:
    """Judge each pair whose spread is known by itself."""
    if not known:
        return {}
    judged = {}
    rows_of_each = _alone(list(known.values()), setting)
    for (pair, spread), rows in zip(known.items(), rows_of_each, strict=True):
        run, base = (variants[place].name for place in pair)
        judged[pair] = _Judged(tuple(replace(row, run=run, base=base) for row in rows), spread)
    return judged


def _with_base(
    variants: Sequence[Variant], base: int, judged: dict[tuple[int, int], _Judged], setting: Setting
) -> Iterator[Comparison]:
    """Yield the comparisons of every other run with a base, those in HOTA judged together as well."""
    rows: list[list[Comparison]] = []
    pairs: list[_Judgeable | None] = []
    for run in range(len(variants)):
        if run == base:
            continue
        one = judged[max(run, base), min(run, base)]
        rows.append([row if run > base else flipped(row) for row in one.rows])
        pairs.append(one.pair)
    together = _together([row[_PRIMARY] for row in rows], pairs, setting)
    for of_run, simultaneous in zip(rows, together, strict=True):
        of_run[_PRIMARY] = replace(of_run[_PRIMARY], simultaneous=simultaneous)
        yield from of_run


def _silent(run: Variant, base: Variant, reason: str) -> tuple[Comparison, ...]:
    """Return plain differences, where nothing can be said of chance."""
    differences = zip(METRIC_NAMES, run.mean - base.mean, strict=True)
    return tuple(
        Comparison(run.name, base.name, metric, float(value), reason=reason)
        for metric, value in differences
    )


def _computed(one: Variant, other: Variant, setting: Setting) -> _Judgeable | str:
    for variant in (one, other):
        if variant.measured is None:
            return variant.lacking
    pair = paired(one, other)
    if pair is None:
        return NO_COMMON_SEED
    spread = spread_of(pair.sides, setting.shares, setting.strata)
    return _Judgeable(replace(spread, value=pair.difference), pair.seeds)


def _stacked(spreads: Sequence[Spread]) -> Spread:
    """Return spreads of one shape as one, along a new first axis."""
    return Spread(
        *(np.stack([getattr(one, name) for one in spreads]) for name in Spread.__dataclass_fields__)
    )


def _alone(pairs: list[_Judgeable], setting: Setting) -> Iterator[list[Comparison]]:
    """Yield the comparisons of each pair, judged by itself; names are filled in by the caller."""
    spread = _stacked([pair.spread for pair in pairs])
    flat = spread.variance <= NO_SPREAD
    p_values, half = spread.p_value(), spread.half_width()
    open_still = ~flat & (np.abs(spread.value) <= half)
    needs = needs_of(replace(spread, value=np.where(open_still, spread.value, 0.0)))
    for row, pair in enumerate(pairs):
        found = []
        for place, metric in enumerate(METRIC_NAMES):
            difference = float(spread.value[row, place])
            if flat[row, place]:
                found.append(_flat(metric, difference, setting))
                continue
            sides = _around(difference, float(half[row, place]))
            needed = ""
            if open_still[row, place]:
                needed = needed_sentence(
                    needs.at(row, place), setting.strata.sizes, pair.seeds, setting.unit
                )
            p_value = float(p_values[row, place])
            found.append(
                Comparison(
                    "", "", metric, difference, sides, p_value, verdict(metric, sides), needed
                )
            )
        yield found


def _together(
    rows: Sequence[Comparison], pairs: Sequence[_Judgeable | None], setting: Setting
) -> Iterator[Simultaneous | None]:
    """Yield what holds of each run against one base when all runs are judged at once.

    A row without an interval yields None. Bonferroni's inequality counts the rows with a spread.
    """
    both = list(zip(rows, pairs, strict=True))
    tested = [(row, pair) for row, pair in both if pair is not None and _has_spread(row)]
    count = max(len(tested), 1)
    of_tested = _with_spread(tested, setting)
    for row, pair in both:
        if row.interval is None or row.p_value is None or pair is None:
            yield None
        elif _has_spread(row):
            yield next(of_tested)
        else:
            yield Simultaneous(row.interval, row.p_value, row.verdict, row.needed, count)


def _with_spread(
    tested: Sequence[tuple[Comparison, _Judgeable]],
    setting: Setting,
) -> Iterator[Simultaneous]:
    """Yield what holds of each comparison with a spread when all of them are judged at once."""
    if not tested:
        return
    count = len(tested)
    spread = _stacked([pair.spread.at(_PRIMARY) for _, pair in tested])
    needs = needs_of(spread, count)
    for place, half in enumerate(spread.half_width(count)):
        row, pair = tested[place]
        sides = _around(row.difference, float(half))
        said = verdict(row.metric, sides)
        needed = ""
        if said == "not distinguishable here":
            sizes = setting.strata.sizes
            needed = needed_sentence(needs.at(place), sizes, pair.seeds, setting.unit)
        assert row.p_value is not None  # a comparison with an interval has a p-value, too
        yield Simultaneous(sides, min(1.0, count * row.p_value), said, needed, count)


def _has_spread(row: Comparison) -> bool:
    return row.interval is not None and row.interval.low < row.interval.high


def _around(value: float, half: float) -> Interval:
    return Interval(value - half, value + half)


def _flat(metric: str, difference: float, setting: Setting) -> Comparison:
    """Where no unit and no seed differs from another: equal throughout, or nothing to judge by."""
    if difference != 0:
        return Comparison("", "", metric, difference, reason=setting.no_spread)
    return Comparison("", "", metric, 0.0, Interval(0.0, 0.0), 1.0, "not distinguishable here")
