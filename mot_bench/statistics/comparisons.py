"""Compare all variants with each other: intervals of differences and verdicts, single and joint."""

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
"""With more variants than this, comparisons are made only against the suite's base."""
MOST_THIN = 2.0
NO_SPREAD = 1e-20  # a variance of rounding errors
_PRIMARY = METRIC_NAMES.index(PRIMARY)
NO_COMMON_SEED = "both use the same network and have no seed in common"


@dataclass(frozen=True)
class Setting:
    """The properties that the resamples of all variants have in common.

    Attributes:
        unit: ``sequence`` or ``segment``.
        strata: the strata of the units.
        shares: (units,) shares of the ground truth's boxes in their stratum.
        shares_of_all: (units,) shares of all boxes.
    """

    unit: Literal["sequence", "segment"]
    strata: Strata
    shares: FloatArray
    shares_of_all: FloatArray

    @property
    def units(self) -> int:
        """The number of units."""
        return len(self.shares)

    @property
    def effective(self) -> float:
        """The effective number of equally large units, added over strata."""
        return float(sum(effective_units(self.shares[places]) for places in self.strata.places))

    @property
    def overall(self) -> float:
        """The effective number of units if all were in one stratum."""
        return float(effective_units(self.shares_of_all))

    @property
    def thin(self) -> tuple[str, ...]:
        """The level with most of the boxes, if its effective number of units is at most two."""
        return tuple(
            name
            for name, places in zip(self.strata.names, self.strata.places, strict=True)
            if len(places) < self.units
            and self.shares_of_all[places].sum() > 1 / 2
            and effective_units(self.shares[places]) <= MOST_THIN
        )

    @property
    def no_spread(self) -> str:
        """The reason why there is no interval if all units agree."""
        return f"the same on every {self.unit}: there is no spread to judge by"


@dataclass(frozen=True)
class _Judgeable:
    """A difference with its spread and the number of seeds."""

    spread: Spread
    seeds: int


@dataclass(frozen=True)
class _Judged:
    """The comparisons of one pair in every metric; ``pair`` is None if there are no intervals."""

    rows: tuple[Comparison, ...]
    pair: _Judgeable | None = None


def compare_all(
    variants: Sequence[Variant], bases: Sequence[str], setting: Setting, reason: str = ""
) -> list[Comparison]:
    """Return the comparisons of all variants with each base, ordered by base, variant and metric.

    Each comparison is judged by itself. In HOTA it is also judged jointly with those of all other
    runs against its base.

    Args:
        variants: the finished variants.
        bases: the names of the variants that the others are compared with.
        setting: the setting of the resamples.
        reason: why there are only differences and no intervals; otherwise empty.
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
    """Judge the difference of each pair, the first minus the second."""
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
    """Judge each pair whose spread is known."""
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
    """Yield the comparisons of all other runs with a base; in HOTA they are also judged jointly."""
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
    """Return differences without intervals."""
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
    """Return spreads of the same shape, stacked along a new first axis."""
    return Spread(
        *(np.stack([getattr(one, name) for one in spreads]) for name in Spread.__dataclass_fields__)
    )


def _alone(pairs: list[_Judgeable], setting: Setting) -> Iterator[list[Comparison]]:
    """Yield the comparisons of each pair; the caller fills in the names."""
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
    """Yield the joint judgement of each run against one base; None for rows without an interval.

    Bonferroni's inequality counts the rows that have a spread.
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
    """Yield the joint judgement of each comparison that has a spread."""
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
        assert row.p_value is not None  # every comparison with an interval has a p-value
        yield Simultaneous(sides, min(1.0, count * row.p_value), said, needed, count)


def _has_spread(row: Comparison) -> bool:
    return row.interval is not None and row.interval.low < row.interval.high


def _around(value: float, half: float) -> Interval:
    return Interval(value - half, value + half)


def _flat(metric: str, difference: float, setting: Setting) -> Comparison:
    """Return the comparison for a difference that is the same for all units and seeds."""
    if difference != 0:
        return Comparison("", "", metric, difference, reason=setting.no_spread)
    return Comparison("", "", metric, 0.0, Interval(0.0, 0.0), 1.0, "not distinguishable here")
